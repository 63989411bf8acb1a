package casebook

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"bugbar/internal/fault"
	"bugbar/internal/sqldb"
)

// Task is work that somebody asked for and that takes its time.
type Task struct {
	ID      ID              `json:"id"`
	Kind    string          `json:"kind"` // import | reassess
	Owner   ID              `json:"owner"`
	Asked   json.RawMessage `json:"asked"`
	State   string          `json:"state"` // waiting | running | done | failed
	Done    int64           `json:"done"`
	Total   int64           `json:"total"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   string          `json:"error,omitempty"`
	Created int64           `json:"created"` // ms
	Updated int64           `json:"updated"` // ms
}

// NewTask prepares a task and the statements that keep it, to be written together with the job that does it. There are
// none where the same was asked for before: then it is that task.
func (b *Book) NewTask(ctx context.Context, w Write, kind string, asked any) (Task, []sqldb.Stmt, error) {
	if id, done, err := b.done(ctx, w); done || err != nil {
		t := Task{}
		if err == nil {
			t, err = b.Task(ctx, w.Actor, id)
		}
		return t, nil, err
	}
	doc, err := json.Marshal(asked)
	if err != nil {
		return Task{}, nil, fault.New(fault.Internal, "%w", err)
	}
	now := b.now()
	t := Task{ID: NewID(now), Kind: kind, Owner: w.Actor.ID, Asked: doc, State: "waiting", Created: ms(now), Updated: ms(now)}
	keep := sqldb.S("INSERT INTO tasks (id, kind, owner, asked, state, done, total, result, created, updated) VALUES ($1, $2, $3, $4, $5, 0, 0, '', $6, $6)",
		int64(t.ID), t.Kind, int64(t.Owner), string(doc), t.State, t.Created)
	return t, append(b.remember(w, t.ID), keep), nil
}

// Task reads a task that the actor asked for, or any where the actor manages the system.
func (b *Book) Task(ctx context.Context, a Actor, id ID) (Task, error) {
	t := Task{ID: id}
	var asked, result string
	err := b.db.Reader().QueryRowContext(ctx, "SELECT kind, owner, asked, state, done, total, result, created, updated FROM tasks WHERE id = $1", int64(id)).
		Scan(&t.Kind, &t.Owner, &asked, &t.State, &t.Done, &t.Total, &result, &t.Created, &t.Updated)
	if errors.Is(err, sql.ErrNoRows) || err == nil && !a.system && (a.ID == 0 || a.ID != t.Owner) && b.May(a, ManageSystem, nil) != nil {
		return Task{}, fault.New(fault.NotFound, "there is no task %s", id)
	}
	if err != nil {
		return Task{}, b.db.Trouble(err)
	}
	t.Asked = json.RawMessage(asked)
	if t.State == "failed" {
		t.Error = result
	} else if result != "" {
		t.Result = json.RawMessage(result)
	}
	return t, nil
}

// Progress keeps how far a task has come.
func (b *Book) Progress(ctx context.Context, id ID, done, total int) error {
	return b.db.Commit(ctx, sqldb.S("UPDATE tasks SET state = 'running', done = $2, total = $3, updated = $4 WHERE id = $1", int64(id), done, total, ms(b.now())))
}

// Finish keeps what a task came to.
func (b *Book) Finish(ctx context.Context, id ID, result any, failed error) error {
	state, text := "done", ""
	if failed != nil {
		state, text = "failed", failed.Error()
	} else {
		doc, err := json.Marshal(result)
		if err != nil {
			return fault.New(fault.Internal, "%w", err)
		}
		text = string(doc)
	}
	return b.db.Commit(ctx, sqldb.S("UPDATE tasks SET state = $2, result = $3, updated = $4 WHERE id = $1", int64(id), state, text, ms(b.now())))
}

// How long what background work leaves behind is kept.
const (
	keepDeliveries = 30 * 24 * time.Hour
	keepTasks      = 30 * 24 * time.Hour
	keepMails      = 400 * 24 * time.Hour
)

// Tidy forgets what background work left behind long ago, and drafts that nobody went on with.
func (b *Book) Tidy(ctx context.Context) error {
	before := func(d time.Duration) int64 { return ms(b.now().Add(-d)) }
	return b.db.Commit(ctx,
		sqldb.S("DELETE FROM deliveries WHERE at < $1", before(keepDeliveries)),
		sqldb.S("DELETE FROM tasks WHERE updated < $1 AND state IN ('done', 'failed')", before(keepTasks)),
		sqldb.S("DELETE FROM mails WHERE at < $1", before(keepMails)),
		sqldb.S("DELETE FROM drafts WHERE at < $1", before(MaxDraftTime)),
	)
}

// Refers says whether a case or a task that is not done refers to a file of the attachment store.
func (b *Book) Refers(ctx context.Context, sha256 string) (bool, error) {
	var n int
	err := b.db.Reader().QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM attachments WHERE sha256 = $1) +
		(SELECT COUNT(*) FROM tasks WHERE state IN ('waiting', 'running') AND asked LIKE '%' || $2 || '%')`, sha256, sha256).Scan(&n)
	return n > 0, b.db.Trouble(err)
}

// Cursor is how far in the ledger something has come that follows it.
func (b *Book) Cursor(ctx context.Context, name string) (int64, error) {
	var pos int64
	err := b.db.Reader().QueryRowContext(ctx, "SELECT pos FROM cursors WHERE name = $1", name).Scan(&pos)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return pos, b.db.Trouble(err)
}

// MoveCursor moves a cursor on in a transaction, unless somebody else has moved it; it says whether it did.
func MoveCursor(ctx context.Context, tx *sql.Tx, name string, from, to int64) (bool, error) {
	if from == 0 {
		if _, err := tx.ExecContext(ctx, "INSERT INTO cursors (name, pos) VALUES ($1, 0) ON CONFLICT (name) DO NOTHING", name); err != nil {
			return false, err
		}
	}
	done, err := tx.ExecContext(ctx, "UPDATE cursors SET pos = $3 WHERE name = $1 AND pos = $2", name, from, to)
	if err != nil {
		return false, err
	}
	n, err := done.RowsAffected()
	return n == 1, err
}
