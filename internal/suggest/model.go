package suggest

import (
	"context"
	"math"

	"bugbar/assess"
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
	seed       uint64
	digest     string   // of the training
	seen       []uint64 // hashes of the texts of the training, in order
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

// threshold is the probability below which nothing is proposed.
const threshold = 0.35

func (m *Model) dimensions() int { return m.lexicon.scored + len(m.vocabulary.hashes) + 1 }

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
	return append(v, linear.Feature{ID: int32(m.dimensions() - 1), Value: 1}), places
}

// distribution gives the probability of each class of a head.
func (h *head) distribution(v linear.Vector) []float64 {
	p := make([]float64, h.classes)
	for c := range p {
		p[c] = math.Inf(-1)
		if h.known[c] {
			p[c] = v.Dot(h.weights[c])
		}
	}
	linear.Softmax(p, h.sharpness)
	return p
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
	f := Finding{Title: part.title, Span: part.span, Quality: m.quality(d, hits), Proposals: []Proposal{}}
	w := witness{m: m, d: d, text: text, hits: hits, list: list, places: places, features: v}
	sets := make([]bar.Set, len(m.bar.Points))
	for i, p := range m.bar.Points {
		sets[i] = p.All()
	}
	for i, h := range m.heads {
		p, set := m.propose(i, h.distribution(v), sets)
		if p.Evidence = w.testify(h, p.Values); len(p.Values) > 0 {
			p.Basis = basisOf(p.Evidence)
		}
		f.Proposals = append(f.Proposals, p)
		sets[i] = set
	}
	MarkAsked(m.bar, f.Proposals)
	return f
}

// propose answers point i. Values that the bar does not tell apart, given what is proposed
// already, are weighed together: a text may be clear about the outcome and vague about the value.
func (m *Model) propose(i int, distribution []float64, sets []bar.Set) (Proposal, bar.Set) {
	point := m.bar.Points[i]
	p := Proposal{Point: point.ID, Values: []string{}, Distribution: shares(point, distribution)}
	best, bestSet := 0.0, point.All()
	groups := alike(m.bar, sets, i)
	if len(groups) == 1 { // weighed for its own sake
		groups = groups[:0]
		for v := range point.Values {
			groups = append(groups, 1<<v)
		}
	}
	for _, group := range groups {
		sum := 0.0
		for v := range point.Values {
			if group.Has(v) {
				sum += distribution[v]
			}
		}
		if sum > best {
			best, bestSet = sum, group
		}
	}
	if unknown := distribution[len(point.Values):]; len(unknown) > 0 && unknown[0] >= best {
		p.Probability = unknown[0]
		return p, point.All()
	}
	if best < threshold {
		p.Probability = 1 - best
		return p, point.All()
	}
	p.Values, p.Probability = point.Names(clearest(bestSet, distribution, best)), best
	return p, bestSet
}

// clearest narrows a group to the one value that has nearly all of its probability, if one has.
func clearest(group bar.Set, distribution []float64, sum float64) bar.Set {
	const nearly = 0.75
	for v := range distribution {
		if group.Has(v) && distribution[v] >= nearly*sum {
			return 1 << v
		}
	}
	return group
}

// shares names a distribution.
func shares(p *bar.Point, distribution []float64) []Share {
	list := make([]Share, 0, len(distribution))
	for c, probability := range distribution {
		name := assess.Unknown
		if c < len(p.Values) {
			name = p.Values[c].ID
		}
		list = append(list, Share{name, math.Round(probability*1e4) / 1e4})
	}
	return list
}

// alike groups the values of point i that allow the same of the open paths. It is one group where
// nothing hangs on the point.
func alike(b *bar.Bar, sets []bar.Set, i int) []bar.Set {
	open := make(bar.Bitmap, b.Words())
	b.Open(open, sets)
	var groups []bar.Set
next:
	for v := range b.Points[i].Values {
		for g := range groups {
			if sameRows(open, b.Allow(i, firstOf(groups[g])), b.Allow(i, v)) {
				groups[g] |= 1 << v
				continue next
			}
		}
		groups = append(groups, 1<<v)
	}
	return groups
}

func firstOf(s bar.Set) int {
	for v := 0; ; v++ {
		if s.Has(v) {
			return v
		}
	}
}

func sameRows(open, x, y bar.Bitmap) bool {
	for w := range open {
		if open[w]&x[w] != open[w]&y[w] {
			return false
		}
	}
	return true
}
