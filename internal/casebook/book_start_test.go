package casebook_test

import (
	"path/filepath"
	"testing"

	"golang.org/x/sync/errgroup"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
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

// TestFirstCommandsAtOnce has processes come to a new file at once: one makes the schema, and the others wait for it.
func TestFirstCommandsAtOnce(t *testing.T) {
	t.Parallel()
	name := sqldbtest.SQLite(t)
	var group errgroup.Group
	for range 4 {
		group.Go(func() error {
			b, err := casebook.Open(t.Context(), name, casebook.Options{})
			if err != nil {
				return err
			}
			return b.Close()
		})
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
}

// TestWhatIsNoCasebook is not made one by who wants to read it, nor are other tables made one by anybody.
func TestWhatIsNoCasebook(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, fresh func() string) {
		name := fresh()
		if _, err := casebook.Open(t.Context(), name, casebook.Options{Kept: true}); !fault.Is(err, fault.NotFound) {
			t.Errorf("%v, want that there is none", err)
		}
		if _, err := casebook.Migrate(t.Context(), name, filepath.Join(t.TempDir(), "b"), nil, casebook.Options{}); !fault.Is(err, fault.NotFound) {
			t.Errorf("%v, want that there is none", err)
		}
		db, err := sqldb.Open(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Commit(t.Context(), sqldb.S("CREATE TABLE cases (a INTEGER)")); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := casebook.Open(t.Context(), name, casebook.Options{}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%v, want that another program's tables are refused", err)
		}
	})
}
