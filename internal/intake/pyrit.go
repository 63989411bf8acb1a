package intake

import (
	"slices"
	"strings"

	"bugbar/internal/intake/jsonl"
	"bugbar/internal/intake/mapping"
)

// PyRIT: exported conversations (up to 0.15, JSON and CSV), the newest `pyrit.output` JSON, the
// memory database (pyrit_db.go), and the Azure AI Red Teaming Agent, which is built on it.
// The outcome of an attack counts first. Where there is none, a conversation is one trial per
// true-or-false scorer, and worked when any of its turns scored true. Scorers of refusals say the
// opposite and are left out; scores on a scale count only against a threshold that the user gives.

func sniffPyrit(h *head) bool {
	return h.doc("[].conversation_id", "[].converted_value") || h.doc("conversations[].outcome", "conversations[].objective") ||
		h.doc("attack_details[].attack_success") || h.doc("redteaming_data[].attack_success")
}

// pyPiece is one message of an exported conversation, without its text.
type pyPiece struct {
	ID           string       `json:"id"`
	Conversation string       `json:"conversation_id"`
	Target       pyIdentifier `json:"prompt_target_identifier"`
	Orchestrator pyIdentifier `json:"orchestrator_identifier"` // up to 0.9
	Attack       pyIdentifier `json:"attack_identifier"`
	Error        string       `json:"response_error"`
	Harms        list         `json:"targeted_harm_categories"`
	Scores       []pyScore    `json:"scores"`
}

type pyScore struct {
	Value     text         `json:"score_value"`
	Type      string       `json:"score_type"`
	Category  list         `json:"score_category"`
	Scorer    pyIdentifier `json:"scorer_class_identifier"`
	Objective string       `json:"objective"`
	Task      string       `json:"task"` // up to 0.9
}

// pyIdentifier names a part of PyRIT: by __type__ up to 0.9, by class_name later.
type pyIdentifier struct {
	Type  string `json:"__type__"`
	Class string `json:"class_name"`
	Model string `json:"model_name"`
	Inner struct {
		Attack *pyIdentifier `json:"attack"`
	} `json:"children"`
}

func (i pyIdentifier) class() string { return orWord(i.Class, i.Type) }

// target names a model where it is known, and the class that talks to it.
func (i pyIdentifier) target() string {
	return strings.TrimSpace(i.class() + " " + i.Model)
}

// pyConversation collects what the scorers say of one conversation.
type pyConversation struct {
	at      int // of the first piece
	scored  bool
	verdict map[Key]Outcome
	refused bool
	failed  bool     // the target answered with an error
	harms   []string // categories of its scores and messages
}

// maxHarms bounds the categories of one conversation; PyRIT has about 65.
const maxHarms = 100

type pyRun struct {
	*file
	conversations map[string]*pyConversation
	order         []*pyConversation
	left          map[string]bool // scorers left out
}

func newPyRun(f *file) *pyRun {
	return &pyRun{file: f, conversations: map[string]*pyConversation{}, left: map[string]bool{}}
}

func readPyrit(f *file) error {
	p := newPyRun(f)
	paths := []string{"[]", "conversations[]", "attack_details[]", "redteaming_data[]"}
	err := p.walk(paths, func(part jsonl.Part) error {
		switch part.Path {
		case "[]":
			var piece pyPiece
			if p.decode(part, &piece) {
				p.piece(part.Index, piece)
			}
		case "conversations[]":
			var a pyAttack
			if p.decode(part, &a) {
				p.attack(part.Index, a)
			}
		default:
			var a azureAttack
			if p.decode(part, &a) {
				p.azure(part.Index, a)
			}
		}
		return nil
	})
	p.finish()
	return err
}

// piece takes one message and its scores.
func (p *pyRun) piece(at int, m pyPiece) {
	p.count("pieces", 1)
	c := p.conversations[m.Conversation]
	if c == nil && len(p.conversations) >= maxPending {
		p.lose(at, "a conversation beyond the limit", "")
		return
	}
	if c == nil {
		c = &pyConversation{at: at, verdict: map[Key]Outcome{}}
		p.conversations[m.Conversation] = c
		p.order = append(p.order, c)
	}
	switch m.Error {
	case "blocked":
		p.count("blocked", 1)
	case "unknown", "processing":
		c.failed = true
	}
	c.refused = c.refused || mapping.Refused("pyrit", m.Harms...)
	c.about(m.Harms)
	for _, s := range m.Scores {
		p.score(c, m, s)
	}
}

func (p *pyRun) score(c *pyConversation, m pyPiece, s pyScore) {
	p.count("scores", 1)
	objective, scorer := orWord(s.Objective, s.Task), s.Scorer.class()
	if mapping.Refused("pyrit", append(s.Category, objective)...) {
		c.refused = true
		return
	}
	outcome, ok := p.verdict(s, scorer)
	if !ok {
		return
	}
	c.scored = true
	c.about(s.Category)
	key := Key{
		Tool: "pyrit", Target: orWord(m.Target.target(), p.opts.Target), Method: clip(objective, maxMethod),
		Strategy: orWord(m.Attack.class(), m.Orchestrator.class()), Judge: scorer,
	}
	if before, seen := c.verdict[key]; !seen || outcome == Success || before == Unjudged {
		c.verdict[key] = outcome
	}
}

