package assess_test

import (
	"math"
	"strings"
	"testing"

	"bugbar/assess"
	"bugbar/bar"
	"bugbar/measure"
)

// TestJudgeAny holds the disjunction in the cut for attribute inference: accurate overall, or among
// the records of which the attacker is surest.
func TestJudgeAny(t *testing.T) {
	t.Parallel()
	b := loadAI(t)
	yes, no, open := metric(0.95, 0.92, 0.98, 100), metric(0.4, 0.3, 0.5, 100), metric(0.8, 0.6, 0.95, 100)
	for _, test := range []struct {
		name          string
		accuracy, ppv *measure.Metric
		want          string
	}{
		{"both", &yes, &yes, assess.Sufficient},
		{"only accurate", &yes, &no, assess.Sufficient},
		{"only sure", &no, &yes, assess.Sufficient},
		{"one open", &no, &open, assess.Inconclusive},
		{"open and reached", &open, &yes, assess.Sufficient},
		{"neither", &no, &no, assess.Insufficient},
		{"one missing", nil, &yes, assess.Sufficient},
		{"one missing, one missed", &no, nil, assess.Insufficient},
		{"both missing", nil, nil, assess.Inconclusive},
	} {
		r := measure.Result{Kind: "attribute", Metrics: map[string]measure.Metric{
			"gain": metric(0.2, 0.1, 0.3, 100), "advantage": metric(0.2, 0.1, 0.3, 100),
		}}
		if test.accuracy != nil {
			r.Metrics["accuracy"] = *test.accuracy
		}
		if test.ppv != nil {
			r.Metrics["ppv@top10"] = *test.ppv
		}
		j, ok := assess.Judge(b, r)
		if !ok || j.Answer != test.want {
			t.Errorf("%s: %s, want %s", test.name, j.Answer, test.want)
		}
		if (j.Value == "") != (test.want == assess.Inconclusive) || j.Answer == assess.Inconclusive && j.Needs == "" {
			t.Errorf("%s: %+v", test.name, j)
		}
	}
}

func TestJudgeNothing(t *testing.T) {
	t.Parallel()
	if _, ok := assess.Judge(loadAI(t), measure.Result{Kind: "trials"}); ok {
		t.Error("judged what the bar has no cut for")
	}
	if _, ok := assess.Judge(&bar.Bar{}, measure.Result{Kind: "theft"}); ok {
		t.Error("judged by a bar without cuts")
	}
	nan := metric(math.NaN(), math.NaN(), math.NaN(), 100)
	j, ok := assess.Judge(loadAI(t), measure.Result{Kind: "theft", Metrics: map[string]measure.Metric{"fidelity": nan, "gain": nan}})
	if !ok || j.Answer != assess.Inconclusive {
		t.Errorf("no number at all is %s", j.Answer)
	}
}

// TestResolve goes from sets to facts and back.
func TestResolve(t *testing.T) {
	t.Parallel()
	b := loadAI(t)
	for _, path := range b.Paths() {
		facts := assess.Resolve(b, path.Answers, assess.Measured)
		v, err := assess.Assess(b, facts)
		if err != nil || v.Row != path.Row.ID || v.Weakest != assess.Measured && len(facts) > 0 {
			t.Errorf("%v lead to %s, %v, and not to %s", facts, v.Row, err, path.Row.ID)
		}
	}
}

func TestErrorsAreWorded(t *testing.T) {
	t.Parallel()
	b := loadAI(t)
	for _, facts := range []assess.Facts{
		{"type": {Values: []string{"conventional"}, Provenance: "rumoured"}},
		assess.Claim("tpye", "x"),
	} {
		if _, err := assess.Assess(b, facts); err == nil || !strings.HasPrefix(err.Error(), "unknown ") {
			t.Errorf("%v", err)
		}
	}
	open, err := assess.Assess(b, assess.Claim("type", "prompt-injection"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := open.MarshalJSON()
	if err != nil || !strings.Contains(string(text), `"next":{"point":"impact","question":"`) {
		t.Errorf("%s, %v", text, err)
	}
}
