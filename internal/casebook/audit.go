package casebook

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"bugbar/internal/fault"
)

// AuditQuery picks events for an audit: who did or looked at what, and when.
type AuditQuery struct {
	After  int64  // place in the ledger
	Stream ID     // of a case or person; 0 for all
	Actor  ID     // 0 for all
	Kind   string // empty for all
	Limit  int
}

// Audit reads events of all streams in the order of the ledger, reads included. That something happened to a case
// is shown to those who audit even where they may not see the case; what it says is not.
func (b *Book) Audit(ctx context.Context, a Actor, q AuditQuery) ([]Event, error) {
	if err := b.May(a, ReadAudit, nil); err != nil {
		return nil, err
	}
	if q.Limit < 1 || q.Limit > MaxPage {
		return nil, fault.New(fault.Invalid, "1 to %d", MaxPage).In("limit")
	}
	events, err := b.events(ctx, `SELECT stream, seq, at, actor, kind, payload, prev, hash, pos FROM events
		WHERE pos > $1 AND ($2 = 0 OR stream = $2) AND ($3 = 0 OR actor = $3) AND ($4 = '' OR kind = $4) ORDER BY pos LIMIT $5`,
		q.After, int64(q.Stream), int64(q.Actor), q.Kind, q.Limit)
	if err != nil {
		return nil, err
	}
	cases := map[ID]*Case{}
	for i := range events {
		if err := b.auditable(ctx, a, &events[i], cases); err != nil {
			return nil, err
		}
	}
	return events, nil
}

// auditable takes out of an event what its reader may not see. Events of people and of the casebook itself hold no
// content.
func (b *Book) auditable(ctx context.Context, a Actor, e *Event, cases map[ID]*Case) error {
	if _, ofCase := caseKinds[e.Kind]; !ofCase {
		return nil
	}
	c, known := cases[e.Stream]
	if !known {
		var err error
		if c, err = b.load(ctx, e.Stream); err != nil {
			return err
		}
		cases[e.Stream] = c
	}
	if b.May(a, ReadCase, c) != nil {
		e.Payload = json.RawMessage("{}")
		return nil
	}
	shown, err := b.shownEvents(a, c, []Event{*e})
	if err != nil || len(shown) == 0 {
		e.Payload = json.RawMessage("{}")
		return err
	}
	*e = shown[0]
	return nil
}

// Position is the place of the last event in the ledger.
func (b *Book) Position(ctx context.Context) (int64, error) {
	var pos sql.NullInt64
	err := b.db.Reader().QueryRowContext(ctx, "SELECT MAX(pos) FROM events WHERE pos IS NOT NULL").Scan(&pos)
	return pos.Int64, b.db.Trouble(err)
}

// Lag is for how long the oldest event has waited for its place in the ledger; 0 where none waits.
func (b *Book) Lag(ctx context.Context) (time.Duration, error) {
	var at int64
	err := b.db.Reader().QueryRowContext(ctx, "SELECT at FROM events WHERE pos IS NULL ORDER BY at LIMIT 1").Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, b.db.Trouble(err)
	}
	return max(0, b.now().Sub(timeOf(at))), nil
}
