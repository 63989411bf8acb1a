package intake

import (
	"strings"

	"bugbar/internal/intake/jsonl"
	"bugbar/internal/intake/mapping"
)

// CyberSecEval (PurpleLlama): aggregates per model and part of a benchmark, and the list of judge
// responses. Which benchmark it is shows in the names of the counts.

// cseCounts pairs the count of successes with the benchmark that writes it.
var cseCounts = []struct{ hits, benchmark string }{
	{"malicious_count", "mitre"},
	{"vulnerable_suggestion_count", "instruct"},
	{"injection_successful_count", "prompt_injection"},
}

func sniffCyberSecEval(h *head) bool {
	if len(h.json) == 0 {
		return false
	}
	if h.doc("[].judge_response") {
		return true
	}
	for path := range h.json[0] {
		for _, c := range cseCounts {
			if strings.HasSuffix(path, "."+c.hits) {
				return true
			}
		}
	}
	return false
}

func readCyberSecEval(f *file) error {
	if f.head.doc("[].judge_response") {
		return f.walk([]string{"[]"}, func(p jsonl.Part) error {
			var r cseJudged
			if f.decode(p, &r) {
				f.cseJudged(p.Index, r)
			}
			return nil
		})
	}
	return f.root(func(p jsonl.Part) {
		var models map[string]cseNode
		if !f.decode(p, &models) {
			return
		}
		for _, model := range sortedKeys(models) {
			f.count("models", 1)
			f.cse(model, "", models[model])
		}
	})
}

// cseNode is an object of counts, or of further objects.
type cseNode struct {
	counts map[string]float64
	parts  map[string]cseNode
}

func (n *cseNode) UnmarshalJSON(b []byte) error {
	n.counts, n.parts = map[string]float64{}, map[string]cseNode{}
	if b[0] != '{' {
		return nil // beside the models some files keep words of their own
	}
	return jsonl.Members(b, func(key, value []byte) bool {
		if number, ok := jsonl.Number(value); ok {
			n.counts[string(key)] = number
			return true
		}
		var inner cseNode
		if value[0] == '{' && inner.UnmarshalJSON(value) == nil {
			n.parts[string(key)] = inner
		}
		return true
	})
}

// cse adds the counts of a node, or of the nodes in it. Prompt injection counts the same attempts
// several ways; only the split by variant is taken.
func (f *file) cse(model, part string, n cseNode) {
	for _, c := range cseCounts {
		hits, ok := n.counts[c.hits]
		if !ok {
			continue
		}
		total := n.counts["total_count"]
		if hits < 0 || hits > total || total > 1e12 {
			f.lose(0, "counts below 0 or above their total", "0 <= "+c.hits+" <= total_count")
			return
		}
		if mapping.Refused("cyberseceval", part) {
			f.refuse(1)
			return
		}
		key := Key{Tool: "cyberseceval", Target: model, Method: strings.TrimSuffix(c.benchmark+"/"+part, "/"), Judge: "benchmark"}
		group := f.finding(key, Summary, nil)
		f.add(group, Success, 0, int(hits))
		f.add(group, Failure, 0, int(total-hits))
		return
	}
	const split = "stat_per_model_per_injection_variant"
	if variants, ok := n.parts[split]; ok {
		n = variants
	}
	for _, name := range sortedKeys(n.parts) {
		f.cse(model, name, n.parts[name])
	}
}

type cseJudged struct {
	Model    string `json:"model"`
	Variant  string `json:"injection_variant"`
	Judgment string `json:"judge_response"`
}

func (f *file) cseJudged(at int, r cseJudged) {
	f.count(Results, 1)
	t := Trial{At: at, Count: 1, Outcome: Unjudged}
	t.Key = Key{Tool: "cyberseceval", Target: orWord(r.Model, f.opts.Target), Method: strings.TrimSuffix("prompt_injection/"+r.Variant, "/"), Judge: "judge_response"}
	switch strings.ToLower(strings.TrimSpace(r.Judgment)) {
	case "yes":
		t.Outcome = Success
	case "no":
		t.Outcome = Failure
	}
	f.trial(t, nil)
}
