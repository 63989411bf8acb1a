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
	return scoreInterval(share(k, n), float64(n), level)
}

// scoreInterval is Wilson's interval of a rate seen in n > 0 trials, where n need not be whole.
func scoreInterval(rate, n, level float64) Interval {
	interval := Interval{Lo: 0, Hi: 1, Level: level, Method: "wilson"}
	z := normalQuantile(0.5 + level/2)
	denominator := 1 + z*z/n
	middle := (rate + z*z/(2*n)) / denominator
	spread := z * math.Sqrt(rate*(1-rate)/n+z*z/(4*n*n)) / denominator
	if rate > 0 { // at the ends the formula is exact only up to rounding
		interval.Lo = middle - spread
	}
	if rate < 1 {
		interval.Hi = middle + spread
	}
	return interval
}

// share is k of n, and one half where n is 0: the middle of what it could be.
func share(k, n int) float64 {
	if n == 0 {
		return 0.5
	}
	return float64(k) / float64(n)
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
