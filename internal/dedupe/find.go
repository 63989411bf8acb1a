package dedupe

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"
)

const (
	// budget is how many places in lists a query reads, rarest word first: well under a
	// millisecond of work, however large the index and however hostile the text.
	budget = 40_000
	// shortlist is how many cases are compared in full.
	shortlist = 64
	// worthShowing is the score from which a case is a candidate.
	worthShowing = 0.15
)

// query is a case in the terms of an index.
type query struct {
	of    *fingerprint
	terms []queryTerm // by number; those that the index does not have stand at the end
	norm  float64     // sum of the weights
}

type queryTerm struct {
	numberedTerm
	hash   uint32
	count  uint32
	weight float32
}

// unknown is the number of a term that the index does not have.
const unknown = math.MaxUint32

// Find returns at most n known cases that may say the same as c, best first. A known case with the id
// of c is left out.
func (x *Index) Find(c *Case, n int) []Candidate {
	f := fingerprintOf(c)
	x.mu.RLock()
	defer x.mu.RUnlock()
	q := x.query(f)
	var found []Candidate
	for _, number := range x.nearest(q) {
		e := &x.cases[number]
		if e.id == c.ID {
			continue
		}
		if candidate := x.compare(q, e); candidate.Score >= worthShowing {
			found = append(found, candidate)
		}
	}
	slices.SortStableFunc(found, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID))
	})
	found = found[:min(len(found), max(n, 0))]
	x.explain(q, found)
	return found
}

func (x *Index) query(f *fingerprint) *query {
	q := &query{of: f}
	for _, t := range f.terms(x.shared.common) {
		qt := queryTerm{numberedTerm{unknown, t.low}, t.hash, 0, 0}
		if number, known := x.terms[t.hash]; known {
			qt.number, qt.count = number, x.lists[number].count
		}
		qt.weight = x.weight(qt.count, t.low)
		q.norm += float64(qt.weight)
		q.terms = append(q.terms, qt)
	}
	slices.SortStableFunc(q.terms, func(a, b queryTerm) int { return cmp.Compare(a.number, b.number) })
	return q
}

// scratch is the memory of one query: a sum for each case, zero between queries.
type scratch struct {
	sums    []float32
	touched []uint32
}

// nearest lists the cases that share most weight with a query, for their length.
func (x *Index) nearest(q *query) []uint32 {
	s, _ := x.pool.Get().(*scratch)
	if s == nil {
		s = &scratch{}
	}
	defer x.pool.Put(s)
	if missing := len(x.cases) - len(s.sums); missing > 0 {
		s.sums = append(s.sums, make([]float32, missing)...)
	}
	rarest := slices.DeleteFunc(slices.Clone(q.terms), func(t queryTerm) bool { return t.count == 0 })
	slices.SortStableFunc(rarest, func(a, b queryTerm) int { return cmp.Compare(b.weight, a.weight) })
	left := budget
	for i, t := range rarest {
		if i > 0 && int(t.count) > left {
			continue // a part of a list would favour the oldest cases
		}
		left -= s.add(&x.lists[t.number], t.weight, left)
	}
	return s.best(x.cases)
}

// add adds a weight to the sums of the first cases in a list, and says how many these were.
func (s *scratch) add(p *postings, weight float32, limit int) int {
	next, read := uint32(0), 0
	for rest := p.gaps; len(rest) > 0 && read < limit; read++ {
		gap, n := uint64(rest[0]), 1
		if gap >= 0x80 {
			gap, n = binary.Uvarint(rest)
		}
		rest = rest[n:]
		number := next + uint32(gap)
		next = number + 1
		if s.sums[number] == 0 {
			s.touched = append(s.touched, number)
		}
		s.sums[number] += weight
	}
	return read
}

// best takes the cases with the largest sums out, and leaves the scratch clean.
func (s *scratch) best(cases []entry) []uint32 {
	type scored struct {
		number uint32
		score  float32
	}
	top := make([]scored, 0, shortlist+1)
	for _, number := range s.touched {
		sum := s.sums[number]
		s.sums[number] = 0
		if cases[number].removed {
			continue
		}
		score := sum / float32(math.Sqrt(float64(cases[number].size)))
		if len(top) == shortlist && score <= top[shortlist-1].score {
			continue
		}
		at, _ := slices.BinarySearchFunc(top, score, func(t scored, score float32) int { return -cmp.Compare(t.score, score) })
		for at < len(top) && top[at].score == score && top[at].number < number {
			at++
		}
		top = slices.Insert(top, at, scored{number, score})
		top = top[:min(len(top), shortlist)]
	}
	s.touched = s.touched[:0]
	numbers := make([]uint32, len(top))
	for i, t := range top {
		numbers[i] = t.number
	}
	return numbers
}
