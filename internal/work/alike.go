package work

import (
	"context"

	"github.com/riverqueue/river"

	"bugbar/internal/casebook"
	"bugbar/internal/triage"
)

// alike looks for earlier cases that say the same as a new one, whichever way it came in.
type alike struct {
	Case casebook.ID `json:"case"`
}

func (alike) Kind() string                 { return "alike" }
func (alike) InsertOpts() river.InsertOpts { return river.InsertOpts{UniqueOpts: once} }

type alikeWorker struct {
	*Worker
	river.WorkerDefaults[alike]
}

func (w *alikeWorker) Work(ctx context.Context, job *river.Job[alike]) error {
	return lasting(triage.ProposeDuplicates(ctx, w.Book, job.Args.Case))
}
