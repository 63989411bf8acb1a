package measure

import (
	"math"
	"slices"
	"testing"
)

// A target that was not trained as its shadow models were must be noticed, and others not.
func TestStrangersAreTold(t *testing.T) {
	t.Parallel()
	alike := syntheticShadows(6000, 32)
	changed := func(change func(score float64) float64) Shadows {
		s := alike
		s.Scores = func(example int, into []float64) {
			alike.Scores(example, into)
			into[7] = change(into[7])
			if example%100 == 3 {
				into[9] = math.NaN()
			}
		}
		return s
	}
	all := make([]int, alike.Models)
	for i := range all {
		all[i] = i
	}
	for name, c := range map[string]struct {
		shadows Shadows
		want    []int
	}{
		"alike":      {alike, nil},
		"as it was":  {changed(func(s float64) float64 { return s }), nil},
		"shifted":    {changed(func(s float64) float64 { return s + 0.3 }), []int{7}},
		"overfitted": {changed(func(s float64) float64 { return 1.3 * s }), []int{7}},
		"too few":    {Shadows{Models: 4}, nil},
	} {
		if got := c.shadows.strangers(all); !slices.Equal(got, c.want) {
			t.Errorf("%s: strangers are %v, want %v", name, got, c.want)
		}
	}
	if note := changed(func(s float64) float64 { return 2 * s }).exchangeableNote([]int{8}); note != "" {
		t.Errorf("the target is like the others, but for one: %s", note)
	}
}

// Models that are alike must be noted no more often than is said.
func TestFewModelsAreFalselyStrange(t *testing.T) {
	t.Parallel()
	falsely, s := 0, syntheticShadows(300, 400)
	for target := range 400 {
		if s.strangers([]int{target}) != nil {
			falsely++
		}
	}
	if falsely > 3 {
		t.Errorf("%d of 400 models are told to be strange, want 0.4 on average", falsely)
	}
}
