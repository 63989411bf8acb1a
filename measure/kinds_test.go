package measure

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Whatever the rows, each kind gives an error or a result in which every number is what it says.
func TestKindsHoldTheirLaws(t *testing.T) {
	t.Parallel()
	label := rapid.SampledFrom([]string{"0", "1", "2"})
	number := rapid.OneOf(rapid.Float64Range(0, 1), rapid.Just(math.NaN()))
	word := rapid.StringMatching(`[ab ]{0,6}`)
	some := rapid.SampledFrom([]string{"", "a", "b"})
	vector := rapid.SliceOfN(rapid.Float64Range(0, 1), 4, 4)
	for name, measured := range map[string]func(*rapid.T) (Result, error){
		"trials": func(t *rapid.T) (Result, error) { return Trials(draw(t, trial(some))) },
		"compare": func(t *rapid.T) (Result, error) {
			return CompareTrials(draw(t, trial(some)), draw(t, trial(some)))
		},
		"perturbation": func(t *rapid.T) (Result, error) {
			return Perturbation(draw(t, rapid.Custom(func(t *rapid.T) PerturbedInput {
				return PerturbedInput{
					Correct: flag(t), Success: flag(t), Baseline: flag(t), HasBaseline: flag(t),
					Epsilon: number.Draw(t, "epsilon"), Linf: number.Draw(t, "linf"), L2: number.Draw(t, "l2"),
					L0: number.Draw(t, "l0"), Queries: number.Draw(t, "queries"),
				}
			})))
		},
		"attribute": func(t *rapid.T) (Result, error) {
			return Attribute(draw(t, rapid.Custom(func(t *rapid.T) AttributeGuess {
				return AttributeGuess{flag(t), label.Draw(t, "truth"), label.Draw(t, "guess"), label.Draw(t, "baseline"), some.Draw(t, "only"), number.Draw(t, "confidence")}
			})))
		},
		"texts": func(t *rapid.T) (Result, error) {
			return ReconstructionText(draw(t, rapid.Custom(func(t *rapid.T) TextPair {
				return TextPair{flag(t), word.Draw(t, "truth"), word.Draw(t, "generated"), -number.Draw(t, "logprob"), flag(t)}
			})))
		},
		"vectors": func(t *rapid.T) (Result, error) {
			scale := VectorScale{Threshold: 0.1, Peak: 1, Width: rapid.IntRange(0, 3).Draw(t, "width")}
			return ReconstructionVectors(draw(t, rapid.Custom(func(t *rapid.T) VectorPair {
				return VectorPair{vector.Draw(t, "original"), vector.Draw(t, "reconstructed"), vector.Draw(t, "baseline"), some.Draw(t, "group")}
			})), scale)
		},
		"property": func(t *rapid.T) (Result, error) {
			return Property(draw(t, rapid.Custom(func(t *rapid.T) World {
				return World{label.Draw(t, "truth"), label.Draw(t, "guess"), number.Draw(t, "score"), some.Draw(t, "group")}
			})))
		},
		"ratio": func(t *rapid.T) (Result, error) {
			share := rapid.Float64Range(0, 1)
			return PropertyRatio(draw(t, rapid.Custom(func(t *rapid.T) RatioWorld {
				return RatioWorld{share.Draw(t, "truth"), share.Draw(t, "estimate"), share.Draw(t, "baseline")}
			})))
		},
		"theft": func(t *rapid.T) (Result, error) {
			return Theft(draw(t, rapid.Custom(func(t *rapid.T) StolenAnswer {
				return StolenAnswer{
					Queries: number.Draw(t, "queries"), Target: label.Draw(t, "target"), Surrogate: label.Draw(t, "surrogate"),
					Baseline: label.Draw(t, "baseline"), Truth: some.Draw(t, "truth"), Top: rapid.SliceOfN(label, 0, 5).Draw(t, "top"),
					AdversarialSurrogate: some.Draw(t, "a"), AdversarialTarget: some.Draw(t, "b"),
				}
			})))
		},
		"secrets": func(t *rapid.T) (Result, error) {
			return InputExtraction(draw(t, rapid.Custom(func(t *rapid.T) PlantedSecret {
				return PlantedSecret{flag(t), word.Draw(t, "secret"), word.Draw(t, "extracted"), 30 * number.Draw(t, "bits")}
			})))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				if r, err := measured(t); err == nil {
					checkResult(t, r)
				}
			})
		})
	}
}

func draw[R any](t *rapid.T, row *rapid.Generator[R]) []R {
	return rapid.SliceOfN(row, 0, 40).Draw(t, "rows")
}

func flag(t *rapid.T) bool { return rapid.Bool().Draw(t, "flag") }

func trial(some *rapid.Generator[string]) *rapid.Generator[Trial] {
	return rapid.Custom(func(t *rapid.T) Trial {
		return Trial{some.Draw(t, "case"), flag(t), flag(t), some.Draw(t, "target"), some.Draw(t, "model"), some.Draw(t, "date")}
	})
}

