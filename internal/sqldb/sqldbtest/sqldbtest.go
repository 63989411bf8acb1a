// Package sqldbtest gives tests real databases: SQLite in a file, and a PostgreSQL server that it starts
// from the installed programs. A test without its PostgreSQL fails; it is never skipped.
//
// BUGBAR_TEST_POSTGRES names a running server to use instead: postgres://..., with a user who may create
// databases.
package sqldbtest

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Each runs a test once on each kind of database, in parallel. A call of fresh makes an empty database that
// is the test's own, and returns its name as sqldb.Open takes it.
func Each(t *testing.T, test func(t *testing.T, fresh func() string)) {
	t.Helper()
	for name, fresh := range map[string]func(testing.TB) string{"sqlite": SQLite, "postgres": Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, func() string { return fresh(t) })
		})
	}
}

// SQLite names a database that does not exist yet.
func SQLite(t testing.TB) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "casebook.db")
}

// Postgres makes an empty database on the server that all tests of this process share. To be quick, that one
// does not flush to the disk: what is about durability or speed takes Start.
func Postgres(t testing.TB) string {
	t.Helper()
	server, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return server.Database(t)
}

// shared is the server that BUGBAR_TEST_POSTGRES names, or one that lives as long as this process.
var shared = sync.OnceValues(func() (*Server, error) {
	if name := os.Getenv("BUGBAR_TEST_POSTGRES"); name != "" {
		return &Server{URL: name}, nil
	}
	// An autovacuum that is at work makes a VACUUM of a test leave rows alone, and the planner look them up; so do commits that
	// nobody waits for, of which those of other tests are some.
	return start("autovacuum=off", "fsync=off", "full_page_writes=off")
})

// Database makes an empty database on a server, and drops it after the test.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	name := "test_" + strings.ToLower(rand.Text())
	if err := s.exec(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatalf("create a database on %s: %v", s.URL, err)
	}
	t.Cleanup(func() {
		if err := s.exec(context.WithoutCancel(t.Context()), "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil && !s.ended {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	u, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

func (s *Server) exec(ctx context.Context, query string) error {
	conn, err := pgx.Connect(ctx, s.URL)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err = conn.Exec(ctx, query); err != nil {
		return fmt.Errorf("%s: %w", query, err)
	}
	return nil
}
