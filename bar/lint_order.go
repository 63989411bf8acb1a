package bar

import (
	"fmt"
	"math/bits"
	"slices"
)

// order proves that no worse answer lowers an outcome: over all pairs of ways that part in one
// ordered point alone. Ways are disjoint, so every pair parts somewhere.
func (l *linter) order() {
	root := l.bar
	for root.Base != nil {
		root = root.Base
	}
	reported := map[[2]*Row]bool{}
	for m, mild := range l.bar.paths {
		for w, worse := range l.bar.paths {
			point, ok := l.bar.milder(mild, worse)
			pair := [2]*Row{mild.Row, worse.Row}
			if !ok || reported[pair] {
				continue
			}
			how := ""
			switch {
			case l.bar.Worse(mild.Row.Outcome, worse.Row.Outcome):
				how = "lowers"
			// A layer changes outcomes only, so the same ways stand in the same order at its root.
			case l.bar.leavesScale(mild.Row, worse.Row) && root.sameScale(root.paths[m].Row, root.paths[w].Row):
				how = "moves"
			default:
				continue
			}
			reported[pair] = true
			l.lowered(point, how, mild, worse)
		}
	}
}

// milder returns the one point in which two ways part, where it is ordered and the first has a
// milder answer to it.
func (b *Bar) milder(mild, worse Path) (int, bool) {
	point := -1
	for i := range mild.Answers {
		if mild.Answers[i]&worse.Answers[i] != 0 {
			continue
		}
		if point >= 0 || !b.Points[i].Ordered {
			return -1, false
		}
		point = i
	}
	if point < 0 {
		return -1, false
	}
	return point, bits.TrailingZeros64(uint64(mild.Answers[point])) < bits.Len64(uint64(worse.Answers[point]))-1
}

// leavesScale says whether the worse of two rows stands on another scale than the milder one,
// which has more than the least outcome of its own.
func (b *Bar) leavesScale(mild, worse *Row) bool {
	return !b.sameScale(mild, worse) &&
		slices.ContainsFunc(b.Outcomes, func(o Outcome) bool { return b.Worse(mild.Outcome, o.ID) })
}

func (b *Bar) sameScale(x, y *Row) bool {
	scale := b.Outcomes[x.code].Scale
	return scale != "" && scale == b.Outcomes[y.code].Scale
}

func (l *linter) lowered(point int, how string, mild, worse Path) {
	p := l.bar.Points[point]
	from := p.Values[bits.TrailingZeros64(uint64(mild.Answers[point]))].ID
	to := p.Values[bits.Len64(uint64(worse.Answers[point]))-1].ID
	l.atRows(fmt.Sprintf("%s=%s is worse than %s, yet %s %s (row %s) to %s (row %s)",
		p.ID, to, from, how, mild.Row.Outcome, mild.Row.ID, worse.Row.Outcome, worse.Row.ID), worse, mild)
}

// atRows reports what is wrong between rows at the first of them, or at the override that brought
// it about: a layered bar has no tables.
func (l *linter) atRows(text string, paths ...Path) {
	if l.bar.Base == nil {
		first := paths[0]
		t := l.bar.table(first.Tables[len(first.Tables)-1])
		l.problems = append(l.problems, Problem{File: t.file, Line: first.Row.line, Text: text})
		return
	}
	for _, path := range paths {
		i := slices.IndexFunc(l.bar.Overrides, func(o Override) bool { return o.Row == path.Row.ID })
		if i >= 0 {
			l.at("bar.yaml", fmt.Sprintf("overrides[%d]", i), "%s", text)
			return
		}
	}
	l.at("bar.yaml", "extends", "%s", text)
}
