package measure

import (
	"fmt"
	"slices"
)

func newResult(kind string) Result {
	return Result{
		Kind: kind, N: map[string]int{}, Metrics: map[string]Metric{},
		Missing: map[string]string{}, Warnings: []string{},
	}
}

func (r *Result) warn(format string, args ...any) {
	r.Warnings = append(r.Warnings, fmt.Sprintf(format, args...))
}

// stratum adds what another result says of the rows in which column by has the given value.
func (r *Result) stratum(by, value string, of Result) {
	r.Strata = append(r.Strata, Stratum{By: by, Value: value, N: of.N, Metrics: of.Metrics})
}

// addCurves adds the curves that have points.
func (r *Result) addCurves(curves ...Curve) {
	for _, c := range curves {
		if len(c.Points) > 0 {
			r.Curves = append(r.Curves, c)
		}
	}
}

// addPairs adds the gain of an attack over its baseline and the test of it.
func (r *Result) addPairs(at string, p Pairs) {
	greater, _ := p.McNemar()
	r.Metrics["gain"+at] = within(p.Gain(), p.N(), p.Newcombe(Level))
	r.Metrics["gain_p"+at] = bare(greater, p.N(), "mcnemar-exact-one-sided")
}

// maxStrata is how many values of a column are told apart; with more it is not one that groups rows.
const maxStrata = 100

// tooMany warns of a column that has too many values to break the evidence down by.
func (r *Result) tooMany(by string, values int) bool {
	if values > maxStrata {
		r.warn("%d values of %s: more than %d are not broken down", values, by, maxStrata)
	}
	return values > maxStrata
}

// groupBy splits rows by a key, keys in order.
func groupBy[R any, K string | float64](rows []R, key func(R) K) (keys []K, groups map[K][]R) {
	groups = map[K][]R{}
	for _, row := range rows {
		k := key(row)
		if _, seen := groups[k]; !seen {
			keys = append(keys, k)
		}
		groups[k] = append(groups[k], row)
	}
	slices.Sort(keys)
	return keys, groups
}
