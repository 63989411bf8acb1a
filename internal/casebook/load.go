package casebook

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"iter"
	"slices"
	"strings"

	"bugbar/internal/fault"
	"bugbar/internal/sqldb"
)

// History is the whole life of a case, to be loaded into an empty casebook.
type History struct {
	ID    ID
	Steps []Happened
}

// Happened is one event of a history, and the text that stands beside it.
type Happened struct {
	At               int64 // ms
	Actor            ID
	Payload          Payload
	Visibility, Text string
}

// loaded is what is written of a case, by table.
type loaded struct {
	tables [loadTables][][]any
	entry  entry
}

// The tables that a load fills.
const (
	loadEvents = iota
	loadCases
	loadAccess
	loadListing
	loadNamed
	loadSearch
	loadKept
	loadSeals
	loadTables
)

var loadColumns = [loadTables]struct {
	table   string
	columns []string
}{
	{"events", []string{"stream", "seq", "at", "actor", "kind", "payload", "prev", "hash", "pos", "visibility", "body"}},
	{"cases", []string{"id", "version", "head", "state", "active", "track", "outcome", "type", "product", "title", "bar", "assignee", "waiting", "restricted", "due", "updated", "doc"}},
	{"access", []string{"person", "case_id", "role"}},
	{"listing", []string{"id", "restricted", "active", "state", "track", "outcome", "type", "product", "assignee", "waiting", "due", "updated", "words"}},
	{"listing_named", []string{"person", "kind", "kept", "case_id", "restricted", "active", "state", "track", "outcome", "type", "product", "assignee", "waiting", "due", "updated"}},
	{"search", []string{"id", "words"}},
	{"search_kept", []string{"id", "words"}},
	{"seals", []string{"no", "first", "last", "at", "hash"}},
}

// batch is how many cases are written at once.
const loadBatch = 5000

// Load fills a casebook that holds no case with histories, in the order of their ids, much faster than one
// command after the other would. Indexes are made afterwards. Chains, places in the ledger and all that is
// derived are as if the cases had been written one by one. It is no command of a running system: a load
// that is broken off leaves a casebook to throw away.
func (b *Book) Load(ctx context.Context, histories iter.Seq[History]) (int64, error) {
	if _, err := b.Settle(ctx); err != nil {
		return 0, err
	}
	bulk, err := b.newLoader(ctx)
	if err != nil {
		return 0, b.db.Trouble(err)
	}
	defer bulk.conn.Close()
	if err := bulk.run(ctx, histories); err != nil {
		return bulk.cases, b.db.Trouble(err)
	}
	return bulk.cases, b.db.Trouble(bulk.finish(ctx))
}

// run folds one batch while the one before is written.
func (l *loader) run(ctx context.Context, histories iter.Seq[History]) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	folded, failed := make(chan *loaded), make(chan error, 1)
	go func() {
		defer close(folded)
		for batch := range batches(histories) {
			all, err := l.foldAll(batch)
			if err != nil {
				failed <- err
				return
			}
			select {
			case folded <- all:
			case <-ctx.Done():
				return
			}
		}
	}()
	for all := range folded {
		if err := l.write(ctx, all); err != nil {
			return err
		}
	}
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

func batches(all iter.Seq[History]) iter.Seq[[]History] {
	return func(yield func([]History) bool) {
		var batch []History
		for h := range all {
			if batch = append(batch, h); len(batch) == loadBatch {
				if !yield(batch) {
					return
				}
				batch = nil
			}
		}
		if len(batch) > 0 {
			yield(batch)
		}
	}
}

// loader fills an empty casebook.
type loader struct {
	book    *Book
	conn    *sql.Conn
	indexes []string // how to make them again
	head    Head     // of the ledger
	pos     int64    // of the last event that has its place
	cases   int64
	tallies tally
}

func (b *Book) newLoader(ctx context.Context) (*loader, error) {
	conn, err := b.db.Writer().Conn(ctx)
	if err != nil {
		return nil, err
	}
	l := &loader{book: b, conn: conn, tallies: tally{}}
	var cases int64
	if err := conn.QueryRowContext(ctx, "SELECT COUNT(*) FROM cases").Scan(&cases); err != nil {
		return nil, err
	}
	if cases > 0 {
		return nil, fault.New(fault.Conflict, "the casebook holds %d cases already", cases).Do("load into an empty one")
	}
	if l.head, err = lastSeal(ctx, conn); err != nil {
		return nil, err
	}
	l.pos = l.head.Pos
	return l, l.start(ctx)
}

// start takes away what slows down bulk writes: indexes, and flushes to the disk.
func (l *loader) start(ctx context.Context) error {
	query := `SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ('events', 'cases', 'access', 'listing', 'listing_named')`
	pragmas := []string{"PRAGMA synchronous = OFF", "PRAGMA cache_size = -400000", "PRAGMA wal_autocheckpoint = 100000", "INSERT INTO search (search, rank) VALUES ('hashsize', 67108864)"}
	if l.book.db.Dialect == sqldb.Postgres {
		query = `SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = current_schema() AND indexname NOT LIKE '%_pkey'
			AND tablename IN ('events', 'cases', 'access', 'listing', 'listing_named', 'search', 'search_kept')`
		// Commits are waited for all the same: VACUUM marks no page of which one has not reached the disk.
		pragmas = []string{"SET maintenance_work_mem = '512MB'"}
	}
	rows, err := l.conn.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name, create string
		if err := rows.Scan(&name, &create); err != nil {
			return err
		}
		l.indexes = append(l.indexes, create)
		pragmas = append(pragmas, "DROP INDEX "+name)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return l.exec(ctx, pragmas...)
}

