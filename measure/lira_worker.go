package measure

import (
	"math"
	"slices"
)

// liraWorker holds the example that one goroutine works on.
type liraWorker struct {
	*liraRun
	row, column []float64 // the example's scores, and those of one query
	member      []bool    // by model
	in, out     side
	flat        int64 // scores that rest on a side without spread

	// The places in a group of the targets that trained on the example, and of the others.
	trained, others []int
	fits            []fit // for those targets in turn
}

func newLiraWorker(r *liraRun) *liraWorker {
	return &liraWorker{
		liraRun: r,
		row:     make([]float64, r.Models*r.Queries), column: make([]float64, r.Models),
		member: make([]bool, r.Models), in: side{values: make([]float64, 0, r.Models+1)}, out: side{values: make([]float64, 0, r.Models+1)},
		trained: make([]int, 0, r.Models+1), others: make([]int, 0, r.Models+1), fits: make([]fit, r.Models),
	}
}

// load reads an example and reports whether all its scores are finite.
func (w *liraWorker) load(example int) bool {
	w.Scores(example, w.row)
	w.In(example, w.member)
	for _, score := range w.row {
		if score-score != 0 {
			return false
		}
	}
	return true
}

// fill prepares the sides for one query.
func (w *liraWorker) fill(query int, c cut) {
	for model := range w.column {
		w.column[model] = w.row[model*w.Queries+query]
	}
	split(w.column, w.member, &w.in, &w.out)
	if w.usesIn {
		w.in.prepare(w.member, true, c.in)
	}
	if w.usesOut {
		w.out.prepare(w.member, false, c.out)
	}
}

// part tells the targets of a group that trained on the example from the others.
func (w *liraWorker) part(targets []int) {
	a, b := w.trained[:cap(w.trained)], w.others[:cap(w.others)]
	ones, zeros := 0, 0
	for i, target := range targets {
		a[ones], b[zeros] = i, i
		one := 0
		if w.member[target] {
			one = 1
		}
		ones += one
		zeros += 1 - one
	}
	w.trained, w.others = a[:ones], b[:zeros]
}

// score fills in the scores of an example for the targets of a group, the mean over its queries: those
// of the targets that trained on it first. It fits all before it scores any, as then the processor need
// not wait for one score's long chain of operations before it begins the next.
func (w *liraWorker) score(example int, g group, spreads []spreads, scores []float64) {
	finite := w.load(example)
	w.part(g.targets)
	if !finite {
		for i := range scores {
			scores[i] = math.NaN()
		}
		return
	}
	clear(scores)
	score := w.form.score
	for query := range w.Queries {
		w.fill(query, g.cut)
		w.fit(g.targets, spreads)
		for i := range scores {
			scores[i] += score(w.fits[i])
		}
		w.countFlat(w.fits[:len(scores)])
	}
	if w.Queries > 1 {
		for i := range scores {
			scores[i] /= float64(w.Queries)
		}
	}
}

// countFlat counts the fits that rest on a side without spread.
func (w *liraWorker) countFlat(fits []fit) {
	in, out := w.usesIn, w.usesOut
	for i := range fits {
		if in && fits[i].in.deviation == tiny || out && fits[i].out.deviation == tiny {
			w.flat++
		}
	}
}

// fit finds for each target what its shadow models say of a query. Each side has a loop of its own, as no
// processor can foresee membership.
func (w *liraWorker) fit(targets []int, spreads []spreads) {
	in, out := w.in.rest.estimate(), w.out.rest.estimate()
	trained, others := w.fits[:len(w.trained)], w.fits[len(w.trained):len(targets)]
	for k, i := range w.trained {
		f := &trained[k]
		f.own, f.in, f.out = w.column[targets[i]], in, out
		if w.usesIn && targets[i] < w.in.models {
			f.in = w.in.estimateWithout(f.own)
		}
	}
	for k, i := range w.others {
		f := &others[k]
		f.own, f.in, f.out = w.column[targets[i]], in, out
		if w.usesOut && targets[i] < w.out.models {
			f.out = w.out.estimateWithout(f.own)
		}
	}
	if spreads != nil {
		w.share(spreads)
	}
}

// share gives each target's fit the spread of all examples' scores.
func (w *liraWorker) share(all []spreads) {
	for k, i := range slices.Concat(w.trained, w.others) {
		w.fits[k].in.spread, w.fits[k].out.spread = all[i].in, all[i].out
	}
}

// sides sums up both sides for an attack on one target, whose own score is taken out.
func (w *liraWorker) sides(target int) (in, out summary) {
	in, out = w.in.rest, w.out.rest
	own := w.column[target]
	switch {
	case w.usesIn && w.member[target] && target < w.in.models:
		in = w.in.without(own)
	case w.usesOut && !w.member[target] && target < w.out.models:
		out = w.out.without(own)
	}
	return in, out
}

// addTo adds an example's spread to that of the targets of a group.
func (w *liraWorker) addTo(sums []pooled, example int, g group) {
	if !w.load(example) {
		return
	}
	for query := range w.Queries {
		w.fill(query, g.cut)
		for i, target := range g.targets {
			in, out := w.sides(target)
			if w.centred {
				in.mean -= in.median
				out.mean -= out.median
			}
			sums[i].in = sums[i].in.plus(in.moments)
			sums[i].out = sums[i].out.plus(out.moments)
		}
	}
}
