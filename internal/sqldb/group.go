package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
)

// group makes the changes of an SQLite database, which has one writer. Changes that arrive while a transaction
// is being written wait together and share the next one: with many clients the flush to the disk, which
// takes most of the time, is paid once for all of them. Who finds nobody writing writes for all that wait,
// so that a change that comes alone changes hands between no two goroutines.
type group struct {
	db    *sql.DB
	queue chan *pending
	lead  chan struct{} // has one token: who takes it writes
	mu    sync.RWMutex  // held for reading by those that put into queue
	ended bool
}

type pending struct {
	ctx    context.Context
	change []bound
	err    error
	done   chan struct{}
}

// bound is a statement with its parameters as the driver takes them.
type bound struct {
	text string
	args []driver.NamedValue
}

// maxGroup bounds how many changes wait, and share a transaction.
const maxGroup = 256

var errClosed = errors.New("the database is closed")

func newGroup(db *sql.DB) *group {
	g := &group{db: db, queue: make(chan *pending, maxGroup), lead: make(chan struct{}, 1)}
	g.lead <- struct{}{}
	return g
}

// commit waits for its turn. Once a change is in the queue it is carried through, whatever becomes of
// the context: the answer says what happened.
func (g *group) commit(ctx context.Context, change []Stmt) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	p := &pending{ctx: context.WithoutCancel(ctx), done: make(chan struct{})}
	for _, s := range change { // while one writes, the others make ready what they have
		b, err := bind(s)
		if err != nil {
			return err
		}
		p.change = append(p.change, b)
	}
	if err := g.put(p); err != nil {
		return err
	}
	select {
	case <-p.done:
	case <-g.lead:
		g.serve()
		g.lead <- struct{}{}
	}
	return p.err
}

// turns bounds for how many groups one leads: its own client waits meanwhile.
const turns = 8

// serve writes what waits, which holds the leader's own change unless that is written already, and goes on with what came
// meanwhile: to hand over to another goroutine takes a tenth of the time of a group.
func (g *group) serve() {
	for range turns {
		batch := g.write()
		if len(batch) == 0 {
			return
		}
		answer(batch)
	}
}

func bind(s Stmt) (bound, error) {
	b := bound{s.SQL, make([]driver.NamedValue, len(s.Args))}
	for i, arg := range s.Args {
		v, err := driver.DefaultParameterConverter.ConvertValue(arg)
		if err != nil {
			return bound{}, fmt.Errorf("parameter %d: %w", i+1, err)
		}
		b.args[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
	}
	return b, nil
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

// close writes what still waits, and keeps the lead.
func (g *group) close() {
	g.mu.Lock()
	ended := g.ended
	g.ended = true
	g.mu.Unlock()
	if !ended {
		<-g.lead
		answer(g.write())
	}
}

// write writes all that wait, and returns them.
func (g *group) write() []*pending {
	batch := g.gather()
	if len(batch) == 0 {
		return nil // who led before has written it
	}
	if err := g.together(batch); err != nil && len(batch) > 1 {
		g.oneByOne(batch) // one of them is to blame: the others must not suffer
	} else {
		batch[0].err = err
	}
	return batch
}

func answer(batch []*pending) {
	for _, p := range batch {
		close(p.done)
	}
}

// gather takes what waits. The queue holds no more than share a transaction, so that this is all of it.
func (g *group) gather() []*pending {
	var batch []*pending
	for len(batch) < maxGroup {
		select {
		case p := <-g.queue:
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

// together carries out changes in one transaction. It speaks to the driver itself: what database/sql does
// for each statement takes longer than the statement.
func (g *group) together(batch []*pending) error {
	ctx := batch[0].ctx
	conn, err := g.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(c any) error { return c.(*readyConn).together(ctx, batch) })
}
