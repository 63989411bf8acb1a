package batch

import (
	"testing"

	"bugbar/bar"
	"bugbar/bars"
)

// TestCacheIsBounded answers more different facts than are kept.
func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	b, err := bars.Load("msrc-ai@2026-11")
	if err != nil {
		t.Fatal(err)
	}
	e := newEncoder(b)
	sets := make([]bar.Set, len(b.Points))
	for n := range 2 * maxCached {
		for i, p := range b.Points {
			sets[i] = p.All()
		}
		sets[0], sets[5] = bar.Set(n%4095+1), bar.Set(n/4095*100%4095+1)
		e.verdict(sets)
		if len(e.cache) > maxCached {
			t.Fatalf("%d answers are kept", len(e.cache))
		}
	}
}
