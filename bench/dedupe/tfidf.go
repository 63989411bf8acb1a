package dedupe

import (
	"math"

	"bugbar/internal/dedupe"
)

// tfidf is the cosine of TF-IDF vectors over an inverted index, term at a time, with (1 + log tf) · idf.
type tfidf struct {
	words int // of a query, the heaviest; 0 for all
	ids   []string
	lists map[string][]posting
	norms []float64
	sums  []float64
}

type posting struct {
	number uint32
	tf     float32
}

func newTFIDF(words int) *tfidf { return &tfidf{words: words, lists: map[string][]posting{}} }

func (t *tfidf) Add(c *dedupe.Case) error {
	n := uint32(len(t.ids))
	t.ids = append(t.ids, c.ID)
	for w, count := range frequencies(plainWords(c)) {
		t.lists[w] = append(t.lists[w], posting{n, float32(1 + math.Log(count))})
	}
	return nil
}

func (t *tfidf) idf(word string) float64 {
	return math.Log(float64(len(t.ids)+1) / float64(len(t.lists[word])+1))
}

func (t *tfidf) Built() error {
	t.norms, t.sums = make([]float64, len(t.ids)), make([]float64, len(t.ids))
	for w, list := range t.lists {
		idf := t.idf(w)
		for _, p := range list {
			t.norms[p.number] += float64(p.tf) * float64(p.tf) * idf * idf
		}
	}
	for i := range t.norms {
		t.norms[i] = math.Sqrt(t.norms[i])
	}
	return nil
}

func (t *tfidf) Find(c *dedupe.Case) ([]string, error) {
	weights := map[string]float64{}
	for w, count := range frequencies(plainWords(c)) {
		weights[w] = (1 + math.Log(count)) * t.idf(w)
	}
	var touched []uint32
	for _, w := range heaviest(weights, t.words) {
		share := weights[w] * t.idf(w)
		for _, p := range t.lists[w] {
			if t.sums[p.number] == 0 {
				touched = append(touched, p.number)
			}
			t.sums[p.number] += share * float64(p.tf)
		}
	}
	top := &ranking{}
	for _, n := range touched {
		top.add(n, t.sums[n]/t.norms[n])
		t.sums[n] = 0
	}
	return top.ids(t.ids), nil
}

func (t *tfidf) Close() error { return nil }
