package work

import (
	"context"
	"database/sql"
	"slices"

	"bugbar/internal/casebook"
)

// Follow has what this process settles bring about the jobs that a server carries out, where one has ever worked on
// this casebook. It is for programs that work beside a server, or while none runs: who settles an event has to see to
// what follows from it.
func Follow(ctx context.Context, book *casebook.Book) error {
	worked := false
	db := book.DB()
	err := db.Snapshot(ctx, func(tx *sql.Tx) error {
		tables, err := db.Tables(ctx, tx)
		worked = slices.Contains(tables, "river_job")
		return err
	})
	if err != nil || !worked {
		return db.Trouble(err)
	}
	w, err := Open(ctx, Config{Book: book})
	if err == nil {
		w.beside = true
	}
	return err
}
