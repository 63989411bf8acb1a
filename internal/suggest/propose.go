package suggest

import (
	"math"
	"slices"

	"bugbar/assess"
	"bugbar/bar"
	"bugbar/internal/suggest/linear"
)

// Below these probabilities nothing is proposed. A value that no cue names has to be the likelier: single words
// are shared by texts that have nothing to do with a weakness.
const (
	threshold      = 0.25
	wordsThreshold = 0.45
)

// proposals answers all points: first the likeliest entry, then what leads to the likeliest outcome
// of that entry. So facts that are each a little likely do not add up to an outcome that is not.
func (m *Model) proposals(v linear.Vector) []Proposal {
	scores := m.scores(v)
	all := m.courses(scores)
	live, sets := all, allOpen(m.bar)
	settled := true // the entry is, or comes
	var list []Proposal
	for i, h := range m.heads {
		distribution := h.distribution(scores[i], all, i)
		weights := marginal(live, i, h.classes)
		if weights == nil {
			weights = distribution
		}
		classes := m.choose(i, weights, sets)
		likely := sumOf(distribution, classes)
		if !settled {
			likely *= asking(all, i)
		}
		if likely < m.least(v, i, classes) {
			classes = h.all()
		}
		list = append(list, h.proposal(classes, distribution))
		live = agreeing(live, i, classes)
		if h.point.ID == m.bar.EntryPoint() {
			live, settled = likeliest(live), classes != h.all()
		}
		if values := classes & h.point.All(); values != 0 {
			sets[i] = values
		}
	}
	return list
}

// distribution is that of point i wherever the bar asks it. Where it hardly ever does, the point is weighed
// for its own sake.
func (h *head) distribution(scores []float64, all []course, i int) []float64 {
	p := marginal(all, i, h.classes)
	if p == nil {
		p = slices.Clone(scores)
		linear.Softmax(p, h.sharpness)
	}
	return p
}

// choose picks the heaviest classes of point i: a group of values that the bar does not tell apart,
// given what is proposed already, or that the text leaves the point open. A text may be clear about the
// outcome and vague about the value.
func (m *Model) choose(i int, weights []float64, sets []bar.Set) bar.Set {
	point := m.bar.Points[i]
	groups := alike(m.bar, sets, i)
	if len(groups) == 1 { // the bar does not ask
		groups = singles(len(point.Values))
	}
	best := bar.Set(1) << len(point.Values)
	for _, group := range groups {
		if sumOf(weights, group) > sumOf(weights, best) {
			best = group
		}
	}
	return best
}

// least is the probability that classes of point i need to be proposed.
func (m *Model) least(v linear.Vector, i int, classes bar.Set) float64 {
	point := m.bar.Points[i]
	switch values := classes & point.All(); {
	case values == 0: // that the text leaves it open
		return 0
	case point.ID == m.bar.EntryPoint() && !m.named(v, point, values):
		return wordsThreshold
	}
	return threshold
}

// named says whether a cue for one of the values stands in a document.
func (m *Model) named(v linear.Vector, point *bar.Point, values bar.Set) bool {
	return slices.ContainsFunc(v, func(f linear.Feature) bool {
		if int(f.ID) >= m.lexicon.scored {
			return false
		}
		slot := m.lexicon.slots[f.ID]
		return slot.point == point.ID && slices.Contains(point.Names(values), slot.value)
	})
}

func singles(n int) []bar.Set {
	var list []bar.Set
	for v := range n {
		list = append(list, 1<<v)
	}
	return list
}

// all are the classes of a head.
func (h *head) all() bar.Set { return 1<<h.classes - 1 }

// proposal words a choice of classes. All of them, or none that is a value, is unknown.
func (h *head) proposal(classes bar.Set, distribution []float64) Proposal {
	p := Proposal{Point: h.point.ID, Values: []string{}, Distribution: shares(h.point, distribution)}
	values := classes & h.point.All()
	p.Probability = sumOf(distribution, classes)
	switch {
	case classes == h.all():
		p.Probability = 1 - slices.Max(distribution)
	case values != 0:
		p.Values = h.point.Names(clearest(values, distribution, p.Probability))
	}
	return p
}

func sumOf(distribution []float64, classes bar.Set) float64 {
	sum := 0.0
	for c, p := range distribution {
		if classes.Has(c) {
			sum += p
		}
	}
	return sum
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
