package measure

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestSampleToSettle(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		metric Metric
		bound  float64
		want   int
		ok     bool
	}{
		{"settled above", exact(90, 100), 0.5, 100, true},
		{"settled below", exact(10, 100), 0.5, 100, true},
		{"none found, an open bound of 1 %", exact(0, 100), 0.01, 368, true}, // as a certified FPR
		{"on the bound", exact(50, 100), 0.5, 0, false},
		{"no interval", bare(0.3, 100, ""), 0.5, 0, false},
		{"a gain with half the precision that it needs", Metric{Value: 0.1, Lo: -0.1, Hi: 0.3, Level: Level, Method: "newcombe", N: 50}, 0, 200, true},
		{"a gain below the bound", Metric{Value: 0.1, Lo: -0.1, Hi: 0.3, Level: Level, Method: "newcombe", N: 50}, 0.15, 800, true},
		{"too near to ever tell", Metric{Value: 1e-9, Lo: -1, Hi: 1, Level: Level, Method: "student-t", N: 50}, 0, 0, false},
	} {
		got, ok := c.metric.SampleToSettle(c.bound)
		if got != c.want || ok != c.ok {
			t.Errorf("%s: %d, %v; want %d, %v", c.name, got, ok, c.want, c.ok)
		}
	}
}

func TestSampleToSettleDoes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 500).Draw(t, "n")
		k := rapid.IntRange(0, n).Draw(t, "k")
		bound := rapid.Float64Range(0.01, 0.99).Draw(t, "bound")
		m := exact(k, n)
		needed, ok := m.SampleToSettle(bound)
		if !ok || needed < n {
			if math.Abs(m.Value-bound) > 1e-3 {
				t.Fatalf("%d of %d against %g: needs %d, %v", k, n, bound, needed, ok)
			}
			return
		}
		then := ClopperPearson(int(math.Round(m.Value*float64(needed))), needed, Level)
		if then.Lo < bound && then.Hi >= bound {
			t.Fatalf("%d of %d against %g: %d do not settle it: %+v", k, n, bound, needed, then)
		}
	})
}
