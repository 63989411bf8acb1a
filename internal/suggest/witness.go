package suggest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// maxEvidence bounds the passages that are shown for a proposal.
const maxEvidence = 4

// minWeight is what a word must add to a score to be shown.
const minWeight = 0.02

// witness finds the words that a proposal rests on.
type witness struct {
	m     *Model
	d     *document
	text  string // as received
	hits  []hit
	grams grams

	shares []float64 // room for contributions
}

// testify lists the passages that speak for the proposed values: cues first, the strongest before
// the others, then the words that weigh most.
func (w *witness) testify(h *head, values []string) []Evidence {
	list := []Evidence{}
	for _, value := range values {
		list = append(list, w.cues(h, value)...)
	}
	if len(list) > maxEvidence {
		list = list[:maxEvidence]
	}
	for class, v := range h.point.Values {
		if slices.Contains(values, v.ID) && len(list) < maxEvidence {
			list = w.weights(h, class, list)
		}
	}
	return list
}

// cues are the hits for a value, each phrase once.
func (w *witness) cues(h *head, value string) []Evidence {
	var found []hit
	for _, x := range w.hits {
		if c := &w.m.lexicon.cues[x.cue]; c.point == h.point.ID && c.value == value && w.m.lexicon.weighs(w.d, x) {
			found = append(found, x)
		}
	}
	slices.SortStableFunc(found, func(x, y hit) int {
		return cmp.Compare(w.m.lexicon.cues[y.cue].Weight, w.m.lexicon.cues[x.cue].Weight)
	})
	var list []Evidence
	said := map[string]bool{}
	for _, x := range found {
		words := string(w.d.text[w.d.tokens[x.first].start:w.d.tokens[x.last].end])
		if said[words] || overlaps(list, w.d.span(x.first, x.last)) {
			continue
		}
		said[words] = true
		list = append(list, w.passage(x.first, x.last, value, "cue "+h.point.ID+"/"+w.m.lexicon.cues[x.cue].ID))
		if len(list) == maxEvidence {
			break
		}
	}
	return list
}

// weights adds the words that speak most for a class, by what their n-grams add to its score above
// the mean of the classes.
func (w *witness) weights(h *head, class int, list []Evidence) []Evidence {
	added := w.contributions(h, class)
	var order []int
	for i := range added {
		if added[i] >= minWeight {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(added[y], added[x]) })
	for _, i := range order[:min(len(order), 3*maxEvidence)] {
		if len(list) >= maxEvidence {
			break
		}
		if !overlaps(list, w.d.span(i, i)) {
			list = append(list, w.passage(i, i, h.point.Values[class].ID, fmt.Sprintf("weight %+.2f", added[i])))
		}
	}
	return list
}

// contributions is what each word adds to the score of a class: of what an n-gram adds, each of its places has an
// equal share, and each of the words there.
func (w *witness) contributions(h *head, class int) []float64 {
	shares := w.shares[:0]
	for i, f := range w.grams.features {
		share := float64(f.Value * w.m.weights.row(int(f.ID))[h.column+class])
		if n := w.grams.counts[i]; n > 1 {
			share /= float64(min(n, 1<<15))
		}
		shares = append(shares, share)
	}
	w.shares = shares
	added := make([]float64, len(w.d.tokens))
	for i, numbers := range w.grams.of {
		sum := 0.0
		for _, n := range numbers {
			if n >= 0 {
				sum += shares[n]
				continue
			}
			half := shares[^n] / 2
			sum += half
			added[i-1] += half
		}
		added[i] = sum
	}
	return added
}

func (w *witness) passage(first, last int, value, why string) Evidence {
	s := w.d.span(first, last)
	return Evidence{Span: s, Quote: strings.Clone(w.text[s.Start:s.End]), Value: value, Why: why, Basis: w.basis(first)}
}

func overlaps(list []Evidence, s Span) bool {
	return slices.ContainsFunc(list, func(o Evidence) bool { return s.Start < o.End && o.Start < s.End })
}

// basis says whether the sentence of a word shows something: it is a step or a transcript, or it
// tells what was observed and does not hedge.
func (w *witness) basis(i int) Basis {
	switch w.d.tokens[i].block {
	case step, quoted:
		return Demonstrated
	case title:
		return Claimed
	}
	first, behind := w.d.sentence(i)
	seen := false
	for _, h := range w.hits {
		if h.first < first || h.first >= behind {
			continue
		}
		if w.m.lexicon.says(h, "hedged") {
			return Claimed
		}
		seen = seen || w.m.lexicon.says(h, "observed") && !negated(w.d, h)
	}
	if seen {
		return Demonstrated
	}
	return Claimed
}

// basisOf is that of the strongest evidence: one passage that shows something is enough.
func basisOf(list []Evidence) Basis {
	for _, e := range list {
		if e.Basis == Demonstrated {
			return Demonstrated
		}
	}
	return Claimed
}
