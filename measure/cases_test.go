package measure

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestClustersStdErr(t *testing.T) {
	t.Parallel()
	// Ten prompt injections, four attempts each.
	var cases Clusters
	for _, successes := range []int{4, 1, 1, 3, 2, 0, 0, 1, 1, 4} {
		cases = append(cases, Tally{successes, 4})
	}
	if got := cases.StdErr(); math.Abs(got-0.118145) > 1e-6 {
		t.Errorf("standard error %f, want 0.118145", got)
	}
	if any, all := cases.AnyOf(), cases.AllOf(); any != 8 || all != 2 {
		t.Errorf("any of 4: %d, all of 4: %d; want 8 and 2", any, all)
	}
	const z, t9 = 1.9599639845400545, 2.2621571628540993 // quantiles of the normal and of Student's t
	if got, want := cases.EffectiveN(), 0.425*0.575/(0.1181453906563152*0.1181453906563152)*(z/t9)*(z/t9); math.Abs(got-want) > 1e-9 {
		t.Errorf("effective n %g, want %g", got, want)
	}
}

func TestClustersEffectiveN(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		cases Clusters
		want  float64
	}{
		"one attempt each":       {Clusters{{0, 1}, {1, 1}, {0, 1}}, 3},
		"none succeeded":         {Clusters{{0, 4}, {0, 4}}, 2},
		"all succeeded":          {Clusters{{4, 4}, {4, 4}}, 2},
		"one case":               {Clusters{{2, 4}}, 1},
		"attempts all agree":     {Clusters{{4, 4}, {0, 4}, {4, 4}, {0, 4}}, 4},
		"cases all alike":        {Clusters{{2, 4}, {2, 4}}, 8},
		"more even than chance":  {Clusters{{5, 10}, {5, 10}, {6, 10}, {5, 10}, {5, 10}}, 50},
		"one case outweighs all": {Clusters{{0, 98}, {0, 1}, {0, 1}}, 10000. / 9606},
		"nothing":                {nil, 0},
	} {
		if got := c.cases.EffectiveN(); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("%s: %g, want %g", name, got, c.want)
		}
		if w := c.cases.Wilson(Level); !(w.Lo >= 0 && w.Lo < w.Hi && w.Hi <= 1) {
			t.Errorf("%s: interval %+v", name, w)
		}
	}
}

// The rate of each case is drawn from Beta(1, 1): an interval that takes attempts for independent
// covers far less than the 95 % that it claims, the clustered one about as much.
func TestClusteredWilsonCovers(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	const repetitions, cases, attempts = 2000, 10, 10
	clustered, naive := 0, 0
	for range repetitions {
		drawn := make(Clusters, cases)
		for i := range drawn {
			rate := random.Float64()
			drawn[i].Attempts = attempts
			for range attempts {
				if random.Float64() < rate {
					drawn[i].Successes++
				}
			}
		}
		if w := drawn.Wilson(Level); w.Lo <= 0.5 && 0.5 <= w.Hi {
			clustered++
		}
		if w := Wilson(drawn.Total().Successes, cases*attempts, Level); w.Lo <= 0.5 && 0.5 <= w.Hi {
			naive++
		}
	}
	if clustered < repetitions*94/100 || naive > repetitions*80/100 {
		t.Errorf("of %d: clustered covers %d, naive %d", repetitions, clustered, naive)
	}
}
