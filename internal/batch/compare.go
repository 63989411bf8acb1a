package batch

import (
	"context"
	"fmt"
	"io"

	"bugbar/assess"
	"bugbar/bar"
)

// Changed is a line of facts whose verdict differs between two bars.
type Changed struct {
	Line int    `json:"line"`
	ID   string `json:"id,omitempty"` // the line's own id, as JSON
	From string `json:"from"`
	To   string `json:"to"`
	Row  string `json:"row,omitempty"` // the row that decides it now
}

func (c Changed) String() string {
	what := fmt.Sprintf("line %d", c.Line)
	if c.ID != "" {
		what += " " + c.ID
	}
	return fmt.Sprintf("%s: %s → %s", what, c.From, c.To)
}

// Compare assesses each line by two bars and emits those whose outcome changes. A line that either
// bar cannot read is counted as failed.
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
	if x.Outcome != y.Outcome {
		emit(Changed{Line: number, ID: string(now.ID), From: x.Outcome, To: y.Outcome, Row: y.Row})
	}
	return true
}
