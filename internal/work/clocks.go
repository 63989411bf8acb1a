package work

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"

	"bugbar/internal/blob"
)

// tend looks after the clocks of all cases.
type tend struct{}

func (tend) Kind() string { return "tend" }
func (tend) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByPeriod: time.Minute}}
}

type tendWorker struct {
	*Worker
	river.WorkerDefaults[tend]
}

// Timeout leaves room for a casebook with very many open cases.
func (*tendWorker) Timeout(*river.Job[tend]) time.Duration { return tendEvery }

func (t *tendWorker) Work(ctx context.Context, _ *river.Job[tend]) error {
	did, err := t.Book.Tend(ctx)
	if did.Warned+did.Expired+did.Ended > 0 {
		t.Log.InfoContext(ctx, "looked after the clocks", "warned", did.Warned, "expired", did.Expired, "embargoes_ended", did.Ended)
	}
	return errors.Join(err, t.Book.ForgetPresence(ctx))
}

// poll looks into the mailbox.
type poll struct{}

func (poll) Kind() string { return "poll" }
func (poll) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: 1, UniqueOpts: river.UniqueOpts{ByPeriod: 30 * time.Second}}
}

type pollWorker struct {
	*Worker
	river.WorkerDefaults[poll]
}

// Timeout leaves room for large mails.
func (*pollWorker) Timeout(*river.Job[poll]) time.Duration { return 10 * time.Minute }

func (p *pollWorker) Work(ctx context.Context, _ *river.Job[poll]) error {
	fates, err := p.Post.Poll(ctx, p.Box, p.Log)
	if len(fates) > 0 {
		p.Log.InfoContext(ctx, "looked into the mailbox", "mails", fates)
	}
	return err
}

// tidy forgets what is over, and removes files that nothing refers to.
type tidy struct{}

func (tidy) Kind() string { return "tidy" }
func (tidy) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByPeriod: time.Hour}}
}

type tidyWorker struct {
	*Worker
	river.WorkerDefaults[tidy]
}

// Timeout leaves room for a store with many files.
func (*tidyWorker) Timeout(*river.Job[tidy]) time.Duration { return 6 * time.Hour }

// orphanAge is the age of a file before it can be removed as one that nothing refers to.
const orphanAge = 48 * time.Hour

func (t *tidyWorker) Work(ctx context.Context, _ *river.Job[tidy]) error {
	if err := t.Book.Tidy(ctx); err != nil {
		return err
	}
	if err := t.Book.Sweep(ctx); err != nil {
		return err
	}
	n, err := blob.Sweep(ctx, t.Blobs, time.Now().Add(-orphanAge), t.Book.Refers)
	if n > 0 {
		t.Log.InfoContext(ctx, "removed files that nothing refers to", "files", n)
	}
	return err
}
