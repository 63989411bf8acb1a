package suggest

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"unicode"

	"bugbar/bar"
)

// Kinds of suspicions.
const (
	suspectInvisible = "invisible-characters"
	suspectTurned    = "direction-changing-characters"
	suspectDisguised = "lookalike-letters"
	suspectHidden    = "hidden-comment"
	suspectAddressed = "addressed-to-the-classifier"
	suspectFacts     = "states-facts-in-the-bars-ids"
	suspectMatter    = "front-matter-inside-the-text"
	suspectEncoded   = "encoded-text"
	suspectStuffed   = "stuffed-with-terms"
	suspectRepeated  = "repeated"
)

// maxSuspicions bounds how many passages of one kind are shown.
const maxSuspicions = 5

// guard masks what does not describe a weakness, and tells what looks like an attempt to sway the
// reader.
func (m *Model) guard(d *document, hits []hit) []Suspicion {
	g := &guard{d: d, found: []Suspicion{}}
	g.characters()
	g.frontMatter()
	g.hidden()
	g.blobs()
	g.statedFacts(m.bar)
	g.addressed(m.lexicon, hits)
	g.stuffed(m.lexicon, hits, m.bar.EntryPoint())
	g.repeated()
	return g.sorted()
}

type guard struct {
	d     *document
	found []Suspicion
	count map[string]int
}

func (g *guard) sorted() []Suspicion {
	slices.SortStableFunc(g.found, func(x, y Suspicion) int { return cmp.Compare(x.Start, y.Start) })
	return g.found
}

func (g *guard) suspect(kind string, at Span, format string, args ...any) {
	if g.count == nil {
		g.count = map[string]int{}
	}
	if g.count[kind]++; g.count[kind] <= maxSuspicions {
		g.found = append(g.found, Suspicion{at, kind, fmt.Sprintf(format, args...)})
	}
}

// mask takes the tokens from first up to, not including, behind out of what is weighed.
func (g *guard) mask(first, behind int) {
	for i := first; i < behind; i++ {
		g.d.tokens[i].masked = true
	}
}

// characters tells of what clean has undone.
func (g *guard) characters() {
	for _, c := range []struct {
		kind, text string
		at         []int32
	}{
		{suspectInvisible, "%d invisible characters; they were left out", g.d.invisible},
		{suspectTurned, "%d characters that change the direction of the text; they were left out", g.d.turned},
		{suspectDisguised, "%d words mix letters of several scripts; they were read as Latin", g.d.disguised},
	} {
		if len(c.at) > 0 {
			g.suspect(c.kind, Span{int(c.at[0]), int(c.at[len(c.at)-1]) + 1}, c.text, len(c.at))
		}
	}
}

// matter is front matter at the beginning of a text.
var matter = regexp.MustCompile(`(?m)\A---[ \t]*\n((?:[a-z_ ]+:[^\n]*\n|[ \t]+[^\n]*\n|-[ \t][^\n]*\n)+)---[ \t]*$`)

var titleLine = regexp.MustCompile(`(?m)^title:[^\n]*$`)

// frontMatter leaves the front matter to those who read it as claims, but for the title. Another one
// further down has no business there.
func (g *guard) frontMatter() {
	text := g.d.text
	for _, at := range matters(text) {
		first, behind := g.d.tokenAt(at[0]), g.d.tokenAt(at[1])
		g.mask(first, behind)
		if len(bytes.TrimSpace(text[:at[0]])) > 0 {
			g.suspect(suspectMatter, Span{int(g.d.at[at[0]]), int(g.d.at[at[1]])}, "front matter inside the text counts nothing")
			continue
		}
		if t := titleLine.FindIndex(text[at[0]:at[1]]); t != nil {
			for i := g.d.tokenAt(at[0]+t[0]) + 1; i < g.d.tokenAt(at[0]+t[1]); i++ {
				g.d.tokens[i].masked, g.d.tokens[i].block = false, title
			}
		}
	}
}

// maxMatters bounds the passages of front matter that are looked at.
const maxMatters = 20

// matters finds passages of front matter, from and to. Most texts have no line that could begin one.
func matters(text []byte) [][2]int {
	var found [][2]int
	for at := 0; len(found) < maxMatters; {
		next := bytes.Index(text[at:], []byte("---"))
		if next < 0 {
			break
		}
		at += next
		end := at + 1
		if at == 0 || text[at-1] == '\n' {
			if m := matter.FindIndex(text[at:]); m != nil {
				end = at + m[1]
				found = append(found, [2]int{at, end})
			}
		}
		at = end
	}
	return found
}

// hidden masks comments, which no reader of the rendered page sees.
func (g *guard) hidden() {
	for i := 0; i < len(g.d.tokens); i++ {
		if g.d.tokens[i].block != comment {
			continue
		}
		first := i
		for i < len(g.d.tokens) && g.d.tokens[i].block == comment {
			i++
		}
		g.mask(first, i)
		g.suspect(suspectHidden, g.d.span(first, i-1), "a comment that a rendered page does not show")
	}
}

