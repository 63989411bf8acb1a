package mixture_test

import (
	"reflect"
	"testing"

	"bugbar/internal/dedupe/mixture"
)

func TestMixture(t *testing.T) {
	t.Parallel()
	m := mixture.New(1)
	texts := map[string]int{}
	for i := range 200 {
		c, again := m.Case(i), mixture.New(1).Case(i)
		if !reflect.DeepEqual(c, again) {
			t.Fatalf("report %d depends on more than the seed and its number", i)
		}
		if c.ID != mixture.ID(i) || len(c.Text) < 1000 || len(c.Text) > 4000 {
			t.Errorf("report %d: id %s, %d bytes", i, c.ID, len(c.Text))
		}
		if before, twice := texts[c.Text]; twice {
			t.Errorf("reports %d and %d are equal", before, i)
		}
		texts[c.Text] = i
		if mate := m.Case(i / 4 * 4); c.Target != mate.Target || c.Type != mate.Type {
			t.Errorf("report %d is not of its family", i)
		}
		if s := m.Sibling(i); s.Target != c.Target || s.Type != c.Type || s.Text == c.Text {
			t.Errorf("the sibling of %d is no hard negative", i)
		}
		if d := m.Duplicate(i); d.Text == c.Text || d.ID == c.ID {
			t.Errorf("the duplicate of %d is the same report", i)
		}
	}
	if other := mixture.New(2).Case(0); other.Text == m.Case(0).Text {
		t.Error("the seed changes nothing")
	}
}
