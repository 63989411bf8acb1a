package casebook

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"bugbar/assess"
	"bugbar/bar"
	"bugbar/internal/fault"
)

// SetFact answers a decision point of a finding, counted from 0. Who may edit facts vouches for it; what a
// reporter or guest adds stays a claim, and never takes the place of what somebody vouched for.
func (b *Book) SetFact(ctx context.Context, w Write, id ID, finding int, point string, fact assess.Fact) (*Case, error) {
	return b.change(ctx, w, id, func(e *edit) error {
		f, err := e.finding(finding)
		if err != nil {
			return err
		}
		fact, err := b.vouch(w.Actor, e.c, f, point, fact)
		if err != nil {
			return err
		}
		rules, err := b.Bar(e.c.Bar)
		if err != nil {
			return err
		}
		if n := rules.Notice; n != nil && point == n.Point && slices.Contains(fact.Values, n.Value) {
			return e.quarantine("A fact names material that is never accepted.")
		}
		return e.setFact(rules, finding, point, fact)
	})
}

// vouch gives a fact the provenance that its giver can give it.
func (b *Book) vouch(a Actor, c *Case, f *Finding, point string, fact assess.Fact) (assess.Fact, error) {
	fact.By = a.name()
	if a.system {
		return fact, nil
	}
	if b.May(a, EditFacts, c) == nil {
		if fact.Provenance != assess.Measured {
			fact.Provenance = assess.Confirmed
		}
		return fact, nil
	}
	if err := b.May(a, AddEvidence, c); err != nil {
		return fact, err
	}
	fact.Provenance = assess.Claimed
	if have, ok := f.Facts[point]; ok && fact.Provenance.Weaker(have.Provenance) {
		return fact, fault.New(fault.Conflict, "%s was settled by %s", point, have.By).Because(errRefused).Do("write to the team why you see it otherwise")
	}
	return fact, nil
}

func (e *edit) finding(n int) (*Finding, error) {
	if n < 0 || n >= len(e.c.Findings) {
		return nil, fault.New(fault.NotFound, "case %s has no finding %d", e.c.ID, n+1).In("finding")
	}
	return &e.c.Findings[n], nil
}

// judging is the bar by which a finding is judged, for somebody who has the right to have a say in it.
func (e *edit) judging(b *Book, by Actor, right Right, finding int) (*bar.Bar, error) {
	if err := b.May(by, right, e.c); err != nil {
		return nil, err
	}
	if _, err := e.finding(finding); err != nil {
		return nil, err
	}
	return b.Bar(e.c.Bar)
}

// setFact records an answer with the verdict that it leads to.
func (e *edit) setFact(rules *bar.Bar, n int, point string, fact assess.Fact) error {
	if err := checkFact(fact); err != nil {
		return err
	}
	facts := maps.Clone(e.c.Findings[n].Facts)
	if facts == nil {
		facts = assess.Facts{}
	}
	facts[point] = fact
	if len(fact.Values) == 0 {
		delete(facts, point)
	}
	v, err := assess.Assess(rules, facts)
	if err == nil && len(fact.Values) == 0 {
		_, _, err = rules.SetOf(point, nil)
	}
	if err != nil {
		return invalidFact(err)
	}
	findings := slices.Clone(e.c.Findings)
	findings[n].Facts, findings[n].Verdict = facts, summary(v)
	return e.record(FactSet{Finding: n, Point: point, Fact: fact, Verdict: summary(v), Outcome: outcomeOf(rules, findings)})
}

func invalidFact(err error) error {
	return hinted(fault.New(fault.Invalid, "%w", err).In("facts"), err)
}

// hinted gives a fault the hint of its cause, where that has one.
func hinted(wrapped *fault.Error, cause error) error {
	if h, ok := cause.(interface{ Hint() string }); ok {
		return wrapped.Do(h.Hint())
	}
	return wrapped
}

// Verdict is what the bar makes of a finding, in full.
func (b *Book) Verdict(c *Case, finding int) (assess.Verdict, error) {
	rules, err := b.Bar(c.Bar)
	if err != nil {
		return assess.Verdict{}, err
	}
	if finding < 0 || finding >= len(c.Findings) {
		return assess.Verdict{}, fault.New(fault.NotFound, "case %s has no finding %d", c.ID, finding+1)
	}
	f := c.Findings[finding]
	v, err := assess.Assess(rules, f.Facts)
	v.Adjustment = f.Adjustment
	return v, err
}

