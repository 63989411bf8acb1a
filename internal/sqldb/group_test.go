package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bugbar/internal/fault"
)

// withTable opens an SQLite database with a table whose keys are unique.
func withTable(t *testing.T) *DB {
	t.Helper()
	db, err := Open(t.Context(), filepath.Join(t.TempDir(), "a.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Commit(t.Context(), S("CREATE TABLE kept (n INTEGER PRIMARY KEY, word TEXT NOT NULL)"), S("CREATE TABLE "+versionTable+" (n INTEGER)")); err != nil {
		t.Fatal(err)
	}
	return db
}

func insert(n int) Stmt { return S("INSERT INTO kept (n, word) VALUES ($1, $2)", n, fmt.Sprint(n)) }

func (db *DB) rows(t *testing.T) int {
	t.Helper()
	var n int
	if err := db.Reader().QueryRow("SELECT count(*) FROM kept").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// hold keeps the writer busy until it is released, so that what comes meanwhile forms one group.
func (db *DB) hold(t *testing.T) (release func()) {
	t.Helper()
	tx, err := db.Writer().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := tx.Rollback(); err != nil {
			t.Error(err)
		}
	}
}

// TestBadChangesHurtNobodyElse puts changes that fail in several ways into groups of others.
func TestBadChangesHurtNobodyElse(t *testing.T) {
	t.Parallel()
	db := withTable(t)
	if err := db.Commit(t.Context(), insert(1_000)); err != nil {
		t.Fatal(err)
	}
	release := db.hold(t)
	bad := map[int][]Stmt{
		7:  {insert(7), insert(1_000)}, // a key that is taken, after a statement that works
		23: {insert(23), S("INSERT INTO kept (n, word) VALUES ($1, NULL)", 23_000)},
		41: {insert(41), S("INSERT INTO nowhere (n) VALUES (1)")}, // it cannot even be prepared
	}
	codes := map[int]fault.Code{7: fault.Conflict, 23: fault.Internal, 41: fault.Internal}
	var all sync.WaitGroup
	errs := make([]error, 64)
	for n := range errs {
		change := []Stmt{insert(n)}
		if b, isBad := bad[n]; isBad {
			change = b
		}
		all.Go(func() { errs[n] = db.Commit(t.Context(), change...) })
	}
	time.Sleep(50 * time.Millisecond)
	release()
	all.Wait()
	for n, err := range errs {
		if code, isBad := codes[n]; isBad != (err != nil) || isBad && fault.CodeOf(err) != code {
			t.Errorf("change %d: %v", n, err)
		}
	}
	if n := db.rows(t); n != 64-3+1 {
		t.Errorf("%d rows, want 62: nothing of a bad change, all of the others", n)
	}
}

// TestCloseWhileWriting wants each change to be answered, rightly, whatever the moment of the close.
func TestCloseWhileWriting(t *testing.T) {
	t.Parallel()
	for round := range 5 {
		db := withTable(t)
		var all sync.WaitGroup
		var mu sync.Mutex
		done := 0
		for client := range 16 {
			all.Go(func() {
				for i := 0; ; i++ {
					err := db.Commit(t.Context(), insert(client*100_000+i))
					if err != nil {
						if !fault.Is(err, fault.Unavailable) {
							t.Errorf("%v, want a fault that is unavailable", err)
						}
						return
					}
					mu.Lock()
					done++
					mu.Unlock()
				}
			})
		}
		time.Sleep(time.Duration(5+10*round) * time.Millisecond)
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		all.Wait()
		again, err := Open(t.Context(), db.File)
		if err != nil {
			t.Fatal(err)
		}
		if n := again.rows(t); n != done {
			t.Errorf("%d rows, and %d changes were acknowledged", n, done)
		}
		if err := again.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestClosedFileIsWhole wants nothing of a database to stay in a log beside it: who copies the file has all of it.
func TestClosedFileIsWhole(t *testing.T) {
	t.Parallel()
	db := withTable(t)
	for n := range 3 {
		if err := db.Commit(t.Context(), insert(n)); err != nil {
			t.Fatal(err)
		}
	}
	if n := db.rows(t); n != 3 {
		t.Errorf("%d rows", n)
	}
	if err := db.Commit(t.Context(), insert(0)); !fault.Is(err, fault.Conflict) {
		t.Errorf("%v, want a conflict", err)
	}
	interrupt(t, db.Writer()) // its connection is not used again
	if err := db.Commit(t.Context(), insert(3)); err != nil {
		t.Error(err)
	}
	if err := db.Commit(t.Context(), insert(0)); !fault.Is(err, fault.Conflict) {
		t.Errorf("%v, want a conflict", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	beside, err := filepath.Glob(db.File + "-*")
	if err != nil || len(beside) > 0 {
		t.Errorf("beside the file: %v, %v", beside, err)
	}
}

// interrupt has somebody give up in the middle of a long statement of a transaction.
func interrupt(t *testing.T, db *sql.DB) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(20*time.Millisecond, cancel)
	endless := "INSERT INTO kept (word) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
	if _, err := tx.ExecContext(ctx, endless); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want that it was cancelled", err)
	}
	_ = tx.Rollback() // which the end of the context has done, or does now
}

// TestCancelledChanges wants a change that nobody waits for any more to be made whole or not at all, and the answer
// to say which.
func TestCancelledChanges(t *testing.T) {
	t.Parallel()
	db := withTable(t)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := db.Commit(over, insert(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want that it was cancelled", err)
	}
	release := db.hold(t)
	ctx, cancel := context.WithCancel(t.Context())
	answer := make(chan error)
	before := db.Writer().Stats().WaitCount
	go func() { answer <- db.Commit(ctx, insert(2), insert(3)) }()
	for db.Writer().Stats().WaitCount == before { // it is in the queue, and its writer waits for the one that holds it
		time.Sleep(time.Millisecond)
	}
	cancel()
	release()
	if err := <-answer; err != nil {
		t.Errorf("%v: it was in the queue, and so is made", err)
	}
	if n := db.rows(t); n != 2 {
		t.Errorf("%d rows, want 2", n)
	}
	if err := db.Commit(t.Context(), insert(4)); err != nil {
		t.Errorf("after a cancelled one: %v", err)
	}
}

// TestManyWaitForOne wants more changes than a group holds to be made.
func TestManyWaitForOne(t *testing.T) {
	t.Parallel()
	db := withTable(t)
	release := db.hold(t)
	var all sync.WaitGroup
	for n := range 3 * maxGroup {
		all.Go(func() {
			if err := db.Commit(t.Context(), insert(n)); err != nil {
				t.Error(err)
			}
		})
	}
	time.Sleep(20 * time.Millisecond)
	release()
	all.Wait()
	if n := db.rows(t); n != 3*maxGroup {
		t.Errorf("%d rows", n)
	}
}

// TestAnotherProcessHoldsTheFile has another process write for longer than one waits, and then for less.
func TestAnotherProcessHoldsTheFile(t *testing.T) {
	t.Parallel()
	db := withTable(t)
	other, err := sql.Open("sqlite", "file:"+db.File+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	tx, err := other.Begin()
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	err = db.Commit(t.Context(), insert(1))
	if !fault.Is(err, fault.Unavailable) || time.Since(began) < busyTimeout/2 {
		t.Errorf("after %s: %v", time.Since(began), err)
	}
	time.AfterFunc(50*time.Millisecond, func() { _ = tx.Rollback() })
	if err := db.Commit(t.Context(), insert(1)); err != nil {
		t.Errorf("once the other is done: %v", err)
	}
}

// TestNobodyWritesForOthersForEver has changes come faster than they can be written: who leads ends nevertheless.
func TestNobodyWritesForOthersForEver(t *testing.T) {
	t.Parallel()
	db := withTable(t)
	g := db.group
	<-g.lead
	var over atomic.Bool
	var coming sync.WaitGroup
	coming.Go(func() {
		for !over.Load() {
			next := &pending{ctx: t.Context(), change: []bound{{text: "INSERT INTO kept (word) VALUES ('next')"}}, done: make(chan struct{})}
			if err := g.put(next); err != nil {
				t.Error(err)
			}
		}
	})
	for len(g.queue) < maxGroup {
		time.Sleep(time.Millisecond)
	}
	g.serve()
	if n := db.rows(t); n > turns*maxGroup {
		t.Errorf("one has written %d changes, and at most %d groups of %d are to be", n, turns, maxGroup)
	}
	over.Store(true)
	g.serve() // makes room for the one that still waits to be put
	coming.Wait()
	g.lead <- struct{}{}
}

func TestUnnamed(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"BEGIN IMMEDIATE":                                                      "BEGIN IMMEDIATE",
		"INSERT INTO a (b, c) VALUES ($1, $2)":                                 "INSERT INTO a (b, c) VALUES (?, ?)",
		"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)":                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		"UPDATE a SET b = $2 WHERE c = $1":                                     "UPDATE a SET b = $2 WHERE c = $1",
		"INSERT INTO a VALUES ($1, $2) ON CONFLICT DO UPDATE SET b = $2":       "INSERT INTO a VALUES ($1, $2) ON CONFLICT DO UPDATE SET b = $2",
		"INSERT INTO a SELECT $1 WHERE NOT EXISTS (SELECT 1 WHERE b = $1 + 1)": "INSERT INTO a SELECT $1 WHERE NOT EXISTS (SELECT 1 WHERE b = $1 + 1)",
		"DELETE FROM a WHERE b = $2":                                           "DELETE FROM a WHERE b = $2",
	} {
		if got := unnamed(text); got != want {
			t.Errorf("%s\nbecomes %s\nwant    %s", text, got, want)
		}
	}
}
