package casebook_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"bugbar/internal/blob"
	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/sqldb"
	"bugbar/internal/sqldb/sqldbtest"
)

// store is a folder of attachments.
func store(t testing.TB) blob.Store {
	t.Helper()
	s, err := blob.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// attach adds a file to a case.
func (w *world) attach(by casebook.Write, s blob.Store, id casebook.ID, content string) {
	w.Helper()
	ref, err := s.Put(w.Context(), strings.NewReader(content), blob.MaxFile)
	if err != nil {
		w.Fatal(err)
	}
	must[*casebook.Case](w)(w.AddFiles(w.Context(), by, id, casebook.ToTeam, []casebook.File{{SHA256: ref.SHA256, Name: "a.txt", Type: "text/plain", Size: ref.Size}}))
}

// TestRestoreDrill backs a casebook up while it is written to, and restores it into both kinds of databases.
func TestRestoreDrill(t *testing.T) {
	suite(t, func(w *world) {
		lee := w.person("lee", casebook.Triager)
		files := store(w.TB)
		r, _ := w.submit(lee, w.report("Größe 漏洞 \u2028 'quoted' \\ back"))
		w.attach(lee, files, r.ID, "the transcript\n{\"table\":\"events\"}\n")
		w.attach(lee, files, r.ID, "")
		var out bytes.Buffer
		var writers sync.WaitGroup
		ctx, stop := context.WithCancel(w.Context())
		for range 3 {
			writers.Go(func() {
				for i := 0; ctx.Err() == nil && i < 200; i++ {
					if _, _, err := w.Submit(w.Context(), lee, w.report(fmt.Sprint("meanwhile ", i))); err != nil {
						w.Error(err)
					}
				}
			})
		}
		if _, err := w.Settle(w.Context()); err != nil {
			w.Fatal(err)
		}
		made := must[casebook.Manifest](w)(w.Backup(w.Context(), sys, &out, files))
		stop()
		writers.Wait()
		if made.Files != 2 || made.Rows["cases"] < 1 || made.Head.Pos < 1 {
			w.Errorf("the backup holds %+v", made)
		}
		targets := map[string]string{"sqlite": sqldbtest.SQLite(w.TB), "postgres": sqldbtest.Postgres(w.TB)}
		for name, database := range targets {
			target := store(w.TB)
			m, report, err := casebook.Restore(w.Context(), bytes.NewReader(out.Bytes()), database, target, casebook.Options{Now: w.clock.Now})
			if err != nil {
				w.Fatalf("into %s: %v", name, err)
			}
			if !report.Whole() || report.Files != 2 || report.Cases != m.Rows["cases"] {
				w.Errorf("into %s: %+v", name, report)
			}
			_, _, err = casebook.Restore(w.Context(), bytes.NewReader(out.Bytes()), database, target, casebook.Options{})
			w.refused(fault.Conflict, err, "there is a casebook")
			again := open(w.TB, database)
			again.clock = w.clock
			c := must[*casebook.Case](w)(again.Case(w.Context(), lee.Actor, r.ID))
			if c.Title != "Größe 漏洞 \u2028 'quoted' \\ back" {
				w.Errorf("into %s: %q", name, c.Title)
			}
			again.facts(lee, r.ID, "none") // and life goes on
			again.whole()
		}
	})
}

// TestDamagedBackup cuts a backup short and changes it at many places: nothing of it gets into the database.
func TestDamagedBackup(t *testing.T) {
	t.Parallel()
	w := open(t, sqldbtest.SQLite(t))
	w.everything()
	var out bytes.Buffer
	must[casebook.Manifest](w)(w.Backup(t.Context(), sys, &out, nil))
	whole := out.Bytes()
	target := sqldbtest.SQLite(t)
	for n := range 40 {
		damaged := bytes.Clone(whole)
		at := (len(whole) - 1) * n / 40
		if n%2 == 0 {
			damaged = damaged[:at]
		} else {
			damaged[at] ^= 0x55
		}
		_, _, err := casebook.Restore(t.Context(), bytes.NewReader(damaged), target, nil, casebook.Options{})
		w.refused(fault.Invalid, err)
	}
	if _, report, err := casebook.Restore(t.Context(), bytes.NewReader(whole), target, nil, casebook.Options{}); err != nil || !report.Whole() {
		t.Errorf("after damaged ones: %v %v", report.Problems, err)
	}
}

func TestBackupFile(t *testing.T) {
	t.Parallel()
	w := open(t, sqldbtest.SQLite(t))
	w.everything()
	path := filepath.Join(t.TempDir(), "a.backup")
	m := must[casebook.Manifest](w)(w.BackupFile(t.Context(), sys, path, store(t)))
	if len(m.Missing) != 2 {
		t.Errorf("missing are %v, want the two whose bytes nobody has", m.Missing)
	}
	_, err := w.BackupFile(t.Context(), sys, path, nil)
	w.refused(fault.Conflict, err, "there already")
	_, err = w.BackupFile(t.Context(), sys, filepath.Join(t.TempDir(), "no", "folder"), nil)
	w.refused(fault.Unavailable, err)
	lee := must[*casebook.Person](w)(w.PersonCalled(t.Context(), "lee"))
	_, err = w.Backup(t.Context(), w.as(lee), &bytes.Buffer{}, nil)
	w.refused(fault.Forbidden, err)
}

// TestMigrateFromEveryStep takes databases from each step of the schema to the last.
func TestMigrateFromEveryStep(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, fresh func() string) {
		db := database(t, fresh())
		steps, err := db.Migrations(t.Context(), casebook.Migrations())
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range steps {
			name := fresh()
			db := database(t, name)
			if err := db.MigrateTo(t.Context(), casebook.Migrations(), s.Version); err != nil {
				t.Fatalf("to %d: %v", s.Version, err)
			}
			last := s.Version == steps[len(steps)-1].Version
			if _, err := casebook.Open(t.Context(), name, casebook.Options{}); !last && !fault.Is(err, fault.Unavailable) {
				t.Errorf("schema %d is opened: %v", s.Version, err)
			}
			backup := filepath.Join(t.TempDir(), "before")
			m, err := casebook.Migrate(t.Context(), name, backup, nil, casebook.Options{})
			if err != nil || (m == nil) != last {
				t.Fatalf("from %d: %v, %v", s.Version, m, err)
			}
			if _, err := os.Stat(backup); (err == nil) == last {
				t.Errorf("from %d: the backup: %v", s.Version, err)
			}
			w := open(t, name)
			w.everything()
			w.whole()
		}
	})
}

func database(t *testing.T, name string) *sqldb.DB {
	t.Helper()
	db, err := sqldb.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}
