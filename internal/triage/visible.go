package triage

import (
	"fmt"
	"strings"
	"unicode"
)

// Visible makes text from outside safe to print on one or more lines: control, invisible and
// direction-changing characters, which can hide or forge what a terminal shows, become \u{...}.
// Line feeds and tabs stay.
func Visible(text string) string {
	if !strings.ContainsFunc(text, hides) {
		return text
	}
	var out strings.Builder
	for _, r := range text {
		if hides(r) {
			fmt.Fprintf(&out, `\u{%X}`, r)
		} else {
			out.WriteRune(r)
		}
	}
	return out.String()
}

func hides(r rune) bool {
	switch r {
	case '\n', '\t':
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp) ||
		unicode.Is(unicode.Variation_Selector, r) || r == unicode.ReplacementChar ||
		r == '\u115f' || r == '\u1160' || r == '\u3164' || r == '\uffa0'
}

// maxTitle is how much of a title is shown, in runes.
const maxTitle = 200

// Line makes a title or name from outside safe to print on one line, and short enough.
func Line(text string) string {
	text = Visible(strings.Join(strings.Fields(text), " "))
	if runes := []rune(text); len(runes) > maxTitle {
		return string(runes[:maxTitle-1]) + "…"
	}
	return text
}
