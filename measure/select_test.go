package measure

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestSelectPutsTheMiddleInOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		levels := rapid.SampledFrom([]float64{1, 3, 1e6}).Draw(t, "levels")
		values := rapid.SliceOfN(rapid.Float64Range(-levels, levels), 1, 200).Draw(t, "values")
		if levels < 10 { // ties
			for i := range values {
				values[i] = float64(int(values[i]))
			}
		}
		sorted := slices.Sorted(slices.Values(values))
		first := rapid.IntRange(0, len(values)-1).Draw(t, "first")
		last := min(len(values)-1, first+rapid.IntRange(0, 3).Draw(t, "more"))
		selectFrom(values, first, last)
		if got, want := values[first:last+1], sorted[first:last+1]; !slices.Equal(got, want) {
			t.Fatalf("from %d to %d: %v, want %v", first, last, got, want)
		}
		if slices.Sort(values); !slices.Equal(values, sorted) {
			t.Fatal("values were lost")
		}
	})
}

func TestSearchNearFindsTheFirst(t *testing.T) {
	t.Parallel()
	for first := 3; first <= 40; first++ {
		for guess := -5; guess < 50; guess++ {
			steps := 0
			got := searchNear(3, 40, guess, func(i int) bool { steps++; return i >= first })
			if got != first || guess == first && steps > 2 {
				t.Fatalf("from %d: got %d in %d steps, want %d", guess, got, steps, first)
			}
		}
	}
}
