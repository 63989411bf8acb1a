package assess

import (
	"math/bits"
	"slices"
	"strings"

	"bugbar/bar"
)

// changes asks of each used fact what another answer would do. The entry's own question is the
// classification itself: another answer to it counts only where it raises or lowers the outcome.
func (s *state) changes(outcome string) []Change {
	changes := make([]Change, 0, 4)
	for i := range s.bar.Points {
		if s.asked.Has(i) && s.sets[i] != s.bar.Points[i].All() {
			changes = s.changesOf(changes, i, s.bar.OutcomeIndex(outcome))
		}
	}
	return changes
}

func (s *state) changesOf(changes []Change, i, now int) []Change {
	p := s.bar.Points[i]
	entry := p.ID == s.bar.EntryPoint()
	first := len(changes)
	for v := range p.Values {
		if s.sets[i].Has(v) {
			continue
		}
		left, row := s.with(i, v)
		if left == 1<<now || left == 0 {
			continue
		}
		c := s.change(i, left, row, now)
		if entry && c.Direction != Raises && c.Direction != Lowers {
			continue
		}
		changes = merge(s.bar, changes, first, c, p.Values[v].ID)
	}
	return changes
}

// with is what remains when point i has another value than the facts give it, and the row where
// only one remains.
func (s *state) with(i, value int) (outcomes, *bar.Row) {
	copy(s.scratch, s.bar.Allow(i, value))
	for j := range s.sets {
		if j != i {
			s.bar.Narrow(s.scratch, j, s.sets[j])
		}
	}
	paths := s.bar.Paths()
	var left outcomes
	var row *bar.Row
	single := true
	for w, word := range s.scratch {
		for ; word != 0; word &= word - 1 {
			r := paths[w*64+bits.TrailingZeros64(word)].Row
			single = single && (row == nil || row == r)
			row = r
			left |= 1 << r.Code()
		}
	}
	if !single {
		row = nil
	}
	return left, row
}

func (s *state) change(i int, left outcomes, row *bar.Row, now int) Change {
	p := s.bar.Points[i]
	c := Change{Point: p.ID, From: strings.Join(p.Names(s.sets[i]), "|"), Outcome: bar.Undetermined, Direction: Reopens}
	if !bar.Set(left).Single() {
		c.Possible = s.names(left)
		return c
	}
	then := bits.TrailingZeros64(uint64(left))
	c.Outcome = s.bar.Outcomes[then].ID
	if row != nil {
		c.Row = row.ID
	}
	switch before, after := s.bar.Outcomes[now].ID, c.Outcome; {
	case s.bar.Worse(after, before):
		c.Direction = Raises
	case s.bar.Worse(before, after):
		c.Direction = Lowers
	default:
		c.Direction = Moves
	}
	return c
}

// merge adds a change of one point: beside an equal one as a further value of it, and instead of
// a larger one in the same direction.
func merge(b *bar.Bar, changes []Change, first int, c Change, value string) []Change {
	for k := first; k < len(changes); k++ {
		have := &changes[k]
		switch {
		case have.Direction != c.Direction:
		case have.Outcome == c.Outcome && slices.Equal(have.Possible, c.Possible):
			if have.Row != c.Row {
				have.Row = ""
			}
			have.To = append(have.To, value)
			return changes
		case c.Direction == Raises && b.Worse(c.Outcome, have.Outcome), c.Direction == Lowers && b.Worse(have.Outcome, c.Outcome):
			return changes
		case c.Direction == Raises || c.Direction == Lowers:
			c.To = []string{value}
			changes[k] = c
			return changes
		}
	}
	c.To = []string{value}
	return append(changes, c)
}
