package casebook

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"

	"bugbar/internal/fault"
)

// Head is the last seal of the ledger. Who keeps one outside the casebook can show later that nothing up to
// it was changed, taken away or added (Verify).
type Head struct {
	Seal int64  `json:"seal"` // its number, from 1; 0 where nothing is sealed yet
	Pos  int64  `json:"pos"`  // of the last event that it closes
	At   int64  `json:"at"`   // ms
	Hash string `json:"hash"`
}

// seal closes events first to last of the ledger, and the seal before it.
type sealed struct {
	No     int64  `json:"no"`
	First  int64  `json:"first"`
	Last   int64  `json:"last"`
	At     int64  `json:"at"`
	Prev   string `json:"prev"`   // the hash of the seal before
	Events string `json:"events"` // SHA-256 over the lines "POS HASH" of the events
}

func (s sealed) hash() (string, error) {
	data, err := canonical(s)
	return digestOf(string(data)), err
}

// line adds an event to the digest of a seal.
func line(h hash.Hash, e Event) { fmt.Fprintf(h, "%d %s\n", e.Pos, e.Hash) }

// Head is the seal up to which the ledger goes now.
func (b *Book) Head(ctx context.Context) (Head, error) {
	h, err := lastSeal(ctx, b.db.Reader())
	return h, b.db.Trouble(err)
}

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func lastSeal(ctx context.Context, q querier) (Head, error) {
	var h Head
	err := q.QueryRowContext(ctx, "SELECT no, last, at, hash FROM seals ORDER BY no DESC LIMIT 1").Scan(&h.Seal, &h.Pos, &h.At, &h.Hash)
	if errors.Is(err, sql.ErrNoRows) {
		return Head{}, nil
	}
	return h, err
}

// sealEvents gives events the next places of the ledger and seals them.
func (b *Book) sealEvents(ctx context.Context, tx *sql.Tx, events []Event) error {
	last, err := lastSeal(ctx, tx)
	if err != nil {
		return err
	}
	lines := sha256.New()
	for i := range events {
		events[i].Pos = last.Pos + int64(i) + 1
		line(lines, events[i])
	}
	if err := writePlaces(ctx, tx, events); err != nil {
		return err
	}
	s := sealed{
		No: last.Seal + 1, First: last.Pos + 1, Last: last.Pos + int64(len(events)), At: ms(notBefore(b.now(), last.At)),
		Prev: last.Hash, Events: hex.EncodeToString(lines.Sum(nil)),
	}
	sum, err := s.hash()
	if err != nil {
		return fault.New(fault.Internal, "%w", err)
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO seals (no, first, last, at, hash) VALUES ($1, $2, $3, $4, $5)", s.No, s.First, s.Last, s.At, sum)
	return err
}
