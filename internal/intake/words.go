package intake

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxMethod bounds free text that serves as the name of a method, in bytes.
const maxMethod = 300

// clip shortens s to at most n bytes, at the border of a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return strings.TrimSpace(s[:n]) + "…"
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// lower is a column's name as it is compared.
func lower(s string) string { return strings.ToLower(strings.TrimSpace(s)) }
