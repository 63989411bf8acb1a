package sqldb

import (
	"database/sql"
	"path/filepath"
	"testing"
)

// pragma reads one setting of a connection.
func pragma(t *testing.T, db *sql.DB, name string) (value string) {
	t.Helper()
	if err := db.QueryRow("PRAGMA " + name).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

func TestSQLiteIsOpenedDurable(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ before, pages string }{
		"new":                       {"", "16384"},
		"made by an older edition":  {"PRAGMA journal_mode=WAL; CREATE TABLE t (a)", "4096"},
		"made without a write log":  {"CREATE TABLE t (a)", "4096"},
		"made with pages of others": {"PRAGMA page_size=8192; CREATE TABLE t (a)", "8192"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "a.db")
			if tt.before != "" {
				old, err := sql.Open("sqlite", file)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := old.Exec(tt.before); err != nil {
					t.Fatal(err)
				}
				if err := old.Close(); err != nil {
					t.Fatal(err)
				}
			}
			db, err := Open(t.Context(), file)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			for setting, want := range map[string]string{"page_size": tt.pages, "journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "wal_autocheckpoint": "1000"} {
				if got := pragma(t, db.Writer(), setting); got != want {
					t.Errorf("%s is %s, want %s", setting, got, want)
				}
			}
			if got := pragma(t, db.Reader(), "query_only"); got != "1" {
				t.Errorf("the reader may write")
			}
		})
	}
}
