package casebook

import (
	"context"
	"database/sql"

	"bugbar/internal/sqldb"
)

// Reindex makes what lists, counts and searches need anew from the cases. Until it ends, they find less than
// there is. It calls progress now and then with the number of cases that are done.
func (b *Book) Reindex(ctx context.Context, progress func(done int64)) error {
	if err := b.db.Tx(ctx, b.clearIndex); err != nil {
		return err
	}
	var last ID
	for done := int64(0); ; {
		var n int
		err := b.db.Tx(ctx, func(tx *sql.Tx) error {
			ids, err := nextCases(ctx, tx, last)
			if err != nil || len(ids) == 0 {
				return err
			}
			n, last = len(ids), ids[len(ids)-1]
			return b.index(ctx, tx, ids)
		})
		if err != nil {
			return err
		}
		if n == 0 {
			if err := b.remeasure(ctx); err != nil {
				return err
			}
			return b.analyze(ctx)
		}
		done += int64(n)
		progress(done)
	}
}

// remeasure counts what the dashboards show anew.
func (b *Book) remeasure(ctx context.Context) error {
	for pos := int64(0); ; {
		events, err := b.events(ctx, `SELECT stream, seq, at, actor, kind, payload, prev, hash, pos FROM events WHERE pos > $1 ORDER BY pos LIMIT 1000`, pos)
		if err != nil || len(events) == 0 {
			return err
		}
		pos = events[len(events)-1].Pos
		if err := b.db.Tx(ctx, func(tx *sql.Tx) error { return b.measure(ctx, tx, events) }); err != nil {
			return err
		}
	}
}

func nextCases(ctx context.Context, tx *sql.Tx, after ID) ([]ID, error) {
	rows, err := tx.QueryContext(ctx, "SELECT id FROM cases WHERE id > $1 ORDER BY id LIMIT 1000", int64(after))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []ID
	for rows.Next() {
		var id ID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// clearIndex forgets everything.
func (b *Book) clearIndex(tx *sql.Tx) error {
	clear := []string{"DELETE FROM listing", "DELETE FROM listing_named", "DELETE FROM tallies", "DELETE FROM statistics"}
	if b.db.Dialect == sqldb.SQLite {
		clear = append(clear, "INSERT INTO search (search) VALUES ('delete-all')", "INSERT INTO search_kept (search_kept) VALUES ('delete-all')")
	} else {
		clear = append(clear, "TRUNCATE search", "TRUNCATE search_kept", "DELETE FROM epochs WHERE no > 0")
	}
	for _, s := range clear {
		if _, err := tx.Exec(s); err != nil {
			return err
		}
	}
	return nil
}

// analyze has PostgreSQL look at how its columns are filled. SQLite is told which index to take (Book.hint), and
// would only prepare each statement a second time once it knows its arguments.
func (b *Book) analyze(ctx context.Context) error {
	if b.db.Dialect == sqldb.SQLite {
		return nil
	}
	_, err := b.db.Writer().ExecContext(ctx, "ANALYZE")
	return b.db.Trouble(err)
}
