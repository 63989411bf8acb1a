//go:build soak

package million_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"bugbar/internal/casebook"
	"bugbar/internal/casebook/million"
	"bugbar/internal/sqldb/sqldbtest"
)

// TestSoakMillion holds what is promised of a million cases with five million events: a median under 20 ms and a
// 99th percentile under 100 ms, on two cores with nothing else to do. bench/casebook measures more, and through the API.
func TestSoakMillion(t *testing.T) {
	for name, fresh := range map[string]func() string{
		"sqlite":   func() string { return sqldbtest.SQLite(t) },
		"postgres": func() string { return sqldbtest.Start(t).Database(t) },
	} {
		t.Run(name, func(t *testing.T) {
			b, err := casebook.Open(t.Context(), fresh(), casebook.Options{Now: func() time.Time { return million.Now }})
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			begin := time.Now()
			if err := million.Fill(t.Context(), b, 1_000_000, 1, func(int) {}); err != nil {
				t.Fatal(err)
			}
			t.Logf("made in %v", time.Since(begin).Round(time.Second))
			p, err := b.PersonCalled(t.Context(), million.Handle(0))
			if err != nil {
				t.Fatal(err)
			}
			a, err := p.Actor()
			if err != nil {
				t.Fatal(err)
			}
			measure(t, b, a)
		})
	}
}

func measure(t *testing.T, b *casebook.Book, a casebook.Actor) {
	rnd := rand.New(rand.NewPCG(3, 3))
	kinds := map[string]func() string{
		"queue":         func() string { return "is:active" },
		"by type":       func() string { return "is:active type:" + million.Pick(rnd, million.Types) },
		"rare word":     func() string { return million.Word(20000 + rnd.IntN(40000)) },
		"middling word": func() string { return million.Word(500 + rnd.IntN(4500)) },
		"common word":   func() string { return million.Word(rnd.IntN(30)) },
	}
	for name, text := range kinds {
		var lists, counts []time.Duration
		for range 300 {
			q, err := casebook.ParseQuery(text())
			if err != nil {
				t.Fatal(err)
			}
			lists = append(lists, timed(t, func(ctx context.Context) error { _, err := b.List(ctx, a, q); return err }))
			counts = append(counts, timed(t, func(ctx context.Context) error { _, err := b.Count(ctx, a, q); return err }))
		}
		for what, times := range map[string][]time.Duration{"list": lists, "count": counts} {
			slices.Sort(times)
			median, most := times[len(times)/2], times[len(times)*99/100]
			t.Logf("%s of %s: median %v, 99 %% %v", what, name, median, most)
			if median > 20*time.Millisecond || most > 100*time.Millisecond {
				t.Errorf("%s of %s takes too long", what, name)
			}
		}
	}
}

func timed(t *testing.T, do func(context.Context) error) time.Duration {
	t.Helper()
	begin := time.Now()
	if err := do(t.Context()); err != nil {
		t.Fatal(err)
	}
	return time.Since(begin)
}
