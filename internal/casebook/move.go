package casebook

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"bugbar/assess"
	"bugbar/internal/fault"
	"bugbar/internal/process"
)

// Step is a move that somebody wants to make, with what the process may ask for.
type Step struct {
	To     string
	Reason string // also the question, for needs-info
	Plan   Plan
	Appeal bool
}

// Obstacle is why a move cannot be made.
type Obstacle struct {
	Guard string `json:"guard"` // of the process, or: no-such-move, role, asks
	Text  string `json:"text"`
}

// Option is a state that a case could move to, and what stands against it. One with no obstacles is open.
type Option struct {
	To        string     `json:"to"`
	Name      string     `json:"name"`
	Asks      []string   `json:"asks,omitempty"`
	Obstacles []Obstacle `json:"obstacles"`
}

// guards are the conditions that the process names, on a case and the one who wants to move it.
var guards = map[string]func(c *Case, a Actor, now int64) bool{
	"acknowledged":      func(c *Case, _ Actor, _ int64) bool { return c.met("acknowledge") },
	"reporter-answered": func(c *Case, _ Actor, _ int64) bool { return c.Heard > c.Since },
	"answer-overdue": func(c *Case, _ Actor, now int64) bool {
		return slices.ContainsFunc(c.Deadlines, func(d Deadline) bool { return d.ID == "answer" && d.Met == 0 && d.Due <= now })
	},
	"track-chosen":       func(c *Case, _ Actor, _ int64) bool { return c.Track != "" },
	"candidates-decided": func(c *Case, _ Actor, _ int64) bool { return len(c.Pending) == 0 },
	"original-named": func(c *Case, _ Actor, _ int64) bool {
		return slices.ContainsFunc(c.Links, func(l Link) bool { return l.Kind == "duplicate-of" || l.Kind == "merged-into" })
	},
	"criterion-set": func(c *Case, _ Actor, _ int64) bool {
		return slices.ContainsFunc(c.Findings, func(f Finding) bool { return f.Criterion != "" && f.Planned > 0 })
	},
	"run-recorded": func(c *Case, _ Actor, _ int64) bool { return c.lastRun(false) != nil },
	"outcome-settled": func(c *Case, _ Actor, _ int64) bool {
		return c.every(func(f Finding) bool { return f.Final() != "undetermined" })
	},
	"facts-vouched": func(c *Case, _ Actor, _ int64) bool {
		return c.every(func(f Finding) bool {
			p := assess.Provenance(f.Verdict.Weakest)
			return f.Adjustment != nil || p == assess.Measured || p == assess.Confirmed
		})
	},
	"fresh-assessor": func(c *Case, a Actor, _ int64) bool { return !c.UnderAppeal() || c.Decided == 0 || c.Decided != a.ID },
	"approved": func(c *Case, _ Actor, _ int64) bool {
		return !c.needsApproval() || c.Approval != nil && c.Approval.ApprovedBy != 0
	},
	"outcome-is-none": func(c *Case, _ Actor, _ int64) bool { return c.Outcome == "not-a-vulnerability" },
	"retest-succeeded": func(c *Case, _ Actor, _ int64) bool {
		r := c.lastRun(true)
		return r != nil && r.At >= c.Since && r.Successes > 0
	},
	"retest-failed": func(c *Case, _ Actor, _ int64) bool {
		r := c.lastRun(true)
		return r != nil && r.At >= c.Since && r.Successes == 0 && r.Attempts != nil && *r.Attempts > 0
	},
	"not-the-author": func(c *Case, a Actor, _ int64) bool { return c.Author == 0 || c.Author != a.ID },
	"embargo-over": func(c *Case, _ Actor, now int64) bool {
		return c.Embargo.Status != EmbargoActive || c.Embargo.Until <= now
	},
	"reporter-told": func(c *Case, _ Actor, _ int64) bool { return c.Told >= c.Since || c.Source == "scan" },
	"clocks-stopped": func(c *Case, _ Actor, _ int64) bool {
		return !slices.ContainsFunc(c.Deadlines, func(d Deadline) bool {
			kind, _ := process.Load().Deadline(d.ID)
			return kind.Statutory && d.Met == 0
		})
	},
	"appeal-left": func(c *Case, _ Actor, _ int64) bool { return !c.UnderAppeal() },
}

