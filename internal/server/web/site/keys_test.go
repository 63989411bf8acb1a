package site

import (
	"maps"
	"slices"
	"testing"
)

// TestReadShortcuts: what differs is kept; what is no key, or could be meant twice, is told at each of the two.
func TestReadShortcuts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		typed  map[string]string
		chosen map[string]string
		wrong  []string
	}{
		{"as they come", nil, nil, nil},
		{"another key", map[string]string{"down": " n "}, map[string]string{"down": "n"}, nil},
		{"none", map[string]string{"assign": ""}, map[string]string{"assign": ""}, nil},
		{"two in a row", map[string]string{"queue": "w   q"}, map[string]string{"queue": "w q"}, nil},
		{"swapped", map[string]string{"down": "k", "up": "j"}, map[string]string{"down": "k", "up": "j"}, nil},
		{"a capital letter is another key", map[string]string{"down": "J"}, map[string]string{"down": "J"}, nil},
		{"any script", map[string]string{"down": "ж"}, map[string]string{"down": "ж"}, nil},
		{"the same", map[string]string{"down": "k"}, map[string]string{"down": "k"}, []string{"down", "up"}},
		{"the first of two", map[string]string{"help": "w", "queue": "w q"}, map[string]string{"help": "w", "queue": "w q"}, []string{"help", "queue"}},
		{"none clashes with nothing", map[string]string{"down": "", "up": ""}, map[string]string{"down": "", "up": ""}, nil},
		{"a word", map[string]string{"down": "down"}, map[string]string{"down": "down"}, []string{"down"}},
		{"three in a row", map[string]string{"queue": "w b c"}, map[string]string{"queue": "w b c"}, []string{"queue"}},
		{"a character that does not show", map[string]string{"down": "\u200b"}, map[string]string{"down": "\u200b"}, []string{"down"}},
	} {
		chosen, wrong := ReadShortcuts(func(id string) string {
			if keys, typed := c.typed[id]; typed {
				return keys
			}
			for _, s := range shortcuts() {
				if s.ID == id {
					return s.Keys
				}
			}
			t.Fatalf("%s is asked for", id)
			return ""
		})
		if got := slices.Sorted(maps.Keys(wrong)); !maps.Equal(chosen, c.chosen) || !slices.Equal(got, c.wrong) {
			t.Errorf("%s: %v is kept, and %v is wrong", c.name, chosen, wrong)
		}
	}
}
