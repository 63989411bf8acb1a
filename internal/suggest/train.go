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
	cueScale = 0.15 // how much a cue weighs beside an n-gram
	cost     = 0.3  // of a margin that is not kept
	rounds   = 30
	// contextScale is how much a known answer weighs beside an n-gram.
	contextScale = 0.75
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
	lessons, err := taught(b)
	if err != nil {
		return nil, err
	}
	cases = slices.Concat(cases, lessons)
	slices.SortFunc(cases, func(x, y Case) int { return cmp.Compare(x.ID, y.ID) })
	scores, documents := make([][]float64, len(cases)), make([]*document, len(cases))
	for i, c := range cases {
		d := read(c.Text, nil)
		hits := l.find(d)
		m.guard(d, hits)
		scores[i], documents[i] = l.score(d, hits), d
	}
	m.vocabulary = newVocabulary(documents)
	newModel(m)
	vectors := make([]linear.Vector, len(cases))
	for i := range cases {
		vectors[i], _ = m.vector(scores[i], documents[i])
	}
	for _, h := range m.heads {
		m.train(h, cases, vectors)
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

// train trains the part of the model that answers one decision point. It learns from the cases
// of which the bar asks that point, given their answers to those before it.
func (m *Model) train(h *head, cases []Case, vectors []linear.Vector) {
	var x []linear.Vector
	var y []int
	h.known = make([]bool, h.classes)
	for i, c := range cases {
		if class, given, asked := m.learn(h.point, c); asked {
			x, y = append(x, slices.Concat(vectors[i], given)), append(y, class)
			h.known[class] = true
		}
	}
	s := linear.Settings{Cost: cost, Rounds: rounds, Seed: m.seed}
	for c, list := range centered(linear.Train(x, y, h.classes, m.dimensions, s)) {
		m.weights.setColumn(h.column+c, list)
	}
	h.sharpness = linear.Sharpness(heldOut(x, y, h.classes, m.dimensions, s), y)
}

// centered takes from each weight the mean of the classes, which no probability depends on: what is left
// tells how much a feature speaks for a class above the others.
func centered(weights [][]float32) [][]float32 {
	for f := range weights[0] {
		mean := float32(0)
		for c := range weights {
			mean += weights[c][f] / float32(len(weights))
		}
		for c := range weights {
			weights[c][f] -= mean
		}
	}
	return weights
}

// learn gives the class of a case for a point, the features of its answers to the points before that,
// and whether the bar asks the point then. A stated fact is learnt from even where the bar does not.
func (m *Model) learn(p *bar.Point, c Case) (class int, given linear.Vector, asked bool) {
	sets := allOpen(m.bar)
	for i, q := range m.bar.Points {
		asked = needs(m.bar, sets, i)
		class = len(q.Values)
		if value, stated := c.Facts[q.ID]; stated {
			class = slices.IndexFunc(q.Values, func(v bar.Value) bool { return v.ID == value })
			sets[i] = 1 << class
		}
		if q == p {
			return class, given, asked || class < len(q.Values)
		}
		if asked {
			given = append(given, linear.Feature{ID: int32(m.context[i] + class), Value: contextScale})
		}
	}
	return 0, nil, false // p is a point of the bar
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

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
