// Package work does what nobody waits for: it tells webhooks, reporters and the team of events, looks after clocks, carries
// imports and re-assessments through, and tidies up.
//
// Jobs stand in the casebook's own database, on either kind (river). Those that an event brings about are written in
// the transaction in which the ledger gives the event its place: each event brings them about once, whatever crashes
// when. docs/decisions/0004-background-work.md says what that leaves to be said twice, and how it is noticed.
package work

import (
	"context"
	"database/sql"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverdatabasesql"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"bugbar/internal/blob"
	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/outbound"
	"bugbar/internal/post"
	"bugbar/internal/sqldb"
)

// Config says what there is to work with.
type Config struct {
	Book  *casebook.Book
	Blobs blob.Store
	Calls *outbound.Client
	Post  *post.Post // nil where no mail comes or goes
	Box   *post.Box  // nil where no mailbox is read
	Log   *slog.Logger
}

// Worker does the work. Several processes may share it.
type Worker struct {
	Config
	client *river.Client[*sql.Tx]
	hooks  *hookCache
	beside bool // another process carries the jobs out (Follow)
}

// How often what follows no event is looked at.
const (
	tendEvery   = 5 * time.Minute
	digestEvery = time.Hour
	pollEvery   = time.Minute
	tidyEvery   = 24 * time.Hour
)

// How often jobs are looked for. On SQLite each look takes the one connection that writes for a moment, so that they
// are rarer there.
const (
	pollPostgres = 500 * time.Millisecond
	pollSQLite   = time.Second
	cooldown     = 200 * time.Millisecond
)

// The queues: what calls the world outside does not hold up the rest, and imports follow one another.
const (
	queueHooks   = "webhooks"
	queueMail    = "mail"
	queueImports = "imports"
)

// Open brings the tables of jobs up to date, and has the ledger bring jobs about from now on. It is called before
// Book.Run.
func Open(ctx context.Context, c Config) (*Worker, error) {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	w := &Worker{Config: c, hooks: &hookCache{book: c.Book}}
	db := c.Book.DB()
	if db.Dialect == sqldb.SQLite {
		return w, w.open(ctx, riversqlite.New(db.Writer()))
	}
	return w, w.open(ctx, riverdatabasesql.New(db.Writer()))
}

func (w *Worker) open(ctx context.Context, driver riverdriver.Driver[*sql.Tx]) error {
	db := w.Book.DB()
	err := db.Locked(ctx, func() error {
		migrator, err := rivermigrate.New(driver, &rivermigrate.Config{Logger: quiet(w.Log)})
		if err != nil {
			return err
		}
		_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
		return err
	})
	if err != nil {
		return db.Trouble(err)
	}
	if w.client, err = river.NewClient(driver, w.config()); err != nil {
		return fault.New(fault.Internal, "background work: %w", err)
	}
	w.Book.OnSettle(w.follow)
	return nil
}

// quiet is a logger without what a queue says of itself.
func quiet(log *slog.Logger) *slog.Logger {
	return slog.New(levelled{log.Handler()})
}

type levelled struct{ slog.Handler }

func (levelled) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelWarn }

func (w *Worker) config() *river.Config {
	workers := river.NewWorkers()
	river.AddWorker(workers, &hookWorker{Worker: w})
	river.AddWorker(workers, &tellWorker{Worker: w})
	river.AddWorker(workers, &digestWorker{Worker: w})
	river.AddWorker(workers, &glassWorker{Worker: w})
	river.AddWorker(workers, &glassMailWorker{Worker: w})
	river.AddWorker(workers, &tendWorker{Worker: w})
	river.AddWorker(workers, &gatherWorker{Worker: w})
	river.AddWorker(workers, &pollWorker{Worker: w})
	river.AddWorker(workers, &tidyWorker{Worker: w})
	river.AddWorker(workers, &alikeWorker{Worker: w})
	river.AddWorker(workers, &importWorker{Worker: w})
	river.AddWorker(workers, &reassessWorker{Worker: w})
	poll := pollPostgres
	if w.Book.DB().Dialect == sqldb.SQLite {
		poll = pollSQLite
	}
	return &river.Config{
		Workers: workers, Logger: quiet(w.Log), PeriodicJobs: w.periodic(),
		FetchPollInterval: poll, FetchCooldown: cooldown, PollOnly: true,
		Queues: map[string]river.QueueConfig{
			river.QueueDefault: {MaxWorkers: 2}, queueHooks: {MaxWorkers: 8}, queueMail: {MaxWorkers: 2}, queueImports: {MaxWorkers: 1},
		},
	}
}

func (w *Worker) periodic() []*river.PeriodicJob {
	every := func(d time.Duration, args river.JobArgs) *river.PeriodicJob {
		return river.NewPeriodicJob(river.PeriodicInterval(d), func() (river.JobArgs, *river.InsertOpts) { return args, nil },
			&river.PeriodicJobOpts{RunOnStart: true})
	}
	jobs := []*river.PeriodicJob{every(tendEvery, tend{}), every(tidyEvery, tidy{})}
	if w.Post != nil && w.Post.Sends() {
		jobs = append(jobs, every(digestEvery, gather{}))
	}
	if w.Post != nil && w.Box != nil {
		jobs = append(jobs, every(pollEvery, poll{}))
	}
	return jobs
}

// Run works until the context ends; what is under way then is finished, or given back after a while.
func (w *Worker) Run(ctx context.Context) error {
	if err := w.client.Start(context.WithoutCancel(ctx)); err != nil {
		return fault.New(fault.Unavailable, "background work: %w", err)
	}
	<-ctx.Done()
	soft, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := w.client.Stop(soft); err == nil {
		return nil
	}
	hard, cancelHard := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancelHard()
	return w.client.StopAndCancel(hard)
}

// once is how a job is told from others: by its arguments, among those that are not over.
var once = river.UniqueOpts{ByArgs: true}

// person is who may do what somebody asked for, as they may now.
func (w *Worker) person(ctx context.Context, id casebook.ID) (casebook.Actor, error) {
	if id == 0 {
		return casebook.SystemActor, nil // asked for at the command line, by who has the database
	}
	p, err := w.Book.KnownPerson(ctx, id)
	if err != nil {
		return casebook.Actor{}, err
	}
	return p.Actor()
}

// lasting gives up on what trying again does not mend.
func lasting(err error) error {
	for _, code := range []fault.Code{fault.Invalid, fault.NotFound, fault.Forbidden} {
		if fault.Is(err, code) {
			return river.JobCancel(err)
		}
	}
	return err
}
