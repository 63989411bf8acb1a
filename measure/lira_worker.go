package measure

import "math"

// liraWorker holds the example that one goroutine works on.
type liraWorker struct {
	*liraRun
	row, column []float64 // the example's scores, and those of one query
	member      []bool    // by model
	in, out     side
	flat        int64 // scores that rest on a side without spread
}

func newLiraWorker(r *liraRun) *liraWorker {
	return &liraWorker{
		liraRun: r,
		row:     make([]float64, r.Models*r.Queries), column: make([]float64, r.Models),
		member: make([]bool, r.Models), in: side{values: make([]float64, 0, r.Models+1)}, out: side{values: make([]float64, 0, r.Models+1)},
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

// score fills in the scores of an example for the targets of a group, the mean over its queries.
func (w *liraWorker) score(example int, g group, deviations []pooled, scores []float64) {
	clear(scores)
	if !w.load(example) {
		for i := range scores {
			scores[i] = math.NaN()
		}
		return
	}
	for query := range w.Queries {
		w.fill(query, g.cut)
		for i, target := range g.targets {
			in, out := w.sides(target)
			f := fit{inMedian: in.median, outMedian: out.median}
			if deviations != nil {
				in.moments, out.moments = deviations[i].in, deviations[i].out
			}
			if w.usesIn && in.squares == 0 || w.usesOut && out.squares == 0 {
				w.flat++
			}
			f.inDeviation, f.outDeviation = in.deviation(), out.deviation()
			scores[i] += w.form.score(w.column[target], f) / float64(w.Queries)
		}
	}
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
