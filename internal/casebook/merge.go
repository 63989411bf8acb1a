package casebook

import (
	"context"
	"slices"
	"strings"

	"bugbar/assess"
	"bugbar/internal/fault"
)

// Merge closes a case as a part of another one. findings are those of its findings, counted from 0, that the
// other does not have yet and takes over, judged by its own bar. Nobody gets to see the other case by it; texts and
// files stay where they are. Both change, or neither.
func (b *Book) Merge(ctx context.Context, w Write, id, into ID, findings []int, reason string) (*Case, error) {
	if id == into {
		return nil, fault.New(fault.Invalid, "a case is not merged into itself").In("into")
	}
	return b.change(ctx, w, id, func(e *edit) error {
		other, err := e.also(into)
		if err != nil {
			return err
		}
		for _, c := range []*Case{e.c, other.c} {
			if err := b.May(w.Actor, MergeDuplicate, c); err != nil {
				return err
			}
		}
		if state, _ := b.process.State(other.c.State); !state.Active {
			return fault.New(fault.Conflict, "case %s is %s", into, other.c.State).Because(errRefused).Do("reopen it, or relate the cases as duplicates")
		}
		if err := other.takeOver(e.c, findings); err != nil {
			return err
		}
		if err := other.linked(Link{Kind: "merged-from", To: id}); err != nil {
			return err
		}
		if err := e.linked(Link{Kind: "merged-into", To: into}); err != nil {
			return err
		}
		step := Step{To: "duplicate", Reason: reason}
		m, err := b.findMove(w.Actor, e.c, step)
		if err != nil {
			return err
		}
		return e.move(m, step)
	})
}

// takeOver adds findings of another case, with all that is known of them but a person's adjustment, which
// holds for where it was made.
func (e *edit) takeOver(from *Case, findings []int) error {
	rules, err := e.book.Bar(e.c.Bar)
	if err != nil {
		return err
	}
	picked, err := from.pick(findings)
	if err != nil {
		return err
	}
	if len(e.c.Findings)+len(picked) > MaxFindings {
		return fault.New(fault.Invalid, "a case has at most %d findings", MaxFindings).In("findings")
	}
	for _, f := range picked {
		v, err := assess.Assess(rules, f.Facts)
		if err != nil {
			return invalidFact(err)
		}
		f.Verdict, f.Adjustment = summary(v), nil
		if err := e.record(FindingAdded{Finding: f, Outcome: outcomeOf(rules, append(slices.Clone(e.c.Findings), f))}); err != nil {
			return err
		}
	}
	return nil
}

// pick returns findings by their numbers, each once.
func (c *Case) pick(findings []int) ([]Finding, error) {
	numbers := slices.Compact(slices.Sorted(slices.Values(findings)))
	if len(numbers) != len(findings) {
		return nil, fault.New(fault.Invalid, "a finding is named twice").In("findings")
	}
	var picked []Finding
	for _, n := range numbers {
		if n < 0 || n >= len(c.Findings) {
			return nil, fault.New(fault.NotFound, "case %s has no finding %d", c.ID, n+1).In("findings")
		}
		picked = append(picked, c.Findings[n])
	}
	return picked, nil
}

// Split moves findings, counted from 0, into a new case, and returns that. It has the people, the assignee, the embargo, what is
// known of attacks, and the statutory clocks of the old one, so that nothing is seen or forgotten by splitting. The
// report's text stays with the old case, as does the key of a reporter without an account.
func (b *Book) Split(ctx context.Context, w Write, id ID, findings []int, title string) (*Case, error) {
	s := Submission{Title: title, Findings: make([]Finding, 1)}
	if err := s.check(); err != nil {
		return nil, err
	}
	title = s.Title
	return b.change(ctx, w, id, func(e *edit) error {
		if err := b.May(w.Actor, MergeDuplicate, e.c); err != nil {
			return err
		}
		picked, err := e.c.pick(findings)
		switch {
		case err != nil:
			return err
		case len(picked) == 0 || len(picked) == len(e.c.Findings):
			return fault.New(fault.Invalid, "some findings are split off, and some stay").In("findings")
		case e.c.Quarantined:
			return fault.New(fault.Conflict, "case %s is in quarantine", id).Because(errRefused)
		}
		part, err := e.open(strings.TrimSpace(title), picked)
		if err != nil {
			return err
		}
		e.answer = part.c
		return e.splitOff(findings, part.c.ID)
	})
}

// open begins the case of findings that are split off, in the same change.
func (e *edit) open(title string, findings []Finding) (*edit, error) {
	part := &edit{book: e.book, ctx: e.ctx, actor: e.actor, now: e.now, c: &Case{ID: NewID(e.now)}, fresh: true}
	e.others = append(e.others, part)
	rules, err := e.book.Bar(e.c.Bar)
	if err != nil {
		return nil, err
	}
	for i := range findings {
		findings[i].Adjustment = nil
	}
	clocks := part.firstClocks()
	for _, d := range e.c.Deadlines {
		if kind, _ := e.book.process.Deadline(d.ID); kind.Statutory {
			clocks = append(clocks, d)
		}
	}
	steps := []casePayload{
		Received{
			Title: title, Product: e.c.Product, Model: e.c.Model, Source: e.c.Source, Refs: e.c.Refs, Reporter: e.c.Reporter, People: e.c.People,
			Bar: e.c.Bar, Outcome: outcomeOf(rules, findings), Findings: findings, Deadlines: clocks, SplitFrom: e.c.ID,
		},
	}
	if e.c.Flags != (Flags{}) {
		steps = append(steps, FlagsSet(e.c.Flags))
	}
	if e.c.Embargo.Status != EmbargoNone {
		steps = append(steps, EmbargoSet(e.c.Embargo))
	}
	if e.c.Track != "" {
		steps = append(steps, TrackSet{e.c.Track})
	}
	if e.c.Assignee != 0 {
		steps = append(steps, Assigned{e.c.Assignee})
	}
	if e.c.met("acknowledge") {
		steps = append(steps, Acknowledged{})
	}
	for _, p := range steps {
		if err := part.record(p); err != nil {
			return nil, err
		}
	}
	return part, nil
}

func (e *edit) splitOff(findings []int, to ID) error {
	rules, err := e.book.Bar(e.c.Bar)
	if err != nil {
		return err
	}
	var stay []Finding
	for i, f := range e.c.Findings {
		if !slices.Contains(findings, i) {
			stay = append(stay, f)
		}
	}
	return e.record(FindingsSplit{Findings: findings, To: to, Outcome: outcomeOf(rules, stay)})
}
