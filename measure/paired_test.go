package measure

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

func TestPairsNewcombe(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pairs  Pairs
		lo, hi float64
	}{
		{Pairs{150, 29, 1, 41}, 0.081325, 0.173295}, // attribute inference on diabetes records
		{Pairs{55, 10, 19, 27}, -0.172612, 0.012782},
		{Pairs{204, 221, 14, 58}, 0.366856, 0.462901}, // a model bought with 50 queries
	} {
		got := c.pairs.Newcombe(Level)
		if math.Abs(got.Lo-c.lo) > 1e-6 || math.Abs(got.Hi-c.hi) > 1e-6 {
			t.Errorf("%+v: got [%f, %f], want [%f, %f]", c.pairs, got.Lo, got.Hi, c.lo, c.hi)
		}
	}
}

func TestPairsLaws(t *testing.T) {
	t.Parallel()
	cell := rapid.IntRange(0, 300)
	rapid.Check(t, func(t *rapid.T) {
		p := Pairs{cell.Draw(t, "both"), cell.Draw(t, "attack"), cell.Draw(t, "baseline"), cell.Draw(t, "neither")}
		if p.N() == 0 {
			p.Neither = 1
		}
		swapped := Pairs{p.Both, p.BaselineOnly, p.AttackOnly, p.Neither}
		a, b := p.Newcombe(Level), swapped.Newcombe(Level)
		if !(a.Lo <= p.Gain() && p.Gain() <= a.Hi) || math.Abs(a.Lo+b.Hi) > 1e-12 {
			t.Fatalf("%+v: gain %g, interval %+v, swapped %+v", p, p.Gain(), a, b)
		}
		greater, twoSided := p.McNemar()
		less, same := swapped.McNemar()
		if greater+less < 1-1e-12 || math.Abs(twoSided-same) > 1e-12 {
			t.Fatalf("%+v: greater %g, less %g, two-sided %g and %g", p, greater, less, twoSided, same)
		}
	})
}

// A 95 % interval of the gain covers the true gain about 95 times in 100, however the two columns hang
// together.
func TestPairsNewcombeCovers(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for _, truth := range [][3]float64{{0.5, 0.2, 0.1}, {0.3, 0.05, 0.05}, {0.1, 0.6, 0.02}} {
		const repetitions, n = 4000, 200
		covered := 0
		for range repetitions {
			interval := drawPairs(random, truth, n).Newcombe(Level)
			if gain := truth[1] - truth[2]; interval.Lo <= gain && gain <= interval.Hi {
				covered++
			}
		}
		if rate := float64(covered) / repetitions; rate < 0.94 || rate > 0.975 {
			t.Errorf("truth %v: the interval covers %.3f", truth, rate)
		}
	}
}

func drawPairs(random *rand.Rand, truth [3]float64, n int) (p Pairs) {
	for range n {
		switch u := random.Float64(); {
		case u < truth[0]:
			p.Both++
		case u < truth[0]+truth[1]:
			p.AttackOnly++
		case u < truth[0]+truth[1]+truth[2]:
			p.BaselineOnly++
		default:
			p.Neither++
		}
	}
	return p
}
