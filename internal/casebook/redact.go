package casebook

import (
	"encoding/json"
	"slices"
)

// told are the kinds of events that a reporter or guest learns of, beside those that they caused.
var told = []string{"received", "moved", "acknowledged"}

// shownEvents are events of a case as an actor may see them: nothing of what is in quarantine but that it
// happened, nothing of who reported for those who may not know, and nothing of other cases for those who are not
// of the team. A payload that lacks something no longer has its hash: bugbar verify works on the casebook itself.
func (b *Book) shownEvents(a Actor, c *Case, events []Event) ([]Event, error) {
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
		if closed {
			e.Payload = json.RawMessage("{}")
			shown = append(shown, e)
			continue
		}
		if !named && e.Actor != 0 && e.Actor == c.Reporter && e.Actor != a.ID {
			e.Actor = 0
		}
		if b.May(a, ReadAudit, nil) != nil {
			e.Pos = 0 // a gap would tell of what happened elsewhere
		}
		if err := e.redact(a, team, named); err != nil {
			return nil, err
		}
		shown = append(shown, e)
	}
	return shown, nil
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
func (e *Event) redact(a Actor, team, named bool) error {
	var p any
	var err error
	switch e.Kind {
	case (Received{}).kind():
		p, err = e.redactReceived(a, team, named)
	case (PersonNamed{}).kind(), (PersonUnnamed{}).kind():
		var who PersonNamed // both are a Participant
		if err = json.Unmarshal(e.Payload, &who); who.Role == "reporter" && !named && who.Person != a.ID {
			who.Person = 0
		}
		p = who
	default:
		return nil
	}
	if err != nil {
		return err
	}
	e.Payload, err = canonical(p)
	return err
}

func (e *Event) redactReceived(a Actor, team, named bool) (Received, error) {
	p, err := decode[Received](*e)
	if !named && p.Reporter != a.ID {
		p.Reporter = 0
		p.People = without(p.People, func(q Participant) bool { return q.Role == "reporter" && q.Person != a.ID })
	}
	if !team {
		p.Pending, p.Key, p.SplitFrom = nil, "", 0
		p.People = without(p.People, func(q Participant) bool { return q.Person != a.ID })
	}
	return p, err
}
