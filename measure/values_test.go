package measure

import (
	"math"
	"strconv"
	"strings"
	"testing"
)

// check compares metrics with values worked out by hand.
func check(t *testing.T, r Result, err error, want map[string]float64) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	for id, value := range want {
		m, there := r.Metrics[id]
		if !there || math.Abs(m.Value-value) > 1e-12 {
			t.Errorf("%s = %v (present: %v), want %v", id, m.Value, there, value)
		}
	}
}

func warned(r Result, of string) bool {
	return strings.Contains(strings.Join(r.Warnings, "\n"), of)
}

func TestTrialsOfNone(t *testing.T) {
	t.Parallel()
	rows := make([]Trial, 20)
	r, err := Trials(rows)
	check(t, r, err, map[string]float64{"rate": 0, "rate_upper": UpperBound(0, 20, 0.95)}) // 1 - 0.05^(1/20)
	if !warned(r, "rates up to 0.14") || !warned(r, "no control arm") || r.Missing["rate_minus_control"] == "" {
		t.Errorf("warnings %q, missing %v", r.Warnings, r.Missing)
	}
}

func TestTrialsByTargetAndControl(t *testing.T) {
	t.Parallel()
	var rows []Trial
	add := func(n int, trial Trial) {
		for range n {
			rows = append(rows, trial)
		}
	}
	add(6, Trial{Target: "a", Success: true})
	add(4, Trial{Target: "a"})
	add(1, Trial{Target: "b", Success: true})
	add(9, Trial{Target: "b"})
	add(1, Trial{Target: "a", Control: true, Success: true})
	add(19, Trial{Target: "a", Control: true})
	r, err := Trials(rows)
	check(t, r, err, map[string]float64{"rate": 0.35, "control_rate": 0.05, "rate_minus_control": 0.30})
	greater, _ := FisherExact(7, 20, 1, 20)
	check(t, r, nil, map[string]float64{"rate_minus_control_p": greater})
	if len(r.Strata) != 2 || r.Strata[0].Metrics["rate"].Value != 0.6 || r.Strata[1].Metrics["rate"].Value != 0.1 {
		t.Errorf("strata %+v", r.Strata)
	}
	if _, there := r.Metrics["rate_any"]; there || warned(r, "clustered") {
		t.Error("single attempts are taken for repeated cases")
	}
}

func TestTrialsOfManyTargets(t *testing.T) {
	t.Parallel()
	rows := make([]Trial, maxStrata+1)
	for i := range rows {
		rows[i].Target = strconv.Itoa(i)
	}
	r, err := Trials(rows)
	check(t, r, err, map[string]float64{"rate": 0})
	if len(r.Strata) > 0 || !warned(r, "101 values of target") {
		t.Errorf("%d strata, warnings %q", len(r.Strata), r.Warnings)
	}
}

func TestCompareTrials(t *testing.T) {
	t.Parallel()
	run := func(k, n int) (rows []Trial) {
		for i := range n {
			rows = append(rows, Trial{Success: i < k})
		}
		return rows
	}
	r, err := CompareTrials(run(9, 10), run(1, 10))
	check(t, r, err, map[string]float64{"rate_before": 0.9, "rate": 0.1, "difference": -0.8})
	if d := r.Metrics["difference"]; d.Hi >= 0 || warned(r, "not told apart") {
		t.Errorf("difference %+v, warnings %q", d, r.Warnings)
	}
	r, err = CompareTrials(run(5, 10), run(4, 10))
	check(t, r, err, map[string]float64{"difference_p": 1})
	if !warned(r, "not told apart") {
		t.Errorf("warnings %q", r.Warnings)
	}
}

func TestPerturbationBudgets(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	input := func(success bool, epsilon, l2 float64) PerturbedInput {
		return PerturbedInput{Correct: true, Success: success, Epsilon: epsilon, Linf: nan, L2: l2, L0: nan, Queries: nan}
	}
	smallest := []PerturbedInput{input(true, nan, 1), input(true, nan, 3), input(true, nan, 3), input(false, nan, nan)}
	r, err := Perturbation(append(smallest, PerturbedInput{Epsilon: nan, Linf: nan, L2: nan, L0: nan, Queries: nan}))
	check(t, r, err, map[string]float64{"rate": 0.75, "clean_accuracy": 0.8, "robust_accuracy": 0.2, "l2@0.5": 3})
	if len(r.Curves) != 1 || len(r.Curves[0].Points) != 2 || r.Curves[0].Points[0].Value != 0.25 || r.Curves[0].Points[1].X != 3 {
		t.Errorf("curves %+v", r.Curves)
	}
	r, err = Perturbation([]PerturbedInput{input(false, 0.1, nan), input(true, 0.2, nan), input(false, 0.1, nan)})
	check(t, r, err, map[string]float64{"rate": 1})
	if len(r.Strata) != 2 || r.Curves[0].X != "epsilon" || !warned(r, "those of the largest, 0.2") {
		t.Errorf("strata %+v, curves %+v", r.Strata, r.Curves)
	}
}

