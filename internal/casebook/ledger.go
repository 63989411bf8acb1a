package casebook

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"bugbar/internal/fault"
	"bugbar/internal/sqldb"
)

// A batch of the ledger is bounded by its events and by the bytes of their payloads. On SQLite everybody else
// who writes waits for it, and so it is smaller there.
const (
	maxBatch       = 500
	maxBatchSQLite = 50
	maxBatchBytes  = 8 << 20
)

func (b *Book) maxBatch() int {
	if b.db.Dialect == sqldb.SQLite {
		return maxBatchSQLite
	}
	return maxBatch
}

const (
	debounce = 20 * time.Millisecond // what is committed within it is settled together
	pollTime = time.Second           // how often other processes' events are looked for
)

// ledgerLock is the number of the advisory lock of the one who settles.
const ledgerLock = 0x6c656467

// OnSettle has work done in the transaction in which the ledger gives events their places: each event is
// seen exactly once, in the order of the ledger. It is set before Run; several are done in turn. An error
// leaves the events waiting.
func (b *Book) OnSettle(work func(ctx context.Context, tx *sql.Tx, events []Event) error) {
	b.settled = append(b.settled, work)
}

// Settle gives every event that waits its place in the ledger, and brings what is derived up to date. It
// returns how many there were.
func (b *Book) Settle(ctx context.Context) (int, error) {
	b.sealing.Lock()
	defer b.sealing.Unlock()
	for total := 0; ; {
		n, more, err := b.settleBatch(ctx)
		if total += n; err != nil || !more {
			return total, err
		}
	}
}

// settleBatch settles the first events that wait. One process does it at a time: on PostgreSQL by a lock
// that is taken before the transaction looks at anything, on SQLite because a transaction that writes is the only one.
func (b *Book) settleBatch(ctx context.Context) (n int, more bool, err error) {
	err = b.db.Tx(ctx, func(tx *sql.Tx) error {
		if b.db.Dialect == sqldb.Postgres {
			if _, err := tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", ledgerLock); err != nil {
				return err
			}
		}
		events, left, err := waiting(ctx, tx, b.maxBatch())
		if n, more = len(events), left; err != nil || n == 0 {
			return err
		}
		if err := b.sealEvents(ctx, tx, events); err != nil {
			return err
		}
		if err := b.index(ctx, tx, changed(events)); err != nil {
			return err
		}
		if err := b.measure(ctx, tx, events); err != nil {
			return err
		}
		for _, work := range b.settled {
			if err := work(ctx, tx, events); err != nil {
				return err
			}
		}
		return nil
	})
	if fault.Is(err, fault.Conflict) {
		err = fault.New(fault.Internal, "the ledger is not whole: %w", err).Do("bugbar verify")
	}
	return n, more, err
}

// waiting reads the events that have no place, in order of time; within a stream that is the order of their
// numbers. left says that there may be more.
func waiting(ctx context.Context, tx *sql.Tx, limit int) (events []Event, left bool, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT stream, seq, at, actor, kind, payload, prev, hash, 0 FROM events WHERE pos IS NULL ORDER BY at, stream, seq LIMIT $1`, limit)
	if err != nil {
		return nil, false, err
	}
	defer rows.Close()
	for size := 0; rows.Next(); {
		e, err := scanEvent(rows)
		if err != nil {
			return nil, false, err
		}
		events = append(events, e)
		if size += len(e.Payload); size > maxBatchBytes || len(events) == limit {
			return events, true, rows.Err()
		}
	}
	return events, false, rows.Err()
}

// changed are the cases of which more happened than that somebody looked.
func changed(events []Event) []ID {
	cases := map[ID]bool{}
	for _, e := range events {
		if _, ofCase := caseKinds[e.Kind]; ofCase && e.Kind != (Read{}).kind() {
			cases[e.Stream] = true
		}
	}
	return slices.Sorted(maps.Keys(cases))
}

// placesAtOnce is how many events one statement gives their places.
const placesAtOnce = 100

// writePlaces writes the places of events.
func writePlaces(ctx context.Context, tx *sql.Tx, events []Event) error {
	for chunk := range slices.Chunk(events, placesAtOnce) {
		var values strings.Builder
		args := make([]any, 0, 3*len(chunk))
		for i, e := range chunk {
			if i > 0 {
				values.WriteString(", ")
			}
			fmt.Fprintf(&values, "(CAST($%d AS BIGINT), CAST($%d AS BIGINT), CAST($%d AS BIGINT))", 3*i+1, 3*i+2, 3*i+3)
			args = append(args, int64(e.Stream), e.Seq, e.Pos)
		}
		if _, err := tx.ExecContext(ctx, "WITH places (stream, seq, pos) AS (VALUES "+values.String()+`)
			UPDATE events SET pos = places.pos FROM places WHERE events.stream = places.stream AND events.seq = places.seq`, args...); err != nil {
			return err
		}
	}
	return nil
}

// Run settles soon after each commit of this process, and within a second after those of others, until the
// context ends. Trouble is logged, and it tries again.
func (b *Book) Run(ctx context.Context) error {
	poll := time.NewTicker(pollTime)
	defer poll.Stop()
	trouble := ""
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-poll.C:
		case <-b.wake:
			if !pause(ctx, debounce) {
				return nil
			}
		}
		err := b.settleWaiting(ctx)
		switch {
		case err == nil:
			trouble = ""
		case ctx.Err() == nil && err.Error() != trouble:
			trouble = err.Error()
			slog.ErrorContext(ctx, "the ledger cannot settle events", "error", err)
		}
	}
}

// settleWaiting settles what waits: to look costs no transaction that writes. After each batch it leaves the
// database to others for as long: they wait for an answer, and nobody waits for the ledger.
func (b *Book) settleWaiting(ctx context.Context) error {
	more, err := b.unsettled(ctx)
	for err == nil && more {
		begin := time.Now()
		b.sealing.Lock()
		_, more, err = b.settleBatch(ctx)
		b.sealing.Unlock()
		if more && !pause(ctx, time.Since(begin)) {
			return nil
		}
	}
	return err
}

func (b *Book) unsettled(ctx context.Context) (some bool, err error) {
	err = b.db.Reader().QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM events WHERE pos IS NULL)").Scan(&some)
	return some, b.db.Trouble(err)
}

// pause waits, and says whether the context still stands.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
