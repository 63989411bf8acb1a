package casebook

import (
	"context"
	"encoding/json"
	"slices"

	"bugbar/internal/fault"
)

// told are the kinds of events that a reporter or guest learns of, beside those that they caused.
var told = []string{"received", "moved", "acknowledged"}

// shownEvents are events of a case as an actor may see them: nothing of what is in quarantine but that it
// happened, nothing of who reported for those who may not know, and nothing of other cases for those who are not
// of the team. A payload that lacks something no longer has its hash: bugbar verify works on the casebook itself.
func (b *Book) shownEvents(ctx context.Context, a Actor, c *Case, events []Event) ([]Event, error) {
	if a.system {
		return events, nil
	}
	team := b.May(a, WriteTeam, c) == nil || a.Has(Auditor)
	closed := c.Quarantined && b.May(a, OpenQuarantine, c) != nil
	named := b.May(a, ReadIdentity, c) == nil
	shown := []Event{}
	for _, e := range events {
		if !team && !slices.Contains(told, e.Kind) && !a.caused(e) {
			continue
		}
		if !named {
			e.hideReporter(a, c)
		}
		if closed {
			e.Payload = json.RawMessage("{}")
			shown = append(shown, e)
			continue
		}
		if err := b.redact(ctx, &e, a, team, named); err != nil {
			return nil, err
		}
		shown = append(shown, e)
	}
	return shown, nil
}

// hideReporter takes out who acted where that was a reporter of the case, and another one than the reader.
func (e *Event) hideReporter(reader Actor, c *Case) {
	if e.Actor != reader.ID && c.reportedBy(e.Actor) {
		e.Actor = 0
	}
}

// reportedBy says whether somebody is a reporter of the case.
func (c *Case) reportedBy(person ID) bool {
	return person != 0 && (person == c.Reporter || c.Named(person, "reporter"))
}

// caused says whether an event is the actor's own. A reporter without an account has no id to go by, and so
// only what a reporter can cause counts.
func (a Actor) caused(e Event) bool {
	if a.ID != 0 {
		return e.Actor == a.ID
	}
	var p MessageAdded
	return e.Kind == p.kind() && json.Unmarshal(e.Payload, &p) == nil && p.From == "reporter"
}

// redact takes out of a payload what an actor may not see.
func (b *Book) redact(ctx context.Context, e *Event, a Actor, team, named bool) error {
	switch e.Kind {
	case (Received{}).kind():
		return rewrite(e, func(p *Received) error {
			p.redact(a, team, named)
			for i := range p.Pending {
				if err := b.hideOther(ctx, a, &p.Pending[i].Case); err != nil {
					return err
				}
			}
			return b.hideOther(ctx, a, &p.SplitFrom)
		})
	case (PersonNamed{}).kind(), (PersonUnnamed{}).kind():
		return rewrite(e, func(p *PersonNamed) error { // both are a Participant
			if p.Role == "reporter" && !named && p.Person != a.ID {
				p.Person = 0
			}
			return nil
		})
	case (Linked{}).kind(), (Unlinked{}).kind():
		return rewrite(e, func(p *Linked) error { return b.hideOther(ctx, a, &p.To) })
	case (CandidateDecided{}).kind():
		return rewrite(e, func(p *CandidateDecided) error { return b.hideOther(ctx, a, &p.Case) })
	case (Suggested{}).kind():
		return rewrite(e, func(p *Suggested) error {
			for i := range p.Candidates {
				if err := b.hideOther(ctx, a, &p.Candidates[i].Case); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return nil
}

// rewrite changes the payload of an event that is about to be shown.
func rewrite[P any](e *Event, work func(*P) error) error {
	var p P
	if err := json.Unmarshal(e.Payload, &p); err != nil {
		return fault.New(fault.Internal, "event %d of %s: %w", e.Seq, e.Stream, err).Do("bugbar verify")
	}
	if err := work(&p); err != nil {
		return err
	}
	payload, err := canonical(p)
	e.Payload = payload
	return err
}

func (p *Received) redact(a Actor, team, named bool) {
	if !named && (p.Reporter != a.ID || a.ID == 0) {
		p.Reporter = 0
		p.People = without(p.People, func(q Participant) bool { return q.Role == "reporter" && q.Person != a.ID })
	}
	if !team {
		p.Pending, p.Key, p.SplitFrom = nil, "", 0
		p.People = without(p.People, func(q Participant) bool { return q.Person != a.ID })
	}
}
