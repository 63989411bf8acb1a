package suggest

import (
	"cmp"
	"slices"

	"bugbar/bar"
	"bugbar/internal/suggest/linear"
)

// The facts of a report hang together: its type decides which points the bar asks, and what a text
// says of one point makes an answer to the next likelier. So the points are answered as a chain, in
// the bar's order and each given those before it (Dembczyński et al., ICML 2010), and every way through
// the bar is weighed.

// node is a step on the ways through a bar: the point that is asked next, and where each class of its
// answer leads. A leaf asks nothing more.
type node struct {
	point   int
	next    []*node
	outcome string // of a leaf
}

// grow lays out what a bar asks from point i on, given the sets so far.
func grow(b *bar.Bar, sets []bar.Set, i int) *node {
	for i < len(b.Points) && !needs(b, sets, i) {
		i++
	}
	if i == len(b.Points) {
		return &node{outcome: outcomeOf(b, sets)}
	}
	n := &node{point: i}
	for v := range b.Points[i].Values {
		known := slices.Clone(sets)
		known[i] = 1 << v
		n.next = append(n.next, grow(b, known, i+1))
	}
	if b.Points[i].ID != b.EntryPoint() {
		n.next = append(n.next, grow(b, sets, i+1)) // left open
	}
	return n
}

// needs says whether an answer to point i can make a difference.
func needs(b *bar.Bar, sets []bar.Set, i int) bool {
	return asked(b, sets)[i] && len(alike(b, sets, i)) > 1
}

// allOpen are the sets of somebody who knows nothing.
func allOpen(b *bar.Bar) []bar.Set {
	sets := make([]bar.Set, len(b.Points))
	for i, p := range b.Points {
		sets[i] = p.All()
	}
	return sets
}

// outcomeOf is what the rows that sets leave open agree on.
func outcomeOf(b *bar.Bar, sets []bar.Set) string {
	open := make(bar.Bitmap, b.Words())
	b.Open(open, sets)
	outcome := ""
	for n := range open.All() {
		switch of := b.Paths()[n].Row.Outcome; outcome {
		case "", of:
			outcome = of
		default:
			return bar.Undetermined
		}
	}
	return outcome
}

// notAsked is the class of a point that a way through the bar does not ask.
const notAsked = -1

// course is one way through the bar: a class for each point, where it leads, and how likely it is.
type course struct {
	classes     []int8
	outcome     string
	probability float64
}

// minCourse is the probability below which a way is not followed further.
const minCourse = 1e-5

// walker follows the ways through the bar for one document.
type walker struct {
	m       *Model
	scores  [][]float64 // by head and class, of the document alone
	classes []int8      // so far
	found   []course
}

// courses weighs the ways through the bar.
func (m *Model) courses(scores [][]float64) []course {
	w := &walker{m: m, scores: scores, classes: slices.Repeat([]int8{notAsked}, len(m.heads)), found: make([]course, 0, 64)}
	w.follow(m.tree, 1)
	return w.found
}

func (w *walker) follow(n *node, probability float64) {
	if n.next == nil {
		w.found = append(w.found, course{slices.Clone(w.classes), n.outcome, probability})
		return
	}
	h := w.m.heads[n.point]
	p := slices.Clone(w.scores[n.point])
	for i, class := range w.classes[:n.point] {
		if class != notAsked {
			given := w.m.weights.row(w.m.context[i] + int(class))[h.column:]
			for c := range p {
				p[c] += contextScale * float64(given[c])
			}
		}
	}
	linear.Softmax(p, h.sharpness)
	for c, next := range n.next {
		if part := probability * p[c]; part >= minCourse {
			w.classes[n.point] = int8(c)
			w.follow(next, part)
		}
	}
	w.classes[n.point] = notAsked
}

// marginal is the distribution of point i over the courses that ask it, or nil where none does.
func marginal(courses []course, i, classes int) []float64 {
	p, sum := make([]float64, classes), 0.0
	for _, c := range courses {
		if class := c.classes[i]; class != notAsked {
			p[class] += c.probability
			sum += c.probability
		}
	}
	if sum == 0 {
		return nil
	}
	for c := range p {
		p[c] /= sum
	}
	return p
}

// asking is the probability that the bar asks point i.
func asking(courses []course, i int) float64 {
	sum := 0.0
	for _, c := range courses {
		if c.classes[i] != notAsked {
			sum += c.probability
		}
	}
	return sum
}

// likeliest leaves the courses that lead to the likeliest outcome.
func likeliest(courses []course) []course {
	sum := map[string]float64{}
	for _, c := range courses {
		sum[c.outcome] += c.probability
	}
	if len(sum) == 0 {
		return nil
	}
	best := slices.MaxFunc(sortedKeys(sum), func(x, y string) int { return cmp.Compare(sum[x], sum[y]) })
	return keep(courses, func(c course) bool { return c.outcome == best })
}

// agreeing leaves the courses whose class of point i is among those given, or that do not ask it.
func agreeing(courses []course, i int, classes bar.Set) []course {
	return keep(courses, func(c course) bool { return c.classes[i] == notAsked || classes.Has(int(c.classes[i])) })
}

func keep(courses []course, wanted func(course) bool) []course {
	var kept []course
	for _, c := range courses {
		if wanted(c) {
			kept = append(kept, c)
		}
	}
	return kept
}