// minBlob is the length from which a run of letters and digits is no word.
const minBlob = 40

// blobs masks runs of characters that are no words; what decodes to words is told.
func (g *guard) blobs() {
	text := g.d.text
	for from := 0; from < len(text); from++ {
		to := from
		for to < len(text) && inBlob(text[to]) {
			to++
		}
		if to-from >= minBlob && bytes.ContainsAny(text[from:to], "0123456789=") {
			g.mask(g.d.tokenAt(from), g.d.tokenAt(to))
			at := Span{int(g.d.at[from]), int(g.d.at[to])}
			if decodes(g.d.received[at.Start:at.End]) {
				g.suspect(suspectEncoded, at, "encoded text; it was not decoded")
			}
		}
		from = to
	}
}

func inBlob(b byte) bool {
	return 'a' <= b && b <= 'z' || isDigit(b) || b == '+' || b == '/' || b == '_' || b == '-' || b == '='
}

// decodes says whether text is base64 of something that a person can read.
func decodes(text string) bool {
	plain, err := base64.RawStdEncoding.DecodeString(string(bytes.TrimRight([]byte(text), "=")))
	if err != nil || len(plain) == 0 {
		return false
	}
	readable := 0
	for _, b := range plain {
		if b < unicode.MaxASCII && (unicode.IsLetter(rune(b)) || b == ' ' || b == '\n') {
			readable++
		}
	}
	return readable*10 > len(plain)*8
}

// statedFacts masks lines that state a fact in the bar's own ids: a description does not, and a
// claim belongs in the front matter.
func (g *guard) statedFacts(b *bar.Bar) {
	for i := range g.d.tokens {
		p, _ := b.Point(string(g.d.word(i)))
		if p == nil || g.d.tokens[i].masked {
			continue
		}
		rest := bytes.TrimLeft(g.d.text[g.d.tokens[i].end:], "\"'`* \t")
		if len(rest) == 0 || rest[0] != ':' && rest[0] != '=' {
			continue
		}
		rest = bytes.TrimLeft(rest[1:], "\"'`*[ \t")
		if !slices.ContainsFunc(p.Values, func(v bar.Value) bool { return bytes.HasPrefix(rest, []byte(v.ID)) }) {
			continue
		}
		first, behind := g.d.sentence(i)
		g.mask(first, behind)
		g.suspect(suspectFacts, g.d.span(first, behind-1), "states %s by the bar's own id; claims belong in the front matter", p.ID)
	}
}

// addressed masks sentences that tell whoever classifies the report what to make of it.
func (g *guard) addressed(l *lexicon, hits []hit) {
	for _, h := range hits {
		if !l.says(h, "addressed") || g.d.tokens[h.first].masked {
			continue
		}
		first, behind := g.d.sentence(h.first)
		g.mask(first, behind)
		g.suspect(suspectAddressed, g.d.span(first, behind-1), "speaks to whoever classifies the report")
	}
}

// stuffed masks sentences that list the terms of many types and tell nothing else.
func (g *guard) stuffed(l *lexicon, hits []hit, entry string) {
	const types, share = 4, 0.5
	for i := 0; i < len(hits); {
		first, behind := g.d.sentence(hits[i].first)
		values, covered := map[string]bool{}, map[int]bool{}
		for ; i < len(hits) && hits[i].first < behind; i++ {
			if c := &l.cues[hits[i].cue]; c.point == entry {
				values[c.value] = true
				for t := hits[i].first; t <= hits[i].last; t++ {
					covered[t] = true
				}
			}
		}
		if len(values) >= types && float64(len(covered)) >= share*float64(behind-first) {
			g.mask(first, behind)
			g.suspect(suspectStuffed, g.d.span(first, behind-1), "lists the terms of %d types", len(values))
		}
	}
}

// repeated masks sentences of prose that stand there three times or more: nobody describes so.
func (g *guard) repeated() {
	places := map[string][]int{}
	for i := 0; i < len(g.d.tokens); {
		first, behind := g.d.sentence(i)
		i = behind
		if behind-first >= 4 && g.d.tokens[first].block == prose {
			key := string(g.d.text[g.d.tokens[first].start:g.d.tokens[behind-1].end])
			places[key] = append(places[key], first)
		}
	}
	for _, key := range sortedKeys(places) {
		at := places[key]
		if len(at) < 3 {
			continue
		}
		for _, i := range at {
			first, behind := g.d.sentence(i)
			g.mask(first, behind)
		}
		_, behind := g.d.sentence(at[0])
		g.suspect(suspectRepeated, g.d.span(at[0], behind-1), "the same sentence stands there %d times", len(at))
	}
}
