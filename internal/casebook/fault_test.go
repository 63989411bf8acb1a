package casebook_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/sqldb/sqldbtest"
)

// intact wants what was acknowledged to be there, and a new write to work.
func (w *world) intact(acknowledged []casebook.ID) {
	w.Helper()
	for _, id := range acknowledged {
		if _, err := w.Case(w.Context(), casebook.SystemActor, id); err != nil {
			w.Errorf("case %s was acknowledged: %v", id, err)
		}
	}
	w.submit(sys, w.report("after it"))
	w.whole()
}

// fill submits until it is refused, and returns what was acknowledged.
func (w *world) fill(most int) (acknowledged []casebook.ID, err error) {
	s := w.report("fill")
	s.Text = strings.Repeat("x", 100_000)
	for range most {
		_, c, err := w.Submit(w.Context(), sys, s)
		if err != nil {
			return acknowledged, err
		}
		acknowledged = append(acknowledged, c.ID)
	}
	return acknowledged, nil
}

// TestFullDisk fills the space of an SQLite database: the bound is SQLite's own, so that it needs no disk.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	w := open(t, sqldbtest.SQLite(t))
	pages := func(n string) {
		if _, err := w.DB().Writer().Exec("PRAGMA max_page_count = " + n); err != nil {
			t.Fatal(err)
		}
	}
	pages("500")
	acknowledged, err := w.fill(100)
	w.refused(fault.Unavailable, err, "the disk is full", "nothing was changed")
	if len(acknowledged) == 0 {
		t.Error("it was full at once")
	}
	if _, err := w.Settle(t.Context()); err != nil && !fault.Is(err, fault.Unavailable) {
		t.Errorf("settling: %v", err)
	}
	pages("100000")
	w.intact(acknowledged)
}

// TestReadOnlyDisk takes the right to write away.
func TestReadOnlyDisk(t *testing.T) {
	t.Parallel()
	w := open(t, sqldbtest.SQLite(t))
	acknowledged, err := w.fill(3)
	if err != nil {
		t.Fatal(err)
	}
	only := func(on string) {
		if _, err := w.DB().Writer().Exec("PRAGMA query_only = " + on); err != nil {
			t.Fatal(err)
		}
	}
	only("1")
	_, err = w.fill(1)
	w.refused(fault.Unavailable, err, "cannot be written", "nothing was changed")
	if _, err := w.Case(t.Context(), casebook.SystemActor, acknowledged[0]); err != nil {
		t.Errorf("it cannot be read either: %v", err)
	}
	only("0")
	w.intact(acknowledged)
}

// TestPostgresReadOnly is a server that became a replica, or was told to take no writes.
func TestPostgresReadOnly(t *testing.T) {
	t.Parallel()
	server := sqldbtest.Start(t)
	name := server.Database(t)
	w := open(t, name)
	acknowledged, err := w.fill(3)
	if err != nil {
		t.Fatal(err)
	}
	reader := open(t, name+"&default_transaction_read_only=on")
	_, err = reader.fill(1)
	w.refused(fault.Unavailable, err, "read-only", "nothing was changed")
	w.intact(acknowledged)
}

// TestDatabaseGoneAndBack stops the server under a casebook that is in use, in good order and by a crash.
func TestDatabaseGoneAndBack(t *testing.T) {
	t.Parallel()
	server := sqldbtest.Start(t)
	w := open(t, server.Database(t))
	acknowledged, err := w.fill(3)
	if err != nil {
		t.Fatal(err)
	}
	for _, end := range []func() error{server.Stop, server.Kill} {
		if err := end(); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		_, err = w.fill(1)
		w.refused(fault.Unavailable, err)
		_, err = w.Case(t.Context(), casebook.SystemActor, acknowledged[0])
		w.refused(fault.Unavailable, err)
		_, err = w.Settle(t.Context())
		w.refused(fault.Unavailable, err)
		if err := w.Ping(t.Context()); !fault.Is(err, fault.Unavailable) {
			t.Errorf("ping: %v", err)
		}
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("to be told of it took %s", took)
		}
		if err := server.Start(); err != nil {
			t.Fatal(err)
		}
		more, err := w.fill(2) // the same casebook goes on
		if err != nil {
			more, err = w.fill(2) // a connection of before may be found dead once
		}
		if err != nil {
			t.Errorf("it is back: %v", err)
		}
		acknowledged = append(acknowledged, more...)
		w.intact(acknowledged)
	}
}

// TestDamagedFile is no database, or one that was overwritten.
func TestDamagedFile(t *testing.T) {
	t.Parallel()
	name := sqldbtest.SQLite(t)
	if err := os.WriteFile(name, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := casebook.Open(t.Context(), name, casebook.Options{})
	if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("%v", err)
	}
}