func TestAttributeSurest(t *testing.T) {
	t.Parallel()
	var rows []AttributeGuess
	for i := range 20 {
		rows = append(rows, AttributeGuess{
			Truth: "x", Guess: []string{"x", "y"}[i%2], Baseline: "y", Confidence: float64(20 - i/4), // ties of four
		})
	}
	rows[19].Truth = "y"
	r, err := Attribute(rows)
	check(t, r, err, map[string]float64{
		"accuracy": 11.0 / 20, "baseline_accuracy": 1.0 / 20, "majority_accuracy": 19.0 / 20, "gain": 0.5,
		"recall@x": 10.0 / 19, "recall@y": 1, "ppv@y": 0.1, "balanced_accuracy": (10.0/19 + 1) / 2,
		"ppv@top10": 0.5, "gain@top10": 0.5,
	})
	if r.Metrics["ppv@top10"].N != 4 || !warned(r, "holds 4 records instead of 2") {
		t.Errorf("top tenth %+v, warnings %q", r.Metrics["ppv@top10"], r.Warnings)
	}
}

func TestConfusion(t *testing.T) {
	t.Parallel()
	c := newConfusion()
	for cell, n := range map[[2]string]int{{"a", "a"}: 20, {"a", "b"}: 5, {"b", "a"}: 10, {"b", "b"}: 15} {
		for range n {
			c.add(cell[0], cell[1])
		}
	}
	// Cohen's textbook table: agreement 0.7, 0.5 by chance.
	if k := c.kappa(); math.Abs(k.Value-0.4) > 1e-12 {
		t.Errorf("kappa %+v", k)
	}
	if want := (20.0*15 - 5*10) / math.Sqrt(25*25*30*20); math.Abs(c.mcc()-want) > 1e-12 {
		t.Errorf("mcc %g, want %g", c.mcc(), want)
	}
}

func TestReconstructionTextCriteria(t *testing.T) {
	t.Parallel()
	words := strings.TrimSpace(strings.Repeat("one two three four five ", 12))
	nan := math.NaN()
	rows := []TextPair{
		{Truth: words, Generated: "so: " + words, LogProb: nan, NonPublic: true},
		{Truth: words, Generated: words, LogProb: nan},
		{Truth: "brief", Generated: "", LogProb: nan},
		{Truth: "brief", Generated: "long", LogProb: nan, Control: true},
	}
	r, err := ReconstructionText(rows)
	check(t, r, err, map[string]float64{
		"rate": 1.0 / 3, "rate@near": 2.0 / 3, "rate@run50": 2.0 / 3, "verbatim_nonpublic": 1, "control_rate": 0,
	})
	if v := r.Metrics["verbatim_nonpublic"]; v.Lo != 1 || !math.IsInf(v.Hi, 1) {
		t.Errorf("a count can only grow: %+v", v)
	}
	if r.Missing["rate@n1000_p0.5"] == "" {
		t.Errorf("missing %v", r.Missing)
	}
}

func TestDiscoverable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		p, n, least float64
		want        bool
	}{
		{0.5, 1, 0.5, true},
		{0.49, 1, 0.5, false},
		{1, 1, 1, true},
		{0, 1e9, 1e-9, false},
		{1e-17, 1e17, 0.6, true}, // 1 - 1/e; naive arithmetic says 0
		{1e-17, 1e17, 0.64, false},
	} {
		if got := Discoverable(math.Log(c.p), c.n, c.least); got != c.want {
			t.Errorf("p_z %g in %g samples, at least %g: %v", c.p, c.n, c.least, got)
		}
	}
}

