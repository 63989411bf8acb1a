package casebook

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"

	"bugbar/internal/fault"
)

// Case reads a case as an actor may see it. A look at a case under embargo or in quarantine is an event of
// its own, written before the answer is given.
func (b *Book) Case(ctx context.Context, a Actor, id ID) (*Case, error) {
	c, err := b.load(ctx, id)
	if err != nil {
		return nil, err
	}
	opened := c.Quarantined && b.May(a, OpenQuarantine, c) == nil
	if err := b.May(a, ReadCase, c); err != nil && !opened {
		return nil, err
	}
	if c.Restricted() && !a.reported(c) {
		if c, err = b.look(ctx, a, id, "case"); err != nil {
			return nil, err
		}
	}
	if err := b.hideOthers(ctx, a, c); err != nil {
		return nil, err
	}
	seen := b.shown(a, c, opened)
	if seen.Quarantined || !a.outside(c) {
		return seen, nil
	}
	return seen, b.countOutside(ctx, seen)
}

// countOutside counts what was written for those outside of the team: the case counts what was not as well.
func (b *Book) countOutside(ctx context.Context, c *Case) error {
	err := b.db.Reader().QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM events WHERE stream = $1 AND kind = 'message-added' AND visibility = 'reporter'),
		(SELECT COUNT(*) FROM attachments WHERE case_id = $1 AND visibility = 'reporter')`, int64(c.ID)).Scan(&c.Messages, &c.Files)
	return b.db.Trouble(err)
}

// hideOthers takes out of a case's relations which cases they lead to, where the reader may not know of those.
func (b *Book) hideOthers(ctx context.Context, a Actor, c *Case) error {
	if a.system || len(c.Links)+len(c.Pending) == 0 {
		return nil
	}
	c.Links, c.Pending = slices.Clone(c.Links), slices.Clone(c.Pending)
	for i := range c.Links {
		if err := b.hideOther(ctx, a, &c.Links[i].To); err != nil {
			return err
		}
	}
	for i := range c.Pending {
		if err := b.hideOther(ctx, a, &c.Pending[i].Case); err != nil {
			return err
		}
	}
	return nil
}

// hideOther makes the id of a case that an actor may not know of 0.
func (b *Book) hideOther(ctx context.Context, a Actor, id *ID) error {
	if *id == 0 {
		return nil
	}
	err := b.Visible(ctx, a, *id)
	if fault.Is(err, fault.NotFound) {
		*id = 0
		return nil
	}
	return err
}

// look writes that somebody looked.
func (b *Book) look(ctx context.Context, a Actor, id ID, what string) (*Case, error) {
	if a.system {
		return b.load(ctx, id)
	}
	return b.change(ctx, Write{Actor: a}, id, func(e *edit) error { return e.record(Read{What: what}) })
}

// shown is a case without what the actor must not see.
func (b *Book) shown(a Actor, c *Case, opened bool) *Case {
	if c.Quarantined && !opened && !a.system {
		return withheld(c)
	}
	seen := *c
	if !a.system && b.May(a, ReadIdentity, c) != nil {
		seen.Reporter = 0
		seen.People = without(c.People, func(p Participant) bool { return p.Role == "reporter" })
	}
	if a.outside(c) {
		return outside(&seen, a)
	}
	return &seen
}

// outside says that somebody comes to the case from outside of the team.
func (a Actor) outside(c *Case) bool {
	return a.reported(c) || c.Named(a.ID, "guest") && len(a.Roles) == 0
}

// withheld is what is shown of a case in quarantine: that it exists.
func withheld(c *Case) *Case {
	return &Case{
		ID: c.ID, Version: c.Version, Head: c.Head, Revision: c.Revision, Title: "In quarantine", Source: c.Source, State: c.State, Since: c.Since,
		Embargo: c.Embargo, Quarantined: true, Bar: c.Bar, Outcome: c.Outcome, Findings: []Finding{},
		Deadlines: c.Deadlines, Created: c.Created, Updated: c.Updated,
	}
}

// outside is what a reporter or guest sees: nothing of other cases, and of the team only what concerns them.
func outside(c *Case, a Actor) *Case {
	c.Pending, c.Key, c.Assignee, c.Decided, c.Appealed, c.Author, c.Approval = nil, "", 0, 0, 0, 0, nil
	c.Links = without(c.Links, func(l Link) bool { return l.Kind != "duplicate-of" })
	for i := range c.Links {
		c.Links[i].To = 0 // that there is an earlier one, not which
	}
	c.People = without(c.People, func(p Participant) bool { return p.Person != a.ID })
	return c
}

// Thread reads what was written on a case, as far as the actor may see it, from the oldest; after is the
// number of the last message that is known, and at most limit follow.
func (b *Book) Thread(ctx context.Context, a Actor, id ID, after int64, limit int) ([]Message, error) {
	c, err := b.Case(ctx, a, id)
	if err != nil {
		return nil, err
	}
	if c.Quarantined && b.May(a, OpenQuarantine, c) != nil && !a.system {
		return nil, fault.New(fault.Forbidden, "the case is in quarantine").Do("ask a custodian")
	}
	team := a.system || b.May(a, WriteTeam, c) == nil || a.Has(Auditor)
	rows, err := b.db.Reader().QueryContext(ctx, `SELECT seq, visibility, body, at, actor, kind, payload FROM events
		WHERE stream = $1 AND seq > $2 AND body IS NOT NULL AND (visibility = 'reporter' OR $3 = 1) ORDER BY seq LIMIT $4`, int64(id), after, flag(team), limit)
	if err != nil {
		return nil, b.db.Trouble(err)
	}
	defer rows.Close()
	thread := []Message{}
	for rows.Next() {
		var m Message
		var kind, payload string
		if err := rows.Scan(&m.Seq, &m.Visibility, &m.Text, &m.At, &m.Author, &kind, &payload); err != nil {
			return nil, b.db.Trouble(err)
		}
		m.wrote(kind, payload)
		if m.From == "reporter" && b.May(a, ReadIdentity, c) != nil && m.Author != a.ID {
			m.Author = 0
		}
		thread = append(thread, m)
	}
	return thread, b.db.Trouble(rows.Err())
}

// wrote takes from a message's event who it is from and what is attached.
func (m *Message) wrote(kind, payload string) {
	if kind == (Received{}).kind() {
		var p Received
		_ = json.Unmarshal([]byte(payload), &p) // verify tells of what cannot be read
		m.From, m.Files = "reporter", p.Files
		return
	}
	var p MessageAdded
	_ = json.Unmarshal([]byte(payload), &p)
	m.From, m.Files = p.From, p.Files
}

// History reads the events of a case from after on, at most limit, as far as the actor may see them. Reporters
// and guests see those that they caused or that are addressed to them.
func (b *Book) History(ctx context.Context, a Actor, id ID, after int64, limit int) ([]Event, error) {
	if _, err := b.Case(ctx, a, id); err != nil {
		return nil, err
	}
	c, err := b.load(ctx, id)
	if err != nil {
		return nil, err
	}
	events, err := b.stream(ctx, id, after, limit)
	if err != nil {
		return nil, err
	}
	events, err = b.shownEvents(ctx, a, c, events)
	if b.May(a, ReadAudit, nil) != nil {
		for i := range events {
			events[i].Pos = 0 // a gap would tell of what happened elsewhere
		}
	}
	return events, err
}

// stream reads events of a stream in order.
func (b *Book) stream(ctx context.Context, id ID, after int64, limit int) ([]Event, error) {
	return b.events(ctx, `SELECT stream, seq, at, actor, kind, payload, prev, hash, COALESCE(pos, 0) FROM events WHERE stream = $1 AND seq > $2 ORDER BY seq LIMIT $3`, int64(id), after, limit)
}

func (b *Book) events(ctx context.Context, query string, args ...any) ([]Event, error) {
	rows, err := b.db.Reader().QueryContext(ctx, query, args...)
	if err != nil {
		return nil, b.db.Trouble(err)
	}
	defer rows.Close()
	events := []Event{}
	for rows.Next() {
		e, err := scanEvent(rows)
		if err != nil {
			return nil, b.db.Trouble(err)
		}
		events = append(events, e)
	}
	return events, b.db.Trouble(rows.Err())
}

func scanEvent(rows *sql.Rows) (Event, error) {
	var e Event
	var payload string
	err := rows.Scan(&e.Stream, &e.Seq, &e.At, &e.Actor, &e.Kind, &payload, &e.Prev, &e.Hash, &e.Pos)
	e.Payload = json.RawMessage(payload)
	return e, err
}

// Reporter reads who reported a case. It is an event of its own.
func (b *Book) Reporter(ctx context.Context, a Actor, id ID) (Identity, error) {
	c, err := b.load(ctx, id)
	if err != nil {
		return Identity{}, err
	}
	if err := b.May(a, ReadIdentity, c); err != nil {
		return Identity{}, err
	}
	if c.Reporter == 0 {
		return Identity{}, fault.New(fault.NotFound, "the reporter of %s gave no name", id)
	}
	if !a.reported(c) {
		if _, err := b.look(ctx, a, id, "identity"); err != nil {
			return Identity{}, err
		}
	}
	p, err := b.person(ctx, c.Reporter)
	if err != nil {
		return Identity{}, err
	}
	return p.Identity, nil
}

// Visible says whether an actor may know of a case. It is no look at it.
func (b *Book) Visible(ctx context.Context, a Actor, id ID) error {
	c, err := b.load(ctx, id)
	if err != nil {
		return err
	}
	if b.May(a, OpenQuarantine, c) == nil {
		return nil
	}
	return b.May(a, ReadCase, c)
}

// Length is how many events a case has.
func (b *Book) Length(ctx context.Context, id ID) (int64, error) {
	c, err := b.load(ctx, id)
	if err != nil {
		return 0, err
	}
	return c.Version, nil
}
