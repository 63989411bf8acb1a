package casebook_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/sqldb"
)

// TestLedgerOrdersWhatManyWrite has several processes write and settle at once: each event gets one place, places
// have no gaps, and the hook sees each event once.
func TestLedgerOrdersWhatManyWrite(t *testing.T) {
	suite(t, func(w *world) {
		lee := w.person("lee", casebook.Triager)
		var mu sync.Mutex
		var seen []casebook.Event
		books := []*casebook.Book{w.Book, w.again(casebook.Options{Now: w.clock.Now}), w.again(casebook.Options{Now: w.clock.Now})}
		var all sync.WaitGroup
		for n, b := range books {
			b.OnSettle(func(_ context.Context, _ *sql.Tx, events []casebook.Event) error {
				mu.Lock()
				defer mu.Unlock()
				seen = append(seen, events...)
				return nil
			})
			all.Go(func() {
				for i := range 15 {
					if _, _, err := b.Submit(w.Context(), lee, w.report(fmt.Sprintf("%d of %d", i, n))); err != nil {
						w.Error(err)
					}
					if i%3 == n {
						if _, err := b.Settle(w.Context()); err != nil {
							w.Error(err)
						}
					}
				}
			})
		}
		all.Wait()
		report := w.whole()
		if int64(len(seen)) != report.Events || report.Head.Pos != report.Events {
			w.Errorf("%d events, %d seen, the ledger ends at %d", report.Events, len(seen), report.Head.Pos)
		}
		slices.SortFunc(seen, func(a, b casebook.Event) int { return int(a.Pos - b.Pos) })
		for i, e := range seen {
			if e.Pos != int64(i)+1 {
				w.Fatalf("place %d is of the event seen as number %d", e.Pos, i+1)
			}
		}
	})
}

// TestManyEventsWait settles more than a batch holds.
func TestManyEventsWait(t *testing.T) {
	suite(t, func(w *world) {
		var all sync.WaitGroup
		for n := range 4 {
			all.Go(func() {
				for i := range 300 {
					if _, _, err := w.Submit(w.Context(), sys, w.report(fmt.Sprint(n, i))); err != nil {
						w.Error(err)
					}
				}
			})
		}
		all.Wait()
		if n := must[int](w)(w.Settle(w.Context())); n != 1200 {
			w.Errorf("%d settled, want 1200", n)
		}
		if n := must[int](w)(w.Settle(w.Context())); n != 0 {
			w.Errorf("%d settled twice", n)
		}
		seals := map[sqldb.Dialect]int64{sqldb.SQLite: 24, sqldb.Postgres: 3} // one for each batch
		if h := must[casebook.Head](w)(w.Head(w.Context())); h.Pos != 1200 || h.Seal != seals[w.DB().Dialect] {
			w.Errorf("the head is %+v", h)
		}
	})
}

// TestHookFails wants the events to wait, and nothing of the batch to stay.
func TestHookFails(t *testing.T) {
	suite(t, func(w *world) {
		broken := true
		w.OnSettle(func(ctx context.Context, tx *sql.Tx, _ []casebook.Event) error {
			if _, err := tx.ExecContext(ctx, "INSERT INTO settings (name, value) VALUES ('half', 'done')"); err != nil {
				return err
			}
			if broken {
				return errors.New("no room")
			}
			_, err := tx.ExecContext(ctx, "DELETE FROM settings WHERE name = 'half'")
			return err
		})
		w.submit(sys, w.report("waits"))
		if n, err := w.Settle(w.Context()); err == nil {
			w.Errorf("%d settled", n)
		}
		if report := w.verified(casebook.Check{}); report.Waiting != 1 || !report.Whole() {
			w.Errorf("%+v", report)
		}
		broken = false
	})
}

// TestClockSetBack sets it back by a day between writes: the history does not turn round, and all of it is settled.
func TestClockSetBack(t *testing.T) {
	suite(t, func(w *world) {
		lee := w.person("lee", casebook.Triager)
		_, c := w.submit(lee, w.report("mail"))
		must[*casebook.Case](w)(w.SetEmbargo(w.Context(), lee, c.ID, casebook.Embargo{Status: casebook.EmbargoActive, Until: ms(w.clock.Now().Add(48 * time.Hour))}))
		must[*casebook.Case](w)(w.Case(w.Context(), lee.Actor, c.ID)) // a look, which is an event
		if _, err := w.Settle(w.Context()); err != nil {
			w.Fatal(err)
		}
		w.clock.pass(-24 * time.Hour)
		must[*casebook.Case](w)(w.Case(w.Context(), lee.Actor, c.ID))
		w.facts(lee, c.ID, "none")
		must[*casebook.Person](w)(w.SetRoles(w.Context(), sys, lee.Actor.ID, []casebook.Role{casebook.Triager, casebook.Analyst}))
		if err := w.Set(w.Context(), sys, "a", "b", false); err != nil {
			w.Fatal(err)
		}
		w.submit(lee, w.report("earlier than the other"))
		last := int64(0)
		for _, e := range must[[]casebook.Event](w)(w.History(w.Context(), casebook.SystemActor, c.ID, 0, 100)) {
			if e.At < last {
				w.Errorf("event %d is earlier than the one before", e.Seq)
			}
			last = e.At
		}
	})
}

