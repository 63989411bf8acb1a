package intake

import (
	"bugbar/internal/intake/jsonl"
	"bugbar/internal/intake/mapping"
)

// DeepTeam: RiskAssessment.save. Score 0 means vulnerable, 1 defended. The overview's number of
// errors stays 0 whatever happened, so cases are counted. The target is not named in the file.

func sniffDeepTeam(h *head) bool {
	return h.doc("overview", "test_cases") || h.doc("test_cases[].vulnerability", "test_cases[].attack_method") ||
		h.doc("overview.vulnerability_type_results")
}

type deepCase struct {
	Vulnerability string   `json:"vulnerability"`
	Type          string   `json:"vulnerability_type"`
	Method        string   `json:"attack_method"`
	Risk          string   `json:"risk_category"`
	Score         *float64 `json:"score"`
	Error         *string  `json:"error"`
}

func readDeepTeam(f *file) error {
	errored := 0
	stated := -1
	err := f.walk([]string{"overview", "test_cases[]"}, func(p jsonl.Part) error {
		if p.Path == "overview" {
			var o struct{ Errored int }
			if jsonl.Decode(p.Value, &o) == nil {
				stated = o.Errored
			}
			return nil
		}
		var c deepCase
		if f.decode(p, &c) && f.deepCase(p.Index, c) == Error {
			errored++
		}
		return nil
	})
	if stated >= 0 && stated != errored {
		f.count("disagree", 1)
		f.warn("the overview counts %d errors, the cases have %d; the cases are used", stated, errored)
	}
	if f.opts.Target == "" {
		f.warn("the file does not name its target; say which it was")
	}
	return err
}

func (f *file) deepCase(at int, c deepCase) Outcome {
	f.count("cases", 1)
	method := c.Vulnerability
	if c.Type != "" {
		method += "/" + c.Type
	}
	if mapping.Refused("deepteam", method, c.Risk) {
		f.refuse(1)
		return Unjudged
	}
	key := Key{Tool: "deepteam", Target: f.opts.Target, Method: method, Strategy: c.Method}
	t := Trial{Key: key, Outcome: Unjudged, At: at, Count: 1}
	switch {
	case c.Error != nil && *c.Error != "":
		t.Outcome = Error
	case c.Score != nil:
		t.Outcome = f.rescore(outcomeOf(*c.Score < 0.5), c.Score)
	}
	f.trial(t, f.opts.Threshold).claim("risk category", c.Risk)
	return t.Outcome
}
