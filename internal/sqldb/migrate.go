package sqldb

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"slices"
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
	return goose.NewProvider(dialect, db.write, steps, goose.WithTableName(versionTable), goose.WithDisableGlobalRegistry(true))
}

// versionTable says which steps of the schema were taken.
const versionTable = "schema_version"

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

// MigrateTo takes the schema of an empty database to a step: that of a backup which is to be restored.
func (db *DB) MigrateTo(ctx context.Context, folder fs.FS, version int64) error {
	return db.Locked(ctx, func() error {
		p, err := db.provider(folder)
		if err != nil {
			return err
		}
		_, err = p.UpTo(ctx, version)
		return db.Trouble(err)
	})
}

// Version is the last step that was taken; 0 for a new database.
func (db *DB) Version(ctx context.Context, folder fs.FS) (int64, error) {
	p, err := db.provider(folder)
	if err != nil {
		return 0, err
	}
	have, err := p.GetDBVersion(ctx)
	return have, db.Trouble(err)
}

// Tables lists the tables of the database by name, without those in which SQLite keeps its own things and those
// behind a full-text index.
func (db *DB) Tables(ctx context.Context, tx *sql.Tx) ([]string, error) {
	query := "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY 1"
	if db.Dialect == SQLite {
		query = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual') AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY 1"
	}
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		all = append(all, name)
	}
	return all, rows.Err()
}

// Begun says whether a step of the schema was ever taken. A database with tables in which none was is refused: they are
// another program's.
func (db *DB) Begun(ctx context.Context) (bool, error) {
	var tables []string
	err := db.Snapshot(ctx, func(tx *sql.Tx) (err error) {
		tables, err = db.Tables(ctx, tx)
		return err
	})
	if err != nil || slices.Contains(tables, versionTable) {
		return err == nil, db.Trouble(err)
	}
	if len(tables) > 0 {
		return false, fault.New(fault.Invalid, "the database has tables of another program, such as %s", tables[0]).Do("give the casebook a database, or a schema, of its own")
	}
	return false, nil
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
