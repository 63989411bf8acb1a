package casebook

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"bugbar/internal/fault"
	"bugbar/internal/sqldb"
)

// Write says who changes something, and under what terms.
type Write struct {
	Actor Actor
	// Revision is the revision of the case that the writer has seen; 0 where any will do.
	Revision int64
	// Also are further revisions with which the case will do.
	Also []int64
	// About, where it is given, is what of the case the change rests on, by the names of fields (FieldChange): what others
	// changed beside it since Revision is no conflict. Without it, every change is one.
	About []string
	// Key is the writer's Idempotency-Key, and Request a digest of what is asked. The same key with the
	// same request is carried out once; with another request it is a fault.Conflict.
	Key, Request string
	// Replayed, where it is given, is set where the write was carried out before and is only answered again.
	Replayed *bool
}

// edit is a change of one case while it is made: the case as it becomes, and what is to be written.
type edit struct {
	book   *Book
	ctx    context.Context
	actor  Actor
	now    time.Time
	old    Case // before
	c      *Case
	events []Event
	texts  map[int64]text // what was written, by the number of its event
	stmts  []sqldb.Stmt
	others []*edit
	fresh  bool   // the case is opened by this change
	sealed string // what only the writer can open again, for a repeated write
	answer *Case  // what the write is answered with, now and when it is repeated, where that is not c
}

// record adds an event to the change and takes the case with it.
func (e *edit) record(p casePayload) error {
	event, err := link(e.c.ID, e.c.Version+1, e.c.Head, notBefore(e.now, e.c.Seen), e.actor.ID, p)
	if err != nil {
		return err
	}
	if e.fresh && len(e.events) == 0 { // most events open a case: what was checked just now is not read again
		e.c.take(p, event)
	} else if err := e.c.apply(event); err != nil { // as a replay will: from what the event says, and nothing else
		return fault.New(fault.Internal, "%w", err)
	}
	e.events = append(e.events, event)
	return nil
}

// text is what somebody wrote, and who may read it.
type text struct{ visibility, body any }

// say keeps with the last event what was written.
func (e *edit) say(visibility, body string) {
	if e.texts == nil {
		e.texts = map[int64]text{}
	}
	e.texts[e.c.Version] = text{visibility, body}
}

// write adds a statement to the change.
func (e *edit) write(text string, args ...any) {
	e.stmts = append(e.stmts, sqldb.S(text, args...))
}

// attempts bounds how often a change is repeated that others overtook.
const attempts = 16

// lane is where those queue who were overtaken once at the same stream: many at one case would otherwise
// overtake each other again and again. It returns what ends the wait of the next.
func (b *Book) lane(stream ID) func() {
	lane := &b.lanes[uint64(stream)%uint64(len(b.lanes))]
	lane.Lock()
	return lane.Unlock
}

// change is the one way in which a case changes: it reads the case, lets work record events, starts and
// stops the clocks that they touch, and commits events, case and everything else in one step. Where somebody
// else was faster it does so again with the case as it is now.
func (b *Book) change(ctx context.Context, w Write, id ID, work func(*edit) error) (*Case, error) {
	for attempt := 1; ; attempt++ {
		if attempt == 2 {
			defer b.lane(id)()
		}
		if c, done, err := b.repeated(ctx, w); done || err != nil {
			return c, err
		}
		c, err := b.tryChange(ctx, w, id, work)
		if !fault.Is(err, fault.Conflict) {
			return c, err
		}
		if attempt == attempts || errors.Is(err, errRefused) {
			if c, done, _ := b.repeated(ctx, w); done {
				return c, nil // the same request, sent twice at once
			}
			return nil, err
		}
	}
}

// errRefused marks a conflict with the state of a case, which repeating does not mend.
var errRefused = errors.New("refused")

// ErrStale marks a conflict with a change of somebody else: the writer has seen an older revision.
var ErrStale = fmt.Errorf("stale: %w", errRefused)

func (b *Book) tryChange(ctx context.Context, w Write, id ID, work func(*edit) error) (*Case, error) {
	c, err := b.load(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := b.May(w.Actor, ReadCase, c); err != nil && b.May(w.Actor, OpenQuarantine, c) != nil {
		return nil, err
	}
	if err := b.fresh(ctx, w, c); err != nil {
		return nil, err
	}
	e := &edit{book: b, ctx: ctx, actor: w.Actor, now: b.now(), old: *c, c: c}
	if err := work(e); err != nil {
		return nil, err
	}
	if len(e.events) == 0 {
		return c, nil // nothing to change
	}
	for _, changed := range append(e.others, e) {
		if err := changed.clocks(); err != nil {
			return nil, err
		}
	}
	if err := e.commit(w); err != nil {
		return nil, err
	}
	return e.answered(), nil
}

func (e *edit) answered() *Case { return cmp.Or(e.answer, e.c) }

// load reads a case without asking who wants it.
func (b *Book) load(ctx context.Context, id ID) (*Case, error) {
	var doc string
	err := b.db.Reader().QueryRowContext(ctx, "SELECT doc FROM cases WHERE id = $1", int64(id)).Scan(&doc)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, notThere(id)
	}
	if err != nil {
		return nil, b.db.Trouble(err)
	}
	return decodeCase(doc)
}

func decodeCase(doc string) (*Case, error) {
	c := &Case{}
	if err := unmarshal([]byte(doc), c); err != nil {
		return nil, fault.New(fault.Internal, "a case in the database cannot be read: %w", err).Do("bugbar verify")
	}
	return c, nil
}

