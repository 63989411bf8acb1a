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
	weights    weights
	tree       *node // the ways through the bar
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
	column    int // of its first class among the weights
	sharpness float64
	known     []bool // classes of which the training had examples
}

// weights has a row for each feature and a column for each class of each head: whoever goes through the features of
// a document scores all classes on the way.
type weights struct {
	columns int
	cells   []float32
}

func (w *weights) row(feature int) []float32 {
	return w.cells[feature*w.columns : (feature+1)*w.columns]
}

// together is how many classes are summed up at a time, in the processor's registers. A row has at least as many columns.
const together = 4

// times gives the score of each class: the sum over a document's features of value by weight.
func (w *weights) times(v linear.Vector) []float64 {
	sums := make([]float64, w.columns)
	for from := 0; from < w.columns; from += together {
		c := min(from, w.columns-together) // the last ones may be summed up again
		var s0, s1, s2, s3 float64
		for _, f := range v {
			at, value := int(f.ID)*w.columns+c, float64(f.Value)
			row := w.cells[at : at+together : at+together]
			s0 += value * float64(row[0])
			s1 += value * float64(row[1])
			s2 += value * float64(row[2])
			s3 += value * float64(row[3])
		}
		copy(sums[c:], []float64{s0, s1, s2, s3})
	}
	return sums
}

// column copies the weights of one class.
func (w *weights) column(c int) []float32 {
	list := make([]float32, 0, len(w.cells)/w.columns)
	for ; c < len(w.cells); c += w.columns {
		list = append(list, w.cells[c])
	}
	return list
}

func (w *weights) setColumn(c int, list []float32) {
	for f, weight := range list {
		w.row(f)[c] = weight
	}
}

// newModel lays out the features of a model, those of a document, then one for each class of each point,
// which stands for an answer that is known; and the heads, which do not know anything yet.
func newModel(m *Model) *Model {
	m.own = m.lexicon.scored + len(m.vocabulary.hashes) + 1
	m.dimensions = m.own
	for _, p := range m.bar.Points {
		m.context = append(m.context, m.dimensions)
		m.dimensions += len(p.Values) + 1
		h := &head{point: p, classes: len(p.Values) + 1, column: m.weights.columns}
		if p.ID == m.bar.EntryPoint() {
			h.classes = len(p.Values)
		}
		m.heads = append(m.heads, h)
		m.weights.columns += h.classes
	}
	m.weights.columns = max(m.weights.columns, together)
	m.weights.cells = make([]float32, m.dimensions*m.weights.columns)
	m.tree = grow(m.bar, allOpen(m.bar), 0)
	return m
}

// vector is a document as features, of which some are n-grams.
func (m *Model) vector(scores []float64, d *document) (linear.Vector, grams) {
	g := m.vocabulary.weigh(d, int32(len(scores)))
	v := make(linear.Vector, 0, len(scores)+len(g.features)+1)
	for i, s := range scores {
		if s != 0 {
			v = append(v, linear.Feature{ID: int32(i), Value: float32(s * cueScale)})
		}
	}
	v = append(v, g.features...)
	return append(v, linear.Feature{ID: int32(m.own - 1), Value: 1}), g
}

// scores gives for each head the score of each class for a document, no other answer being known.
func (m *Model) scores(v linear.Vector) [][]float64 {
	sums := m.weights.times(v)
	byHead := make([][]float64, len(m.heads))
	for i, h := range m.heads {
		byHead[i] = sums[h.column : h.column+h.classes]
		for c, known := range h.known {
			if !known {
				byHead[i][c] = math.Inf(-1)
			}
		}
	}
	return byHead
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
	v, grams := m.vector(m.lexicon.score(d, hits), d)
	f := Finding{Title: part.title, Span: part.span, Quality: m.quality(d, hits), Proposals: m.proposals(v)}
	w := witness{m: m, d: d, text: text, hits: hits, grams: grams}
	for i := range f.Proposals {
		p := &f.Proposals[i]
		if p.Evidence = w.testify(m.heads[i], p.Values); len(p.Values) > 0 {
			p.Basis = basisOf(p.Evidence)
		}
	}
	MarkAsked(m.bar, f.Proposals)
	return f
}
