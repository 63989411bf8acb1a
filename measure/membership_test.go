package measure

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func normalScores(seed uint64, d float64, n int) *Scores {
	rng, scores := rand.New(rand.NewPCG(seed, 1)), MakeScores(n, n)
	for range n {
		scores.Add(d+rng.NormFloat64(), true)
		scores.Add(rng.NormFloat64(), false)
	}
	return scores
}

func mustMembership(t *testing.T, scores *Scores, options MembershipOptions) Result {
	t.Helper()
	result, err := Membership(scores, options)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func TestMembershipSaysWhatItNeeds(t *testing.T) {
	t.Parallel()
	result := mustMembership(t, normalScores(1, 0.5, 1000), MembershipOptions{})
	for id, want := range map[string]string{
		"certified_tpr@0.001":  "3688 non-members for an FPR of 0.001; there are 1000",
		"certified_tpr@0.0001": "36887 non-members for an FPR of 0.0001; there are 1000",
		"ppv@0.001":            "3688 non-members",
		"pauc@0.0001":          "10000 non-members",
	} {
		if !strings.Contains(result.Missing[id], want) {
			t.Errorf("%s is missing %q, want %q", id, result.Missing[id], want)
		}
		if _, there := result.Metrics[id]; there {
			t.Errorf("%s is both missing and there", id)
		}
	}
	for _, id := range []string{
		"auc", "balanced_accuracy", "advantage", "ks_p", "epsilon", "tpr@0.01", "tpr@0.001",
		"tpr@0.0001", "pauc@0.01", "pauc@0.001", "certified_tpr@0.01", "ppv@0.01",
	} {
		m, there := result.Metrics[id]
		if !there || !(m.Lo <= m.Value && m.Value <= m.Hi) {
			t.Errorf("%s is %+v", id, m)
		}
	}
	if m := result.Metrics["ks_p"]; m.Value > 1e-6 {
		t.Errorf("the null is not refused: p = %g", m.Value)
	}
	if len(result.Curves) != 1 || len(result.Curves[0].Points) < 30 {
		t.Errorf("no curve to plot: %+v", result.Curves)
	}
}

func TestMembershipWarns(t *testing.T) {
	t.Parallel()
	scores := normalScores(2, 0, 50)
	scores.Add(math.NaN(), true)
	scores.Add(math.Inf(1), false)
	scores.Add(math.Copysign(0, -1), true)
	scores.Add(0, false)
	result := mustMembership(t, scores, MembershipOptions{})
	for _, want := range []string{
		"1 scores were not a number", "1 scores are infinite", "2 of 103 scores are tied",
		"the smallest FPR that 52 non-members can certify is 0.068", "thresholds chosen on the same scores",
		"tpr@0.01 rests on no false positive among 52 non-members",
	} {
		if !slices.ContainsFunc(result.Warnings, func(w string) bool { return strings.Contains(w, want) }) {
			t.Errorf("no warning %q in %q", want, result.Warnings)
		}
	}
}

func TestRatesMustBeRates(t *testing.T) {
	t.Parallel()
	for _, options := range []MembershipOptions{
		{FPRs: []float64{0}}, {FPRs: []float64{0.1, 1}}, {FPRs: []float64{math.NaN()}}, {Prior: -0.1}, {Prior: 2},
	} {
		if _, err := Membership(normalScores(9, 0, 10), options); err == nil {
			t.Errorf("%+v is taken", options)
		}
	}
}

func TestFixedThreshold(t *testing.T) {
	t.Parallel()
	threshold := 1.0
	result := mustMembership(t, normalScores(3, 2, 5000), MembershipOptions{Threshold: &threshold})
	tpr, fpr, epsilon := result.Metrics["tpr"], result.Metrics["fpr"], result.Metrics["epsilon"]
	if want := 1 - normalCDF(-1); tpr.Lo > want || tpr.Hi < want {
		t.Errorf("tpr %+v, the truth is %g", tpr, want)
	}
	if want := math.Log(tpr.Lo / fpr.Hi); math.Abs(epsilon.Value-want) > 1e-12 || !math.IsInf(epsilon.Hi, 1) {
		t.Errorf("epsilon %+v, want %g", epsilon, want)
	}
}

// The closed form must agree with the bootstrap that it is the limit of.
func TestIdealBootstrapIsTheLimitOfResampling(t *testing.T) {
	t.Parallel()
	const resamples, n, fpr = 4000, 400, 0.02
	roc, err := normalScores(4, 1, n).ROC()
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(5, 5))
	draw := func(values []float64) []float64 {
		drawn := make([]float64, len(values))
		for i := range drawn {
			drawn[i] = values[rng.IntN(len(values))]
		}
		slices.Sort(drawn)
		return drawn
	}
	var rates []float64
	for range resamples {
		ones, zeros := draw(roc.members.values), draw(roc.nonmembers.values)
		bar, above := zeros[n-1-8], 0
		for _, v := range ones {
			if v > bar {
				above++
			}
		}
		rates = append(rates, float64(above)/n)
	}
	slices.Sort(rates)
	got := roc.IdealBootstrap(fpr, Level)
	if lo, hi := rates[resamples/40], rates[resamples*39/40]; math.Abs(got.Lo-lo) > 0.0051 || math.Abs(got.Hi-hi) > 0.0051 {
		t.Errorf("closed form [%g, %g], by resampling [%g, %g]", got.Lo, got.Hi, lo, hi)
	}
}

