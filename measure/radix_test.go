package measure

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// Samples of all sizes and shapes must come out as a comparison sort brings them, equal values in the
// order in which they came.
func TestSortDescending(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(7, 7))
	shapes := map[string]func() float64{
		"normal, and zeros":       func() float64 { return rng.NormFloat64()*float64(rng.IntN(3)) + 0 }, // one zero of the two
		"few values":              func() float64 { return float64(rng.IntN(7)) - 3.5 },
		"alike but for last bits": func() float64 { return 1 + float64(rng.IntN(1<<20))*0x1p-52 },
		"all magnitudes":          func() float64 { return math.Ldexp(rng.Float64()-0.5, rng.IntN(2000)-1000) },
		"infinities":              func() float64 { return [4]float64{math.Inf(1), math.Inf(-1), 0, 5e-324}[rng.IntN(4)] },
	}
	for name, draw := range shapes {
		for _, n := range []int{0, 1, shortRun, shortRun + 1, 5000, manyScores + 77} {
			s := sample{values: make([]float64, n)}
			for i := range n {
				s.values[i] = draw()
			}
			for kind, record := range map[string]func(i int) uint32{
				"no": nil, "ascending": func(i int) uint32 { return uint32(i / 3) }, "any": func(i int) uint32 { return uint32(i * 7919 % 1000) },
			} {
				if !sortsLikeComparing(s, record) {
					t.Errorf("%d %s values, %s records: not in order", n, name, kind)
				}
			}
		}
	}
}

func sortsLikeComparing(drawn sample, record func(i int) uint32) bool {
	type scored struct {
		value  float64
		record uint32
	}
	s := sample{values: slices.Clone(drawn.values)}
	want := make([]scored, len(s.values))
	for i, value := range s.values {
		want[i].value = value
		if record != nil {
			want[i].record = record(i)
			s.records = append(s.records, record(i))
		}
	}
	slices.SortStableFunc(want, func(a, b scored) int { return cmp.Compare(b.value, a.value) })
	s.sortDescending()
	for i, w := range want {
		if s.values[i] != w.value || s.records != nil && s.records[i] != w.record {
			return false
		}
	}
	return true
}
