package suggest

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"bugbar/bar"
	"bugbar/internal/suggest/linear"
)

// Case is a report whose facts a person has established, for training and for measuring.
type Case struct {
	ID      string
	Text    string
	Facts   map[string]string // value by decision point; a point that the text leaves open is absent
	Outcome string            // what the bar makes of the facts
}

// What was chosen by cross-validation on the development cases, each from a handful of values.
const (
	cueScale = 0.2 // how much a cue weighs beside an n-gram
	cost     = 0.3 // of a margin that is not kept
	rounds   = 30
)

// calibrationFolds is the number of parts in which held-out scores for the calibration are made.
const calibrationFolds = 5

// Train makes a model from labelled cases, and from what the bar itself teaches. The same cases, in
// any order, and the same seed give the same model.
func Train(b *bar.Bar, cases []Case, seed uint64) (*Model, error) {
	l, err := loadLexicon(b)
	if err != nil {
		return nil, err
	}
	if len(cases) < calibrationFolds {
		return nil, fmt.Errorf("%d cases are too few to train on", len(cases))
	}
	m := &Model{bar: b, lexicon: l, seed: seed}
	for _, c := range cases {
		m.seen = append(m.seen, textHash(c.Text))
	}
	slices.Sort(m.seen)
	cases = append(slices.Clone(cases), taught(b)...)
	slices.SortFunc(cases, func(x, y Case) int { return cmp.Compare(x.ID, y.ID) })
	scores, lists := make([][]float64, len(cases)), make([][]ngram, len(cases))
	for i, c := range cases {
		d := read(c.Text, nil)
		hits := l.find(d)
		m.guard(d, hits)
		scores[i], lists[i] = l.score(d, hits), ngrams(d)
	}
	m.vocabulary = newVocabulary(lists)
	vectors := make([]linear.Vector, len(cases))
	for i := range cases {
		vectors[i], _ = m.vector(scores[i], lists[i])
	}
	for _, p := range b.Points {
		m.heads = append(m.heads, m.trainHead(p, cases, vectors))
	}
	m.digest = digest(cases, seed)
	return m, nil
}

// digest names a training: its cases and its seed.
func digest(cases []Case, seed uint64) string {
	h := sha256.New()
	fmt.Fprintln(h, seed)
	for _, c := range cases {
		fmt.Fprintf(h, "%q %q %q\n", c.ID, c.Text, c.Facts)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// trainHead trains the part of the model that answers one decision point. It learns from the cases
// of which the bar asks that point: for the entry all, for others those of a type that needs it.
func (m *Model) trainHead(p *bar.Point, cases []Case, vectors []linear.Vector) *head {
	h := &head{point: p, classes: len(p.Values) + 1}
	if p.ID == m.bar.EntryPoint() {
		h.classes = len(p.Values)
	}
	var x []linear.Vector
	var y []int
	h.known = make([]bool, h.classes)
	for i, c := range cases {
		if class := h.class(m.bar, c); class >= 0 {
			x, y = append(x, vectors[i]), append(y, class)
			h.known[class] = true
		}
	}
	s := linear.Settings{Cost: cost, Rounds: rounds, Seed: m.seed}
	h.weights = linear.Train(x, y, h.classes, m.dimensions(), s)
	h.sharpness = linear.Sharpness(heldOut(x, y, h.classes, m.dimensions(), s), y)
	return h
}

// class is what a head should answer to a case, or -1 for a case that it does not learn from.
func (h *head) class(b *bar.Bar, c Case) int {
	if value, stated := c.Facts[h.point.ID]; stated {
		return slices.IndexFunc(h.point.Values, func(v bar.Value) bool { return v.ID == value })
	}
	if h.classes == len(h.point.Values) || !asks(b, h.point, c.Facts) {
		return -1
	}
	return len(h.point.Values)
}

// asks says whether the bar can need a decision point, given a case's type.
func asks(b *bar.Bar, p *bar.Point, facts map[string]string) bool {
	sets := make([]bar.Set, len(b.Points))
	place := 0
	for i, q := range b.Points {
		sets[i] = q.All()
		if value := facts[q.ID]; q.ID == b.EntryPoint() && q.Value(value) != nil {
			_, sets[i], _ = b.SetOf(q.ID, []string{value}) // the value was looked up
		}
		if q == p {
			place = i
		}
	}
	return asked(b, sets)[place]
}

// heldOut scores each example by a training without it.
func heldOut(x []linear.Vector, y []int, classes, dimensions int, s linear.Settings) [][]float64 {
	scores := make([][]float64, len(x))
	for fold := range calibrationFolds {
		var tx []linear.Vector
		var ty []int
		for i := range x {
			if i%calibrationFolds != fold {
				tx, ty = append(tx, x[i]), append(ty, y[i])
			}
		}
		w := linear.Train(tx, ty, classes, dimensions, s)
		for i := fold; i < len(x); i += calibrationFolds {
			for c := range w {
				scores[i] = append(scores[i], x[i].Dot(w[c]))
			}
		}
	}
	return scores
}

// taught are the cases that a bar itself teaches: its definitions of the entry's values, and its
// worked examples.
func taught(b *bar.Bar) []Case {
	var cases []Case
	entry, _ := b.Point(b.EntryPoint())
	for _, v := range entry.Values {
		text := v.Name + "\n\n" + v.Text + " " + v.Example
		cases = append(cases, Case{ID: b.ID + "/" + v.ID, Text: text, Facts: map[string]string{entry.ID: v.ID}})
	}
	for _, p := range b.Points {
		for i, e := range p.Examples {
			c := Case{ID: fmt.Sprintf("%s/%s/%d", b.ID, p.ID, i), Text: e.Story, Facts: map[string]string{}}
			for point, values := range e.Facts {
				if len(values) == 1 {
					c.Facts[point] = values[0]
				}
			}
			cases = append(cases, c)
		}
	}
	return cases
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
