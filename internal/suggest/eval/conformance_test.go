//go:build conformance

package eval_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bugbar/bars/barstest"
	"bugbar/internal/suggest"
	"bugbar/internal/suggest/eval"
)

// developmentCases must be there: these tests are not skipped.
func developmentCases(t *testing.T) []suggest.Case {
	t.Helper()
	dir := os.Getenv("BUGBAR_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "shared")
	}
	cases, err := eval.Load(barstest.AI(t), filepath.Join(dir, "cases", "dev.jsonl"))
	if err != nil {
		t.Fatalf("the labelled cases are needed here; set BUGBAR_SHARED to their folder: %v", err)
	}
	return cases
}

// TestConformanceSuggest holds the method to the figures that the documents give, by
// cross-validation, and to being ahead of both baselines.
func TestConformanceSuggest(t *testing.T) {
	t.Parallel()
	reports, err := eval.CrossValidate(t.Context(), barstest.AI(t), developmentCases(t), 1)
	if err != nil {
		t.Fatal(err)
	}
	own := reports[0]
	for point, least := range map[string]float64{"type": 0.88, "impact": 0.8, "interaction": 0.8, "data_classification": 0.8, "content_category": 0.8} {
		if got := own.Points[point].Accuracy; got < least {
			t.Errorf("%s: accuracy %v, want at least %v", point, got, least)
		}
	}
	if p := own.Points["type"]; p.MacroF1 < 0.82 || p.PrecisionAt60 < 0.95 || p.ECE > 0.08 {
		t.Errorf("type: macro-F1 %v, precision at 60 %% %v, ECE %v", p.MacroF1, p.PrecisionAt60, p.ECE)
	}
	if own.Outcome.Agreement < 0.75 {
		t.Errorf("the outcome agrees in %v", own.Outcome.Agreement)
	}
	for _, base := range reports[1:] {
		if base.Points["type"].Accuracy >= own.Points["type"].Accuracy || base.Outcome.Agreement >= own.Outcome.Agreement {
			t.Errorf("%s is as good", base.Suggester)
		}
	}
}

// TestConformanceModel: the embedded model is the one that the cases, the cues and the seed give.
func TestConformanceModel(t *testing.T) {
	t.Parallel()
	b := barstest.AI(t)
	trained, err := suggest.Train(b, developmentCases(t), 1)
	if err != nil {
		t.Fatal(err)
	}
	shipped, err := suggest.Load(b)
	if err != nil {
		t.Fatal(err)
	}
	want, err := trained.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := shipped.Encode(); err != nil || string(got) != string(want) {
		t.Error("the embedded model is stale: make suggest-model")
	}
}

// TestConformanceTaught: the made-up reports that ship are our own words. No eight in a row stand in a labelled
// case as well.
func TestConformanceTaught(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("..", "taught", "msrc-ai.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	const run = 8
	ours := map[string]bool{}
	words := strings.Fields(strings.ToLower(string(data)))
	for i := range len(words) - run {
		ours[strings.Join(words[i:i+run], " ")] = true
	}
	for _, c := range developmentCases(t) {
		words := strings.Fields(strings.ToLower(c.Text))
		for i := 0; i+run <= len(words); i++ {
			if text := strings.Join(words[i:i+run], " "); ours[text] {
				t.Errorf("%s: %q", c.ID, text)
				break
			}
		}
	}
}
