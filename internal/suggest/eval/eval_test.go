package eval_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bugbar/bar"
	"bugbar/bars/barstest"
	"bugbar/internal/suggest"
	"bugbar/internal/suggest/eval"
)

// fixed is a suggester that answers a text with the type and probability that the text names.
type fixed struct{}

func (fixed) Suggest(_ context.Context, text string) (*suggest.Result, error) {
	var value string
	var probability float64
	if _, err := fmt.Sscan(text, &value, &probability); err != nil {
		return nil, err
	}
	p := suggest.Proposal{
		Point: "type", Values: []string{value},
		Distribution: []suggest.Share{{Value: value, Probability: probability}, {Value: "not-covered", Probability: 1 - probability}},
	}
	if probability < 0.6 {
		p.Values = nil
	}
	return &suggest.Result{Findings: []suggest.Finding{{Proposals: []suggest.Proposal{p}}}}, nil
}

func labelled(text, value, outcome string) suggest.Case {
	return suggest.Case{ID: text + value, Text: text, Facts: map[string]string{"type": value}, Outcome: outcome}
}

// TestMeasure checks the figures against a count by hand: of four answers three are right, the
// unsure one among them is not proposed.
func TestMeasure(t *testing.T) {
	t.Parallel()
	cases := []suggest.Case{
		labelled("conventional 0.9", "conventional", "refer-to-other-bar"),
		labelled("conventional 0.8", "conventional", "refer-to-other-bar"),
		labelled("system-prompt-extraction 0.7", "conventional", "refer-to-other-bar"),
		labelled("system-prompt-extraction 0.55", "system-prompt-extraction", "not-a-vulnerability"),
	}
	r, err := eval.Measure(t.Context(), barstest.AI(t), "fixed", cases, func(suggest.Case) suggest.Suggester { return fixed{} })
	if err != nil {
		t.Fatal(err)
	}
	p := r.Points["type"]
	got := []float64{p.Accuracy, p.MacroF1, p.Proposed, p.Precision, p.ECE, r.Outcome.Agreement}
	// F1: conventional 2·2/(3+2) = 0.8, system prompt 2·1/(1+2) = 0.6667.
	// ECE: (0.1 + 0.2 + 0.7 + 0.45) / 4.
	if diff := cmp.Diff([]float64{0.75, 0.7333, 0.75, 0.6667, 0.3625, 0.5}, got); diff != "" {
		t.Error(diff)
	}
	if p.CoverageAt95 != 0.5 || p.Confusion["conventional"]["system-prompt-extraction"] != 1 {
		t.Errorf("%+v", p)
	}
	if i := p.AccuracyInterval; i[0] > 0.75 || i[1] < 0.75 || i[0] == i[1] {
		t.Errorf("the interval of 0.75 is %v", i)
	}
}

func TestReportJSON(t *testing.T) {
	t.Parallel()
	cases := []suggest.Case{labelled("conventional 0.9", "conventional", "refer-to-other-bar")}
	r, err := eval.Measure(t.Context(), barstest.AI(t), "fixed", cases, func(suggest.Case) suggest.Suggester { return fixed{} })
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var out struct {
		Type struct {
			Accuracy float64
			MacroF1  float64 `json:"macro_f1"`
		}
		Outcome struct{ Agreement float64 }
	}
	if err := json.Unmarshal(data, &out); err != nil || out.Type.Accuracy != 1 || out.Type.MacroF1 != 1 || out.Outcome.Agreement != 1 {
		t.Errorf("%s: %+v, %v", data, out, err)
	}
	for d := xml.NewDecoder(bytes.NewReader(eval.Chart(r, "type"))); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("the chart is no XML: %v", err)
		}
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	b := barstest.AI(t)
	good := `{"id":"a","title":"T","text":"x","facts":{"type":"conventional"},"outcome":"refer-to-other-bar","more":1}`
	cases, err := eval.Read(b, "f", strings.NewReader(good))
	if err != nil || cases[0].Text != "T\n\nx" {
		t.Fatalf("%+v, %v", cases, err)
	}
	for text, want := range map[string]string{
		"":                 "f:1: there is no case",
		good + "\n" + good: `f:2: the id "a" stands twice`,
		"{":                "f:1: unexpected end",
		`{"id":"a","text":"x","facts":{},"outcome":"low"}`:                             "f:1: a case needs",
		`{"id":"a","text":"x","facts":{"type":"boom"},"outcome":"low"}`:                "f:1: unknown value of type",
		`{"id":"a","text":"x","facts":{"type":"conventional"},"outcome":"tremendous"}`: "f:1: unknown outcome",
	} {
		_, err := eval.Read(b, "f", strings.NewReader(text))
		if line, ok := errors.AsType[*eval.LineError](err); !ok || !strings.HasPrefix(line.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

// TestFold: the folds never change, since figures of different days are compared.
func TestFold(t *testing.T) {
	t.Parallel()
	var got []int
	for _, id := range []string{"a", "b", "c", "d", "e", "f"} {
		got = append(got, eval.Fold(id))
	}
	if diff := cmp.Diff([]int{0, 1, 3, 3, 4, 0}, got); diff != "" {
		t.Error(diff)
	}
}

// TestCrossValidate trains on the worked examples of the bar itself, told several times, and must beat
// the majority.
func TestCrossValidate(t *testing.T) {
	t.Parallel()
	b := barstest.AI(t)
	var cases []suggest.Case
	p, _ := b.Point("type")
	for _, v := range p.Values[:8] {
		for k := range 5 {
			cases = append(cases, suggest.Case{ID: fmt.Sprint(v.ID, k), Text: v.Name + " " + v.Text, Facts: map[string]string{"type": v.ID}, Outcome: bar.Undetermined})
		}
	}
	reports, err := eval.CrossValidate(t.Context(), b, cases, 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(reports) != 3 || reports[0].Points["type"].Accuracy <= reports[2].Points["type"].Accuracy {
		t.Errorf("embedded %v, majority %v", reports[0].Points["type"], reports[2].Points["type"])
	}
}