// TestRun settles by itself, also what another process wrote.
func TestRun(t *testing.T) {
	suite(t, func(w *world) {
		other := w.again(casebook.Options{Now: w.clock.Now})
		ctx, stop := context.WithCancel(w.Context())
		ended := make(chan error)
		go func() { ended <- w.Run(ctx) }()
		for n, b := range []*casebook.Book{w.Book, other} {
			if _, _, err := b.Submit(w.Context(), sys, w.report("settled")); err != nil {
				w.Fatal(err)
			}
			for wait := time.Now(); must[casebook.Head](w)(w.Head(w.Context())).Pos != int64(n)+1; time.Sleep(5 * time.Millisecond) {
				if time.Since(wait) > 20*time.Second {
					w.Fatal("nothing is settled")
				}
			}
		}
		stop()
		if err := <-ended; err != nil {
			w.Error(err)
		}
	})
}

// TestFeed wants each to see what they may see, and nobody to learn from its numbers that something else happened.
func TestFeed(t *testing.T) {
	suite(t, func(w *world) {
		lee, kim := w.person("lee", casebook.Triager), w.person("kim", casebook.Triager)
		max, rae := w.person("max", casebook.Manager), w.person("rae")
		_, own := w.submit(rae, w.report("own"))
		_, kept := w.submit(lee, w.report("kept"))
		must[*casebook.Case](w)(w.SetEmbargo(w.Context(), lee, kept.ID, casebook.Embargo{Status: casebook.EmbargoActive, Until: ms(w.clock.Now().Add(time.Hour))}))
		r, _ := w.submit(casebook.Write{}, w.report("by key"))
		key := must[casebook.Actor](w)(w.ByReportKey(w.Context(), r.Key))
		w.facts(lee, own.ID, "none")
		must[*casebook.Case](w)(w.Write(w.Context(), lee, own.ID, casebook.Post{Visibility: casebook.ToReporter, Text: "Thank you."}))
		if _, err := w.Settle(w.Context()); err != nil {
			w.Fatal(err)
		}
		for name, who := range map[string]struct {
			actor   casebook.Actor
			streams []casebook.ID
			people  bool
		}{
			"named":    {lee.Actor, []casebook.ID{own.ID, kept.ID, r.ID}, false},
			"unnamed":  {kim.Actor, []casebook.ID{own.ID, r.ID}, false},
			"manager":  {max.Actor, []casebook.ID{own.ID, r.ID}, true},
			"reporter": {rae.Actor, []casebook.ID{own.ID}, false},
			"key":      {key, []casebook.ID{r.ID}, false},
			"system":   {casebook.SystemActor, []casebook.ID{own.ID, kept.ID, r.ID}, true},
			"nobody":   {casebook.Actor{}, nil, false},
		} {
			events, numbers := w.follow(who.actor, 2)
			streams := map[casebook.ID]bool{}
			people := false
			for _, e := range events {
				if slices.Contains([]casebook.ID{lee.Actor.ID, kim.Actor.ID, max.Actor.ID, rae.Actor.ID}, e.Stream) {
					people = true
					continue
				}
				if e.Stream != 0 {
					streams[e.Stream] = true
				}
			}
			if people != who.people || len(streams) != len(who.streams) || slices.ContainsFunc(who.streams, func(id casebook.ID) bool { return !streams[id] }) {
				w.Errorf("%s sees people: %v, and the cases %v, want %v and %v", name, people, streams, who.people, who.streams)
			}
			if !who.people && len(numbers) > 2 && slices.IsSorted(numbers) && numbers[len(numbers)-1] < 1000 {
				w.Errorf("%s learns from %v how much happened elsewhere", name, numbers)
			}
		}
		_, _, err := w.Feed(w.Context(), rae.Actor, 3, 10)
		w.refused(fault.Invalid, err, "no place")
		events, next, err := w.Feed(w.Context(), rae.Actor, -1, 10)
		if err != nil || len(events) != 0 || next <= 0 {
			w.Fatalf("%v, %d, %v", events, next, err)
		}
		must[*casebook.Case](w)(w.Write(w.Context(), lee, own.ID, casebook.Post{Visibility: casebook.ToTeam, Text: "not for the reporter"}))
		must[*casebook.Case](w)(w.Acknowledge(w.Context(), lee, r.ID))
		w.screened(lee, own.ID)
		if _, err := w.Settle(w.Context()); err != nil {
			w.Fatal(err)
		}
		events, _, err = w.Feed(w.Context(), rae.Actor, next, 100)
		if err != nil {
			w.Fatal(err)
		}
		for _, e := range events {
			if e.Kind != "moved" && e.Kind != "acknowledged" || e.Stream != own.ID {
				w.Errorf("the reporter is told of %s of %s", e.Kind, e.Stream)
			}
		}
		if len(events) != 2 {
			w.Errorf("%d events, want the two moves", len(events))
		}
	})
}

// follow reads the whole feed of somebody, page by page.
func (w *world) follow(a casebook.Actor, page int) ([]casebook.Event, []int64) {
	w.Helper()
	var all []casebook.Event
	var numbers []int64
	for pos := int64(0); ; {
		events, next, err := w.Feed(w.Context(), a, pos, page)
		if err != nil {
			w.Fatal(err)
		}
		if len(events) > page {
			w.Fatalf("%d events on a page of %d", len(events), page)
		}
		for _, e := range events {
			all, numbers = append(all, e), append(numbers, e.Pos)
		}
		if next == pos {
			return all, numbers
		}
		pos = next
	}
}
