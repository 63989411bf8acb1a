package work

import (
	"context"
	"time"

	"bugbar/internal/sqldb"
)

// Backlog is how many jobs of a kind are in a state.
type Backlog struct {
	Kind, Queue, State string
	Jobs               int64
	// Oldest is for how long the first of those that wait should have been done.
	Oldest time.Duration
}

// Leaving are the queues of what calls the world outside: together they are the outbox.
var Leaving = []string{queueMail, queueHooks}

// since is how many seconds ago the first of some jobs was to be done, by the database's clock.
var since = map[sqldb.Dialect]string{
	sqldb.SQLite:   "(julianday('now') - julianday(MIN(scheduled_at))) * 86400.0",
	sqldb.Postgres: "EXTRACT(EPOCH FROM now() - MIN(scheduled_at))",
}

// Backlog counts the jobs that are not done: those that wait, run, are tried again or were given up within a week. Those
// that are done are left out: there are many, and how many there are tells how many reports came.
func (w *Worker) Backlog(ctx context.Context) ([]Backlog, error) {
	db := w.Book.DB()
	rows, err := db.Reader().QueryContext(ctx, `SELECT kind, queue, state, COUNT(*), CASE WHEN state IN ('running', 'discarded') THEN 0 ELSE `+since[db.Dialect]+` END
		FROM river_job WHERE state IN ('available', 'pending', 'scheduled', 'retryable', 'running', 'discarded')
		GROUP BY kind, queue, state ORDER BY kind, queue, state`)
	if err != nil {
		return nil, db.Trouble(err)
	}
	defer rows.Close()
	var all []Backlog
	for rows.Next() {
		var b Backlog
		var seconds float64
		if err := rows.Scan(&b.Kind, &b.Queue, &b.State, &b.Jobs, &seconds); err != nil {
			return nil, db.Trouble(err)
		}
		b.Oldest = time.Duration(max(0, seconds) * float64(time.Second))
		all = append(all, b)
	}
	return all, db.Trouble(rows.Err())
}