func (c *Case) every(holds func(Finding) bool) bool {
	return !slices.ContainsFunc(c.Findings, func(f Finding) bool { return !holds(f) })
}

// met says whether a clock was stopped, or never ran.
func (c *Case) met(deadline string) bool {
	return !slices.ContainsFunc(c.Deadlines, func(d Deadline) bool { return d.ID == deadline && d.Met == 0 })
}

// lastRun is the latest attempt to reproduce, before or after a fix; nil where there is none.
func (c *Case) lastRun(retest bool) *Run {
	var last *Run
	for _, f := range c.Findings {
		for i, r := range f.Runs {
			if r.Retest == retest && (last == nil || r.At >= last.At) {
				last = &f.Runs[i]
			}
		}
	}
	return last
}

// needsApproval says whether a second person has to agree: to a critical outcome, to an adjustment.
func (c *Case) needsApproval() bool {
	return c.Outcome == "critical" || slices.ContainsFunc(c.Findings, func(f Finding) bool { return f.Adjustment != nil })
}

// Options lists where a case could move, and why not.
func (b *Book) Options(a Actor, c *Case) []Option {
	var all []Option
	for _, m := range b.process.MovesFrom(c.State) {
		to := m.To
		if to == process.Before {
			to = c.Before
		}
		s, _ := b.process.State(to)
		o := Option{To: to, Name: s.Name, Asks: m.Asks, Obstacles: b.obstacles(a, c, m)}
		if i := slices.IndexFunc(all, func(p Option) bool { return p.To == to }); i >= 0 {
			if len(o.Obstacles) < len(all[i].Obstacles) {
				all[i] = o // two ways lead there: the one with fewer obstacles counts
			}
			continue
		}
		all = append(all, o)
	}
	return all
}

// WhyNot says what stands against moving a case to a state; nothing where the way is open.
func (b *Book) WhyNot(a Actor, c *Case, to string) ([]Obstacle, error) {
	if _, known := b.process.State(to); !known {
		return nil, fault.New(fault.Invalid, "unknown state %q", to).In("to").Do("one of: " + strings.Join(b.process.In(func(process.State) bool { return true }), ", "))
	}
	for _, o := range b.Options(a, c) {
		if o.To == to {
			return o.Obstacles, nil
		}
	}
	var next []string
	for _, o := range b.Options(a, c) {
		next = append(next, o.To)
	}
	text := fmt.Sprintf("No move leads from %s to %s.", c.State, to)
	if len(next) > 0 {
		text += " From here: " + strings.Join(next, ", ") + "."
	}
	return []Obstacle{{Guard: "no-such-move", Text: text}}, nil
}

func (b *Book) obstacles(a Actor, c *Case, m process.Move) []Obstacle {
	found := []Obstacle{}
	if !a.system && !slices.ContainsFunc(a.on(c), func(r Role) bool { return slices.Contains(m.Who, string(r)) }) {
		found = append(found, Obstacle{Guard: "role", Text: "Only " + strings.Join(m.Who, ", ") + " may make this move."})
	}
	for _, g := range m.Guards {
		if !guards[g](c, a, ms(b.now())) {
			found = append(found, Obstacle{Guard: g, Text: b.process.Guards[g]})
		}
	}
	return found
}

// needsInfo is the state in which a case waits for its reporter's answer.
const needsInfo = "needs-info"

// Move takes a case to another state. What it asks the reporter is said in the thread as well.
func (b *Book) Move(ctx context.Context, w Write, id ID, s Step) (*Case, error) {
	return b.change(ctx, w, id, func(e *edit) error {
		if err := e.step(s); err != nil || s.To != needsInfo {
			return err
		}
		return e.post(Post{Visibility: ToReporter, Text: s.Reason})
	})
}

