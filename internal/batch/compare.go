package batch

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"bugbar/assess"
	"bugbar/bar"
)

// Changed is a line of facts whose verdict differs between two bars: in its outcome, in the row that
// decides it, or in the outcomes that it leaves open.
type Changed struct {
	Line    int      `json:"line"`
	ID      string   `json:"id,omitempty"` // the line's own id, as JSON
	From    string   `json:"from"`
	To      string   `json:"to"`
	FromRow string   `json:"from_row,omitempty"`
	Row     string   `json:"row,omitempty"` // the row that decides it now
	Was     []string `json:"from_possible"` // outcomes that were possible
	Now     []string `json:"possible"`
}

func (c Changed) String() string {
	what := fmt.Sprintf("line %d", c.Line)
	if c.ID != "" {
		what += " " + c.ID
	}
	from, to := c.From, c.To
	switch {
	case from != to:
	case !slices.Equal(c.Was, c.Now):
		from += " (" + strings.Join(c.Was, ", ") + ")"
		to += " (" + strings.Join(c.Now, ", ") + ")"
	default:
		from += " (" + cmp.Or(c.FromRow, "several rows") + ")"
		to += " (" + cmp.Or(c.Row, "several rows") + ")"
	}
	return fmt.Sprintf("%s: %s → %s", what, from, to)
}

// Compare assesses each line by two bars and emits those whose verdict changes. Row ids compare
// without their prefix, which a copied bar has to change. A line that either bar cannot read is
// counted as failed.
func Compare(ctx context.Context, from, to *bar.Bar, r io.Reader, emit func(Changed)) (lines, failed int, err error) {
	before, after := NewDecoder(from), NewDecoder(to)
	err = split(r, func(c *chunk) bool {
		number := c.first
		for line := range c.lines() {
			if len(line) > 0 || c.tooLong {
				lines++
				if !compareLine(before, after, c, line, number, emit) {
					failed++
				}
			}
			number++
		}
		return ctx.Err() == nil
	})
	if err == nil {
		err = ctx.Err()
	}
	return lines, failed, err
}

func compareLine(before, after *Decoder, c *chunk, line []byte, number int, emit func(Changed)) bool {
	if c.tooLong {
		return false
	}
	old, err := before.Decode(line, number)
	if err != nil {
		return false
	}
	now, err := after.Decode(line, number)
	if err != nil {
		return false
	}
	x := assess.NewEngine(before.bar).Assess(old.Sets)
	y := assess.NewEngine(after.bar).Assess(now.Sets)
	sameRow := strings.TrimPrefix(x.Row, before.bar.Prefix) == strings.TrimPrefix(y.Row, after.bar.Prefix)
	if x.Outcome != y.Outcome || !sameRow || !slices.Equal(x.Possible, y.Possible) {
		emit(Changed{
			Line: number, ID: string(now.ID), From: x.Outcome, To: y.Outcome,
			FromRow: x.Row, Row: y.Row, Was: slices.Clone(x.Possible), Now: slices.Clone(y.Possible),
		})
	}
	return true
}
