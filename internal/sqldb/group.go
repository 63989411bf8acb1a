package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// group is the one writer of an SQLite database. Changes that arrive while a transaction is being
// written wait together and share the next one: with many clients the flush to the disk, which takes
// most of the time, is paid once for all of them.
type group struct {
	db    *sql.DB
	queue chan *pending
	done  chan struct{}
	mu    sync.RWMutex // held for reading by those that put into queue
	ended bool
	ready map[string]*sql.Stmt
}

type pending struct {
	ctx    context.Context
	change []Stmt
	err    error
	done   chan struct{}
}

// maxGroup bounds how many changes share a transaction.
const maxGroup = 256

var errClosed = errors.New("the database is closed")

func newGroup(db *sql.DB) *group {
	g := &group{db: db, queue: make(chan *pending, maxGroup), done: make(chan struct{}), ready: map[string]*sql.Stmt{}}
	go g.run()
	return g
}

// commit waits for its turn. Once a change is in the queue it is carried through, whatever becomes of
// the context: the answer says what happened.
func (g *group) commit(ctx context.Context, change []Stmt) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	p := &pending{ctx: context.WithoutCancel(ctx), change: change, done: make(chan struct{})}
	if err := g.put(p); err != nil {
		return err
	}
	<-p.done
	return p.err
}

func (g *group) put(p *pending) error {
	g.mu.RLock()
	defer g.mu.RUnlock()
	if g.ended {
		return errClosed
	}
	g.queue <- p
	return nil
}

func (g *group) close() {
	g.mu.Lock()
	if !g.ended {
		g.ended = true
		close(g.queue)
	}
	g.mu.Unlock()
	<-g.done
}

func (g *group) run() {
	defer close(g.done)
	for first := range g.queue {
		batch := g.gather(first)
		if err := g.together(batch); err != nil && len(batch) > 1 {
			g.oneByOne(batch) // one of them is to blame: the others must not suffer
		} else {
			batch[0].err = err
		}
		for _, p := range batch {
			close(p.done)
		}
	}
}

// gather takes what waits.
func (g *group) gather(first *pending) []*pending {
	batch := []*pending{first}
	for len(batch) < maxGroup {
		select {
		case p, open := <-g.queue:
			if !open {
				return batch
			}
			batch = append(batch, p)
		default:
			return batch
		}
	}
	return batch
}

func (g *group) oneByOne(batch []*pending) {
	for _, p := range batch {
		p.err = g.together([]*pending{p})
	}
}

// together carries out changes in one transaction.
func (g *group) together(batch []*pending) error {
	ctx := batch[0].ctx
	if err := g.prepare(ctx, batch); err != nil {
		return err
	}
	tx, err := g.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	for _, p := range batch {
		for _, s := range p.change {
			if _, err := tx.StmtContext(ctx, g.ready[s.SQL]).ExecContext(ctx, s.Args...); err != nil {
				return errors.Join(err, rollback(tx))
			}
		}
	}
	if err := tx.Commit(); err != nil {
		return errors.Join(err, rollback(tx))
	}
	return nil
}

// prepare compiles the statements that are new, before the transaction takes the one connection. Their
// texts are constants of the program, so there are few.
func (g *group) prepare(ctx context.Context, batch []*pending) error {
	for _, p := range batch {
		for _, s := range p.change {
			if g.ready[s.SQL] != nil {
				continue
			}
			ready, err := g.db.PrepareContext(ctx, s.SQL)
			if err != nil {
				return err
			}
			g.ready[s.SQL] = ready
		}
	}
	return nil
}
