package suggest

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const sampleText = "# Hidden instructions leak mail\n\nI sent a mail with hidden instructions. The assistant of Fernhollow 4.2 read the mail and " +
	"sent the contacts to my server, 7 of 10 times.\n\n1. Send the mail.\n2. Ask for a summary.\n\n> user: what is new?\n> assistant: forwarding the mail ...\n"

// TestScores holds the one walk that scores all classes against each class on its own.
func TestScores(t *testing.T) {
	t.Parallel()
	m := loadedModel(t)
	d := read(sampleText, m.vocabulary.noise)
	v, _ := m.vector(m.lexicon.score(d, m.lexicon.find(d)), d)
	scores := m.scores(v)
	for i, h := range m.heads {
		for c, got := range scores[i] {
			want := math.Inf(-1)
			if h.known[c] {
				want = v.Dot(m.weights.column(h.column + c))
			}
			if got != want {
				t.Errorf("%s, class %d: %v, want %v", h.point.ID, c, got, want)
			}
		}
	}
}

// TestContributions: what the words of a text contribute adds up to what its n-grams add to the score.
func TestContributions(t *testing.T) {
	t.Parallel()
	m := loadedModel(t)
	d := read(sampleText, m.vocabulary.noise)
	_, g := m.vector(m.lexicon.score(d, nil), d)
	w := witness{m: m, d: d, grams: g}
	for _, h := range m.heads {
		for c := range h.classes {
			sum := 0.0
			for _, share := range w.contributions(h, c) {
				sum += share
			}
			if want := g.features.Dot(m.weights.column(h.column + c)); math.Abs(sum-want) > 1e-5 {
				t.Errorf("%s, class %d: the words add %v, the n-grams %v", h.point.ID, c, sum, want)
			}
		}
	}
}

// TestPlaces looks for each n-gram of the vocabulary, and for neighbours that are none.
func TestPlaces(t *testing.T) {
	t.Parallel()
	v := loadedModel(t).vocabulary
	for i, h := range v.hashes {
		if got := v.place(h); got != int32(i) {
			t.Fatalf("n-gram %d is found at %d", i, got)
		}
		if _, known := slices.BinarySearch(v.hashes, h+1); !known && v.place(h+1) >= 0 {
			t.Fatalf("%x is no n-gram, and is found", h+1)
		}
	}
}

// TestMatters holds the search for front matter against one pattern for the whole text.
func TestMatters(t *testing.T) {
	t.Parallel()
	whole := regexp.MustCompile(strings.Replace(matter.String(), `\A`, `^`, 1))
	pieces := []string{"---\n", "--- \n", "----\n", "type: a\n", "  - b\n", "- c\n", "prose\n", "\n", "x ---\n", "---"}
	for n := range 10000 {
		var text strings.Builder
		for k := n; k > 0; k /= 10 {
			text.WriteString(pieces[k%10] + pieces[(k/10)%10])
		}
		var want [][2]int
		for _, at := range whole.FindAllStringIndex(text.String(), maxMatters) {
			want = append(want, [2]int{at[0], at[1]})
		}
		if got := matters([]byte(text.String())); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%q: %v, want %v", text.String(), got, want)
		}
	}
}

// TestBlocks holds what a line is taken for against the patterns alone.
func TestBlocks(t *testing.T) {
	t.Parallel()
	starts := []string{"", " ", "   ", "    ", "\t", "     \t", "         "}
	marks := []string{
		"", "```go", "~~~", "# a", "####### a", "1. a", "12) a", "step 3: a", "s", "> a", "| a |", "user: a", "assistant: a", "human:a", "assistants: a",
		"ai: a", "-", "a: b", "word", "1", ":",
	}
	for _, start := range starts {
		for _, mark := range marks {
			line := []byte(start + mark + "\n")
			want := prose
			switch {
			case fence.Match(line):
				want = quoted
			case heading.Match(line):
				want = title
			case numbered.Match(line):
				want = step
			case quotes.Match(line) && len(bytes.TrimSpace(line)) > 0:
				want = quoted
			}
			if got := (&blocks{}).next(line); got != want {
				t.Errorf("%q: %d, want %d", line, got, want)
			}
		}
	}
}
