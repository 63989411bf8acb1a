package bar

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Change is one difference between two bars.
type Change struct {
	What string `json:"what"` // row, decision point, value, outcome, cut
	ID   string `json:"id"`
	Kind string `json:"kind"` // added, removed or changed
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
}

func (c Change) String() string {
	switch {
	case c.Kind != "changed":
		return fmt.Sprintf("%s %s %s", c.What, c.ID, c.Kind)
	case c.From == "" && c.To == "":
		return fmt.Sprintf("%s %s changed in its wording", c.What, c.ID)
	}
	return fmt.Sprintf("%s %s changed from %s to %s", c.What, c.ID, c.From, c.To)
}

// Diff names what changed from one bar to another: decision points, values, outcomes and rows by
// their ids, in that order. Rows are changed when they rate otherwise, when they fire on other
// answers, or in their wording.
func Diff(from, to *Bar) []Change {
	var changes []Change
	changes = append(changes, diffOf("decision point", from.Points, to.Points, func(p *Point) string { return p.ID }, diffPoint)...)
	for _, p := range from.Points {
		if q, _ := to.Point(p.ID); q != nil {
			name := func(v Value) string { return p.ID + "=" + v.ID }
			changes = append(changes, diffOf("value", p.Values, q.Values, name, diffWording[Value])...)
		}
	}
	changes = append(changes, diffOf("outcome", from.Outcomes, to.Outcomes, func(o Outcome) string { return o.ID }, diffWording[Outcome])...)
	changes = append(changes, diffOf("row", from.rows(), to.rows(), func(r *Row) string { return r.ID }, diffRow)...)
	changes = append(changes, diffOf("cut", from.cutList(), to.cutList(), func(c Cut) string { return c.ID }, diffWording[Cut])...)
	return changes
}

// diffOf compares two lists by id. The comparison of two of the same id returns what to show, and
// whether they differ at all.
func diffOf[T any](what string, from, to []T, id func(T) string, compare func(a, b T) (string, string, bool)) []Change {
	var changes []Change
	for _, a := range from {
		i := slices.IndexFunc(to, func(b T) bool { return id(b) == id(a) })
		if i < 0 {
			changes = append(changes, Change{What: what, ID: id(a), Kind: "removed"})
		} else if x, y, differ := compare(a, to[i]); differ {
			changes = append(changes, Change{What: what, ID: id(a), Kind: "changed", From: x, To: y})
		}
	}
	for _, b := range to {
		if !slices.ContainsFunc(from, func(a T) bool { return id(a) == id(b) }) {
			changes = append(changes, Change{What: what, ID: id(b), Kind: "added"})
		}
	}
	return changes
}

func diffWording[T any](a, b T) (string, string, bool) { return "", "", !reflect.DeepEqual(a, b) }

// diffPoint compares what is asked; the values have their own lines.
func diffPoint(a, b *Point) (string, string, bool) {
	x, y := *a, *b
	x.Values, y.Values, x.lookup, y.lookup = nil, nil, lookup{}, lookup{}
	return "", "", !reflect.DeepEqual(x, y)
}

func diffRow(a, b *Row) (string, string, bool) {
	if a.Outcome != b.Outcome {
		return a.Outcome, b.Outcome, true
	}
	if x, y := a.Condition(), b.Condition(); x != y {
		return x, y, true
	}
	return "", "", a.Text != b.Text || a.Section != b.Section
}

func (b *Bar) cutList() []Cut {
	if b.Cuts == nil {
		return nil
	}
	return b.Cuts.Cuts
}

func (b *Bar) rows() []*Row {
	var rows []*Row
	for _, t := range b.Tables {
		for _, r := range t.Rows {
			if r.ID != "" {
				rows = append(rows, r)
			}
		}
	}
	return rows
}

// Condition writes the answers that a row fires on, for instance
// "impact=data-exfiltration|privileged-action interaction=none".
func (r *Row) Condition() string {
	parts := make([]string, 0, len(r.When))
	for point, values := range r.When {
		parts = append(parts, point+"="+strings.Join(values, "|"))
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}