// about notes harm categories of the conversation.
func (c *pyConversation) about(harms []string) {
	for _, harm := range harms {
		if len(c.harms) < maxHarms && !slices.Contains(c.harms, harm) {
			c.harms = append(c.harms, harm)
		}
	}
}

// harms keeps PyRIT's categories of an attack as claims, and proposes what they map to. Objectives are
// free text and map to nothing.
func (g *Finding) harms(categories []string) {
	for _, harm := range categories {
		g.claim("harm category", clip(harm, maxMethod))
		g.propose(mapping.Propose("pyrit", harm))
	}
}

// verdict reads one score; ok is false for scores that say nothing of success.
func (p *pyRun) verdict(s pyScore, scorer string) (Outcome, bool) {
	value := strings.ToLower(string(s.Value))
	if s.Type == "true_false" && value == "true" {
		p.count("true_scores", 1)
	}
	if p.opts.Judge != "" && p.opts.Judge != scorer {
		return 0, false
	}
	reversed := strings.Contains(scorer, "Refusal") || strings.Contains(scorer, "Inverter")
	scale := cellNumber(value)
	switch {
	case reversed && p.opts.Judge == "", s.Type == "float_scale" && p.opts.Threshold == nil:
		p.left[scorer] = true
		return 0, false
	case s.Type == "float_scale" && scale != nil:
		return outcomeOf(*scale >= *p.opts.Threshold), true
	case value == "true", value == "false":
		return outcomeOf((value == "true") != strings.Contains(scorer, "Refusal")), true
	}
	return Unjudged, true
}

func outcomeOf(worked bool) Outcome {
	if worked {
		return Success
	}
	return Failure
}

// finish turns conversations into trials.
func (p *pyRun) finish() {
	for _, c := range p.order {
		p.count("conversations", 1)
		switch {
		case c.refused:
			p.refuse(1)
		case !c.scored:
			p.count("unscored_conversations", 1)
		}
		for key, outcome := range c.verdict {
			if c.refused {
				break
			}
			if outcome == Unjudged && c.failed {
				outcome = Error
			}
			group := p.trial(Trial{Key: key, Outcome: outcome, At: c.at, Count: 1}, p.opts.Threshold)
			group.harms(c.harms)
		}
	}
	for _, scorer := range sortedKeys(p.left) {
		p.warn("scores of %s are left out: refusals mean the opposite, and scales need a threshold", scorer)
	}
}

// pyAttack is one attack of `pyrit.output`.
type pyAttack struct {
	ID        string `json:"id"`
	Technique string `json:"technique"`
	Objective string `json:"objective"`
	Outcome   string `json:"outcome"`
	Harms     list   `json:"targeted_harm_categories"`
}

func (p *pyRun) attack(at int, a pyAttack) {
	p.count("attack_results", 1)
	if mapping.Refused("pyrit", append(a.Harms, a.Objective, a.Technique)...) {
		p.refuse(1)
		return
	}
	key := Key{Tool: "pyrit", Target: p.opts.Target, Method: clip(a.Objective, maxMethod), Strategy: a.Technique}
	if group := p.outcome(at, key, a.Outcome); group != nil {
		group.harms(a.Harms)
	}
}

// outcome adds an attack with PyRIT's own word for how it ended.
func (p *pyRun) outcome(at int, key Key, word string) *Finding {
	t := Trial{Key: key, At: at, Count: 1}
	switch strings.ToLower(word) {
	case "success":
		t.Outcome = Success
	case "failure":
		t.Outcome = Failure
	case "error":
		t.Outcome = Error
	case "undetermined", "":
		t.Outcome = Unjudged
	default:
		p.lose(at, "outcome is none of the four words", "success, failure, error or undetermined")
		return nil
	}
	return p.trial(t, nil)
}

// azureAttack is one attack of the Azure AI Red Teaming Agent.
type azureAttack struct {
	Success   *bool  `json:"attack_success"`
	Technique string `json:"attack_technique"`
	Risk      string `json:"risk_category"`
}

func (p *pyRun) azure(at int, a azureAttack) {
	p.count("attack_results", 1)
	if mapping.Refused("azure", a.Risk) {
		p.refuse(1)
		return
	}
	t := Trial{Key: Key{Tool: "azure", Target: p.opts.Target, Method: a.Risk, Strategy: a.Technique}, Outcome: Unjudged, At: at, Count: 1}
	if a.Success != nil {
		t.Outcome = outcomeOf(*a.Success)
	}
	p.trial(t, nil)
}
