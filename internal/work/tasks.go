package work

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/riverqueue/river"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/intake"
)

// ImportAsked is what an import reads: a file of the attachment store.
type ImportAsked struct {
	File      string   `json:"file"` // SHA-256
	Name      string   `json:"name"`
	Threshold *float64 `json:"threshold,omitempty"`
	Judge     string   `json:"judge,omitempty"`
	Target    string   `json:"target,omitempty"`
	Worked    string   `json:"worked,omitempty"`
}

// ReassessAsked is the edition that open cases are moved to.
type ReassessAsked struct {
	Bar string `json:"bar"` // NAME@EDITION
}

// Reassessed is what a re-assessment came to.
type Reassessed struct {
	Changed  []casebook.Rejudgement `json:"changed"`  // another outcome or row
	Problems []casebook.Rejudgement `json:"problems"` // stay with the edition that they had
	Hidden   int                    `json:"hidden"`   // changed, of cases that who asked may not see
	Same     int                    `json:"same"`
}

// importTask and reassessTask carry a task out.
type importTask struct {
	Task casebook.ID `json:"task"`
}

type reassessTask struct {
	Task casebook.ID `json:"task"`
}

func (importTask) Kind() string { return "import" }
func (importTask) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: queueImports, MaxAttempts: taskAttempts, UniqueOpts: once}
}
func (reassessTask) Kind() string { return "reassess" }
func (reassessTask) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: queueImports, MaxAttempts: taskAttempts, UniqueOpts: once}
}

const (
	taskAttempts = 5
	taskTimeout  = 2 * time.Hour
)

// Import starts an import in the background. The file is in the attachment store.
func (w *Worker) Import(ctx context.Context, by casebook.Write, asked ImportAsked) (casebook.Task, error) {
	if err := w.Book.May(by.Actor, casebook.Import, nil); err != nil {
		return casebook.Task{}, err
	}
	return w.start(ctx, by, "import", asked, func(id casebook.ID) river.JobArgs { return importTask{id} })
}

// Reassess makes an edition the one by which new cases are judged, and starts to move open cases to it. WouldChange
// says before what that comes to.
func (w *Worker) Reassess(ctx context.Context, by casebook.Write, asked ReassessAsked) (casebook.Task, error) {
	if _, err := w.Book.Bar(asked.Bar); err != nil {
		return casebook.Task{}, err
	}
	if err := w.Book.Set(ctx, casebook.Write{Actor: by.Actor}, "bar", asked.Bar, false); err != nil {
		return casebook.Task{}, err
	}
	return w.start(ctx, by, "reassess", asked, func(id casebook.ID) river.JobArgs { return reassessTask{id} })
}

// start keeps a task together with the job that carries it out.
func (w *Worker) start(ctx context.Context, by casebook.Write, kind string, asked any, job func(casebook.ID) river.JobArgs) (casebook.Task, error) {
	task, keep, err := w.Book.NewTask(ctx, by, kind, asked)
	if err != nil || len(keep) == 0 {
		return task, err
	}
	return task, w.Book.DB().Tx(ctx, func(tx *sql.Tx) error {
		for _, s := range keep {
			if _, err := tx.ExecContext(ctx, s.SQL, s.Args...); err != nil {
				return err
			}
		}
		_, err := w.client.InsertTx(ctx, tx, job(task.ID), nil)
		return err
	})
}

type importWorker struct {
	*Worker
	river.WorkerDefaults[importTask]
}

// Timeout is long: logs of scanners have gigabytes.
func (*importWorker) Timeout(*river.Job[importTask]) time.Duration { return taskTimeout }

func (i *importWorker) Work(ctx context.Context, job *river.Job[importTask]) error {
	var asked ImportAsked
	return i.carry(ctx, job.Args.Task, job.Attempt, &asked, func(a casebook.Actor) (any, error) {
		file, err := i.Blobs.Open(ctx, asked.File)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		batch, err := intake.ReadFrom(ctx, asked.Name, file, intake.Options{Threshold: asked.Threshold, Judge: asked.Judge, Target: asked.Target, Worked: asked.Worked})
		if err != nil {
			return nil, err
		}
		rules, err := i.Book.CurrentBar(ctx)
		if err != nil {
			return nil, err
		}
		return i.Book.Import(ctx, casebook.Write{Actor: a}, batch, rules, i.progress(ctx, job.Args.Task))
	})
}

type reassessWorker struct {
	*Worker
	river.WorkerDefaults[reassessTask]
}

// Timeout is long enough for very many cases.
func (*reassessWorker) Timeout(*river.Job[reassessTask]) time.Duration { return taskTimeout }

func (r *reassessWorker) Work(ctx context.Context, job *river.Job[reassessTask]) error {
	var asked ReassessAsked
	return r.carry(ctx, job.Args.Task, job.Attempt, &asked, func(a casebook.Actor) (any, error) {
		ids, err := r.Book.Rejudgeable(ctx, asked.Bar)
		if err != nil {
			return nil, err
		}
		result := Reassessed{Changed: []casebook.Rejudgement{}, Problems: []casebook.Rejudgement{}}
		tell := r.progress(ctx, job.Args.Task)
		for n, id := range ids {
			if err := r.rejudge(ctx, a, id, asked.Bar, &result); err != nil {
				return nil, err
			}
			tell(n+1, len(ids))
		}
		return result, nil
	})
}

// rejudge moves one case, whether or not who asked for it may see the case; what they may not see is only counted.
func (w *Worker) rejudge(ctx context.Context, a casebook.Actor, id casebook.ID, ref string, result *Reassessed) error {
	_, one, err := w.Book.Rejudge(ctx, casebook.Write{Actor: casebook.SystemActor}, id, ref)
	if err != nil && one.Problem == "" {
		return err
	}
	c, err := w.Book.Known(ctx, id)
	if err != nil {
		return err
	}
	switch {
	case one.Changes() && (c.Quarantined || w.Book.May(a, casebook.ReadCase, c) != nil):
		result.Hidden++
	case one.Problem != "":
		result.Problems = append(result.Problems, one)
	case one.Changes():
		result.Changed = append(result.Changed, one)
	default:
		result.Same++
	}
	return nil
}

// carry carries a task out as its owner, and keeps what it came to. What trying again may mend is tried again.
func (w *Worker) carry(ctx context.Context, id casebook.ID, attempt int, asked any, work func(casebook.Actor) (any, error)) error {
	task, err := w.Book.Task(ctx, casebook.SystemActor, id)
	if err != nil || task.State == "done" || task.State == "failed" {
		return lasting(err)
	}
	if err := json.Unmarshal(task.Asked, asked); err != nil {
		return lasting(fault.New(fault.Invalid, "%w", err))
	}
	a, err := w.person(ctx, task.Owner)
	var result any
	if err == nil {
		result, err = work(a)
	}
	again := ctx.Err() != nil || fault.Is(err, fault.Unavailable) || fault.Is(err, fault.Conflict)
	if err != nil && again && attempt < taskAttempts {
		return err
	}
	return w.Book.Finish(context.WithoutCancel(ctx), id, result, err)
}

// progressEvery bounds how often progress is written.
const progressEvery = time.Second

// progress keeps how far a task has come, now and then. That it cannot be kept does not end the work.
func (w *Worker) progress(ctx context.Context, id casebook.ID) func(done, total int) {
	var last time.Time
	return func(done, total int) {
		if time.Since(last) < progressEvery && done < total {
			return
		}
		last = time.Now()
		if err := w.Book.Progress(ctx, id, done, total); err != nil {
			w.Log.WarnContext(ctx, "progress could not be kept", "task", id, "error", err)
		}
	}
}
