package decide_test

import (
	"math/rand/v2"
	"testing"

	"bugbar/bar"
	"bugbar/bars"
	"bugbar/bench/cases"
	"bugbar/bench/decide"
)

// edition is the one that the switch was written for.
const edition = "msrc-ai@2026-11"

func load(tb testing.TB) (*bar.Bar, []decide.Engine) {
	tb.Helper()
	b, err := bars.Load(edition)
	if err != nil {
		tb.Fatal(err)
	}
	engines, err := decide.Engines(b)
	if err != nil {
		tb.Fatal(err)
	}
	return b, engines
}

// TestAgree proves that equals are compared.
func TestAgree(t *testing.T) {
	t.Parallel()
	b, engines := load(t)
	complete := cases.Complete(b)
	rows := map[string]bool{}
	for _, c := range complete {
		rows[c.Want.Row] = true
		for _, e := range engines {
			if got, err := e.Prepare(c.Facts)(); got != c.Want || err != nil {
				t.Errorf("%s: %+v: got %v, %v, want %v", e.Name, c.Facts, got, err, c.Want)
			}
		}
	}
	if len(rows) != len(b.RowIDs()) {
		t.Errorf("%d cases reach %d of %d rows", len(complete), len(rows), len(b.RowIDs()))
	}
}

// TestRefuse proves that none of the engines rates a value that the bar does not have.
func TestRefuse(t *testing.T) {
	t.Parallel()
	_, engines := load(t)
	for _, e := range engines {
		if got, err := e.Prepare(cases.Facts{Type: "prompt-ejection"})(); err == nil {
			t.Errorf("%s: got %v for an unknown type", e.Name, got)
		}
	}
}

// draws is how many facts a benchmark goes through: more than a branch predictor remembers.
const draws = 1 << 12

func BenchmarkDecide(b *testing.B) {
	ai, engines := load(b)
	complete := cases.Complete(ai)
	for _, e := range engines {
		b.Run(e.Name, func(b *testing.B) {
			random := rand.New(rand.NewPCG(1, 2))
			prepared := make([]decide.Decide, draws)
			for i := range prepared {
				prepared[i] = e.Prepare(complete[random.IntN(len(complete))].Facts)
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if _, err := prepared[i%draws](); err != nil {
					b.Fatal(err)
				}
				i++
			}
		})
	}
}
