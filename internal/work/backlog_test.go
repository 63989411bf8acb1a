package work

import (
	"testing"
	"time"

	"github.com/riverqueue/river"

	"bugbar/internal/casebook"
)

// TestBacklog counts what is not done, by kind and state, and says how long the first has waited.
func TestBacklog(t *testing.T) {
	each(t, func(s *shop) {
		if all, err := s.Backlog(s.Context()); err != nil || len(all) != 0 {
			t.Errorf("of nothing: %v, %v", all, err)
		}
		id := s.submit("one")
		s.write(id, casebook.ToReporter, "hello")
		s.submit("two")
		s.settle()
		if _, err := s.client.Insert(s.Context(), tell{Stream: id, Seq: 1}, &river.InsertOpts{ScheduledAt: time.Now().Add(time.Hour)}); err != nil {
			s.Fatal(err)
		}
		if _, err := s.client.Insert(s.Context(), alike{Case: id + 1}, &river.InsertOpts{ScheduledAt: time.Now().Add(-time.Hour)}); err != nil {
			s.Fatal(err)
		}
		all, err := s.Backlog(s.Context())
		if err != nil {
			s.Fatal(err)
		}
		got := map[[3]string]int64{}
		for _, b := range all {
			got[[3]string{b.Kind, b.Queue, b.State}] = b.Jobs
			if hour := b.Oldest.Round(time.Minute) == time.Hour; hour != (b.Kind == "alike" && b.State == "scheduled") || !hour && b.Oldest > time.Minute || b.Kind == "tell" && b.State == "scheduled" && b.Oldest != 0 {
				s.Errorf("%+v", b)
			}
		}
		want := map[[3]string]int64{{"alike", "default", "available"}: 2, {"alike", "default", "scheduled"}: 1, {"tell", "mail", "available"}: 1, {"tell", "mail", "scheduled"}: 1}
		if len(got) != len(want) {
			s.Errorf("%v, want %v", got, want)
		}
		for k, n := range want {
			if got[k] != n {
				s.Errorf("%v: %d, want %d", k, got[k], n)
			}
		}
		s.run(s.Worker)
		s.eventually("only what is for later is left", func() bool {
			all, err := s.Backlog(s.Context())
			return err == nil && len(all) == 1 && all[0].Kind == "tell" && all[0].State == "scheduled" && all[0].Oldest == 0
		})
	})
}
