package casebook

import (
	"maps"
	"slices"
	"time"

	"bugbar/assess"
)

func (p Received) apply(c *Case, e Event) {
	*c = Case{
		Title: p.Title, Product: p.Product, Model: p.Model, Source: p.Source, Key: p.Key, Refs: p.Refs,
		State: "received", Since: e.At, Waiting: "team", Embargo: Embargo{Status: EmbargoNone},
		Reporter: p.Reporter, People: p.People, Bar: p.Bar, Outcome: p.Outcome, Findings: p.Findings,
		Pending: p.Pending, Deadlines: p.Deadlines, Files: len(p.Files), Created: e.At,
	}
	if p.SplitFrom != 0 {
		c.Links = []Link{{Kind: "split-from", To: p.SplitFrom}}
	}
}

func (p FactSet) apply(c *Case, _ Event) {
	f := &c.Findings[p.Finding]
	facts := maps.Clone(f.Facts)
	if facts == nil {
		facts = assess.Facts{}
	}
	facts[p.Point] = p.Fact
	if len(p.Fact.Values) == 0 {
		delete(facts, p.Point)
	}
	f.Facts, f.Verdict, c.Outcome = facts, p.Verdict, p.Outcome
	c.Approval = nil // what was approved is no longer what stands
}

func (p FindingAdded) apply(c *Case, _ Event) {
	c.Findings = append(slices.Clip(c.Findings), p.Finding)
	c.Outcome, c.Approval = p.Outcome, nil
}

func (p FindingsSplit) apply(c *Case, _ Event) {
	var stay []Finding
	for i, f := range c.Findings {
		if !slices.Contains(p.Findings, i) {
			stay = append(stay, f)
		}
	}
	c.Findings, c.Outcome, c.Approval = stay, p.Outcome, nil
	Linked{Kind: "split-into", To: p.To}.apply(c, Event{})
}

func (p Renamed) apply(c *Case, _ Event) {
	for field, value := range map[*string]string{&c.Title: p.Title, &c.Product: p.Product, &c.Model: p.Model} {
		if value != "" {
			*field = value
		}
	}
	if p.Refs != nil {
		c.Refs = p.Refs
	}
}

func (p TrialsUpdated) apply(c *Case, _ Event) { c.Findings[p.Finding].Trials = &p.Trials }

func (p CriterionSet) apply(c *Case, _ Event) {
	c.Findings[p.Finding].Criterion, c.Findings[p.Finding].Planned = p.Criterion, p.Planned
}

func (p RunRecorded) apply(c *Case, e Event) {
	p.Run.By, p.Run.At = e.Actor, e.At
	f := &c.Findings[p.Finding]
	f.Runs = append(slices.Clip(f.Runs), p.Run)
}

func (p EvidenceAdded) apply(c *Case, e Event) {
	p.Evidence.By, p.Evidence.At = e.Actor, e.At
	f := &c.Findings[p.Finding]
	f.Evidence = append(slices.Clip(f.Evidence), p.Evidence)
}

func (p Assessed) apply(c *Case, e Event) {
	if p.Kind != "blind" {
		c.Decided, c.Decision = e.Actor, e.Seq
	}
}

func (p Adjusted) apply(c *Case, e Event) {
	f := &c.Findings[p.Finding]
	f.Adjustment = &assess.Adjustment{Outcome: p.Outcome, By: p.By, When: e.Time(), Why: p.Why}
	if p.Outcome == "" {
		f.Adjustment = nil
	}
	c.Outcome = p.Case
	c.Approval = &Approval{For: "adjustment", ProposedBy: e.Actor}
}

func (p ApprovalAsked) apply(c *Case, e Event) {
	c.Approval = &Approval{For: p.For, ProposedBy: e.Actor}
}

func (Approved) apply(c *Case, e Event) {
	if c.Approval != nil {
		approval := *c.Approval
		approval.ApprovedBy = e.Actor
		c.Approval = &approval
	}
}

