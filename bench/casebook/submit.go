package main

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"bugbar/assess"
	"bugbar/bars"
	"bugbar/internal/casebook"
	"bugbar/internal/casebook/million"
	"bugbar/internal/server"
	"bugbar/internal/sqldb"
)

// submit measures submissions beside bare inserts of the same bytes, each in a transaction of
// its own, in turns: the machine is never the same for long.
func submit(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("submit", flag.ExitOnError)
	database := flags.String("database", "", "an empty database")
	rounds := flags.Int("rounds", 7, "in which the ways take turns")
	span := flags.Duration("span", 2*time.Second, "of each turn")
	clients := flags.Int("clients", 64, "beside one")
	ledger := flags.Bool("ledger", false, "keep the ledger meanwhile")
	_ = flags.Parse(args)
	server.Tune() // as bugbar serve does
	b, err := casebook.Open(ctx, *database, casebook.Options{})
	if err != nil {
		return err
	}
	defer b.Close()
	if *ledger {
		running, stop := context.WithCancel(ctx)
		defer stop()
		go func() { _ = b.Run(running) }()
	}
	sender, err := newSender(ctx, b)
	if err != nil {
		return err
	}
	insert, err := bare(ctx, b.DB(), sender.data)
	if err != nil {
		return err
	}
	fmt.Printf("%d bytes a submission, %d rounds of %v\n", len(sender.data), *rounds, *span)
	ways := []*way{
		{name: "bare insert, 1 client", clients: 1, do: insert},
		{name: "submission, 1 client", clients: 1, do: sender.send},
		{name: fmt.Sprintf("bare insert, %d clients", *clients), clients: *clients, do: insert},
		{name: fmt.Sprintf("submission, %d clients", *clients), clients: *clients, do: sender.send},
	}
	for range *rounds {
		for _, w := range ways {
			if err := w.turn(ctx, *span); err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
		}
	}
	show(ways)
	return nil
}

// way is one way to write, and what was measured of it.
type way struct {
	name    string
	clients int
	do      func(context.Context) error
	rates   []float64       // a second, by round
	times   []time.Duration // of single writes
}

// turn lets the clients write for a time.
func (w *way) turn(ctx context.Context, span time.Duration) error {
	var (
		mu    sync.Mutex
		wg    sync.WaitGroup
		first error
		n     atomic.Int64
		begin = time.Now()
	)
	for range w.clients {
		wg.Go(func() {
			var times []time.Duration
			for time.Since(begin) < span {
				at := time.Now()
				err := w.do(ctx)
				times = append(times, time.Since(at))
				if err != nil {
					mu.Lock()
					first = err
					mu.Unlock()
					return
				}
				n.Add(1)
			}
			mu.Lock()
			w.times = append(w.times, times...)
			mu.Unlock()
		})
	}
	wg.Wait()
	w.rates = append(w.rates, float64(n.Load())/time.Since(begin).Seconds())
	return first
}

func show(ways []*way) {
	fmt.Printf("\n| way | a second | median, ms | 99 %%, ms |\n| --- | ---: | ---: | ---: |\n")
	for _, w := range ways {
		slices.Sort(w.times)
		fmt.Printf("| %s | %.0f | %.2f | %.2f |\n", w.name, median(w.rates), ms(w.times[len(w.times)/2]), ms(w.times[len(w.times)*99/100]))
	}
	ratio := func(of, to int) float64 {
		all := make([]float64, len(ways[of].rates))
		for i := range all {
			all[i] = ways[of].rates[i] / ways[to].rates[i]
		}
		return median(all)
	}
	fmt.Printf("\nsubmissions / bare inserts: %.2f with 1 client, %.2f with %d; %d clients / 1 client: %.1f\n", ratio(1, 0), ratio(3, 2), ways[3].clients, ways[3].clients, ratio(3, 1))
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func median(all []float64) float64 {
	all = slices.Clone(all)
	slices.Sort(all)
	return all[len(all)/2]
}

// sender submits reports.
type sender struct {
	book *casebook.Book
	with casebook.Submission
	by   casebook.Write
	data string // what the rows of a submission hold
}

func newSender(ctx context.Context, b *casebook.Book) (*sender, error) {
	rules, err := bars.Load(bars.Default)
	if err != nil {
		return nil, err
	}
	rnd := rand.New(rand.NewPCG(1, 1))
	s := &sender{book: b, by: casebook.Write{Actor: casebook.SystemActor}, with: casebook.Submission{
		Title: "A mail makes the assistant send what it read", Product: "Mail Agent", Model: "m-large-2026-08", Source: "api", Text: million.Sentence(rnd, 200),
		Bar: rules, Findings: []casebook.Finding{{Facts: assess.Claim("type", "prompt-injection", "impact", "data-exfiltration")}},
	}}
	if err := s.send(ctx); err != nil {
		return nil, err
	}
	return s, b.DB().Reader().QueryRowContext(ctx, `SELECT c.head || c.state || c.track || c.outcome || c.type || c.product || c.title || c.bar || c.waiting || c.doc
		|| e.kind || e.payload || e.prev || e.hash || e.visibility || e.body FROM cases c JOIN events e ON e.stream = c.id LIMIT 1`).Scan(&s.data)
}

func (s *sender) send(ctx context.Context) error {
	_, _, err := s.book.Submit(ctx, s.by, s.with)
	return err
}

// bare makes a table of nothing but a key and bytes, and inserts into it: on SQLite through the one writing
// connection, on PostgreSQL through as many as the casebook has.
func bare(ctx context.Context, db *sqldb.DB, data string) (func(context.Context) error, error) {
	create := "CREATE TABLE IF NOT EXISTS bare (id INTEGER PRIMARY KEY, data TEXT NOT NULL)"
	if db.Dialect == sqldb.Postgres {
		create = "CREATE TABLE IF NOT EXISTS bare (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, data TEXT NOT NULL)"
	}
	if _, err := db.Writer().ExecContext(ctx, create); err != nil {
		return nil, err
	}
	var insert *sql.Stmt
	insert, err := db.Writer().PrepareContext(ctx, "INSERT INTO bare (data) VALUES ($1)")
	return func(ctx context.Context) error {
		_, err := insert.ExecContext(ctx, data)
		return err
	}, err
}