// checkResult holds a result to what its fields promise.
func checkResult(t *rapid.T, r Result) {
	checkMetrics(t, r.Metrics)
	for _, s := range r.Strata {
		checkMetrics(t, s.Metrics)
	}
	for _, c := range r.Curves {
		for i, p := range c.Points {
			checkMetrics(t, map[string]Metric{c.ID: p.Metric})
			if i > 0 && p.X < c.Points[i-1].X {
				t.Fatalf("curve %s goes back at %d", c.ID, i)
			}
		}
	}
	for id := range r.Missing {
		if _, there := r.Metrics[id]; there {
			t.Fatalf("%s is missing and there", id)
		}
	}
	encoded, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back Result
	if err := json.Unmarshal(encoded, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r.Metrics, back.Metrics); diff != "" {
		t.Fatalf("JSON changes the metrics: %s", diff)
	}
}

func checkMetrics(t *rapid.T, metrics map[string]Metric) {
	const rounding = 1e-12
	for id, m := range metrics {
		switch {
		case math.IsNaN(m.Value) || math.IsInf(m.Value, 0) || math.IsNaN(m.Lo) || math.IsNaN(m.Hi):
			t.Fatalf("%s is %+v", id, m)
		case m.Lo > m.Value+rounding || m.Value > m.Hi+rounding:
			t.Fatalf("%s lies outside its interval: %+v", id, m)
		case m.N <= 0 || m.Method == "":
			t.Fatalf("%s does not say what it rests on: %+v", id, m)
		case m.Level == 0 && !(math.IsInf(m.Lo, -1) && math.IsInf(m.Hi, 1)):
			t.Fatalf("%s has bounds without a level: %+v", id, m)
		}
	}
}

// What a kind cannot do without is an error that says what to record.
func TestKindsDemandTheirEvidence(t *testing.T) {
	t.Parallel()
	half := []float64{0.5}
	for _, c := range []struct {
		name    string
		measure func() (Result, error)
		want    string
	}{
		{"trials of the control alone", func() (Result, error) { return Trials([]Trial{{Control: true}}) }, "no attempt of the attack"},
		{"nothing before", func() (Result, error) { return CompareTrials(nil, []Trial{{}}) }, "before: "},
		{"nothing after", func() (Result, error) { return CompareTrials([]Trial{{}}, nil) }, "after: "},
		{"no perturbed input", func() (Result, error) { return Perturbation(nil) }, "no rows"},
		{"a model that is always wrong", func() (Result, error) { return Perturbation([]PerturbedInput{{}}) }, "no input is answered correctly"},
		{"no member", func() (Result, error) { return Attribute([]AttributeGuess{{Control: true}}) }, "no record of the training data"},
		{"texts without a control", func() (Result, error) { return ReconstructionText([]TextPair{{Truth: "a"}}) }, "group = control"},
		{"texts without a member", func() (Result, error) { return ReconstructionText([]TextPair{{Truth: "a", Control: true}}) }, "group = member"},
		{"an endless text", func() (Result, error) {
			return ReconstructionText([]TextPair{{Truth: "a", Generated: strings.Repeat("a", MaxText+1)}})
		}, "text 1 is longer than 16384 bytes"},
		{"vectors without a baseline", func() (Result, error) {
			return ReconstructionVectors([]VectorPair{{Original: half, Reconstructed: half}}, DefaultVectorScale)
		}, "record 1: no baseline"},
		{"vectors of two lengths", func() (Result, error) {
			return ReconstructionVectors([]VectorPair{{Original: half, Reconstructed: []float64{1, 2}, Baseline: half}}, DefaultVectorScale)
		}, "reconstruction has 2 elements, original has 1"},
		{"no peak", func() (Result, error) {
			return ReconstructionVectors([]VectorPair{{Original: half, Reconstructed: half, Baseline: half}}, VectorScale{})
		}, "peak 0"},
		{"one world", func() (Result, error) { return Property([]World{{Truth: "a"}, {Truth: "a"}}) }, "same world"},
		{"no shares", func() (Result, error) { return PropertyRatio(nil) }, "no rows"},
		{"a budget of its own for each input", func() (Result, error) {
			rows := make([]PerturbedInput, maxStrata+1)
			for i := range rows {
				rows[i].Epsilon = float64(i)
			}
			return Perturbation(rows)
		}, "101 values of epsilon"},
		{"a surrogate of its own for each input", func() (Result, error) {
			rows := make([]StolenAnswer, maxStrata+1)
			for i := range rows {
				rows[i] = StolenAnswer{Queries: float64(i), Baseline: "a"}
			}
			return Theft(rows)
		}, "101 values of queries"},
		{"theft without a baseline", func() (Result, error) { return Theft([]StolenAnswer{{Target: "a", Surrogate: "a"}}) }, "column baseline"},
		{"secrets without a control", func() (Result, error) { return InputExtraction([]PlantedSecret{{Secret: "s"}}) }, "arm = control"},
		{"secrets without an attack", func() (Result, error) { return InputExtraction([]PlantedSecret{{Secret: "s", Control: true}}) }, "arm = attack"},
		{"an empty secret", func() (Result, error) { return InputExtraction([]PlantedSecret{{}}) }, "row 1: no secret"},
	} {
		if _, err := c.measure(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
}