func (p Rejudged) apply(c *Case, _ Event) {
	c.Bar, c.Outcome, c.Approval = p.Bar, p.Outcome, nil
	for i := range c.Findings {
		c.Findings[i].Verdict = p.Verdicts[i]
	}
}

func (p Moved) apply(c *Case, e Event) {
	c.State, c.Before, c.Reason, c.Since, c.Waiting = p.To, p.Before, p.Reason, e.At, p.Waits
	if p.Plan != nil {
		c.Plan = *p.Plan
	}
	if p.To == "advisory-review" {
		c.Author = e.Actor
	}
	if p.Appeal {
		c.Appeals++
		c.Appealed = c.Decision
	}
	if p.Anew {
		c.Approval = nil
	}
	if p.Decides {
		c.Decided, c.Decision = e.Actor, e.Seq
	}
}

func (Acknowledged) apply(*Case, Event) {}

func (p TrackSet) apply(c *Case, _ Event) { c.Track = p.Track }

func (p Assigned) apply(c *Case, _ Event) { c.Assignee = p.To }

func (p MessageAdded) apply(c *Case, e Event) {
	c.Messages++
	switch {
	case p.From == "reporter":
		c.Heard = e.At
	case p.Visibility == ToReporter:
		c.Told = e.At
	}
	c.Files += len(p.Files)
	if p.Waits != "" {
		c.Waiting = p.Waits
	}
}

func (p FilesAdded) apply(c *Case, _ Event) { c.Files += len(p.Files) }

func (p PersonNamed) apply(c *Case, _ Event) {
	if !c.Named(p.Person, p.Role) {
		c.People = append(slices.Clip(c.People), Participant(p))
	}
}

func (p PersonUnnamed) apply(c *Case, _ Event) {
	c.People = without(c.People, func(q Participant) bool { return q == Participant(p) })
}

func (p EmbargoSet) apply(c *Case, _ Event) { c.Embargo = Embargo(p) }

func (p FlagsSet) apply(c *Case, _ Event) { c.Flags = Flags(p) }

func (p Linked) apply(c *Case, _ Event) {
	if !slices.Contains(c.Links, Link(p)) {
		c.Links = append(slices.Clip(c.Links), Link(p))
	}
}

func (p Unlinked) apply(c *Case, _ Event) {
	c.Links = without(c.Links, func(l Link) bool { return l == Link(p) })
}

func (p Suggested) apply(c *Case, _ Event) {
	c.Pending = append(slices.Clip(c.Pending), p.Candidates...)
}

func (p CandidateDecided) apply(c *Case, _ Event) {
	c.Pending = without(c.Pending, func(d Candidate) bool { return d.Case == p.Case })
	if p.Relation != "" {
		Linked{Kind: p.Relation, To: p.Case}.apply(c, Event{})
	}
}

func (p Clocks) apply(c *Case, e Event) {
	clocks := slices.Clone(c.Deadlines)
	for i, d := range clocks {
		if d.Met == 0 && slices.Contains(p.Met, d.ID) {
			clocks[i].Met = e.At
		}
	}
	c.Deadlines = append(clocks, p.Started...)
}

func (p Warned) apply(c *Case, e Event) {
	clocks := slices.Clone(c.Deadlines)
	for i, d := range clocks {
		if d.ID == p.Deadline && d.Met == 0 {
			clocks[i].Warned = e.At
		}
	}
	c.Deadlines = clocks
}

func (p Filed) apply(c *Case, e Event) { Clocks{Met: []string{p.Deadline}}.apply(c, e) }

func (Quarantined) apply(c *Case, _ Event) { c.Quarantined = true }

func (Released) apply(c *Case, _ Event) { c.Quarantined = false }

func (Read) apply(*Case, Event) {}

// ms is a time as events have it.
func ms(t time.Time) int64 { return t.UnixMilli() }
