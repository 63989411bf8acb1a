package casebook

import (
	"strings"
	"testing"
)

func TestNewestEpochs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		last, n int
		want    string
	}{
		{0, 2, "#0"},
		{1, 2, "#1 #0"},
		{500, 2, "#500 #499"},
		{500, 8, "#500 #499 #498 #497 #496 #495 #494 #493"},
		{500, 9, "##31 ##30"},
		{500, 48, "##31 ##30 ##29 ##28"},
		{511, 16, "##31"},
		{20, 48, "##1 ##0"},
	} {
		var words []string
		for _, w := range newest(tt.last, tt.n).words {
			words = append(words, w.word)
		}
		if got := strings.Join(words, " "); got != tt.want {
			t.Errorf("newest(%d, %d) = %s, want %s", tt.last, tt.n, got, tt.want)
		}
	}
}

func TestEnoughEpochs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		want, found int
		many        bool
	}{{51, 0, true}, {51, 1, false}, {51, 50, false}, {1001, 10, true}, {1001, 1000, false}} {
		n := enough(tt.want, tt.found, 2)
		if many := n > manyEpochs; many != tt.many {
			t.Errorf("%d of %d in 2 epochs: look in %d", tt.found, tt.want, n)
		}
		if tt.found > 0 && n*tt.found < 2*tt.want {
			t.Errorf("%d of %d in 2 epochs: %d are not enough", tt.found, tt.want, n)
		}
	}
}
