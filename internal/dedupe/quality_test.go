package dedupe_test

import (
	"slices"
	"testing"
	"time"

	"bugbar/internal/dedupe"
	"bugbar/internal/dedupe/mixture"
)

// quality is what a search for duplicates is worth.
type quality struct {
	recall    float64 // share of the pairs whose first report is among the ten best
	suggested float64 // share of the pairs that are suggested as duplicates
	precision float64 // share of the suggested duplicates that are pairs
	queries   []time.Duration
}

// fill builds an index of the first size reports of a mixture.
func fill(tb testing.TB, m mixture.Mixture, size int) *dedupe.Index {
	tb.Helper()
	x := dedupe.New()
	for i := range size {
		c := m.Case(i)
		if _, err := x.Add(&c); err != nil {
			tb.Fatal(err)
		}
	}
	return x
}

// measure asks for a duplicate and for a hard negative of every size/pairs-th report.
func measure(x *dedupe.Index, m mixture.Mixture, pairs int) quality {
	var found, suggested, right int
	var q quality
	for p := range pairs {
		number := p * x.Len() / pairs
		for _, c := range []dedupe.Case{m.Duplicate(number), m.Sibling(number)} {
			start := time.Now()
			candidates := x.Find(&c, 10)
			q.queries = append(q.queries, time.Since(start))
			for _, k := range candidates {
				pair := k.ID == mixture.ID(number) && c.ID == mixture.ID(number)+"-again"
				if pair {
					found++
				}
				if k.Relation == dedupe.Duplicate {
					suggested++
					if pair {
						right++
					}
				}
			}
		}
	}
	slices.Sort(q.queries)
	q.recall, q.suggested = float64(found)/float64(pairs), float64(right)/float64(pairs)
	q.precision = float64(right) / float64(max(suggested, 1))
	return q
}

func (q quality) hold(t *testing.T) {
	t.Helper()
	t.Logf("recall at 10 %.3f, suggested %.3f, precision %.3f; query median %v, 99 %% %v",
		q.recall, q.suggested, q.precision, q.queries[len(q.queries)/2], q.queries[len(q.queries)*99/100])
	if q.recall < 0.98 {
		t.Errorf("recall at 10 is %.3f", q.recall)
	}
	if q.precision < 0.95 {
		t.Errorf("precision of suggested duplicates is %.3f", q.precision)
	}
	if q.suggested < 0.8 {
		t.Errorf("only %.3f of the pairs are suggested as duplicates", q.suggested)
	}
}

// TestQuality is the short form of TestSoakQuality.
func TestQuality(t *testing.T) {
	t.Parallel()
	m := mixture.New(7)
	measure(fill(t, m, 5000), m, 250).hold(t)
}
