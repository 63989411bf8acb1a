package measure

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// within puts a value and its interval together.
func within(value float64, n int, i Interval) Metric {
	return Metric{Value: value, Lo: i.Lo, Hi: i.Hi, Level: i.Level, Method: i.Method, N: n}
}

// exact is the proportion k of n > 0 with Clopper and Pearson's interval, on which a verdict rests.
func exact(k, n int) Metric {
	return within(share(k, n), n, ClopperPearson(k, n, Level))
}

// score is the proportion k of n > 0 with Wilson's interval, for reporting.
func score(k, n int) Metric {
	return within(share(k, n), n, Wilson(k, n, Level))
}

// bare is a value that carries no interval, so that no verdict can rest on it.
func bare(value float64, n int, method string) Metric {
	return Metric{Value: value, Lo: math.Inf(-1), Hi: math.Inf(1), Method: method, N: n}
}

// count is a number of things found: more evidence may find more, never fewer.
func count(k, n int) Metric {
	return Metric{Value: float64(k), Lo: float64(k), Hi: math.Inf(1), Level: 1, Method: "count", N: n}
}

// mean is the mean of values with Student's t interval. One value alone carries no interval.
func mean(values []float64) Metric {
	n := len(values)
	if n < 2 {
		return bare(stat.Mean(values, nil), n, "student-t")
	}
	m, sd := stat.MeanStdDev(values, nil)
	half := studentQuantile(0.5+Level/2, n-1) * sd / math.Sqrt(float64(n))
	return within(m, n, Interval{Lo: m - half, Hi: m + half, Level: Level, Method: "student-t"})
}

// studentQuantile is the point below which Student's t lies with probability p.
func studentQuantile(p float64, freedom int) float64 {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(freedom)}.Quantile(p)
}

// quantile is the q-quantile of values, 0 < q < 1, with the interval between two order statistics,
// which holds for any distribution (David and Nagaraja 2003, section 7.1). A side that the sample
// cannot bound is infinite. The value interpolates as R's type 7 and NumPy do.
func quantile(values []float64, q float64) Metric {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	m := bare(interpolate(sorted, q), n, "order-statistics")
	m.Level = Level
	tail := (1 - Level) / 2
	for r := 1; r <= n; r++ { // the r-th smallest is above the quantile when fewer than r lie below it
		below, _ := binomialTails(r-1, n, q)
		if below <= tail {
			m.Lo = sorted[r-1]
		}
		if 1-below <= tail {
			m.Hi = sorted[r-1]
			break
		}
	}
	return m
}

func interpolate(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// meanOfProportions is the mean of independent proportions with an interval put together from theirs
// (Zou and Donner 2008, "Construction of confidence limits about effect measures", equation 8).
func meanOfProportions(of []Tally) Metric {
	var sum, below, above float64
	n := 0
	for _, t := range of {
		p, i := share(t.Successes, t.Attempts), Wilson(t.Successes, t.Attempts, Level)
		sum += p
		below += (p - i.Lo) * (p - i.Lo)
		above += (i.Hi - p) * (i.Hi - p)
		n += t.Attempts
	}
	groups := float64(len(of))
	m := sum / groups
	return within(m, n, Interval{
		Lo: m - math.Sqrt(below)/groups, Hi: m + math.Sqrt(above)/groups,
		Level: Level, Method: "mover-wilson",
	})
}