const (
	insertEvent = `INSERT INTO events (stream, seq, at, actor, kind, payload, prev, hash, visibility, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	caseColumns = `id, version, head, state, active, track, outcome, type, product, title, bar, assignee, waiting, restricted, due, updated, doc`
	insertCase  = `INSERT INTO cases (` + caseColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`
	updateCase = `UPDATE cases SET version = $2, head = $3, state = $4, active = $5, track = $6, outcome = $7, type = $8, product = $9, title = $10,
		bar = $11, assignee = $12, waiting = $13, restricted = $14, due = $15, updated = $16, doc = $17 WHERE id = $1`
	// openCase is both in one statement, as PostgreSQL can do it.
	openCase = `WITH event AS (` + insertEvent + `) INSERT INTO cases (` + caseColumns + `)
		VALUES ($11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)`
	insertAnswer = `INSERT INTO answers (key_digest, request, case_id, version, sealed, at) VALUES ($1, $2, $3, $4, $5, $6)`
)

// statements is what the change writes. The number of an event is a key: of two changes that start from the same
// version, one fails whole.
func (e *edit) statements() ([]sqldb.Stmt, error) {
	change, err := e.rows()
	if err != nil {
		return nil, err
	}
	change = append(change, accessStmts(&e.old, e.c)...)
	change = append(change, e.stmts...)
	for _, other := range e.others {
		if len(other.events) == 0 {
			continue // it was only looked at: without an event nothing would hold off an older row
		}
		more, err := other.statements()
		if err != nil {
			return nil, err
		}
		change = append(change, more...)
	}
	return change, nil
}

// rows writes the events and the case.
func (e *edit) rows() ([]sqldb.Stmt, error) {
	row, err := e.book.row(e.c)
	if err != nil {
		return nil, err
	}
	var change []sqldb.Stmt
	for _, ev := range e.events {
		change = append(change, writtenStmt(ev, e.texts[ev.Seq]))
	}
	switch {
	case !e.fresh:
		return append(change, sqldb.S(updateCase, row...)), nil
	case len(change) == 1 && e.book.db.Dialect == sqldb.Postgres:
		return []sqldb.Stmt{sqldb.S(openCase, append(change[0].Args, row...)...)}, nil
	}
	return append(change, sqldb.S(insertCase, row...)), nil
}

// also begins a change of another case that takes effect together with this one, or not at all.
func (e *edit) also(id ID) (*edit, error) {
	c, err := e.book.load(e.ctx, id)
	if err != nil {
		return nil, err
	}
	other := &edit{book: e.book, ctx: e.ctx, actor: e.actor, now: e.now, old: *c, c: c}
	e.others = append(e.others, other)
	return other, nil
}

// commit writes the change, and the answer to a repeated request.
func (e *edit) commit(w Write) error {
	change, err := e.statements()
	if err != nil {
		return err
	}
	if w.Key != "" {
		answer := e.answered()
		change = append(change, sqldb.S(insertAnswer, keyDigest(w), w.Request, int64(answer.ID), answer.Version, seal(w.Key, e.sealed), ms(e.now)))
	}
	if err := e.book.db.Commit(e.ctx, change...); err != nil {
		return err
	}
	e.book.stir()
	return nil
}

// eventStmt writes an event with which nothing was written.
func eventStmt(ev Event) sqldb.Stmt { return writtenStmt(ev, text{}) }

func writtenStmt(ev Event, t text) sqldb.Stmt {
	return sqldb.S(insertEvent, int64(ev.Stream), ev.Seq, ev.At, int64(ev.Actor), ev.Kind, string(ev.Payload), ev.Prev, ev.Hash, t.visibility, t.body)
}

// row is a case as its table has it.
func (b *Book) row(c *Case) ([]any, error) {
	doc, err := canonical(c)
	if err != nil {
		return nil, fault.New(fault.Internal, "case %s: %w", c.ID, err)
	}
	return append(b.columns(c), string(doc)), nil
}

// columns are those of a case's row but for the document.
func (b *Book) columns(c *Case) []any {
	state, _ := b.process.State(c.State)
	if c.Quarantined {
		c = withheld(c)
	}
	return append(make([]any, 0, 17), // with room for the document
		int64(c.ID), c.Version, c.Head, c.State, flag(state.Active), c.Track, c.Outcome, c.Type(), c.Product, c.Title, c.Bar,
		int64(c.Assignee), c.Waiting, c.restriction(), c.Due(), c.Updated,
	)
}

// restriction is how a case is restricted: 0 not, 1 by an embargo, 2 by quarantine.
func (c *Case) restriction() int64 {
	switch {
	case c.Quarantined:
		return inQuarantine
	case c.Restricted():
		return 1
	}
	return 0
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// accessStmts brings the table of who may see what into line with the people of a case.
func accessStmts(old, c *Case) []sqldb.Stmt {
	before, after := old.named(), c.named()
	var change []sqldb.Stmt
	for p := range before {
		if !after[p] {
			change = append(change, sqldb.S("DELETE FROM access WHERE person = $1 AND case_id = $2 AND role = $3", int64(p.Person), int64(c.ID), p.Role))
		}
	}
	for p := range after {
		if !before[p] {
			change = append(change, sqldb.S("INSERT INTO access (person, case_id, role) VALUES ($1, $2, $3)", int64(p.Person), int64(c.ID), p.Role))
		}
	}
	return change
}

// named is everybody who may see the case because of who they are.
func (c *Case) named() map[Participant]bool {
	all := map[Participant]bool{}
	for _, p := range c.People {
		all[p] = true
	}
	if c.Reporter != 0 {
		all[Participant{c.Reporter, "reporter"}] = true
	}
	if c.Assignee != 0 {
		all[Participant{c.Assignee, "assignee"}] = true
	}
	return all
}
