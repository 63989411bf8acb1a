package spelling

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	t.Parallel()
	known := []string{"closed", "triaging", "cloned", "needs-info"}
	for word, want := range map[string]string{
		"closde": "closed", "CLOSED": "closed", "cloed": "closed", "triging": "triaging", "needsinfo": "needs-info",
		"":                             "",
		"xyz":                          "",
		"clxxx":                        "", // more than a third of it differs
		"clo\x00ed":                    "closed",
		strings.Repeat("closed", 1000): "",
	} {
		if got := Nearest(word, known); got != want {
			t.Errorf("%.40q: %q, want %q", word, got, want)
		}
	}
	if got := Nearest("closed", nil); got != "" {
		t.Errorf("%q is near to nothing", got)
	}
}

func TestDistance(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"kitten", "sitting", 3}, {"flaw", "lawn", 2}, {"same", "same", 0}} {
		if a, b := distance(test.a, test.b), distance(test.b, test.a); a != test.want || b != test.want {
			t.Errorf("from %q to %q: %d, and back: %d, want %d", test.a, test.b, a, b, test.want)
		}
	}
}
