package assess_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bugbar/assess"
	"bugbar/bar"
	"bugbar/bars"
)

func TestAssess(t *testing.T) {
	t.Parallel()
	b := loadAI(t)
	v, err := assess.Assess(b, assess.Facts{
		"type":        {Values: []string{"prompt-injection"}, Provenance: assess.Confirmed},
		"impact":      {Values: []string{"data-exfiltration"}, Provenance: assess.Suggested},
		"interaction": {Values: []string{"none"}, Provenance: assess.Measured},
		// what the row does not use does not weaken it
		"service_stage": {Values: []string{"finished"}, Provenance: assess.Claimed},
	})
	if err != nil {
		t.Fatal(err)
	}
	if v.Outcome != "critical" || v.Row != "MSRC-AI-PI-1" || v.Weakest != assess.Suggested || v.Next != nil {
		t.Errorf("%+v", v)
	}
	want := []assess.Change{
		{Point: "type", From: "prompt-injection", To: []string{"system-prompt-extraction"}, Direction: assess.Lowers, Outcome: "not-a-vulnerability", Row: "MSRC-AI-SPE-1"},
		{Point: "impact", From: "data-exfiltration", To: []string{"output-manipulation"}, Direction: assess.Reopens, Outcome: "undetermined", Possible: []string{"not-accepted", "in-scope", "unrated", "out-of-scope"}},
		{Point: "interaction", From: "none", To: []string{"required"}, Direction: assess.Lowers, Outcome: "important", Row: "MSRC-AI-PI-2"},
	}
	if diff := cmp.Diff(want, v.Changes); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"type", "impact", "interaction"}, v.Used); diff != "" {
		t.Error(diff)
	}
}

