package measure

import (
	"math"
	"math/rand/v2"
	"testing"
)

// A 95 % interval must hold the truth in 95 % of samples, give or take 1 % and what chance does to so
// many repetitions. The long form, with the tag soak, repeats until chance is small.

// covers repeats a trial from one seed and fails unless the share of hits lies between lo and hi,
// but for three standard errors of the simulation.
func covers(t *testing.T, name string, repetitions int, lo, hi float64, hit func(*rand.Rand) bool) {
	t.Helper()
	rng, hits := rand.New(rand.NewPCG(1, 9)), 0
	for range repetitions {
		if hit(rng) {
			hits++
		}
	}
	share, chance := float64(hits)/float64(repetitions), 3*math.Sqrt(0.05*0.95/float64(repetitions))
	if share < lo-chance || share > hi+chance {
		t.Errorf("%s covers %.4f in %d repetitions, want %.3f to %.3f", name, share, repetitions, lo, hi)
	}
}

// binormal draws scores of members around d and of non-members around 0.
func binormal(rng *rand.Rand, d float64, members, nonmembers int) *ROC {
	scores := MakeScores(members, nonmembers)
	for range members {
		scores.Add(d+rng.NormFloat64(), true)
	}
	for range nonmembers {
		scores.Add(rng.NormFloat64(), false)
	}
	roc, err := scores.ROC()
	if err != nil {
		panic(err)
	}
	return roc
}

func (i Interval) holds(v float64) bool { return i.Lo <= v && v <= i.Hi }

func TestProportionCoverage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		n int
		p float64
	}{{100, 0.3}, {1000, 0.01}, {40, 0.5}} {
		for name, interval := range map[string]func(k, n int, level float64) Interval{"wilson": Wilson, "clopper-pearson": ClopperPearson} {
			hits := 0.0 // exact: the chance of each k is known
			for k := 0; k <= c.n; k++ {
				if interval(k, c.n, Level).holds(c.p) {
					hits += binomialMass(float64(k), float64(c.n), c.p)
				}
			}
			// Wilson oscillates around its level; Clopper-Pearson is never below it.
			if name == "wilson" && math.Abs(hits-Level) > 0.02 || name == "clopper-pearson" && hits < Level {
				t.Errorf("%s with n = %d, p = %g covers %.4f", name, c.n, c.p, hits)
			}
		}
	}
}

func TestAUCCoverage(t *testing.T) {
	t.Parallel()
	for _, d := range []float64{0, 0.5, 1.5} {
		auc := normalCDF(d / math.Sqrt2)
		covers(t, "delong-logit", simulations(1000), 0.94, 0.96, func(rng *rand.Rand) bool {
			return binormal(rng, d, 200, 200).AUC().Interval(Level).holds(auc)
		})
	}
}

func TestBootstrapCoverage(t *testing.T) {
	t.Parallel()
	// Resampling is approximate at low rates (0.93 to 0.975 in simulations of these sizes), so the
	// interval is for reporting; the certified pair below is what holds.
	const d, fpr = 0.5, 0.01
	tpr := 1 - normalCDF(normalQuantile(1-fpr)-d)
	covers(t, "ideal-bootstrap", simulations(400), 0.93, 0.975, func(rng *rand.Rand) bool {
		return binormal(rng, d, 2000, 2000).IdealBootstrap(fpr, Level).holds(tpr)
	})
}

func TestCertifiedCoverage(t *testing.T) {
	t.Parallel()
	const fpr = 0.01
	for _, d := range []float64{0, 1.5} {
		covers(t, "certified pair", simulations(1000), 0.94, 1, func(rng *rand.Rand) bool {
			certified, err := binormal(rng, d, 500, 500).Certify(fpr, Level)
			if err != nil {
				panic(err)
			}
			// The rates of the threshold that was found are those of the normal distributions.
			bar := certified.Threshold
			return 1-normalCDF(bar) <= fpr && 1-normalCDF(bar-d) >= certified.TPRLower
		})
	}
}

func TestPartialAUCCoverage(t *testing.T) {
	t.Parallel()
	const d, fpr, steps = 1, 0.1, 10_000
	truth := 0.0
	for i := range steps {
		rate := fpr * (float64(i) + 0.5) / steps
		truth += (1 - normalCDF(normalQuantile(1-rate)-d)) / steps
	}
	covers(t, "placements-logit", simulations(1000), 0.94, 0.96, func(rng *rand.Rand) bool {
		area, err := binormal(rng, d, 500, 500).PartialAUC(fpr, Level)
		if err != nil {
			panic(err)
		}
		return area.Lo <= truth && truth <= area.Hi
	})
}

func TestClusteredCoverage(t *testing.T) {
	t.Parallel()
	// The truth is what a sample of very many records shows.
	large, err := dependentScores(rand.New(rand.NewPCG(7, 8)), 200_000, 4).ROC()
	if err != nil {
		t.Fatal(err)
	}
	auc := large.AUC().Value
	covers(t, "clustered delong-logit", simulations(400), 0.94, 0.96, func(rng *rand.Rand) bool {
		roc, err := dependentScores(rng, 200, 10).ROC()
		if err != nil {
			panic(err)
		}
		return roc.AUC().Interval(Level).holds(auc)
	})
}

func normalCDF(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }
