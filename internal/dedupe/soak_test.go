//go:build soak

package dedupe_test

import (
	"runtime"
	"testing"
	"time"

	"bugbar/internal/dedupe/mixture"
)

// TestSoakQuality measures on a hundred thousand reports.
func TestSoakQuality(t *testing.T) {
	m := mixture.New(1)
	measure(fill(t, m, 100_000), m, 500).hold(t)
}

// TestSoakMillion builds the largest index that is promised.
func TestSoakMillion(t *testing.T) {
	const size, added = 1_000_000, 1000
	m := mixture.New(1)
	start := time.Now()
	x := fill(t, m, size)
	t.Logf("built in %v, the writing of the reports included", time.Since(start))
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	t.Logf("%d MiB from the system", memory.Sys>>20)
	if memory.Sys > 2<<30 {
		t.Error("more than 2 GiB")
	}
	measure(x, m, 500).hold(t)
	var worst, sum time.Duration
	for i := range added {
		c := m.Case(size + i)
		start := time.Now()
		if _, err := x.Add(&c); err != nil {
			t.Fatal(err)
		}
		took := time.Since(start)
		worst, sum = max(worst, took), sum+took
	}
	t.Logf("adding one case: mean %v, worst %v", sum/added, worst)
}
