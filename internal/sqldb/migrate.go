package sqldb

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"testing/fstest"

	"github.com/pressly/goose/v3"

	"bugbar/internal/fault"
)

// words are what the two databases spell differently in the schema.
var words = map[Dialect]*strings.Replacer{
	SQLite:   strings.NewReplacer("{key}", "INTEGER PRIMARY KEY", "{bytes}", "BLOB", "{clustered}", "WITHOUT ROWID"),
	Postgres: strings.NewReplacer("{key}", "BIGINT PRIMARY KEY", "{bytes}", "BYTEA", "{clustered}", ""),
}

// Migration is one step of the schema and whether it was taken.
type Migration struct {
	Version int64
	Name    string
	Applied bool
}

// provider reads the steps in folder: NNNN_name.sql for both databases, and NNNN_name.sqlite.sql or
// NNNN_name.postgres.sql for one of them.
func (db *DB) provider(folder fs.FS) (*goose.Provider, error) {
	steps := fstest.MapFS{}
	files, err := fs.Glob(folder, "*.sql")
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		stem := strings.TrimSuffix(name, ".sql")
		if base, dialect, own := strings.Cut(stem, "."); own {
			if Dialect(dialect) != db.Dialect {
				continue
			}
			stem = base
		}
		text, err := fs.ReadFile(folder, name)
		if err != nil {
			return nil, err
		}
		steps[stem+".sql"] = &fstest.MapFile{Data: []byte(words[db.Dialect].Replace(string(text)))}
	}
	dialect := goose.DialectSQLite3
	if db.Dialect == Postgres {
		dialect = goose.DialectPostgres
	}
	return goose.NewProvider(dialect, db.write, steps, goose.WithTableName("schema_version"), goose.WithDisableGlobalRegistry(true))
}

// Migrate takes the schema forward to the last step in folder. Processes that start at once on one
// PostgreSQL wait for each other. A schema that is newer than the program is refused.
func (db *DB) Migrate(ctx context.Context, folder fs.FS) error {
	return db.Locked(ctx, func() error {
		if err := db.CheckNewer(ctx, folder); err != nil {
			return err
		}
		p, err := db.provider(folder)
		if err != nil {
			return err
		}
		_, err = p.Up(ctx)
		return db.Trouble(err)
	})
}

// Migrations lists the steps of the schema.
func (db *DB) Migrations(ctx context.Context, folder fs.FS) ([]Migration, error) {
	p, err := db.provider(folder)
	if err != nil {
		return nil, err
	}
	status, err := p.Status(ctx)
	if err != nil {
		return nil, db.Trouble(err)
	}
	steps := make([]Migration, len(status))
	for i, s := range status {
		steps[i] = Migration{Version: s.Source.Version, Name: s.Source.Path, Applied: s.State == goose.StateApplied}
	}
	return steps, nil
}

// migrationLock is the number of the advisory lock under which a schema changes.
const migrationLock = 0x62756762

// Locked runs work while no other process migrates the same PostgreSQL.
func (db *DB) Locked(ctx context.Context, work func() error) error {
	if db.Dialect == SQLite {
		return work()
	}
	conn, err := db.write.Conn(ctx)
	if err != nil {
		return db.Trouble(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", migrationLock); err != nil {
		return db.Trouble(err)
	}
	defer func() {
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), fmt.Sprintf("SELECT pg_advisory_unlock(%d)", migrationLock))
	}()
	return work()
}

// CheckNewer refuses a schema that has steps which this program does not know.
func (db *DB) CheckNewer(ctx context.Context, folder fs.FS) error {
	p, err := db.provider(folder)
	if err != nil {
		return err
	}
	have, last, err := p.GetVersions(ctx)
	if err != nil {
		return db.Trouble(err)
	}
	if have > last {
		return fault.New(fault.Unavailable, "the database has schema %d, and this program knows schemas up to %d", have, last).Do("use the newer program that migrated it")
	}
	return nil
}
