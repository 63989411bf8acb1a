package measure

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Wilson returns the score interval of a proportion of k successes in n trials (Wilson 1927; Brown,
// Cai and DasGupta 2001, equation 4), for reporting. With n = 0 it is [0, 1]; k outside 0..n gives NaN.
func Wilson(k, n int, level float64) Interval {
	interval := Interval{Lo: 0, Hi: 1, Level: level, Method: "wilson"}
	if k < 0 || k > n {
		interval.Lo, interval.Hi = math.NaN(), math.NaN()
		return interval
	}
	if n == 0 {
		return interval
	}
	z := normalQuantile(0.5 + level/2)
	size, p := float64(n), float64(k)/float64(n)
	spread := z * math.Sqrt(p*(1-p)/size+z*z/(4*size*size))
	denominator := 1 + z*z/size
	if k > 0 { // at the ends the formula is exact only up to rounding
		interval.Lo = (p + z*z/(2*size) - spread) / denominator
	}
	if k < n {
		interval.Hi = (p + z*z/(2*size) + spread) / denominator
	}
	return interval
}

// ClopperPearson returns the exact interval of a proportion of k successes in n trials (Clopper and
// Pearson 1934), which covers at least level and is what a verdict rests on. With n = 0 it is [0, 1];
// k outside 0..n gives NaN.
func ClopperPearson(k, n int, level float64) Interval {
	oneSided := 0.5 + level/2
	return Interval{
		Lo: LowerBound(k, n, oneSided), Hi: UpperBound(k, n, oneSided),
		Level: level, Method: "clopper-pearson",
	}
}

// LowerBound returns the exact one-sided lower bound of a proportion: the true rate is above it with
// a confidence of at least level. It is 0 for k = 0 and NaN for k outside 0..n.
func LowerBound(k, n int, level float64) float64 {
	switch {
	case k < 0 || k > n:
		return math.NaN()
	case k == 0:
		return 0
	}
	return betaQuantile(1-level, float64(k), float64(n-k)+1, false)
}

// UpperBound returns the exact one-sided upper bound of a proportion: the true rate is below it with
// a confidence of at least level. It is 1 for k = n and NaN for k outside 0..n.
func UpperBound(k, n int, level float64) float64 {
	switch {
	case k < 0 || k > n:
		return math.NaN()
	case k == n:
		return 1
	}
	return betaQuantile(1-level, float64(k)+1, float64(n-k), true)
}

// normalQuantile returns the z below which a standard normal variable lies with probability p.
func normalQuantile(p float64) float64 { return mathext.NormalQuantile(p) }
