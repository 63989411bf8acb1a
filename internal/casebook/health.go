package casebook

import (
	"context"
	"database/sql"
	"time"
)

// Health is how intake and what goes out are doing, without a word about any case.
type Health struct {
	Sources   map[string]int64 // reports of this week and the last, by where they came from; restricted cases are left out
	Mail      map[string]int   // what became of mail within a week
	MailIn    int64            // ms: when mail last came; 0 for never
	MailOut   int64            // ms: when mail was last sent
	Delivered int64            // ms: when a webhook was last told of something
	Failed    int64            // ms: when a webhook last could not be told
	Failures  int64            // attempts that failed within a day
	Tasks     map[string]int64 // imports and re-assessments within a week, by their state
	Lag       time.Duration    // how long the oldest event waits for its place in the ledger
}

// healthTime is how far back counts go.
const healthTime = 7 * 24 * time.Hour

// Health says how intake is doing to those who look after the casebook or read its audit.
func (b *Book) Health(ctx context.Context, a Actor) (Health, error) {
	h := Health{Sources: map[string]int64{}, Tasks: map[string]int64{}}
	if b.May(a, ManageSystem, nil) != nil && b.May(a, ManageMembers, nil) != nil {
		if err := b.May(a, ReadAudit, nil); err != nil {
			return h, err
		}
	}
	now := b.now()
	var err error
	if h.Mail, err = b.MailFates(ctx, now.Add(-healthTime)); err != nil {
		return h, err
	}
	if h.Lag, err = b.Lag(ctx); err != nil {
		return h, err
	}
	if err := b.latest(ctx, &h, now); err != nil {
		return h, err
	}
	monday := WeekOf(now.Add(-healthTime))
	if err := b.counts(ctx, h.Sources, "SELECT key, SUM(n) FROM statistics WHERE name = 'arrived' AND week >= $1 GROUP BY key", monday); err != nil {
		return h, err
	}
	return h, b.counts(ctx, h.Tasks, "SELECT state, COUNT(*) FROM tasks WHERE updated >= $1 GROUP BY state", ms(now.Add(-healthTime)))
}

// latest looks up when things last went well, and when not.
func (b *Book) latest(ctx context.Context, h *Health, now time.Time) error {
	for _, look := range []struct {
		to    *int64
		query string
		args  []any
	}{
		{&h.MailIn, "SELECT COALESCE(MAX(at), 0) FROM mails WHERE fate <> 'sent'", nil},
		{&h.MailOut, "SELECT COALESCE(MAX(at), 0) FROM mails WHERE fate = 'sent'", nil},
		{&h.Delivered, "SELECT COALESCE(MAX(at), 0) FROM deliveries WHERE error = ''", nil},
		{&h.Failed, "SELECT COALESCE(MAX(at), 0) FROM deliveries WHERE error <> ''", nil},
		{&h.Failures, "SELECT COUNT(*) FROM deliveries WHERE error <> '' AND at >= $1", []any{ms(now.Add(-24 * time.Hour))}},
	} {
		if err := b.db.Reader().QueryRowContext(ctx, look.query, look.args...).Scan(look.to); err != nil {
			return b.db.Trouble(err)
		}
	}
	return nil
}

// counts reads names with their counts.
func (b *Book) counts(ctx context.Context, into map[string]int64, query string, args ...any) error {
	rows, err := b.db.Reader().QueryContext(ctx, query, args...)
	if err != nil {
		return b.db.Trouble(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var n sql.NullInt64
		if err := rows.Scan(&name, &n); err != nil {
			return b.db.Trouble(err)
		}
		into[name] = n.Int64
	}
	return b.db.Trouble(rows.Err())
}
