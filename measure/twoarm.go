package measure

import "math"

// Newcombe returns the interval of the difference k1/n1 - k2/n2 of two independent proportions, the
// hybrid of two Wilson intervals (Newcombe 1998, "Interval estimation for the difference between
// independent proportions", method 10). An empty arm leaves the whole of [-1, 1] or its own half.
func Newcombe(k1, n1, k2, n2 int, level float64) Interval {
	a, b := Wilson(k1, n1, level), Wilson(k2, n2, level)
	return hybridDifference(share(k1, n1), share(k2, n2), a, b, 0, "newcombe")
}

// hybridDifference puts two intervals of proportions together to one of p1 - p2 (Newcombe 1998,
// equations for methods 10 of both papers); phi is the correlation of the two, 0 when independent.
func hybridDifference(p1, p2 float64, a, b Interval, phi float64, method string) Interval {
	arm := func(x, y float64) float64 {
		return math.Sqrt(max(0, x*x-2*phi*x*y+y*y))
	}
	d := p1 - p2
	return Interval{
		Lo:    d - arm(p1-a.Lo, b.Hi-p2),
		Hi:    d + arm(a.Hi-p1, p2-b.Lo),
		Level: a.Level, Method: method,
	}
}

// FisherExact returns the p values of Fisher's exact test (Fisher 1935) that arm 1 with k1 of n1 has
// no higher rate than arm 2 with k2 of n2 (greater), and that both are the same (twoSided: all tables
// at most as likely as the one seen, as R's fisher.test and SciPy count them).
func FisherExact(k1, n1, k2, n2 int) (greater, twoSided float64) {
	if k1 < 0 || k2 < 0 || k1 > n1 || k2 > n2 {
		return math.NaN(), math.NaN()
	}
	total, hits := n1+n2, k1+k2
	seen := hypergeometricMass(k1, n1, hits, total)
	for k := max(0, hits-n2); k <= min(n1, hits); k++ {
		mass := hypergeometricMass(k, n1, hits, total)
		if k >= k1 {
			greater += mass
		}
		if mass <= seen*(1+1e-7) { // R's tolerance for tables that tie with the one seen
			twoSided += mass
		}
	}
	return min(1, greater), min(1, twoSided)
}

// hypergeometricMass is the chance that k of n draws out of total are among its hits, as a quotient of
// binomial probabilities (Loader 2000), which keeps full precision at any size.
func hypergeometricMass(k, n, hits, total int) float64 {
	if n == 0 || n == total {
		return 1
	}
	p := float64(n) / float64(total)
	mass := func(k, n int) float64 {
		if n == 0 {
			return 1
		}
		return binomialMass(float64(k), float64(n), p)
	}
	return mass(k, hits) * mass(n-k, total-hits) / mass(n, total)
}