func TestVectors(t *testing.T) {
	t.Parallel()
	if got := PSNR(0.01, 1); math.Abs(got-20) > 1e-12 {
		t.Errorf("PSNR %g", got)
	}
	if got := PSNR(0, 1); got != 120 {
		t.Errorf("PSNR of a copy %g", got)
	}
	image := make([]float64, 12*10)
	inverse := make([]float64, len(image))
	for i := range image {
		image[i] = float64(i%7) / 7
		inverse[i] = 1 - image[i]
	}
	if got := SSIM(image, image, 12, 1); math.Abs(got-1) > 1e-12 {
		t.Errorf("SSIM with itself %g", got)
	}
	if got := SSIM(image, inverse, 12, 1); got > 0 {
		t.Errorf("SSIM with the inverse %g", got)
	}
	// Two flat images: only the luminance term is left.
	flat, other := []float64{0.5, 0.5, 0.5, 0.5}, []float64{0.25, 0.25, 0.25, 0.25}
	if got, want := SSIM(flat, other, 2, 1), (2*0.5*0.25+1e-4)/(0.25+0.0625+1e-4); math.Abs(got-want) > 1e-12 {
		t.Errorf("SSIM of flat images %g, want %g", got, want)
	}
	reference := [][]float64{{0, 0}, {1, 1}, {0.4}}
	if got := Nearest([]float64{0.6, 0.7}, reference); got[0] != 1 {
		t.Errorf("nearest %v", got)
	}
	if Nearest([]float64{1, 2, 3}, reference) != nil {
		t.Error("a record of another length is near")
	}
}

func TestPropertyOverGuessing(t *testing.T) {
	t.Parallel()
	var rows []World
	for i := range 50 {
		w := World{Truth: []string{"lo", "hi"}[i%2], Guess: "hi", Score: float64(i % 2)}
		if i < 20 {
			w.Guess = w.Truth
		}
		rows = append(rows, w)
	}
	r, err := Property(rows)
	// 20 right, and of the other 30 the half that are "hi"; "hi" stands first in order, so that it is the
	// constant guess, and score 1 speaks for "hi", against the order of names.
	check(t, r, err, map[string]float64{"accuracy": 0.7, "guessing_accuracy": 0.5, "gain": 0.2, "advantage": 0.4, "worlds": 50, "auc": 0})
}

func TestTheftTransferAndTop(t *testing.T) {
	t.Parallel()
	top := []string{"a", "b", "c"}
	answer := func(target, surrogate, adversarial string) StolenAnswer {
		return StolenAnswer{
			Queries: 10, Target: target, Surrogate: surrogate, Baseline: "z", Truth: "a", Top: top,
			AdversarialSurrogate: "q", AdversarialTarget: adversarial,
		}
	}
	r, err := Theft([]StolenAnswer{answer("a", "a", "q"), answer("b", "a", "b"), answer("c", "c", "q"), answer("d", "a", "d")})
	check(t, r, err, map[string]float64{
		"fidelity": 0.5, "accuracy": 0.75, "target_accuracy": 0.25, "fidelity@top3": 0.75, "transfer": 0.5,
		"error_agreement": 1.0 / 3, "queries": 10, "gain": 0.5,
	})
}

func TestInputExtractionVerifies(t *testing.T) {
	t.Parallel()
	rows := []PlantedSecret{
		{Secret: "correct horse", Extracted: "it was: correct horse.", Bits: 40},
		{Secret: "correct horse", Extracted: "it was: correct horse.", Bits: 40},
		{Secret: "pin 1234", Extracted: "pin 1234", Bits: 13},
		{Secret: "battery staple", Extracted: "battery stack", Bits: 40},
		{Secret: "correct horse", Extracted: "no idea", Bits: 40, Control: true},
	}
	r, err := InputExtraction(rows)
	check(t, r, err, map[string]float64{
		"rate": 0.75, "rate_any": 2.0 / 3, "verified_secrets": 1, "bits": 53, "control_rate": 0, "rate@partial": 1,
		"guessing_p": math.Exp2(-13) + 3*math.Exp2(-40),
	})
	rows[4].Extracted = "correct horse"
	r, err = InputExtraction(rows)
	check(t, r, err, map[string]float64{"control_rate": 1})
	if _, there := r.Metrics["verified_secrets"]; there || !warned(r, "none counts as verified") {
		t.Errorf("metrics %v, warnings %q", r.Metrics["verified_secrets"], r.Warnings)
	}
}