// AddFinding adds another weakness to a case.
func (b *Book) AddFinding(ctx context.Context, w Write, id ID, f Finding) (*Case, error) {
	return b.change(ctx, w, id, func(e *edit) error {
		if err := b.May(w.Actor, EditFacts, e.c); err != nil {
			return err
		}
		if len(e.c.Findings) >= MaxFindings {
			return fault.New(fault.Invalid, "a case has at most %d findings", MaxFindings)
		}
		if err := f.check(); err != nil {
			return err
		}
		rules, err := b.Bar(e.c.Bar)
		if err != nil {
			return err
		}
		v, err := assess.Assess(rules, f.Facts)
		if err != nil {
			return invalidFact(err)
		}
		f.Verdict = summary(v)
		return e.record(FindingAdded{Finding: f, Outcome: outcomeOf(rules, append(slices.Clone(e.c.Findings), f))})
	})
}

// AssessBlind records what a second assessor says of a finding without changing the case: how far two
// people agree is only known where the second did not build on the first.
func (b *Book) AssessBlind(ctx context.Context, w Write, id ID, finding int, facts assess.Facts) (*Case, error) {
	return b.change(ctx, w, id, func(e *edit) error {
		rules, err := e.judging(b, w.Actor, AssessCase, finding)
		if err != nil {
			return err
		}
		v, err := assess.Assess(rules, facts)
		if err != nil {
			return invalidFact(err)
		}
		return e.assessed(Assessed{Finding: finding, Kind: "blind", Bar: e.c.Bar, Outcome: v.Outcome, Row: v.Row})
	})
}

// assessAll records the verdict of every finding as the one that its assessor stands for.
func (e *edit) assessAll() error {
	kind := "first"
	switch {
	case e.c.UnderAppeal():
		kind = "appeal"
	case e.c.Decided != 0:
		kind = "revised"
	}
	for i, f := range e.c.Findings {
		if err := e.assessed(Assessed{Finding: i, Kind: kind, Bar: e.c.Bar, Outcome: f.Final(), Row: f.Verdict.Row}); err != nil {
			return err
		}
	}
	switch {
	case e.c.Approval != nil || !e.c.needsApproval():
		return nil
	case e.c.Outcome == "critical":
		return e.record(ApprovalAsked{For: "critical"})
	}
	return e.record(ApprovalAsked{For: "adjustment"})
}

