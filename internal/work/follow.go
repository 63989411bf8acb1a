package work

import (
	"context"
	"database/sql"
	"slices"
	"sync"
	"time"

	"github.com/riverqueue/river"

	"bugbar/internal/casebook"
)

// follow brings jobs about for events, in the transaction of the ledger.
func (w *Worker) follow(ctx context.Context, tx *sql.Tx, events []casebook.Event) error {
	hooks, err := w.hooks.all(ctx)
	if err != nil {
		return err
	}
	var jobs []river.InsertManyParams
	for _, e := range events {
		for _, h := range hooks {
			if h.Wants(e) {
				jobs = append(jobs, river.InsertManyParams{Args: deliver{Webhook: h.ID, Stream: e.Stream, Seq: e.Seq}})
			}
		}
		if e.Kind == "received" {
			jobs = append(jobs, river.InsertManyParams{Args: alike{Case: e.Stream}})
		}
		if e.Kind == "glass-broken" && w.tells() {
			jobs = append(jobs, river.InsertManyParams{Args: glass{Person: e.Stream, Seq: e.Seq}})
		}
		if w.tells() && slices.Contains(told, e.Kind) && e.Stream != 0 {
			jobs = append(jobs, river.InsertManyParams{Args: tell{Stream: e.Stream, Seq: e.Seq}})
		}
	}
	if len(jobs) == 0 {
		return nil
	}
	_, err = w.client.InsertManyTx(ctx, tx, jobs)
	return err
}

// tells says whether reporters are written to. Beside a server that is for the server to know.
func (w *Worker) tells() bool { return w.beside || w.Post != nil && w.Post.Sends() }

// told are the kinds of events of which a reporter may be told.
var told = []string{"message-added", "moved", "warned"}

// hookCache keeps the webhooks for a moment: the ledger settles often, and they change seldom. A webhook is told of
// events from at most that moment after it was made on.
type hookCache struct {
	book  *casebook.Book
	mu    sync.Mutex
	hooks []casebook.Webhook
	read  time.Time
}

const hookCacheTime = time.Second

func (c *hookCache) all(ctx context.Context) ([]casebook.Webhook, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.read) < hookCacheTime {
		return c.hooks, nil
	}
	hooks, err := c.book.Hooks(ctx)
	if err == nil {
		c.hooks, c.read = hooks, time.Now()
	}
	return c.hooks, err
}
