package suggest

import (
	"context"
	"math"

	"bugbar/bar"
	"bugbar/internal/suggest/linear"
)

// Model is a trained suggester: cues, n-grams, and for each decision point a linear classifier over
// both. It is safe for concurrent use.
type Model struct {
	bar        *bar.Bar
	lexicon    *lexicon
	vocabulary *vocabulary
	heads      []*head // one for each point of the bar, in order
	tree       *node   // the ways through the bar
	seed       uint64
	digest     string   // of the training
	seen       []uint64 // hashes of the texts of the training, in order

	own, dimensions int   // features of a document, and all
	context         []int // where the features of each point's answer begin
}

// head answers one decision point. Its classes are the point's values and, but for the entry, that
// the text leaves it open.
type head struct {
	point     *bar.Point
	classes   int
	weights   [][]float32 // by class, by feature
	sharpness float64
	known     []bool // classes of which the training had examples
}

// newModel lays out the features of a model: those of a document, then one for each class of each point,
// which stands for an answer that is known.
func newModel(m *Model) *Model {
	m.own = m.lexicon.scored + len(m.vocabulary.hashes) + 1
	m.dimensions = m.own
	for _, p := range m.bar.Points {
		m.context = append(m.context, m.dimensions)
		m.dimensions += len(p.Values) + 1
	}
	m.tree = grow(m.bar, allOpen(m.bar), 0)
	return m
}

// vector is a document as features, and for each of its n-grams the place among them, or -1.
func (m *Model) vector(scores []float64, list []ngram) (linear.Vector, []int32) {
	grams, places := m.vocabulary.weigh(list, int32(len(scores)))
	v := make(linear.Vector, 0, len(scores)+len(grams)+1)
	for i, s := range scores {
		if s != 0 {
			v = append(v, linear.Feature{ID: int32(i), Value: float32(s * cueScale)})
		}
	}
	v = append(v, grams...)
	return append(v, linear.Feature{ID: int32(m.own - 1), Value: 1}), places
}

// scores gives the score of each class of a head for a document, no other answer being known.
func (h *head) scores(v linear.Vector) []float64 {
	s := make([]float64, h.classes)
	for c := range s {
		s[c] = math.Inf(-1)
		if h.known[c] {
			s[c] = v.Dot(h.weights[c])
		}
	}
	return s
}

// Suggest reads a report and proposes facts for each finding in it. It never fails.
func (m *Model) Suggest(_ context.Context, text string) (*Result, error) {
	d := read(text, m.vocabulary.noise)
	hits := m.lexicon.find(d)
	r := &Result{
		Suggester: Identity{Name: "embedded", Digest: m.digest},
		Bar:       m.bar.ID, Edition: m.bar.Edition,
		Suspicions: m.guard(d, hits),
		Unread:     d.left,
	}
	for _, part := range parts(d) {
		r.Findings = append(r.Findings, m.finding(text, d, part, hits))
	}
	return r, nil
}

// finding proposes facts for one part of a document.
func (m *Model) finding(text string, d *document, part part, all []hit) Finding {
	d = d.cut(part)
	hits := make([]hit, 0, len(all))
	for _, h := range all {
		if part.first <= h.first && h.last < part.last {
			h.first, h.last = h.first-part.first, h.last-part.first
			hits = append(hits, h)
		}
	}
	list := ngrams(d)
	v, places := m.vector(m.lexicon.score(d, hits), list)
	f := Finding{Title: part.title, Span: part.span, Quality: m.quality(d, hits), Proposals: m.proposals(v)}
	w := witness{m: m, d: d, text: text, hits: hits, list: list, places: places, features: v}
	for i := range f.Proposals {
		p := &f.Proposals[i]
		if p.Evidence = w.testify(m.heads[i], p.Values); len(p.Values) > 0 {
			p.Basis = basisOf(p.Evidence)
		}
	}
	MarkAsked(m.bar, f.Proposals)
	return f
}
