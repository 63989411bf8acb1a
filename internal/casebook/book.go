package casebook

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"io/fs"
	"sync"
	"time"

	"bugbar/bar"
	"bugbar/bars"
	"bugbar/internal/fault"
	"bugbar/internal/process"
	"bugbar/internal/sqldb"
)

//go:embed migrations
var migrations embed.FS

// Book is an open casebook. It is safe for concurrent use, and several processes may share one
// PostgreSQL.
type Book struct {
	db      *sqldb.DB
	now     func() time.Time
	process *process.Process
	barsMu  sync.Mutex
	bars    map[string]*bar.Bar // by NAME@EDITION
	find    func(ref string) (*bar.Bar, error)
	wake    chan struct{} // tells the ledger that something was committed
	sealing sync.Mutex
	settled []func(ctx context.Context, tx *sql.Tx, events []Event) error
	lanes   [64]sync.Mutex // see lane
	// trace is told of each statement of a list before it is asked; only tests want to know.
	trace func(query string, args []any)
}

// Options say how to open a casebook; the zero value is for the common case.
type Options struct {
	// Now is the clock; time.Now where it is nil.
	Now func() time.Time
	// Bar finds a bar by NAME@EDITION; the shipped bars where it is nil.
	Bar func(ref string) (*bar.Bar, error)
	// Kept refuses a database in which there is no casebook, where an empty one would be made otherwise.
	Kept bool
}

func (o Options) clock() func() time.Time {
	if o.Now == nil {
		return time.Now
	}
	return o.Now
}

// Migrations is the schema, step by step.
func Migrations() fs.FS {
	folder, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is embedded
	}
	return folder
}

// Open opens the casebook in a database (see sqldb.Open). A new database becomes an empty casebook; one
// with an older schema is refused until it is migrated (Migrate).
func Open(ctx context.Context, database string, opts Options) (*Book, error) {
	db, err := sqldb.Open(ctx, database)
	if err != nil {
		return nil, err
	}
	b, err := open(ctx, db, opts)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return b, nil
}

func open(ctx context.Context, db *sqldb.DB, opts Options) (*Book, error) {
	b := &Book{db: db, now: opts.clock(), find: opts.Bar, process: process.Load(), bars: map[string]*bar.Bar{}, wake: make(chan struct{}, 1)}
	if b.find == nil {
		b.find = bars.Load
	}
	begun, err := db.Begun(ctx)
	if err != nil {
		return nil, err
	}
	if !begun && opts.Kept {
		return nil, noCasebook()
	}
	applied, all, err := steps(ctx, db)
	if err != nil {
		return nil, err
	}
	if applied == 0 {
		if err := db.Migrate(ctx, Migrations()); err != nil && !madeByAnother(ctx, db) {
			return nil, err
		}
		return b, nil
	}
	if applied < all && !madeByAnother(ctx, db) {
		return nil, fault.New(fault.Unavailable, "the database has an older schema").Do("bugbar migrate: it makes a backup first")
	}
	return b, db.CheckNewer(ctx, Migrations())
}

func noCasebook() error {
	return fault.New(fault.NotFound, "there is no casebook in this database").Do("name another one with --casebook; bugbar user add makes a new one")
}

// madeByAnother waits for as long as another process takes steps of the schema, of an SQLite file that was new to both, and
// says whether all are taken then.
func madeByAnother(ctx context.Context, db *sqldb.DB) bool {
	for before := -1; ; {
		applied, all, err := steps(ctx, db)
		if err != nil || applied == all || applied == before {
			return err == nil && applied == all
		}
		before = applied
		select {
		case <-ctx.Done():
			return false
		case <-time.After(300 * time.Millisecond):
		}
	}
}

// steps counts the steps of the schema that were taken, and all. It waits for whoever takes them right now: of servers
// that start at once on an empty database, one makes the schema.
func steps(ctx context.Context, db *sqldb.DB) (applied, all int, err error) {
	var known []sqldb.Migration
	err = db.Locked(ctx, func() (err error) {
		known, err = db.Migrations(ctx, Migrations())
		return err
	})
	for _, s := range known {
		if s.Applied {
			applied++
		}
	}
	return applied, len(known), err
}

// Close ends the use of the casebook, once what is being committed is on the disk.
func (b *Book) Close() error { return b.db.Close() }

// DB is the database, for what keeps tables of its own in it, such as background work.
func (b *Book) DB() *sqldb.DB { return b.db }

// Process is the life of a case.
func (b *Book) Process() *process.Process { return b.process }

// Now is the casebook's clock.
func (b *Book) Now() time.Time { return b.now() }

// Ping says whether the database answers.
func (b *Book) Ping(ctx context.Context) error { return b.db.Ping(ctx) }

// Bar loads a bar by NAME@EDITION, once.
func (b *Book) Bar(ref string) (*bar.Bar, error) {
	b.barsMu.Lock()
	defer b.barsMu.Unlock()
	if loaded, ok := b.bars[ref]; ok {
		return loaded, nil
	}
	loaded, err := b.find(ref)
	if err != nil {
		return nil, hinted(fault.New(fault.Invalid, "%w", err), err)
	}
	b.bars[ref] = loaded
	return loaded, nil
}

// CurrentBar is the bar by which new cases are judged.
func (b *Book) CurrentBar(ctx context.Context) (*bar.Bar, error) {
	ref, err := b.Setting(ctx, "bar")
	if err != nil {
		return nil, err
	}
	if ref == "" {
		ref = bars.Default
	}
	return b.Bar(ref)
}

// Setting reads a setting of the casebook; it is empty where none was made.
func (b *Book) Setting(ctx context.Context, name string) (string, error) {
	var value string
	err := b.db.Reader().QueryRowContext(ctx, "SELECT value FROM settings WHERE name = $1", name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, b.db.Trouble(err)
}