func (e *edit) assessed(p Assessed) error {
	if err := e.record(p); err != nil {
		return err
	}
	e.write(`INSERT INTO assessments (case_id, seq, finding, at, assessor, outcome, row_id, kind) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		int64(e.c.ID), e.c.Version, p.Finding, e.c.Updated, int64(e.actor.ID), p.Outcome, p.Row, p.Kind)
	return nil
}

// Adjust lets another outcome stand than the bar's own, which stays visible; an empty outcome takes an
// adjustment back. A second person has to approve.
func (b *Book) Adjust(ctx context.Context, w Write, id ID, finding int, outcome, why string) (*Case, error) {
	return b.change(ctx, w, id, func(e *edit) error {
		if err := b.May(w.Actor, ProposeOverride, e.c); err != nil {
			return err
		}
		if _, err := e.finding(finding); err != nil {
			return err
		}
		if err := needed("why", why); err != nil {
			return err
		}
		rules, err := b.Bar(e.c.Bar)
		if err != nil {
			return err
		}
		findings := slices.Clone(e.c.Findings)
		if findings[finding].Adjustment, err = b.adjustment(e, finding, outcome, why); err != nil {
			return err
		}
		return e.record(Adjusted{Finding: finding, Outcome: outcome, Why: why, By: w.Actor.name(), Case: outcomeOf(rules, findings)})
	})
}

func (b *Book) adjustment(e *edit, finding int, outcome, why string) (*assess.Adjustment, error) {
	if outcome == "" {
		return nil, nil
	}
	v, err := b.Verdict(e.c, finding)
	if err != nil {
		return nil, err
	}
	rules, err := b.Bar(e.c.Bar)
	if err != nil {
		return nil, err
	}
	v, err = v.Adjust(rules, assess.Adjustment{Outcome: outcome, By: e.actor.name(), When: e.now, Why: why})
	if err != nil {
		return nil, invalidFact(err)
	}
	return v.Adjustment, nil
}

// Approve is the second person's yes to a critical outcome or an adjustment.
func (b *Book) Approve(ctx context.Context, w Write, id ID) (*Case, error) {
	return b.change(ctx, w, id, func(e *edit) error {
		if err := b.May(w.Actor, ApproveOverride, e.c); err != nil {
			return err
		}
		switch {
		case e.c.Approval == nil || e.c.Approval.ApprovedBy != 0:
			return fault.New(fault.Conflict, "case %s waits for no approval", id).Because(errRefused)
		case e.c.Approval.ProposedBy == w.Actor.ID:
			return fault.New(fault.Forbidden, "nobody approves what they proposed").Do("ask another reviewer or manager")
		}
		return e.record(Approved{})
	})
}

// Criterion says, before anything is tried, what counts as success and how often it will be tried. Once runs are recorded under
// one it stays: afterwards every result could be made a success.
func (b *Book) Criterion(ctx context.Context, w Write, id ID, finding int, criterion string, planned int) (*Case, error) {
	return b.change(ctx, w, id, func(e *edit) error {
		if err := b.May(w.Actor, EditFacts, e.c); err != nil {
			return err
		}
		f, err := e.finding(finding)
		if err != nil {
			return err
		}
		if f.Criterion != "" && len(f.Runs) > 0 {
			return fault.New(fault.Conflict, "runs are recorded under the criterion that was set").Because(errRefused).Do("add another finding, and set its criterion before trying")
		}
		if strings.TrimSpace(criterion) == "" || planned < 1 {
			return fault.New(fault.Invalid, "a criterion needs its words and the number of attempts").In("criterion")
		}
		return e.record(CriterionSet{Finding: finding, Criterion: criterion, Planned: planned})
	})
}

// RecordRun records an attempt to reproduce a finding, or to repeat it after a fix.
func (b *Book) RecordRun(ctx context.Context, w Write, id ID, finding int, r Run) (*Case, error) {
	return b.change(ctx, w, id, func(e *edit) error {
		if err := b.May(w.Actor, AddEvidence, e.c); err != nil {
			return err
		}
		if _, err := e.finding(finding); err != nil {
			return err
		}
		if r.Attempts == nil || *r.Attempts < 1 {
			return fault.New(fault.Invalid, "a run is k successes of n attempts, at least one").In("attempts").Do("such as 3 of 10")
		}
		if err := cmp.Or(r.check(), within("target", r.Target, MaxName)); err != nil {
			return err
		}
		r.Retest = e.c.State == "retest"
		return e.record(RunRecorded{Finding: finding, Run: r})
	})
}

// evidenceKinds are those of bugbar measure, and one that it does not make.
var evidenceKinds = []string{"attribute", "input-extraction", "membership", "perturbation", "property", "reconstruction", "theft", "trials", "canary"}

// measured refuses evidence that is of no kind that is known, says nothing, or rests on a file that the case does not have.
func (e *edit) measured(ev Evidence) error {
	switch {
	case !slices.Contains(evidenceKinds, ev.Kind):
		return fault.New(fault.Invalid, "no such kind of evidence").In("kind").Do("one of: " + strings.Join(evidenceKinds, ", "))
	case ev.Result == "" || ev.Result == "null":
		return fault.New(fault.Invalid, "must be given").In("result").Do("the JSON of bugbar measure")
	case ev.File == "":
		return nil
	}
	found, err := e.book.files(e.ctx, e.actor, e.c, ev.File)
	if err == nil && len(found) == 0 {
		err = fault.New(fault.Invalid, "case %s has no such file", e.c.ID).In("file").Do("add the file to the case first")
	}
	return err
}

// AddEvidence adds something measured; where it settles a fact, the fact becomes a measured one.
func (b *Book) AddEvidence(ctx context.Context, w Write, id ID, finding int, ev Evidence, facts assess.Facts) (*Case, error) {
	return b.change(ctx, w, id, func(e *edit) error {
		rules, err := e.judging(b, w.Actor, EditFacts, finding)
		if err != nil {
			return err
		}
		if err := e.measured(ev); err != nil {
			return err
		}
		for _, point := range slices.Sorted(maps.Keys(facts)) {
			fact := facts[point]
			fact.Provenance, ev.Fact = assess.Measured, point
			if err := e.setFact(rules, finding, point, fact); err != nil {
				return err
			}
		}
		return e.record(EvidenceAdded{Finding: finding, Evidence: ev})
	})
}
