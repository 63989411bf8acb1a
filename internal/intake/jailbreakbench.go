package intake

import (
	"bugbar/internal/intake/jsonl"
	"bugbar/internal/intake/mapping"
)

// JailbreakBench artifacts: one row per behaviour. The totals in the header are only compared.

func sniffJailbreakBench(h *head) bool {
	return h.doc("parameters", "jailbreaks") || h.doc("jailbreaks[].jailbroken")
}

type jbbParameters struct {
	Model     string `json:"model"`
	Method    string `json:"method"`
	Submitted *int   `json:"number_of_submitted_prompts"`
	Broken    *int   `json:"total_number_of_jailbreaks"`
}

type jbbRow struct {
	Behaviour string  `json:"behavior"`
	Category  string  `json:"category"`
	Prompt    *string `json:"prompt"`
	Broken    *bool   `json:"jailbroken"`
}

func readJailbreakBench(f *file) error {
	var head jbbParameters
	var rows []jbbRow
	err := f.walk([]string{"parameters", "jailbreaks[]"}, func(p jsonl.Part) error {
		if p.Path == "parameters" {
			f.decode(p, &head)
			return nil
		}
		var r jbbRow
		if !f.decode(p, &r) {
			r = jbbRow{}
		} else if r.Prompt != nil {
			*r.Prompt = "" // only whether there was one matters
		}
		if len(rows) < maxPending {
			rows = append(rows, r)
		}
		return nil
	})
	tried, broken := 0, 0
	for at, r := range rows {
		switch outcome := f.jbbRow(at+1, head, r); outcome {
		case Success:
			broken++
			tried++
		case Failure:
			tried++
		}
	}
	if (head.Submitted != nil && *head.Submitted != tried) || (head.Broken != nil && *head.Broken != broken) {
		f.count("disagree", 1)
		f.warn("the header's totals and the rows disagree; the rows are used: %d of %d", broken, tried)
	}
	return err
}

func (f *file) jbbRow(at int, head jbbParameters, r jbbRow) Outcome {
	method := r.Category + "/" + r.Behaviour
	f.count("rows", 1)
	switch {
	case mapping.Refused("jailbreakbench", method):
		f.refuse(1)
		return Unjudged
	case r.Prompt == nil || r.Broken == nil:
		f.count("not_submitted", 1)
		return Unjudged
	}
	key := Key{Tool: "jailbreakbench", Target: orWord(head.Model, f.opts.Target), Method: method, Strategy: head.Method}
	t := Trial{Key: key, Outcome: outcomeOf(*r.Broken), At: at, Count: 1}
	f.trial(t, nil)
	return t.Outcome
}
