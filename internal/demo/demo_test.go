package demo_test

import (
	"path/filepath"
	"testing"
	"time"

	"bugbar/internal/casebook"
	"bugbar/internal/demo"
)

// TestFill makes the year, and holds it to what a newcomer is to see: every kind of state and outcome, and a chain
// that verifies.
func TestFill(t *testing.T) {
	t.Parallel()
	clock := &demo.Clock{}
	book, err := casebook.Open(t.Context(), filepath.Join(t.TempDir(), "demo.db"), casebook.Options{Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	if err := demo.Fill(t.Context(), book, clock, demo.Seed, time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	states, outcomes := map[string]int{}, map[string]int{}
	page, err := book.List(t.Context(), casebook.SystemActor, casebook.Query{Order: casebook.ByArrival, Limit: casebook.MaxPage})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range page.Cases {
		states[c.State]++
		outcomes[c.Outcome]++
	}
	t.Log(len(page.Cases), states, outcomes)
	for _, s := range []string{"received", "assessed", "remediating", "closed", "no-response"} {
		if states[s] == 0 {
			t.Errorf("no case is %s", s)
		}
	}
	for _, o := range []string{"critical", "important", "moderate", "low", "in-scope", "out-of-scope", "not-a-vulnerability", "unrated"} {
		if outcomes[o] == 0 {
			t.Errorf("no case is %s", o)
		}
	}
	report, err := book.Verify(t.Context(), casebook.Check{})
	if err != nil || len(report.Problems) > 0 {
		t.Error(report.Problems, err)
	}
}
