package casefile

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"bugbar/internal/suggest"
	"bugbar/internal/triage"
)

// Passage is a piece of a report: as it came, but for characters that do not show, which are named. Class says
// what is marked about it; a passage without is plain.
type Passage struct {
	Text, Class, Title string
}

type markSpan struct {
	suggest.Span
	class, title string
}

// evidenceMarks are the words that a proposal rests on.
func evidenceMarks(p suggest.Proposal) []markSpan {
	var marks []markSpan
	for _, e := range p.Evidence {
		marks = append(marks, markSpan{Span: e.Span, class: "words", title: p.Point + ": " + e.Value + " (" + string(e.Basis) + ")"})
	}
	return marks
}

// passages cuts a text at its marks. Where two overlap, the one that begins first counts.
func passages(text string, marks []markSpan) []Passage {
	slices.SortStableFunc(marks, func(a, b markSpan) int { return cmp.Or(a.Start-b.Start, b.End-a.End) })
	var all []Passage
	at := 0
	for _, m := range marks {
		if m.Start < at || m.End <= m.Start || m.End > len(text) {
			continue
		}
		m.Span = whole(text, m.Span)
		if m.Start < at {
			m.Start = at
		}
		all = append(all, plain(text[at:m.Start])...)
		all = append(all, Passage{Text: triage.Visible(text[m.Start:m.End]), Class: m.class, Title: m.title})
		at = m.End
	}
	return append(all, plain(text[at:])...)
}

// whole widens a span that begins or ends within a character.
func whole(text string, s suggest.Span) suggest.Span {
	for s.Start > 0 && !utf8.RuneStart(text[s.Start]) {
		s.Start--
	}
	for s.End < len(text) && !utf8.RuneStart(text[s.End]) {
		s.End++
	}
	return s
}

func plain(text string) []Passage {
	if text == "" {
		return nil
	}
	return []Passage{{Text: triage.Visible(strings.ReplaceAll(text, "\r\n", "\n"))}}
}
