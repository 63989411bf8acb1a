// Package dedupe holds the known ways to find near-duplicate texts in one form, so that they can be
// measured side by side with bugbar's on the same mixture of reports.
//
// In go cases, one by one; out come the ids of the ten that a way finds most alike. The rivals read titles
// and texts as plain lower-case words, as they do where they are used. Fields of the identity are
// known to bugbar alone, and the mixture's fields do not name a bug.
package dedupe

import (
	"strings"
	"unicode"

	"bugbar/internal/dedupe"
)

// Best is how many cases are asked for.
const Best = 10

// Searcher is one way to search.
type Searcher interface {
	Add(c *dedupe.Case) error
	// Built is called once after the last Add.
	Built() error
	// Find returns at most Best ids, the most alike first.
	Find(c *dedupe.Case) ([]string, error)
	Close() error
}

// Way names a searcher and its settings.
type Way struct {
	Name string
	New  func() (Searcher, error)
}

// Ways are all of them: bugbar, and each rival in the settings on its curve of recall against time.
func Ways() []Way {
	return []Way{
		{"bugbar", newBugbar},
		{"SQLite FTS5 BM25, 10 words", func() (Searcher, error) { return newFTS5(10) }},
		{"SQLite FTS5 BM25, 25 words", func() (Searcher, error) { return newFTS5(25) }},
		{"SQLite FTS5 BM25, 60 words", func() (Searcher, error) { return newFTS5(60) }},
		{"MinHash-LSH, 3-word shingles, 32 × 4", func() (Searcher, error) { return newMinHash(3, 32, 4), nil }},
		{"MinHash-LSH, 3-word shingles, 128 × 1", func() (Searcher, error) { return newMinHash(3, 128, 1), nil }},
		{"MinHash-LSH, words, 32 × 4", func() (Searcher, error) { return newMinHash(1, 32, 4), nil }},
		{"MinHash-LSH, words, 64 × 2", func() (Searcher, error) { return newMinHash(1, 64, 2), nil }},
		{"TF-IDF cosine, all words", func() (Searcher, error) { return newTFIDF(0), nil }},
		{"TF-IDF cosine, 25 best words", func() (Searcher, error) { return newTFIDF(25), nil }},
		{"SimHash, 64 bits, all compared", func() (Searcher, error) { return &simHash{}, nil }},
	}
}

// Named returns the way with a name.
func Named(name string) (Way, bool) {
	for _, w := range Ways() {
		if w.Name == name {
			return w, true
		}
	}
	return Way{}, false
}

// plainWords are the words of a case for the rivals.
func plainWords(c *dedupe.Case) []string {
	return strings.FieldsFunc(strings.ToLower(c.Title+"\n"+c.Text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
}

// bugbar is what is measured against the rivals.
type bugbar struct{ index *dedupe.Index }

func newBugbar() (Searcher, error) { return &bugbar{dedupe.New()}, nil }

func (b *bugbar) Add(c *dedupe.Case) error {
	_, err := b.index.Add(c)
	return err
}

func (b *bugbar) Built() error { return nil }

func (b *bugbar) Find(c *dedupe.Case) ([]string, error) {
	var ids []string
	for _, k := range b.index.Find(c, Best) {
		ids = append(ids, k.ID)
	}
	return ids, nil
}

func (b *bugbar) Close() error { return nil }
