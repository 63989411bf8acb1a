package suggest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bugbar/bars/barstest"
	"bugbar/internal/suggest"
)

// BenchmarkSuggest reads texts cut from the example reports; p50 and p99 are of single texts.
func BenchmarkSuggest(b *testing.B) {
	files, err := filepath.Glob("../../examples/reports/*.md")
	if err != nil {
		b.Fatal(err)
	}
	var all strings.Builder
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		all.Write(data)
	}
	m := model(b)
	for _, size := range []int{1 << 10, 4 << 10, 10 << 10} {
		b.Run(fmt.Sprintf("%dKB", size>>10), func(b *testing.B) {
			b.SetBytes(int64(size))
			var times []time.Duration
			for i := 0; b.Loop(); i++ {
				from := i * 997 % (all.Len() - size)
				start := time.Now()
				if _, err := m.Suggest(b.Context(), all.String()[from:from+size]); err != nil {
					b.Fatal(err)
				}
				times = append(times, time.Since(start))
			}
			slices.Sort(times)
			b.ReportMetric(float64(times[len(times)/2].Microseconds()), "p50-µs")
			b.ReportMetric(float64(times[len(times)*99/100].Microseconds()), "p99-µs")
		})
	}
}

// BenchmarkLoad decodes the embedded model; its bytes are the memory that the model holds.
func BenchmarkLoad(b *testing.B) {
	bar := barstest.AI(b)
	data, err := model(b).Encode()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := suggest.Decode(bar, data); err != nil {
			b.Fatal(err)
		}
	}
}
