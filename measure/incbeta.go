package measure

import "math"

// gonum's inverse of the incomplete beta function is off by up to 6 % at n = 1e6 and its forward
// function loses digits with n, so both stand here: the prefactor by Loader's saddle-point form, which
// keeps full precision at any n, and the rest by a continued fraction.

// betaTails returns P(X <= x) and P(X > x) for X ~ Beta(a, b) with a, b > 0. The smaller tail has full
// relative precision.
func betaTails(x, a, b float64) (lower, upper float64) {
	switch {
	case x <= 0:
		return 0, 1
	case x >= 1:
		return 1, 0
	case x <= a/(a+b):
		lower = betaDensity(x, a, b) * x * (1 - x) / betaFraction(x, 1-x, a, b)
		return lower, 1 - lower
	default:
		upper = betaDensity(x, a, b) * x * (1 - x) / betaFraction(1-x, x, b, a)
		return 1 - upper, upper
	}
}

// betaDensity is the density of Beta(a, b) at 0 < x < 1, from the binomial probability of a in a+b.
func betaDensity(x, a, b float64) float64 {
	return binomialMass(a, a+b, x) * a / x * b / (1 - x) / (a + b)
}

// betaFraction evaluates the continued fraction of the incomplete beta function (Didonato and Morris
// 1992, equation 9) by Lentz's method, for x <= a/(a+b) and y = 1-x. There all its terms are positive,
// and it converges in about sqrt(max(a, b)) steps.
func betaFraction(x, y, a, b float64) float64 {
	const maxSteps = 1 << 20
	f := a * (a*y - b*x + 1) / (a + 1)
	c, d := f, 0.0
	for m := 1.0; m < maxSteps; m++ {
		span := a + 2*m
		numerator := (a + m - 1) * (a + b + m - 1) * m * (b - m) * x * x / ((span - 1) * (span - 1))
		denominator := m + m*(b-m)*x/(span-1) + (a+m)*(a*y-b*x+1+m*(1+y))/(span+1)
		d = 1 / (denominator + numerator*d)
		c = denominator + numerator/c
		f *= c * d
		if math.Abs(c*d-1) < 1e-16 {
			break
		}
	}
	return f
}

// betaQuantile returns the x at which Beta(a, b), a, b >= 1, has the probability tail below it, or
// above it when upper is set. Newton's method on the logarithm of the tail, which is concave; a step
// that leaves the bracket is replaced by a bisection.
func betaQuantile(tail, a, b float64, upper bool) float64 {
	lo, hi, x := 0.0, 1.0, a/(a+b)
	for range 200 {
		below, above := betaTails(x, a, b)
		p, slope := below, betaDensity(x, a, b)
		if upper {
			p, slope = above, -slope
		}
		if (p < tail) == upper {
			hi = x
		} else {
			lo = x
		}
		next := x - math.Log(p/tail)*p/slope
		if !(next > lo && next < hi) {
			next = lo + (hi-lo)/2
		}
		if math.Abs(next-x) <= 1e-16*x {
			return next
		}
		x = next
	}
	return x
}

// binomialMass is the probability of k successes in n trials at 0 < p < 1, for real 0 <= k <= n
// (Loader 2000, "Fast and accurate computation of binomial probabilities").
func binomialMass(k, n, p float64) float64 {
	switch {
	case k == 0:
		return math.Exp(n * math.Log1p(-p))
	case k == n:
		return math.Exp(n * math.Log(p))
	}
	exponent := stirlingError(n) - stirlingError(k) - stirlingError(n-k) -
		deviance(k, n*p) - deviance(n-k, n*(1-p))
	return math.Exp(exponent) * math.Sqrt(n/(2*math.Pi*k*(n-k)))
}

// binomialTails returns P(X <= k) and P(X > k) for X ~ Binomial(n, p).
func binomialTails(k, n int, p float64) (lower, upper float64) {
	switch {
	case k < 0:
		return 0, 1
	case k >= n:
		return 1, 0
	}
	upper, lower = betaTails(p, float64(k)+1, float64(n-k))
	return lower, upper
}

// stirlingError is log(n!) less Stirling's formula, for n > 0.
func stirlingError(n float64) float64 {
	if n <= 15 {
		lg, _ := math.Lgamma(n + 1)
		return lg - (n+0.5)*math.Log(n) + n - 0.5*math.Log(2*math.Pi)
	}
	s := n * n
	return (1./12 - (1./360-(1./1260-(1./1680-(1./1188-691./360360/s)/s)/s)/s)/s) / n
}

// deviance is x log(x/m) + m - x without cancellation where x is near m.
func deviance(x, m float64) float64 {
	if math.Abs(x-m) >= 0.1*(x+m) {
		return x*math.Log(x/m) + m - x
	}
	v := (x - m) / (x + m)
	sum, term := (x-m)*v, 2*x*v
	for j := 3.0; ; j += 2 {
		term *= v * v
		next := sum + term/j
		if next == sum {
			return sum
		}
		sum = next
	}
}
