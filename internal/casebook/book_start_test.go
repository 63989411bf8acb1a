package casebook_test

import (
	"testing"

	"golang.org/x/sync/errgroup"

	"bugbar/internal/casebook"
	"bugbar/internal/sqldb"
	"bugbar/internal/sqldb/sqldbtest"
)

// TestServersStartAtOnce opens an empty PostgreSQL while another server makes the schema there: it waits for it.
func TestServersStartAtOnce(t *testing.T) {
	t.Parallel()
	name := sqldbtest.Postgres(t)
	watch, err := sqldb.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer watch.Close()
	start := func() error {
		b, err := casebook.Open(t.Context(), name, casebook.Options{})
		if err != nil {
			return err
		}
		return b.Close()
	}
	var group errgroup.Group
	group.Go(start)
	for begun := false; !begun; {
		row := watch.Reader().QueryRowContext(t.Context(), "SELECT to_regclass('cases') IS NOT NULL")
		if err := row.Scan(&begun); err != nil {
			t.Fatal(err)
		}
	}
	group.Go(start)
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
}
