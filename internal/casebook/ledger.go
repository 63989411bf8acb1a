package casebook

import (
	"context"
	"database/sql"

	"bugbar/internal/fault"
)

// OnSettle has work done in the transaction in which the ledger gives events their places: each event is
// seen exactly once, in the order of the ledger. It is set before Run.
func (b *Book) OnSettle(work func(ctx context.Context, tx *sql.Tx, events []Event) error) {}

// Settle gives every event that waits its place in the ledger, and brings what is derived up to date.
func (b *Book) Settle(ctx context.Context) (int, error) {
	return 0, fault.New(fault.Internal, "not written yet")
}

// Run settles soon after each commit until the context ends.
func (b *Book) Run(ctx context.Context) error { return nil }

// Feed reads events in the order of the ledger, from after pos on, as far as the actor may see them.
func (b *Book) Feed(ctx context.Context, a Actor, pos int64, limit int) ([]Event, error) {
	return nil, fault.New(fault.Internal, "not written yet")
}
