package work

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/riverqueue/river"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/post"
)

// tell writes to a reporter what one event means to them.
type tell struct {
	Stream casebook.ID `json:"stream"`
	Seq    int64       `json:"seq"`
}

func (tell) Kind() string { return "tell" }
func (tell) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: queueMail, UniqueOpts: once}
}

type tellWorker struct {
	*Worker
	river.WorkerDefaults[tell]
}

func (t *tellWorker) Work(ctx context.Context, job *river.Job[tell]) error {
	if !t.tells() {
		return nil // asked for beside a server that writes to nobody
	}
	c, err := t.Book.Known(ctx, job.Args.Stream)
	if fault.Is(err, fault.NotFound) {
		return nil // an event of a person
	}
	if err != nil {
		return err
	}
	e, err := t.Book.Event(ctx, job.Args.Stream, job.Args.Seq)
	if err != nil {
		return lasting(err)
	}
	return later(t.Post.Tell(ctx, c, e))
}

// later puts mail off to an address that got too much.
func later(err error) error {
	if errors.Is(err, post.ErrLater) {
		return river.JobSnooze(20 * time.Minute)
	}
	return lasting(err)
}

// gather finds out who of the team is to be told what, and writes a digest for each: one for a person in a run.
type gather struct{}

func (gather) Kind() string { return "gather" }
func (gather) InsertOpts() river.InsertOpts {
	return river.InsertOpts{UniqueOpts: river.UniqueOpts{ByPeriod: time.Minute}}
}

type gatherWorker struct {
	*Worker
	river.WorkerDefaults[gather]
}

func (g *gatherWorker) Work(ctx context.Context, job *river.Job[gather]) error { return g.Gather(ctx) }

const digestCursor = "digest"

// gathered are the kinds of events of which a digest tells. Each belongs to a clock: a report that is new waits for
// its acknowledgement.
var gathered = []string{"warned", "received"}

// maxGathered bounds the events of one digest; the next run takes the rest.
const maxGathered = 5000

// Gather starts the digests of what happened since the last time. Cursor and jobs change in one step.
func (w *Worker) Gather(ctx context.Context) error {
	from, err := w.Book.Cursor(ctx, digestCursor)
	if err != nil {
		return err
	}
	events, err := w.Book.Happened(ctx, from, gathered, maxGathered)
	if err != nil || len(events) == 0 {
		return err
	}
	to := events[len(events)-1].Pos
	people, err := w.Book.People(ctx, casebook.SystemActor)
	if err != nil {
		return err
	}
	cases, err := w.casesOf(ctx, events)
	if err != nil {
		return err
	}
	var jobs []river.InsertManyParams
	for _, p := range people {
		if len(w.lines(p, cases, events)) > 0 {
			jobs = append(jobs, river.InsertManyParams{Args: digest{Person: p.ID, From: from, To: to}})
		}
	}
	return w.Book.DB().Tx(ctx, func(tx *sql.Tx) error {
		moved, err := casebook.MoveCursor(ctx, tx, digestCursor, from, to)
		if err != nil || !moved || len(jobs) == 0 {
			return err
		}
		_, err = w.client.InsertManyTx(ctx, tx, jobs)
		return err
	})
}

// casesOf reads the cases of events, each once.
func (w *Worker) casesOf(ctx context.Context, events []casebook.Event) (map[casebook.ID]*casebook.Case, error) {
	cases := map[casebook.ID]*casebook.Case{}
	for _, e := range events {
		if cases[e.Stream] != nil {
			continue
		}
		c, err := w.Book.Known(ctx, e.Stream)
		if err != nil {
			return nil, err
		}
		cases[e.Stream] = c
	}
	return cases, nil
}

// lines are what a person is told of some events, once for each case and clock, the most urgent first. They are worked
// out anew when the mail is sent: a person who may no longer see a case is not told of it.
func (w *Worker) lines(p *casebook.Person, cases map[casebook.ID]*casebook.Case, events []casebook.Event) []post.Line {
	a, err := p.Actor()
	if err != nil || p.Identity.Email == "" || len(p.Roles) == 0 {
		return nil
	}
	a.Elevated = time.Time{}
	type told struct {
		of    casebook.ID
		clock string
	}
	seen := map[told]bool{}
	var lines []post.Line
	for _, e := range events {
		c := cases[e.Stream]
		if !w.concerns(a, c) {
			continue
		}
		if d, due := w.clock(c, e); due && !seen[told{c.ID, d.ID}] {
			seen[told{c.ID, d.ID}] = true
			lines = append(lines, post.Line{Case: c, Deadline: d})
		}
	}
	slices.SortStableFunc(lines, func(x, y post.Line) int { return int(min(1, max(-1, urgency(x)-urgency(y)))) })
	return lines
}

func urgency(l post.Line) int64 {
	if l.Deadline.ID == "" {
		return 1 << 60
	}
	return l.Deadline.Due
}

// clock is the clock of which an event tells the team, if it still runs; an empty one for a case that is new and waits.
func (w *Worker) clock(c *casebook.Case, e casebook.Event) (casebook.Deadline, bool) {
	if e.Kind == "received" {
		return casebook.Deadline{}, c.State == "received" && c.NextDeadline() != nil
	}
	said, err := casebook.PayloadOf[casebook.Warned](e)
	if err != nil {
		return casebook.Deadline{}, false
	}
	for _, d := range c.Deadlines {
		if a := w.Book.AlarmOf(d, e.At); d.ID == said.Deadline && d.Met == 0 && a != nil && a.Whom == "team" {
			return d, true
		}
	}
	return casebook.Deadline{}, false
}

// concerns says whether somebody is told of a case: whoever has it, or else those who triage; of a restricted one,
// those who are named on it.
func (w *Worker) concerns(a casebook.Actor, c *casebook.Case) bool {
	if w.Book.May(a, casebook.ReadCase, c) != nil && w.Book.May(a, casebook.OpenQuarantine, c) != nil {
		return false
	}
	switch {
	case c.Assignee != 0:
		return c.Assignee == a.ID
	case c.Restricted():
		return c.Named(a.ID, "member", "analyst")
	}
	return a.Has(casebook.Triager) || a.Has(casebook.Intake) && c.State == "received"
}

// digest is one mail for one person, of what happened between two places of the ledger.
type digest struct {
	Person casebook.ID `json:"person"`
	From   int64       `json:"from"`
	To     int64       `json:"to"`
}

func (digest) Kind() string { return "digest" }
func (digest) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: queueMail, UniqueOpts: once}
}

type digestWorker struct {
	*Worker
	river.WorkerDefaults[digest]
}

func (d *digestWorker) Work(ctx context.Context, job *river.Job[digest]) error {
	p, err := d.Book.KnownPerson(ctx, job.Args.Person)
	if err != nil {
		return lasting(err)
	}
	events, err := d.Book.Happened(ctx, job.Args.From, gathered, maxGathered)
	if err != nil {
		return err
	}
	events = slices.DeleteFunc(events, func(e casebook.Event) bool { return e.Pos > job.Args.To })
	cases, err := d.casesOf(ctx, events)
	if err != nil {
		return err
	}
	lines := d.lines(p, cases, events)
	return later(d.Post.Digest(ctx, p, fmt.Sprintf("%d-%d", int64(p.ID), job.Args.To), lines))
}
