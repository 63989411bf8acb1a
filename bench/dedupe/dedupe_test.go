package dedupe_test

import (
	"testing"

	"bugbar/bench/dedupe"
	"bugbar/internal/dedupe/mixture"
)

// TestItself proves that every way works: it finds each of some reports by itself, first.
func TestItself(t *testing.T) {
	t.Parallel()
	m := mixture.New(1)
	for _, way := range dedupe.Ways() {
		s, err := way.New()
		if err != nil {
			t.Fatal(way.Name, err)
		}
		const size = 200
		for i := range size {
			c := m.Case(i)
			if err := s.Add(&c); err != nil {
				t.Fatal(way.Name, err)
			}
		}
		if err := s.Built(); err != nil {
			t.Fatal(way.Name, err)
		}
		for i := range size {
			c := m.Case(i)
			c.ID = "new"
			ids, err := s.Find(&c)
			if err != nil || len(ids) == 0 || ids[0] != mixture.ID(i) {
				t.Errorf("%s: %v, %v, want %s first", way.Name, ids, err, mixture.ID(i))
			}
		}
		if err := s.Close(); err != nil {
			t.Error(way.Name, err)
		}
	}
}
