package intake

import (
	"strings"

	"bugbar/internal/intake/jsonl"
	"bugbar/internal/intake/mapping"
)

// promptfoo: the JSON export of version 1 to 3 (and 2023's without a number) and JSON Lines.
// `success: true` means that the target defended itself. `error` is set on every failure, so an
// error is failureReason 2, or before that an error text without a grading. One result is one trial,
// however many turns it took; --repeat writes separate results.

func sniffPromptfoo(h *head) bool {
	switch {
	case h.doc("results.results") || h.doc("evalId", "results"):
		return true
	case h.line("gradingResult.componentResults") && !h.doc("results"), h.line("latencyMs", "promptIdx"):
		return true
	case h.doc("results[].vars") && (h.doc("results[].prompt") || h.doc("results[].response")):
		return true
	}
	return h.line("testIdx", "promptIdx", "success") || h.line("gradingResult", "provider", "vars")
}

// pfResult is one result, without prompt and response.
type pfResult struct {
	Provider pfProvider     `json:"provider"`
	Vars     map[string]any `json:"vars"`
	Success  *bool          `json:"success"`
	Score    *float64       `json:"score"`
	Named    map[string]any `json:"namedScores"`
	Reason   *int           `json:"failureReason"`
	Error    string         `json:"error"`
	Grading  *pfGrading     `json:"gradingResult"`
	Metadata pfMetadata     `json:"metadata"`
	TestCase pfTestCase     `json:"testCase"`
}

type pfGrading struct {
	Components []struct {
		Assertion struct {
			Type string `json:"type"`
		} `json:"assertion"`
	} `json:"componentResults"`
}

type pfMetadata struct {
	Plugin   string `json:"pluginId"`
	Strategy string `json:"strategyId"`
	Severity string `json:"severity"`
	Category string `json:"harmCategory"`
}

type pfTestCase struct {
	Vars     map[string]any `json:"vars"`
	Metadata pfMetadata     `json:"metadata"`
	Assert   []struct {
		Type string `json:"type"`
	} `json:"assert"`
}

// pfProvider is a name, or an object with an id and a label, either of which may be empty.
type pfProvider struct{ name string }

func (p *pfProvider) UnmarshalJSON(b []byte) error {
	if s, ok := jsonl.String(b); ok {
		p.name = s
		return nil
	}
	var o struct{ ID, Label string }
	if err := jsonl.Decode(b, &o); err != nil {
		return err
	}
	p.name = orWord(o.Label, o.ID)
	return nil
}

// pfTrial is a result that does not name its plugin, kept until the whole file has said whether it was
// a red team.
type pfTrial struct {
	Trial
	severity string
	vars     string // for older versions, whose results do not name the plugin
}

// maxPending results without a plugin wait for the configuration, which stands behind them.
const maxPending = 500_000

type pfRun struct {
	*file
	trials  []pfTrial
	plugins map[string]pfMetadata // of config.tests, by vars
	stated  *int                  // number of results by the header
	seen    int
	redteam bool
}

func readPromptfoo(f *file) error {
	p := &pfRun{file: f, plugins: map[string]pfMetadata{}}
	if !f.head.doc("results") {
		if err := eachLine(f, p.result); err != nil {
			return err
		}
	} else if err := p.document(); err != nil {
		return err
	}
	p.finish()
	return nil
}

func (p *pfRun) document() error {
	paths := []string{"evalId", "results[]", "results.results[]", "results.stats", "stats", "config.tests[]"}
	return p.walk(paths, func(part jsonl.Part) error {
		switch part.Path {
		case "results[]", "results.results[]":
			var r pfResult
			if p.decode(part, &r) {
				p.result(part.Index, r)
			}
		case "evalId":
			p.run, _ = jsonl.String(part.Value)
		case "config.tests[]":
			var test pfTestCase
			if part.Value[0] == '{' && jsonl.Decode(part.Value, &test) == nil && test.Metadata.Plugin != "" {
				p.plugins[canonical(test.Vars)] = test.Metadata
			}
		default:
			var s struct{ Successes, Failures, Errors int }
			if jsonl.Decode(part.Value, &s) == nil {
				n := s.Successes + s.Failures + s.Errors
				p.stated = &n
			}
		}
		return nil
	})
}

