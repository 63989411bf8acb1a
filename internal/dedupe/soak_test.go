//go:build soak

package dedupe_test

import (
	"runtime"
	"slices"
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
	times := make([]time.Duration, added)
	for i := range added {
		c := m.Case(size + i)
		start := time.Now()
		if _, err := x.Add(&c); err != nil {
			t.Fatal(err)
		}
		times[i] = time.Since(start)
	}
	slices.Sort(times)
	t.Logf("adding one case: median %v, 99 %% %v, worst %v", times[added/2], times[added*99/100], times[added-1])
	if times[added*99/100] > 5*time.Millisecond {
		t.Error("adding one case takes more than 5 ms")
	}
}
