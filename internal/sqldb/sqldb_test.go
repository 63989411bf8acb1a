package sqldb

import (
	"bytes"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bugbar/internal/fault"
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
		"made by an older edition":  {"PRAGMA journal_mode=WAL; CREATE TABLE schema_version (a)", "4096"},
		"made without a write log":  {"CREATE TABLE schema_version (a)", "4096"},
		"made with pages of others": {"PRAGMA page_size=8192; CREATE TABLE schema_version (a)", "8192"},
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

// TestAnotherProgramsFile is refused, and stays as it is.
func TestAnotherProgramsFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "notes.db")
	other, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Exec("CREATE TABLE cases (a)"); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(other.Close(), os.Chmod(file, 0o644)); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), file); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "another program") {
		t.Errorf("%v", err)
	}
	after, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file changed: %v", err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// TestFileThatNobodyWrites is read as it stands: a copy that was kept as evidence, on a disk that takes no writes.
func TestFileThatNobodyWrites(t *testing.T) {
	t.Parallel()
	db := withTable(t)
	if err := errors.Join(db.Commit(t.Context(), insert(1)), db.Close()); err != nil {
		t.Fatal(err)
	}
	still, err := openFile(db.File, true)
	if err != nil {
		t.Fatal(err)
	}
	defer still.Close()
	if n := still.rows(t); n != 1 {
		t.Errorf("%d rows", n)
	}
	if err := still.Commit(t.Context(), insert(2)); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "cannot be written") {
		t.Errorf("%v, want that it cannot be written", err)
	}
	if beside, err := filepath.Glob(db.File + "-*"); err != nil || len(beside) > 0 {
		t.Errorf("beside the file: %v, %v", beside, err)
	}
}
