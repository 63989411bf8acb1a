// Package decide holds the AI bar in the forms of several decision engines, so that they can be
// measured side by side on the same rules and the same facts.
//
// Its input is the bar, from which the rivals' rules are generated; the Go switch alone is written
// by hand. Its output is the outcome and the row of complete facts. What an engine can prepare, its
// rules and its form of the facts, is prepared outside of what is measured. A rival's rules return
// only the id of the row; the outcome is looked up in a map beside them, which is cheaper than to
// have the rules build both.
package decide

import (
	"errors"
	"fmt"

	"bugbar/bar"
	"bugbar/bench/cases"
)

// Engine is one way to decide. Prepare turns facts into the form that it reads.
type Engine struct {
	Name    string
	Prepare func(cases.Facts) Decide
}

// Decide is what is measured: one decision on facts that are prepared.
type Decide func() (cases.Decision, error)

// Engines returns all ways to decide by the AI bar: the Go switch, bugbar, the rivals. They are not
// safe for concurrent use.
func Engines(b *bar.Bar) ([]Engine, error) {
	r := newRows(b)
	program, exprErr := exprEngine(b, r)
	expression, celErr := celEngine(b, r)
	rules, rulesErr := regoRules(b, r)
	data, dataErr := regoData(b, r)
	engines := []Engine{goSwitch(), bugbarDecide(b), bugbarAssess(b), program, expression, rules, data}
	return engines, errors.Join(exprErr, celErr, rulesErr, dataErr)
}

var errNoRow = errors.New("no row decides these facts")

// rows finds the outcome of a row by its id.
type rows map[string]string

func newRows(b *bar.Bar) rows {
	r := rows{}
	for _, id := range b.RowIDs() {
		r[id] = b.Row(id).Outcome
	}
	return r
}

// decision completes what a rival's rules returned: the id of a row.
func (r rows) decision(result any) (cases.Decision, error) {
	id, _ := result.(string)
	outcome, ok := r[id]
	if !ok {
		return cases.Decision{}, fmt.Errorf("result %v: %w", result, errNoRow)
	}
	return cases.Decision{Outcome: outcome, Row: id}, nil
}