func (l *loader) exec(ctx context.Context, statements ...string) error {
	for _, s := range statements {
		if _, err := l.conn.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// foldAll works out a batch of cases.
func (l *loader) foldAll(batch []History) (*loaded, error) {
	all := &loaded{}
	for _, h := range batch {
		one, err := l.fold(h)
		if err != nil {
			return nil, err
		}
		for i := range all.tables {
			all.tables[i] = append(all.tables[i], one.tables[i]...)
		}
		l.tallies.add(one.entry.listing, 1)
	}
	return all, l.seal(all)
}

// seal closes the events of a batch, as sealEvents does.
func (l *loader) seal(all *loaded) error {
	lines := sha256.New()
	for _, row := range all.tables[loadEvents] {
		line(lines, Event{Pos: row[8].(int64), Hash: row[7].(string)})
	}
	s := sealed{No: l.head.Seal + 1, First: l.head.Pos + 1, Last: l.pos, At: ms(notBefore(l.book.now(), l.head.At)), Prev: l.head.Hash, Events: hex.EncodeToString(lines.Sum(nil))}
	sum, err := s.hash()
	l.head = Head{Seal: s.No, Pos: s.Last, At: s.At, Hash: sum}
	all.add(loadSeals, s.No, s.First, s.Last, s.At, sum)
	return err
}

// write writes a batch of cases.
func (l *loader) write(ctx context.Context, all *loaded) error {
	l.cases += int64(len(all.tables[loadCases]))
	if l.book.db.Dialect == sqldb.SQLite {
		return l.insert(ctx, all)
	}
	return l.copy(ctx, all)
}

// fold makes of a history what is written of it.
func (l *loader) fold(h History) (*loaded, error) {
	out := &loaded{}
	c := &Case{ID: h.ID}
	words := &caseText{}
	for _, s := range h.Steps {
		p, ok := s.Payload.(casePayload)
		if !ok {
			return nil, fault.New(fault.Invalid, "%s is no event of a case", s.Payload.kind())
		}
		e, err := link(c.ID, c.Version+1, c.Head, timeOf(s.At), s.Actor, p)
		if err != nil {
			return nil, err
		}
		c.take(p, e)
		l.pos++
		var written text
		if s.Text != "" {
			written = text{s.Visibility, s.Text}
			words.add(s.Visibility, s.Text)
		}
		out.add(loadEvents, int64(e.Stream), e.Seq, e.At, int64(e.Actor), e.Kind, string(e.Payload), e.Prev, e.Hash, l.pos, written.visibility, written.body)
	}
	row, err := l.book.row(c)
	if err != nil {
		return nil, err
	}
	out.add(loadCases, row...)
	for p := range c.named() {
		out.add(loadAccess, int64(p.Person), int64(c.ID), p.Role)
	}
	out.entry = l.book.entry(c, words)
	out.addEntry()
	return out, nil
}

func (o *loaded) add(table int, row ...any) { o.tables[table] = append(o.tables[table], row) }

func (o *loaded) addEntry() {
	o.add(loadListing, o.entry.row()...)
	o.tables[loadNamed] = o.entry.namedRows()
	if o.entry.text != "" {
		o.add(loadSearch+int(min(o.entry.restricted, 1)), int64(o.entry.id), o.entry.text)
	}
}

// insert writes rows to SQLite.
func (l *loader) insert(ctx context.Context, all *loaded) error {
	tx, err := l.conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	for i, t := range loadColumns {
		columns := slices.Clone(t.columns)
		if i == loadSearch || i == loadKept {
			columns[0] = l.book.searchID()
		}
		into := "INSERT INTO " + t.table + " (" + strings.Join(columns, ", ") + ") VALUES "
		if err := insertRows(ctx, tx, into, all.tables[i]); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// insertRows writes many rows with each statement.
func insertRows(ctx context.Context, tx *sql.Tx, into string, rows [][]any) error {
	const together = 32
	var ready *sql.Stmt
	for chunk := range slices.Chunk(rows, together) {
		if ready == nil || len(chunk) < together {
			marks := "(" + strings.TrimSuffix(strings.Repeat("?, ", len(chunk[0])), ", ") + ")"
			var err error
			if ready, err = tx.PrepareContext(ctx, into+strings.TrimSuffix(strings.Repeat(marks+", ", len(chunk)), ", ")); err != nil {
				return err
			}
			defer ready.Close()
		}
		if _, err := ready.ExecContext(ctx, slices.Concat(chunk...)...); err != nil {
			return err
		}
	}
	return nil
}

// finish makes the indexes and writes the tallies.
func (l *loader) finish(ctx context.Context) error {
	tx, err := l.conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if err := l.tallies.write(ctx, tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	if err := l.exec(ctx, l.indexes...); err != nil {
		return err
	}
	if l.book.db.Dialect == sqldb.Postgres {
		return l.exec(ctx, "VACUUM (ANALYZE)", "RESET maintenance_work_mem", "CHECKPOINT")
	}
	return l.exec(ctx, "INSERT INTO search (search) VALUES ('optimize')", "INSERT INTO search (search, rank) VALUES ('hashsize', 1048576)",
		"PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA synchronous = FULL", "PRAGMA cache_size = -16000", "PRAGMA wal_autocheckpoint = 4000")
}
