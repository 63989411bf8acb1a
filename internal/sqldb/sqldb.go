// Package sqldb opens a database, SQLite in a file or PostgreSQL, and commits to it. SQL is written
// once, with numbered parameters, in the part of the language that both share.
//
// A change is a list of statements that take effect together or not at all (Commit). PostgreSQL gets
// them in one round trip; on SQLite, which has one writer, changes that wait at the same moment share
// one transaction and so one flush to the disk. Commit returns once the change is durable. What has to
// read before it writes, such as background work, takes a transaction of its own (Tx).
package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"bugbar/internal/fault"
)

// Dialect is what a database speaks.
type Dialect string

// The dialects.
const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// DB is an open database. It is safe for concurrent use.
type DB struct {
	Dialect Dialect
	// File is the path of an SQLite database, and empty for PostgreSQL.
	File string
	// Made says that the file was not there before.
	Made  bool
	read  *sql.DB
	write *sql.DB
	group *group // SQLite only
}

// busyTimeout is how long SQLite waits for a writer of another process.
const busyTimeout = 10 * time.Second

// pageSize is that of new SQLite files. A case and its event take some kilobytes: on pages of 4096 bytes each event fills
// one of its own, and clients together write a quarter to a third fewer submissions (BENCHMARKS.md).
const pageSize = "page_size(16384)"

// maxConnections bounds the connections of one process to PostgreSQL.
const maxConnections = 24

// Open opens the database of a name: postgres://..., or the path of an SQLite file, which is made
// where it does not exist, for its owner alone; its folder is not. A database of another program is refused.
func Open(ctx context.Context, name string) (*DB, error) {
	var db *DB
	var err error
	if strings.HasPrefix(name, "postgres://") || strings.HasPrefix(name, "postgresql://") {
		db, err = openPostgres(name)
	} else {
		db, err = openSQLite(name)
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "database %s: %w", Redacted(name), err).Do("give the path of a file, or postgres://USER@HOST/NAME")
	}
	if db.Dialect == SQLite {
		_, err := os.Stat(db.File)
		db.Made = errors.Is(err, fs.ErrNotExist)
	}
	if err := db.write.PingContext(ctx); err != nil {
		_ = db.Close()
		return nil, db.Trouble(fmt.Errorf("database %s: %w", Redacted(name), err))
	}
	if db.Made {
		if err := os.Chmod(db.File, 0o600); err != nil {
			_ = db.Close()
			return nil, fault.New(fault.Unavailable, "%w", err)
		}
	}
	return db, nil
}

func openPostgres(name string) (*DB, error) {
	config, err := pgx.ParseConfig(name)
	if err != nil {
		return nil, err
	}
	config.RuntimeParams["jit"] = "off" // it takes longer than any statement here
	// Each statement is written for one plan. To plan a search anew for its words takes longer than to search.
	config.RuntimeParams["plan_cache_mode"] = "force_generic_plan"
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(maxConnections)
	pool.SetMaxIdleConns(maxConnections)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	return &DB{Dialect: Postgres, read: pool, write: pool}, nil
}

func openSQLite(name string) (*DB, error) {
	file, err := filepath.Abs(strings.TrimPrefix(name, "sqlite:"))
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(filepath.Dir(file)); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("there is no folder %s", filepath.Dir(file))
	}
	still := unwritable(file)
	if err := ours(file, still); err != nil {
		return nil, err
	}
	return openFile(file, still)
}

// openFile opens an SQLite file. One that is still, since nobody may write it here, is read as it stands: the log that SQLite
// otherwise keeps beside it could not be made.
func openFile(file string, still bool) (*DB, error) {
	writes, reads := "&_journal_mode=WAL&_txlock=immediate", ""
	if still {
		writes, reads = asItStands, asItStands
	}
	// The driver sorts pragmas by their names, and the size of a page must be known before the journal is begun.
	pragmas := []string{pageSize, "synchronous(FULL)", "wal_autocheckpoint(1000)"}
	connector, err := sqlite.NewConnector(sqliteName(file, pragmas...) + writes)
	if err != nil {
		return nil, err
	}
	write := sql.OpenDB(readyConnector{connector})
	write.SetMaxOpenConns(1)
	read, err := sql.Open("sqlite", sqliteName(file, "query_only(1)")+reads)
	if err != nil {
		return nil, err
	}
	read.SetMaxOpenConns(2 * max(2, runtime.NumCPU()))
	read.SetMaxIdleConns(2 * max(2, runtime.NumCPU()))
	db := &DB{Dialect: SQLite, File: file, read: read, write: write}
	db.group = newGroup(write)
	return db, nil
}

// asItStands is how SQLite reads a file that does not change.
const asItStands = "&mode=ro&immutable=1"

// unwritable says whether a file that is there may not be written here, and is whole: no log stands beside it.
func unwritable(file string) bool {
	if _, err := os.Stat(file + "-wal"); err == nil {
		return false
	}
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err == nil {
		_ = f.Close()
	}
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)
}

// ours refuses a database of another program, before anything of it is changed. What cannot be read is left to who opens it.
func ours(file string, still bool) error {
	if info, err := os.Stat(file); err != nil || info.Size() == 0 {
		return nil
	}
	name := sqliteName(file) + "&mode=ro"
	if still {
		name = sqliteName(file) + asItStands
	}
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return err
	}
	defer db.Close()
	var tables, versions int
	err = db.QueryRow("SELECT COUNT(*), COUNT(*) FILTER (WHERE name = '"+versionTable+"') FROM sqlite_schema").Scan(&tables, &versions)
	if e, ok := errors.AsType[*sqlite.Error](err); ok && e.Code()&0xff == sqlite3.SQLITE_NOTADB {
		return errors.New("the file is no database, or a damaged one")
	}
	if err == nil && tables > 0 && versions == 0 {
		return errors.New("the file is a database of another program")
	}
	return nil
}

func sqliteName(file string, pragmas ...string) string {
	query := url.Values{}
	common := []string{
		fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()),
		"foreign_keys(1)", "temp_store(MEMORY)", "cache_size(-16000)", "mmap_size(0)",
	}
	for _, p := range append(common, pragmas...) {
		query.Add("_pragma", p)
	}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: file}).EscapedPath(), RawQuery: query.Encode()}).String()
}

// Redacted is the name of a database without its password.
func Redacted(name string) string {
	u, err := url.Parse(name)
	if err != nil {
		return "(unreadable)"
	}
	return u.Redacted()
}

// Close waits for what is being committed, and closes the database. An SQLite file that nobody else has open is whole then,
// without a log beside it.
func (db *DB) Close() error {
	if db.Dialect == Postgres {
		return db.write.Close()
	}
	db.group.close()
	return errors.Join(db.read.Close(), db.write.Close())
}

// Reader answers queries. On SQLite it cannot write.
func (db *DB) Reader() *sql.DB { return db.read }

// Writer is for libraries that bring statements of their own, such as migrations and queues. On SQLite
// it has one connection, which Commit and Tx use as well.
func (db *DB) Writer() *sql.DB { return db.write }

// Ping says whether the database answers.
func (db *DB) Ping(ctx context.Context) error { return db.Trouble(db.read.PingContext(ctx)) }