func TestCertifiedNonMembers(t *testing.T) {
	t.Parallel()
	for fpr, want := range map[float64]int{0.01: 368, 0.001: 3688, 0.0001: 36887, 0.00001: 368887} {
		if got := CertifiedNonMembers(fpr, Level); got != want {
			t.Errorf("an FPR of %g needs %d, want %d", fpr, got, want)
		}
		if SmallestFPR(want, Level) > fpr || SmallestFPR(want-1, Level) < fpr {
			t.Errorf("%d non-members do not certify %g", want, fpr)
		}
	}
}

func TestOneRunEpsilon(t *testing.T) {
	t.Parallel()
	// With delta 0 the bound is where the binomial tail meets the confidence.
	run := OneRun{Canaries: 1000, Guesses: 100, Correct: 90}
	got := run.Epsilon(0, Level)
	if want := math.Log(LowerBound(90, 100, Level) / (1 - LowerBound(90, 100, Level))); math.Abs(got-want) > 1e-9 {
		t.Errorf("epsilon is at least %g, want %g", got, want)
	}
	if some := run.Epsilon(1e-5, Level); some <= 0 || some >= got {
		t.Errorf("with a delta the bound is %g, without %g", some, got)
	}
	if none := (OneRun{Canaries: 100, Guesses: 100, Correct: 50}).Epsilon(0, Level); none != 0 {
		t.Errorf("chance gives %g", none)
	}
	if all := (OneRun{Canaries: 1000, Guesses: 1000, Correct: 1000}).Epsilon(0, Level); math.IsInf(all, 0) || all < 5 {
		t.Errorf("all right gives %g", all)
	}
	if wrong := (OneRun{Guesses: 1}).Epsilon(0, Level); !math.IsNaN(wrong) {
		t.Errorf("more guesses than canaries gives %g", wrong)
	}
}

func TestPerfectAttackHasAnInterval(t *testing.T) {
	t.Parallel()
	scores := MakeScores(0, 0)
	for i := range 50 {
		scores.Add(float64(i), false)
		scores.Add(float64(100+i), true)
	}
	auc := mustMembership(t, scores, MembershipOptions{}).Metrics["auc"]
	if want := math.Pow(0.025, 1./50); auc.Value != 1 || math.Abs(auc.Lo-want) > 1e-12 || auc.Hi != 1 {
		t.Errorf("auc %+v, want a lower bound of %g", auc, want)
	}
}

func TestLabelOnly(t *testing.T) {
	t.Parallel()
	result, err := LabelOnly([]bool{true, true, false, true, false, false}, []bool{true, true, true, false, false, false})
	if err != nil {
		t.Fatal(err)
	}
	if got := result.Metrics["advantage"]; math.Abs(got.Value-1./3) > 1e-12 || got.Method != "newcombe" {
		t.Errorf("advantage %+v", got)
	}
	if _, err := LabelOnly([]bool{true}, []bool{true, false}); err == nil {
		t.Error("mixed lengths are taken")
	}
}

func TestKolmogorovPIsUniformUnderTheNull(t *testing.T) {
	t.Parallel()
	rng, below := rand.New(rand.NewPCG(6, 6)), 0
	const repetitions = 1000
	for range repetitions {
		best := binormal(rng, 0, 200, 300).BestAccuracy()
		if kolmogorovP(best.Advantage(), best.Members, best.NonMembers) < 0.05 {
			below++
		}
	}
	if share := float64(below) / repetitions; share < 0.025 || share > 0.07 {
		t.Errorf("p is below 0.05 in %g of samples without a leak", share)
	}
}

func TestScoresCanBeUsedAgain(t *testing.T) {
	t.Parallel()
	scores := dependentScores(rand.New(rand.NewPCG(8, 8)), 50, 20)
	first, err := scores.ROC()
	if err != nil {
		t.Fatal(err)
	}
	want := first.AUC()
	independent := mustMembership(t, scores.Independent(), MembershipOptions{}).Metrics["auc"]
	again := mustMembership(t, scores, MembershipOptions{}).Metrics["auc"]
	if got := first.AUC(); got != want || again.Value != want.Value || independent.Value != want.Value {
		t.Errorf("AUC %+v at first, %+v after further use, %g again, %g for independent scores", want, got, again.Value, independent.Value)
	}
	if again.Hi-again.Lo <= independent.Hi-independent.Lo {
		t.Errorf("dependent scores have the narrower interval: %+v, %+v", again, independent)
	}
}
