package casebook

import (
	"context"
	"math"
)

// counted is up to where cases are counted one by one: beyond it, how many there are is not worth what it takes
// to know.
const counted = 1000

// Count counts the cases that the actor may see. What tells only states, tracks, outcomes and types apart is
// read from the ledger's tallies; everything else is counted up to a bound.
func (b *Book) Count(ctx context.Context, a Actor, q Query) (Number, error) {
	q.After, q.Order = "", ""
	q, err := b.prepare(ctx, a, q)
	if err != nil {
		return Number{}, err
	}
	reach := q.narrow(a.reach(b.now()))
	var n Number
	if q.Text == "" && whole(reach) && q.tallied() && reach[0].restricted[0] == 0 {
		n, err = b.tally(ctx, a, q, reach)
	} else {
		n, err = b.count(ctx, a, q, reach)
	}
	return n, b.db.Trouble(err)
}

// tallied says whether the tallies tell apart what the query tells apart.
func (q Query) tallied() bool {
	return len(q.Products)+len(q.Waiting) == 0 && q.Assignee == 0 && !q.Nobody && q.DueBy == 0
}

// tally adds up the cases that are not restricted and counts those that are.
func (b *Book) tally(ctx context.Context, a Actor, q Query, reach []branch) (Number, error) {
	s := &asking{}
	s.add("SELECT CAST(COALESCE(SUM(t.n), 0) AS BIGINT) FROM tallies t WHERE 1 = 1")
	open := q
	if q.Active != nil { // the tallies know it by the state
		open.States, open.Active = common(q.States, b.statesThat(*q.Active)), nil
	}
	if open.States != nil && len(open.States) == 0 {
		s.add(" AND 1 = 0")
	}
	s.where(open, "t", "")
	n, err := b.number(ctx, s)
	if err != nil {
		return Number{}, err
	}
	rest := append([]branch{}, reach...)
	rest[0].restricted = without(rest[0].restricted, func(r int64) bool { return r == 0 })
	if len(rest[0].restricted) == 0 {
		rest = rest[1:]
	}
	more, err := b.count(ctx, a, q, rest)
	return Number{N: n + more.N, Exact: more.Exact}, err
}

func (b *Book) statesThat(active bool) []string {
	states := []string{}
	for _, s := range b.process.States {
		if s.Active == active {
			states = append(states, s.ID)
		}
	}
	return states
}

// count counts one by one, up to the bound.
func (b *Book) count(ctx context.Context, a Actor, q Query, reach []branch) (Number, error) {
	if q.Text == "" {
		q.Order = ByDue
		return b.upToBound(ctx, func(s *asking) bool { return b.branches(s, a, q, reach, nil, counted+1) })
	}
	var n Number
	err := b.newestFirst(ctx, math.MaxInt64, counted+1, func(within []wanted) (found int, err error) {
		n, err = b.upToBound(ctx, func(s *asking) bool { return b.countMatches(s, a, q, reach, within) })
		if !n.Exact {
			found = counted + 1
		}
		return max(found, int(n.N)), err
	})
	return n, err
}

// upToBound counts what a question asks for, up to the bound. Where the actor has nothing to ask of, there is nothing.
func (b *Book) upToBound(ctx context.Context, ask func(*asking) bool) (Number, error) {
	s := &asking{}
	s.add("SELECT COUNT(*) FROM (SELECT 1 FROM (")
	if !ask(s) {
		return Number{Exact: true}, nil
	}
	s.add(") AS u LIMIT ", s.arg(counted+1), ") AS counted")
	n, err := b.number(ctx, s)
	return Number{N: min(n, counted), Exact: n <= counted}, err
}

// countMatches adds the cases of each branch, in some epochs or ages, or all, that hold the words.
func (b *Book) countMatches(s *asking, a Actor, q Query, reach []branch, within []wanted) bool {
	n := 0
	for _, br := range reach {
		for _, kept := range br.searched() {
			if n++; n > 1 {
				s.add(" UNION ")
			}
			if br.kind == "" && kept == 0 && q.indexed() {
				b.countIndexed(s, a, q, br, within)
			} else {
				b.matches(s, a, q, br, kept, math.MaxInt64, within)
			}
			s.add(" LIMIT ", s.arg(counted+1), ") AS b")
		}
	}
	if a.Case != 0 && a.permits(ReadCase) {
		if n++; n > 1 {
			s.add(" UNION ")
		}
		b.ownMatch(s, a, q, math.MaxInt64)
	}
	return n > 0
}

// indexed says whether the search index knows all that the query asks.
func (q Query) indexed() bool { return !q.Nobody && q.DueBy == 0 && q.Assignee == 0 }

// countIndexed adds the cases that are not restricted from the index alone: as the tallies, it is as the ledger knows
// them, and holds no restricted case.
func (b *Book) countIndexed(s *asking, a Actor, q Query, br branch, within []wanted) {
	s.add("SELECT * FROM (SELECT s.", b.searchID(), " AS id FROM search s WHERE ", b.match(s, "search", b.expression(a, q, br, within)))
}
