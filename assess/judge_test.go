package assess_test

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bugbar/assess"
	"bugbar/bars"
	"bugbar/measure"
)

func metric(value, lo, hi float64, n int) measure.Metric {
	return measure.Metric{Value: value, Lo: lo, Hi: hi, Level: measure.Level, Method: "test", N: n}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	b, err := bars.Load(bars.Default)
	if err != nil {
		t.Fatal(err)
	}
	stolen := func(fidelity, gain measure.Metric) measure.Result {
		return measure.Result{Kind: "theft", Metrics: map[string]measure.Metric{"fidelity": fidelity, "gain": gain}}
	}
	good, poor, open := metric(0.95, 0.9, 0.99, 100), metric(0.8, 0.7, 0.89, 100), metric(0.92, 0.85, 0.96, 100)
	gained, level := metric(0.2, 0.1, 0.3, 100), metric(-0.1, -0.2, 0, 100)
	for _, c := range []struct {
		name          string
		result        measure.Result
		answer, value string
		needs         string
	}{
		{"both reached, one on the bound", stolen(good, gained), assess.Sufficient, "sufficient", ""},
		{"one missed", stolen(poor, gained), assess.Insufficient, "insufficient", ""},
		{"one missed and one open", stolen(open, level), assess.Insufficient, "insufficient", ""}, // above 0 is strict
		{"one open", stolen(open, gained), assess.Inconclusive, "", "fidelity at least 0.9 is open at 0.92 [0.85, 0.96]; about 1225 instead of 100"},
		{"a value without an interval", stolen(measure.Metric{Value: 1, Lo: math.Inf(-1), Hi: math.Inf(1)}, gained), assess.Inconclusive, "", "fidelity"},
		{"a metric missing", measure.Result{
			Kind: "theft", Metrics: map[string]measure.Metric{"gain": gained}, Missing: map[string]string{"fidelity": "answers"},
		}, assess.Inconclusive, "", "fidelity: answers"},
		{"the second alternative", measure.Result{
			Kind: "membership", Metrics: map[string]measure.Metric{"certified_tpr@0.01": good},
		}, assess.Sufficient, "sufficient", ""},
	} {
		j, ok := assess.Judge(b, c.result)
		if !ok || j.Answer != c.answer || j.Value != c.value || !strings.Contains(j.Needs, c.needs) || j.Point != "attack_confidence" {
			t.Errorf("%s: %+v", c.name, j)
		}
	}
	if _, ok := assess.Judge(b, measure.Result{Kind: "trials"}); ok {
		t.Error("a kind without a cut is judged")
	}
}

// A tighter interval around the same value never takes a decided answer back.
func TestJudgeIsMonotone(t *testing.T) {
	t.Parallel()
	b, err := bars.Load(bars.Default)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) (wide, tight measure.Metric) {
			v := rapid.Float64Range(-1, 1).Draw(t, name)
			half := rapid.Float64Range(0, 0.5).Draw(t, name+" half")
			less := half * rapid.Float64Range(0, 1).Draw(t, name+" less")
			return metric(v, v-half, v+half, 10), metric(v, v-less, v+less, 10)
		}
		wide, tight := measure.Result{Kind: "theft", Metrics: map[string]measure.Metric{}}, measure.Result{Kind: "theft", Metrics: map[string]measure.Metric{}}
		for _, id := range []string{"fidelity", "gain"} {
			wide.Metrics[id], tight.Metrics[id] = draw(id)
		}
		before, _ := assess.Judge(b, wide)
		after, _ := assess.Judge(b, tight)
		if before.Answer != assess.Inconclusive && after.Answer != before.Answer {
			t.Fatalf("%s became %s", before.Answer, after.Answer)
		}
	})
}