// step makes the move that leads to a state, where nothing is against it.
func (e *edit) step(s Step) error {
	if err := e.book.May(e.actor, MoveCase, e.c); err != nil {
		return err
	}
	m, err := e.book.findMove(e.actor, e.c, s)
	if err != nil {
		return err
	}
	if err := cmp.Or(asked(m, s), e.ahead("target", s.Plan.Target), e.ahead("review", s.Plan.Review)); err != nil {
		return err
	}
	return e.move(m, s)
}

// ahead refuses to plan for a day that is over. To some who are a zone away it is still yesterday.
func (e *edit) ahead(field string, at int64) error {
	if at == 0 || at >= ms(e.now.Truncate(24*time.Hour).Add(-24*time.Hour)) {
		return nil
	}
	return fault.New(fault.Invalid, "%s is over", timeOf(at).Format(time.DateOnly)).In(field)
}

// findMove is the move that leads to a state and has nothing against it.
func (b *Book) findMove(a Actor, c *Case, s Step) (process.Move, error) {
	obstacles, err := b.WhyNot(a, c, s.To)
	if err != nil {
		return process.Move{}, err
	}
	for _, m := range b.process.MovesFrom(c.State) {
		to := m.To
		if to == process.Before {
			to = c.Before
		}
		if to == s.To && m.Appeal == s.Appeal && len(b.obstacles(a, c, m)) == 0 {
			return m, nil
		}
	}
	texts := make([]string, len(obstacles))
	for i, o := range obstacles {
		texts[i] = o.Text
	}
	until := ": "
	if len(obstacles) > 0 && b.process.Guards[obstacles[0].Guard] != "" {
		until = " until this holds: "
	}
	return process.Move{}, fault.New(fault.Conflict, "case %s cannot move from %s to %s%s%s", c.ID, c.State, s.To, until, strings.Join(texts, " ")).Because(errRefused).
		Do("bugbar why " + c.ID.String() + " " + s.To)
}

// asked says whether a step gives what its move asks for.
func asked(m process.Move, s Step) error {
	given := map[string]bool{
		"reason": strings.TrimSpace(s.Reason) != "", "question": strings.TrimSpace(s.Reason) != "",
		"owner": strings.TrimSpace(s.Plan.Owner) != "", "target": s.Plan.Target != 0,
		"review": s.Plan.Review != 0, "fix": strings.TrimSpace(s.Plan.Fix) != "",
	}
	for _, field := range m.Asks {
		if !given[field] {
			return fault.New(fault.Invalid, "must be given to move to %s", s.To).In(field)
		}
	}
	return nil
}

func (e *edit) move(m process.Move, s Step) error {
	state, _ := e.book.process.State(s.To)
	p := Moved{From: e.c.State, To: s.To, Reason: s.Reason, Appeal: m.Appeal, Decides: m.Decides, Waits: "team"}
	if from, _ := e.book.process.State(e.c.State); s.To == "triaging" && from.Step > state.Step {
		p.Anew = true
	}
	switch {
	case state.Terminal:
		p.Waits = ""
	case state.Waiting != "":
		p.Waits = state.Waiting
	}
	if s.To == needsInfo {
		p.Before = e.c.State
	}
	if plan := e.c.Plan.with(s.Plan); plan != e.c.Plan {
		p.Plan = &plan
	}
	if s.To == "assessed" {
		if err := e.assessAll(); err != nil {
			return err
		}
	}
	return e.record(p)
}

// with is a plan with what another one adds.
func (p Plan) with(q Plan) Plan {
	if q.Owner != "" {
		p.Owner = q.Owner
	}
	if q.Target != 0 {
		p.Target = q.Target
	}
	if q.Review != 0 {
		p.Review = q.Review
	}
	if q.Fix != "" {
		p.Fix = q.Fix
	}
	return p
}