// TestSmallestChange: of two classes that lower the outcome, the nearer one is told.
func TestSmallestChange(t *testing.T) {
	t.Parallel()
	v, err := assess.Assess(loadAI(t), assess.Claim("type", "model-theft", "attack_confidence", "sufficient", "data_classification", "confidential"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range v.Changes {
		if c.Point == "data_classification" && (c.Outcome != "important" || c.Row != "MSRC-AI-MT-2") {
			t.Errorf("%+v", c)
		}
	}
}

func TestNextQuestion(t *testing.T) {
	t.Parallel()
	b := loadAI(t)
	for _, test := range []struct {
		facts assess.Facts
		want  string
	}{
		{assess.Facts{}, "type"},
		{assess.Claim("type", "prompt-injection"), "impact"},
		{assess.Claim("type", "prompt-injection", "impact", "privileged-action"), "interaction"},
		{assess.Claim("type", "input-extraction"), "attack_confidence"},
		{assess.Claim("type", "content-issue"), "content_category"},
		{assess.Claim("type", "conventional"), ""},
	} {
		v, err := assess.Assess(b, test.facts)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if v.Next != nil {
			got = v.Next.Point
		}
		if got != test.want {
			t.Errorf("%v: asks %q, want %q", test.facts, got, test.want)
		}
	}
}

func TestAskPassesOver(t *testing.T) {
	t.Parallel()
	b := loadAI(t)
	facts := assess.Claim("type", "prompt-injection", "impact", "privileged-action")
	q, err := assess.Ask(b, facts, map[string]bool{"interaction": true})
	if err != nil || q != nil {
		t.Errorf("asks %v, %v, though the only question left has no answer", q, err)
	}
	q, err = assess.Ask(b, assess.Claim("type", "prompt-injection"), map[string]bool{"impact": true})
	if err != nil || q == nil || q.Point == "impact" {
		t.Errorf("asks %v, %v", q, err)
	}
	if q, err := assess.Ask(b, assess.Claim("type", "conventional"), nil); q != nil || err != nil {
		t.Errorf("asks %v, %v of a settled outcome", q, err)
	}
	if _, err := assess.Ask(b, assess.Claim("tpye", "conventional"), nil); err == nil {
		t.Error("took an unknown decision point")
	}
}

func TestAssessRefuses(t *testing.T) {
	t.Parallel()
	b := loadAI(t)
	for name, facts := range map[string]assess.Facts{
		"point":      assess.Claim("tpye", "conventional"),
		"value":      assess.Claim("type", "convential"),
		"provenance": {"type": {Values: []string{"conventional"}, Provenance: "rumoured"}},
		"silence":    {"type": {Values: []string{"conventional"}}},
	} {
		_, err := assess.Assess(b, facts)
		h, ok := errors.AsType[interface {
			error
			Hint() string
		}](err)
		if !ok || h.Hint() == "" {
			t.Errorf("%s: %v has no hint", name, err)
		}
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	b := loadAI(t)
	for text, want := range map[string][]string{
		"type=model-theft":                           {"model-theft"},
		" type = model-theft ":                       {"model-theft"},
		"impact=data-exfiltration|privileged-action": {"data-exfiltration", "privileged-action"},
		"impact=unknown":                             nil,
	} {
		_, fact, err := assess.Parse(b, text)
		if err != nil || !cmp.Equal(fact.Values, want) || fact.Provenance != assess.Claimed {
			t.Errorf("%q: %+v, %v", text, fact, err)
		}
	}
	for _, text := range []string{"", "type", "type=", "=model-theft", "type=model-theft|", "type=a=b"} {
		if _, _, err := assess.Parse(b, text); err == nil {
			t.Errorf("took %q for a fact", text)
		}
	}
	_, _, err := assess.Parse(b, "type")
	if syntax, ok := errors.AsType[*assess.SyntaxError](err); !ok || syntax.Hint() == "" || syntax.Error() == "" {
		t.Errorf("%v", err)
	}
}

func TestAdjust(t *testing.T) {
	t.Parallel()
	b := loadAI(t)
	v, err := assess.Assess(b, assess.Claim("type", "prompt-injection", "impact", "data-exfiltration", "interaction", "none"))
	if err != nil {
		t.Fatal(err)
	}
	whole := assess.Adjustment{Outcome: "important", By: "M. Lee", When: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC), Why: "1 of 400 attempts works"}
	adjusted, err := v.Adjust(b, whole)
	if err != nil || adjusted.Final() != "important" || adjusted.Outcome != "critical" || v.Adjustment != nil {
		t.Errorf("%+v, %v", adjusted, err)
	}
	for name, spoil := range map[string]func(*assess.Adjustment){
		"who":     func(a *assess.Adjustment) { a.By = " " },
		"why":     func(a *assess.Adjustment) { a.Why = "" },
		"when":    func(a *assess.Adjustment) { a.When = time.Time{} },
		"outcome": func(a *assess.Adjustment) { a.Outcome = "urgent" },
	} {
		a := whole
		spoil(&a)
		if _, err := v.Adjust(b, a); err == nil {
			t.Errorf("adjusted without a good %s", name)
		}
	}
	open, err := assess.Assess(b, assess.Facts{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open.Adjust(b, whole); err == nil {
		t.Error("adjusted an outcome that is still open")
	}
}

func TestWorst(t *testing.T) {
	t.Parallel()
	b := loadAI(t)
	verdict := func(pairs ...string) assess.Verdict {
		v, err := assess.Assess(b, assess.Claim(pairs...))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	low := verdict("type", "membership-inference", "attack_confidence", "sufficient", "data_classification", "public")
	critical := verdict("type", "prompt-injection", "impact", "privileged-action", "interaction", "none")
	nothing := verdict("type", "system-prompt-extraction")
	open := verdict("type", "model-theft")
	mild := verdict("type", "input-extraction", "data_classification", "public") // low or nothing
	for _, test := range []struct {
		name     string
		verdicts []assess.Verdict
		outcome  string
		open     bool
	}{
		{"none", nil, "undetermined", false},
		{"one", []assess.Verdict{low}, "low", false},
		{"gravest", []assess.Verdict{low, critical, nothing}, "critical", false},
		{"may be graver", []assess.Verdict{low, open}, "low", true},
		{"cannot be graver", []assess.Verdict{critical, open}, "critical", false},
		{"as grave at most", []assess.Verdict{low, mild}, "low", false},
		{"all open", []assess.Verdict{open}, "undetermined", true},
	} {
		outcome, open := assess.Worst(b, test.verdicts)
		if outcome != test.outcome || open != test.open {
			t.Errorf("%s: %s, open %v", test.name, outcome, open)
		}
	}
}

func TestOverrideIsTold(t *testing.T) {
	t.Parallel()
	b, err := bars.Load("local-example")
	if err != nil {
		t.Fatal(err)
	}
	v, err := assess.Assess(b, assess.Claim("type", "prompt-injection", "impact", "output-manipulation", "content_category", "none"))
	if err != nil {
		t.Fatal(err)
	}
	if v.Outcome != "low" || len(v.Overrides) != 1 || v.Overrides[0].Base != "msrc-ai@2026-11" || v.Overrides[0].BaseOutcome != "unrated" || v.Overrides[0].Because == "" {
		t.Errorf("%+v", v)
	}
	// It is told as well where two rows, both overridden, agree.
	both := assess.Claim("impact", "output-manipulation", "content_category", "none")
	both["type"] = assess.Fact{Values: []string{"prompt-injection", "input-perturbation"}, Provenance: assess.Claimed}
	if v, err = assess.Assess(b, both); err != nil || v.Outcome != "low" || len(v.Overrides) != 2 {
		t.Errorf("%+v, %v", v, err)
	}
}

// TestUnknownCell: a row may itself say that the source does not tell. There is nothing to ask then.
func TestUnknownCell(t *testing.T) {
	t.Parallel()
	b, err := bars.Load("msrc-online-services")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range b.Paths() {
		if path.Row.Outcome != bar.Undetermined {
			continue
		}
		v := assess.NewEngine(b).Assess(path.Answers)
		if v.Row != path.Row.ID || v.Next != nil || v.Outcome != bar.Undetermined {
			t.Errorf("%+v", v)
		}
		return
	}
	t.Error("every cell of the online-services bar is known, which this test should hear of")
}

// TestJSON holds the hand-written encoder to encoding/json's reading of it.
func TestJSON(t *testing.T) {
	t.Parallel()
	b := loadAI(t)
	facts := assess.Claim("type", "prompt-injection", "impact", "data-exfiltration", "interaction", "none")
	facts["data_classification"] = assess.Fact{Values: []string{"general", "public"}, Provenance: assess.Measured}
	facts["service_stage"] = assess.Fact{Provenance: assess.Confirmed}
	v, err := assess.Assess(b, facts)
	if err != nil {
		t.Fatal(err)
	}
	v.Overrides = []assess.Override{{Base: `a "quoted" <name>`, BaseOutcome: "low", Because: "ünïcode\n"}}
	v, err = v.Adjust(b, assess.Adjustment{Outcome: "low", By: "M", When: time.Unix(0, 0).UTC(), Why: "w"})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var back struct {
		assess.Verdict
		Facts      map[string]any               `json:"facts"`
		Provenance map[string]assess.Provenance `json:"provenance"`
	}
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	v.Facts = nil
	if diff := cmp.Diff(v, back.Verdict); diff != "" {
		t.Error(diff)
	}
	want := map[string]any{"type": "prompt-injection", "impact": "data-exfiltration", "interaction": "none", "data_classification": []any{"general", "public"}}
	if diff := cmp.Diff(want, back.Facts); diff != "" {
		t.Error(diff)
	}
	if back.Provenance["data_classification"] != assess.Measured || back.Provenance["type"] != assess.Claimed || len(back.Provenance) != 4 {
		t.Errorf("provenance %v", back.Provenance)
	}
}

// TestNoAllocation holds Decide, which assesses by the million, to its promise.
func TestNoAllocation(t *testing.T) {
	b := loadAI(t)
	values := []string{"prompt-injection", "data-exfiltration", "none", "", "", "", "", ""}
	if n := testing.AllocsPerRun(100, func() { _, _ = b.Decide(values) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
