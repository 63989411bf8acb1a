package casebook

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
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

// AuditPage is a part of an audit. Next leads on; 0 at the ledger's end.
type AuditPage struct {
	Events []Event `json:"events"`
	Next   int64   `json:"next,omitempty"`
}

// auditWindow is how many places of the ledger one page of an audit looks at: a rare kind of event must not make
// one query read the whole ledger.
const auditWindow = 20_000

// Audit reads events of all streams in the order of the ledger, reads included. That something happened to a case
// is shown to those who audit even where they may not see the case; what it says is not.
func (b *Book) Audit(ctx context.Context, a Actor, q AuditQuery) (AuditPage, error) {
	page := AuditPage{}
	if err := b.May(a, ReadAudit, nil); err != nil {
		return page, err
	}
	if q.Limit < 1 || q.Limit > MaxPage {
		return page, fault.New(fault.Invalid, "1 to %d", MaxPage).In("limit")
	}
	end, err := b.Position(ctx)
	if err != nil {
		return page, err
	}
	last := min(end, min(q.After, end)+auditWindow)
	page.Events, err = b.events(ctx, `SELECT stream, seq, at, actor, kind, payload, prev, hash, pos FROM events
		WHERE pos > $1 AND pos <= $2 AND (stream = $3 OR $3 = 0) AND (actor = $4 OR $4 = 0) AND ($5 = '' OR kind = $5) ORDER BY pos LIMIT $6`,
		q.After, last, int64(q.Stream), int64(q.Actor), q.Kind, q.Limit)
	if err != nil {
		return page, err
	}
	if len(page.Events) == q.Limit {
		last = page.Events[q.Limit-1].Pos
	}
	if last < end {
		page.Next = last
	}
	cases := map[ID]*Case{}
	for i := range page.Events {
		if err := b.auditable(ctx, a, &page.Events[i], cases); err != nil {
			return page, err
		}
	}
	page.Events = slices.DeleteFunc(page.Events, func(e Event) bool { return q.Actor != 0 && e.Actor != q.Actor })
	return page, nil
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
		e.hideReporter(a, c)
		return nil
	}
	shown, err := b.shownEvents(ctx, a, c, []Event{*e})
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
