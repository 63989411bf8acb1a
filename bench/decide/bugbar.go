package decide

import (
	"bugbar/assess"
	"bugbar/bar"
	"bugbar/bench/cases"
)

// bugbarDecide asks for the outcome and the row alone.
func bugbarDecide(b *bar.Bar) Engine {
	return Engine{"bugbar, Decide", func(f cases.Facts) Decide {
		values := f.Values()
		return func() (cases.Decision, error) {
			row, err := b.Decide(values)
			if err != nil {
				return cases.Decision{}, err
			}
			if row == nil {
				return cases.Decision{}, errNoRow
			}
			return cases.Decision{Outcome: row.Outcome, Row: row.ID}, nil
		}
	}}
}

// bugbarAssess asks for the full verdict: possible outcomes, next question, what would change it.
func bugbarAssess(b *bar.Bar) Engine {
	return Engine{"bugbar, full verdict", func(f cases.Facts) Decide {
		facts := assess.Facts{}
		for i, v := range f.Values() {
			if v != "" {
				facts[b.Points[i].ID] = assess.Fact{Values: []string{v}, Provenance: assess.Claimed}
			}
		}
		return func() (cases.Decision, error) {
			v, err := assess.Assess(b, facts)
			return cases.Decision{Outcome: v.Outcome, Row: v.Row}, err
		}
	}}
}
