package casebook

import (
	"slices"
	"sync"
	"testing"
	"time"
)

func TestIDsOfOneMillisecondFollowEachOther(t *testing.T) {
	now := time.UnixMilli(1790000000123)
	ids := make([][]ID, 8)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			for range 100 {
				ids[i] = append(ids[i], NewID(now))
			}
		})
	}
	wg.Wait()
	for _, of := range ids {
		if !slices.IsSorted(of) {
			t.Error("an id is smaller than one made before it")
		}
	}
	all := slices.Concat(ids...)
	slices.Sort(all)
	if n := len(slices.Compact(slices.Clone(all))); n != len(all) {
		t.Errorf("%d ids for %d", n, len(all))
	}
	if gap := int64(all[1] - all[0]); gap < 1 || gap > maxStep {
		t.Errorf("a step of %d, and at most %d are made", gap, maxStep)
	}
	for _, id := range []ID{all[0], all[len(all)-1]} {
		if !id.Time().Equal(now) {
			t.Errorf("made at %v, and says %v", now, id.Time())
		}
	}
}

func TestIDsSayWhenTheyWereMade(t *testing.T) {
	for _, at := range []string{"2020-01-01T00:00:00.001Z", "2026-11-26T11:00:00.999Z", "2089-01-01T00:00:00Z", "2026-11-26T10:59:59Z"} { // also when the clock is set back
		want, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		id := NewID(want)
		if !id.Time().Equal(want) {
			t.Errorf("%s says %v", id, id.Time())
		}
		if again, err := ParseID(id.String()); err != nil || again != id {
			t.Errorf("%s is read as %v, %v", id, again, err)
		}
	}
}
