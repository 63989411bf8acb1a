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
	reach := b.reach(a, q)
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
		q.Order = q.countedBy()
		if !q.worded(reach) {
			return b.upToBound(ctx, a, q, reach)
		}
	}
	var n Number
	err := b.newestFirst(ctx, math.MaxInt64, counted+1, func(within span) (found int, err error) {
		q.within = within
		n, err = b.upToBound(ctx, a, q, reach)
		if !n.Exact {
			found = counted + 1
		}
		return max(found, int(n.N)), err
	})
	return n, err
}

// countedBy is the order in which the cases of a list are counted: where the indexes of the others do not hold what it is
// narrowed by, that of the index of words.
func (q Query) countedBy() Order {
	if len(q.Waiting)+len(q.Tracks) > 0 && q.indexed() {
		return ByArrival
	}
	return ByDue
}

// upToBound counts what a question asks for, up to the bound. Where the actor has nothing to ask of, there is nothing.
func (b *Book) upToBound(ctx context.Context, a Actor, q Query, reach []branch) (Number, error) {
	s := &asking{}
	s.add("SELECT COUNT(*) FROM (SELECT 1 FROM (")
	if !b.apart(s, a, q, reach) {
		return Number{Exact: true}, nil
	}
	s.add(") AS u LIMIT ", s.arg(counted+1), ") AS counted")
	n, err := b.number(ctx, s)
	return Number{N: min(n, counted), Exact: n <= counted}, err
}

// apart asks for the cases that are not restricted, and then for those that are: no case is both, so that the database
// need not look for the second where the first are enough. The one case of a reporter who came with its key may be either.
func (b *Book) apart(s *asking, a Actor, q Query, reach []branch) bool {
	if a.Case != 0 {
		return b.countable(s, a, q, reach)
	}
	n := 0
	for kept := range int64(2) {
		part := keeping(reach, kept)
		if len(part) == 0 {
			continue
		}
		if n++; n > 1 {
			s.add(" UNION ALL ")
		}
		s.add("SELECT id FROM (")
		b.countable(s, a, q, part)
		s.add(") AS part")
	}
	return n > 0
}

// countable adds the cases of some branches, up to the bound; it says false where there is no branch.
func (b *Book) countable(s *asking, a Actor, q Query, reach []branch) bool {
	if q.Text == "" {
		return b.branches(s, a, q, reach, nil, counted+1)
	}
	return b.countMatches(s, a, q, reach)
}

// keeping leaves the restricted cases of branches, or the others.
func keeping(reach []branch, kept int64) []branch {
	var left []branch
	for _, br := range reach {
		br.restricted = without(br.restricted, func(r int64) bool { return min(r, 1) != kept })
		if len(br.restricted) > 0 {
			left = append(left, br)
		}
	}
	return left
}

// countMatches adds the cases of each branch that hold the words.
func (b *Book) countMatches(s *asking, a Actor, q Query, reach []branch) bool {
	n := 0
	for _, br := range reach {
		for _, kept := range br.restricted {
			if n++; n > 1 {
				s.add(" UNION ")
			}
			if br.open() && q.indexed() {
				b.countIndexed(s, a, q, br, kept)
			} else {
				b.matches(s, a, q, br, kept, math.MaxInt64)
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

// countIndexed adds the cases of an open branch from the index alone, in no order.
func (b *Book) countIndexed(s *asking, a Actor, q Query, br branch, kept int64) {
	table := searchTables[kept]
	s.add("SELECT * FROM (SELECT s.", b.searchID(), " AS id FROM ", table, " s WHERE ")
	b.match(s, table, b.expression(a, q, br))
}
