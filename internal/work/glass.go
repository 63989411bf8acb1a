package work

import (
	"context"

	"github.com/riverqueue/river"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
)

// glass has every manager told that somebody broke the glass.
type glass struct {
	Person casebook.ID `json:"person"` // who did
	Seq    int64       `json:"seq"`
}

func (glass) Kind() string { return "glass" }
func (glass) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: once}
}

type glassWorker struct {
	*Worker
	river.WorkerDefaults[glass]
}

// Work makes a job for each manager, so that an address which does not work keeps nobody else from being told.
func (g *glassWorker) Work(ctx context.Context, job *river.Job[glass]) error {
	if !g.tells() {
		return nil // nobody is written to
	}
	people, err := g.Book.People(ctx, casebook.SystemActor)
	if err != nil {
		return err
	}
	var jobs []river.InsertManyParams
	for _, p := range people {
		if isManager(p) {
			jobs = append(jobs, river.InsertManyParams{Args: glassMail{Manager: p.ID, glass: job.Args}})
		}
	}
	if len(jobs) == 0 {
		g.Log.WarnContext(ctx, "the glass was broken, and there is no manager to be told", "person", job.Args.Person)
		return nil
	}
	_, err = g.client.InsertMany(ctx, jobs)
	return err
}

// isManager says whether somebody is a manager who can act. Whoever broke the glass is told as well: it may have been
// somebody else with their session.
func isManager(p *casebook.Person) bool {
	a, err := p.Actor()
	return err == nil && a.Has(casebook.Manager)
}

// glassMail tells one manager.
type glassMail struct {
	Manager casebook.ID `json:"manager"`
	glass
}

func (glassMail) Kind() string { return "glass-mail" }
func (glassMail) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: queueMail, UniqueOpts: once}
}

type glassMailWorker struct {
	*Worker
	river.WorkerDefaults[glassMail]
}

func (g *glassMailWorker) Work(ctx context.Context, job *river.Job[glassMail]) error {
	manager, err := g.Book.KnownPerson(ctx, job.Args.Manager)
	if fault.Is(err, fault.NotFound) || err == nil && !isManager(manager) {
		return nil // no longer one
	}
	if err != nil {
		return err
	}
	e, err := g.Book.Event(ctx, job.Args.Person, job.Args.Seq)
	if err != nil {
		return lasting(err)
	}
	return later(g.Post.GlassBroken(ctx, manager, e))
}