// result counts one result and keeps what is needed of it.
func (p *pfRun) result(at int, r pfResult) {
	p.count(Results, 1)
	p.seen++
	m := r.metadata()
	if mapping.Refused("promptfoo", m.Plugin, m.Category, m.Strategy) {
		p.refuse(1)
		return
	}
	t := pfTrial{Trial: Trial{At: at, Count: 1}, severity: m.Severity}
	t.Key = Key{Tool: "promptfoo", Target: orWord(r.Provider.name, p.opts.Target), Method: m.Plugin, Strategy: pfStrategy(m.Strategy), Judge: r.judge()}
	if t.Outcome = r.outcome(); t.Outcome == Success || t.Outcome == Failure {
		t.Outcome = p.rescore(t.Outcome, r.Score)
	}
	if p.opts.Judge != "" {
		t.Judge = p.opts.Judge
		t.Outcome = p.named(t.Outcome, r)
	}
	if m.Plugin == "" {
		t.vars = canonical(r.Vars)
	}
	p.redteam = p.redteam || m.Plugin != ""
	switch {
	case m.Plugin != "":
		p.trial(t.Trial, p.opts.Threshold).claim("severity", t.severity)
	case len(p.trials) < maxPending:
		p.trials = append(p.trials, t)
	default:
		p.lose(at, "a result without a plugin beyond the limit", "results that name their plugin")
	}
}

func (r pfResult) metadata() pfMetadata {
	m := r.TestCase.Metadata
	if r.Metadata.Plugin != "" {
		m = r.Metadata
	}
	if category, ok := r.Vars["harmCategory"].(string); ok && m.Category == "" {
		m.Category = category // up to 2024 the category was a variable of the test
	}
	return m
}

// judge names the assertions of the test, which say the same for errors as for graded results.
func (r pfResult) judge() string {
	var types []string
	for _, a := range r.TestCase.Assert {
		types = append(types, a.Type)
	}
	if len(types) == 0 && r.Grading != nil {
		for _, c := range r.Grading.Components {
			types = append(types, c.Assertion.Type)
		}
	}
	return strings.Join(types, "+")
}

// pfStrategy names the strategy of results without one as the CSV export does.
func pfStrategy(s string) string { return orWord(s, "basic") }

func (r pfResult) outcome() Outcome {
	failed := r.Success != nil && !*r.Success
	switch {
	case r.Reason != nil && *r.Reason == 2:
		return Error
	case r.Reason == nil && r.Grading == nil && failed && pfErrorText(r.Error):
		return Error
	case r.Success == nil:
		return Unjudged
	case failed:
		return Success
	}
	return Failure
}

func pfErrorText(s string) bool { return strings.HasPrefix(s, "Error") || strings.HasPrefix(s, "API") }

// rescore applies the threshold that the user set to the attack's score, which is one less the
// tool's.
func (f *file) rescore(own Outcome, defended *float64) Outcome {
	if f.opts.Threshold == nil || defended == nil {
		return own
	}
	if 1-*defended >= *f.opts.Threshold {
		return Success
	}
	return Failure
}

// named takes the judgement from one named score.
func (p *pfRun) named(own Outcome, r pfResult) Outcome {
	if own == Error {
		return Error
	}
	score, ok := r.Named[p.opts.Judge].(float64)
	if !ok {
		return Unjudged
	}
	limit := 0.5
	if p.opts.Threshold != nil {
		limit = *p.opts.Threshold
	}
	if 1-score >= limit {
		return Success
	}
	return Failure
}

// finish groups the trials, unless the file is a plain evaluation, which attacks nothing.
func (p *pfRun) finish() {
	if p.stated != nil && *p.stated != p.seen && *p.stated > 0 {
		p.count("disagree", 1)
		p.warn("the header counts %d results, the file has %d; the results are used", *p.stated, p.seen)
	}
	if !p.redteam && len(p.plugins) == 0 {
		p.plain()
		return
	}
	for _, t := range p.trials {
		m := p.plugins[t.vars]
		t.Method, t.severity = m.Plugin, m.Severity
		if mapping.Refused("promptfoo", m.Plugin, m.Category) {
			p.refuse(1)
			continue
		}
		p.trial(t.Trial, p.opts.Threshold).claim("severity", t.severity)
	}
}

func (p *pfRun) plain() {
	for _, t := range p.trials {
		if t.Outcome == Success || t.Outcome == Failure {
			p.count(Trials, 1)
		}
	}
	p.warn("a plain evaluation, not a red team: no result names a plugin; nothing is imported")
}
