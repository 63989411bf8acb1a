package sqldbtest_test

import (
	"testing"

	"bugbar/internal/sqldb"
	"bugbar/internal/sqldb/sqldbtest"
)

func open(t *testing.T, name string) *sqldb.DB {
	t.Helper()
	db, err := sqldb.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// TestEachIsTheTestsOwn makes the same table in two databases, which one database would refuse.
func TestEachIsTheTestsOwn(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, fresh func() string) {
		for range 2 {
			if err := open(t, fresh()).Commit(t.Context(), sqldb.S("CREATE TABLE mine (n BIGINT)")); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestServerStopsCrashesAndComesBack(t *testing.T) {
	t.Parallel()
	server := sqldbtest.Start(t)
	name := server.Database(t)
	db := open(t, name)
	if err := db.Commit(t.Context(), sqldb.S("CREATE TABLE kept (n BIGINT)")); err != nil {
		t.Fatal(err)
	}
	for before, end := range []func() error{server.Stop, server.Kill} {
		if err := db.Commit(t.Context(), sqldb.S("INSERT INTO kept VALUES (1)")); err != nil {
			t.Fatal(err)
		}
		if err := end(); err != nil {
			t.Fatal(err)
		}
		if err := db.Ping(t.Context()); err == nil {
			t.Error("it still answers")
		}
		if err := server.Start(); err != nil {
			t.Fatal(err)
		}
		var n int
		if err := open(t, name).Reader().QueryRow("SELECT count(*) FROM kept").Scan(&n); err != nil || n != before+1 {
			t.Errorf("%d rows are kept, want %d (%v)", n, before+1, err)
		}
	}
}
