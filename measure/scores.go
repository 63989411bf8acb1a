package measure

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
)

// ErrOneClass says that evidence lacks members or non-members, without which nothing can be told.
var ErrOneClass = errors.New("members and non-members are both needed")

// Scores are what an attack said about records whose membership is known; a higher score means
// member. Where lower means member, as for a loss, the caller adds the negated value: the direction
// is known before the data are seen.
type Scores struct {
	members, nonmembers sample
	clustered           bool
	nan, infinite       int
	notes               []string // what an attack has to say of how it came by them
}

// sample holds the scores of one class and, where one record was scored many times, whose they are.
type sample struct {
	values  []float64
	records []uint32
	sizes   []float64 // by record: how many of the scores are its own
}

// MakeScores returns empty scores with room for so many members and non-members.
func MakeScores(members, nonmembers int) *Scores {
	return &Scores{
		members:    sample{values: make([]float64, 0, members)},
		nonmembers: sample{values: make([]float64, 0, nonmembers)},
	}
}

// NewScores copies scores that belong to member, element by element.
func NewScores(scores []float64, member []bool) (*Scores, error) {
	if len(scores) != len(member) {
		return nil, fmt.Errorf("%d scores but %d memberships", len(scores), len(member))
	}
	members := 0
	for _, m := range member {
		if m {
			members++
		}
	}
	s := MakeScores(members, len(member)-members)
	for i, score := range scores {
		s.Add(score, member[i])
	}
	return s, nil
}

// Add appends one score. NaN is dropped, and counted, when the scores are used.
func (s *Scores) Add(score float64, member bool) {
	class := s.class(member)
	class.values = append(class.values, score)
}

// AddOf appends one of many scores of a record. Records are numbered from 0; use either Add or AddOf.
func (s *Scores) AddOf(record uint32, score float64, member bool) {
	class := s.class(member)
	class.values = append(class.values, score)
	class.records = append(class.records, record)
	s.clustered = true
}

// Independent returns a copy of the scores as if each were of a record of its own, which is how most
// papers take them. Intervals of dependent scores come out several times too narrow.
func (s *Scores) Independent() *Scores {
	return &Scores{
		members:    sample{values: slices.Clone(s.members.values)},
		nonmembers: sample{values: slices.Clone(s.nonmembers.values)},
		nan:        s.nan, notes: s.notes,
	}
}

func (s *Scores) class(member bool) *sample {
	if member {
		return &s.members
	}
	return &s.nonmembers
}

// ROC sorts the scores, where they are, and returns their curve. It fails with ErrOneClass if no
// member or no non-member is left after dropping NaN.
func (s *Scores) ROC() (*ROC, error) {
	classes := []*sample{&s.members, &s.nonmembers}
	var dropped, infinite [2]int
	var sorting sync.WaitGroup
	for i, class := range classes {
		sorting.Go(func() {
			dropped[i], infinite[i] = class.clean()
			class.countRecords()
			class.sortDescending()
		})
	}
	sorting.Wait()
	s.nan += dropped[0] + dropped[1]
	s.infinite = infinite[0] + infinite[1]
	if len(s.members.values) == 0 || len(s.nonmembers.values) == 0 {
		return nil, fmt.Errorf("%d members and %d non-members with a score: %w",
			len(s.members.values), len(s.nonmembers.values), ErrOneClass)
	}
	roc := &ROC{members: s.members, nonmembers: s.nonmembers}
	if s.clustered {
		roc.matchRecords()
	}
	return roc, nil
}

// clean drops NaN, and makes the two zeros one, which sort apart and are equal.
func (s *sample) clean() (nan, infinite int) {
	if !slices.ContainsFunc(s.values, func(v float64) bool { return v == 0 || v-v != 0 }) {
		return 0, 0
	}
	kept := 0
	for i, v := range s.values {
		switch {
		case v != v:
			continue
		case v == 0:
			v = 0
		case math.IsInf(v, 0):
			infinite++
		}
		s.values[kept] = v
		if s.records != nil {
			s.records[kept] = s.records[i]
		}
		kept++
	}
	nan = len(s.values) - kept
	s.values = s.values[:kept]
	if s.records != nil {
		s.records = s.records[:kept]
	}
	return nan, infinite
}
