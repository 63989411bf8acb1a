package casebook

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// copy writes rows to PostgreSQL by COPY. Words go through a table of their own, since the driver cannot
// write a tsvector.
func (l *loader) copy(ctx context.Context, all *loaded) error {
	return l.conn.Raw(func(driver any) error {
		conn := driver.(*stdlib.Conn).Conn()
		tx, err := conn.Begin(ctx)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback(ctx) }() // after a commit it does nothing
		for i, t := range loadColumns {
			if i == loadSearch || i == loadKept {
				if err := copyWords(ctx, tx, t.table, all.tables[i]); err != nil {
					return err
				}
				continue
			}
			if _, err := tx.CopyFrom(ctx, pgx.Identifier{t.table}, t.columns, pgx.CopyFromRows(all.tables[i])); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, beginEpoch, epochCases); err != nil {
			return err
		}
		return tx.Commit(ctx)
	})
}

func copyWords(ctx context.Context, tx pgx.Tx, table string, rows [][]any) error {
	if _, err := tx.Exec(ctx, "CREATE TEMPORARY TABLE loading (id BIGINT, words TEXT) ON COMMIT DROP"); err != nil {
		return err
	}
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{"loading"}, []string{"id", "words"}, pgx.CopyFromRows(rows)); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "INSERT INTO "+table+" (id, words) SELECT id, array_to_tsvector(string_to_array(words || ' ' || "+
		strings.ReplaceAll(epochWords, "$1", "loading.id")+", ' ')) FROM loading"); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "DROP TABLE loading")
	return err
}
