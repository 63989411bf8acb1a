package eval

import (
	"maps"
	"math/rand/v2"
	"slices"
)

// resamples is the number of samples of a bootstrap.
const resamples = 1000

// bootstrap gives the interval of a figure from the 2.5th to the 97.5th percentile over samples of the
// cases with replacement (Efron, 1979). The seed is fixed: the same answers, the same interval.
func bootstrap(list []answer, figure func([]answer) float64) Interval {
	if len(list) == 0 {
		return Interval{0, 1}
	}
	rng := rand.New(rand.NewPCG(1979, uint64(len(list))))
	sample := make([]answer, len(list))
	values := make([]float64, resamples)
	for k := range values {
		for i := range sample {
			sample[i] = list[rng.IntN(len(list))]
		}
		values[k] = figure(sample)
	}
	slices.Sort(values)
	return Interval{round(values[resamples*25/1000]), round(values[resamples*975/1000-1])}
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
