package casebook_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"bugbar/internal/casebook"
	"bugbar/internal/sqldb/sqldbtest"
)

var update = flag.Bool("update", false, "write a casebook of the present schema into testdata/released, if there is none")

// TestReleasedSchemas takes a casebook of every schema that was released forward, on both databases. Once a schema is
// released, its file is never changed.
func TestReleasedSchemas(t *testing.T) {
	t.Parallel()
	if *update {
		writeReleased(t)
	}
	files, err := filepath.Glob("testdata/released/schema-*.backup")
	if err != nil || len(files) == 0 {
		t.Fatalf("no casebook of a released schema is kept: %v", err)
	}
	sqldbtest.Each(t, func(t *testing.T, fresh func() string) {
		for _, name := range files {
			f, err := os.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			m, report, err := casebook.Restore(t.Context(), f, fresh(), nil, casebook.Options{})
			_ = f.Close()
			if err != nil || !report.Whole() || report.Cases != m.Rows["cases"] || report.Cases == 0 {
				t.Errorf("%s: %v, %+v", name, err, report)
			}
		}
	})
}

func writeReleased(t *testing.T) {
	w := open(t, sqldbtest.SQLite(t))
	w.everything()
	version, err := w.DB().Version(t.Context(), casebook.Migrations())
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("testdata/released/schema-%04d.backup", version)
	if _, err := os.Stat(name); err == nil {
		return
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := w.BackupFile(t.Context(), sys, name, nil); err != nil {
		t.Fatal(err)
	}
}
