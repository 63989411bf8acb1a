// Package ssvc writes bars and verdicts in the format of SSVC 2.0.0, CERT/CC's Stakeholder-Specific
// Vulnerability Categorization: decision points, decision tables and selection lists.
//
// SSVC has no routing between tables, so a row that leads on to another table gets a value of the
// table's outcome that says so. Ids keep their words; hyphens, which SSVC keys may not have, become
// underscores. Editions become versions: 2026-11 is 2026.11.0.
package ssvc

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"bugbar/assess"
	"bugbar/bar"
)

const schemaVersion = "2.0.0"

// DecisionPoint is an SSVC decision point: values stand from low to high.
type DecisionPoint struct {
	ID            string  `json:"-"` // of the bar's point
	Namespace     string  `json:"namespace"`
	Key           string  `json:"key"`
	Version       string  `json:"version"`
	Name          string  `json:"name"`
	Definition    string  `json:"definition"`
	SchemaVersion string  `json:"schemaVersion"`
	Values        []Value `json:"values"`
}

// Value is a value of a decision point.
type Value struct {
	Key        string `json:"key"`
	Name       string `json:"name"`
	Definition string `json:"definition"`
}

// DecisionTable is an SSVC decision table: its mapping holds every combination once.
type DecisionTable struct {
	ID             string                   `json:"-"` // of the bar's table
	Namespace      string                   `json:"namespace"`
	Key            string                   `json:"key"`
	Version        string                   `json:"version"`
	Name           string                   `json:"name"`
	Definition     string                   `json:"definition"`
	SchemaVersion  string                   `json:"schemaVersion"`
	DecisionPoints map[string]DecisionPoint `json:"decision_points"`
	Outcome        string                   `json:"outcome"`
	Mapping        []map[string]string      `json:"mapping"`
}

// Document is a whole bar: its points, with the one of all outcomes last, and its tables.
type Document struct {
	Points []DecisionPoint
	Tables []DecisionTable
}

// SelectionList is a decision: what was selected for each point. Several values of a point are
// partial knowledge.
type SelectionList struct {
	Timestamp     string      `json:"timestamp"`
	SchemaVersion string      `json:"schemaVersion"`
	Selections    []Selection `json:"selections"`
}

// Selection names a decision point and the values selected.
type Selection struct {
	Namespace string     `json:"namespace"`
	Key       string     `json:"key"`
	Version   string     `json:"version"`
	Name      string     `json:"name"`
	Values    []Selected `json:"values"`
}

// Selected is a value in a selection.
type Selected struct {
	Key  string `json:"key"`
	Name string `json:"name"`
}

// Export writes a bar.
func Export(b *bar.Bar) Document {
	var doc Document
	for _, p := range b.Points {
		doc.Points = append(doc.Points, point(b, p))
	}
	doc.Points = append(doc.Points, outcomes(b))
	for _, t := range b.Tables {
		doc.Tables = append(doc.Tables, table(b, t))
	}
	return doc
}

// Selections writes a verdict: the facts, and the outcomes that they leave possible.
func Selections(b *bar.Bar, v assess.Verdict, at time.Time) SelectionList {
	list := SelectionList{Timestamp: at.UTC().Format(time.RFC3339), SchemaVersion: schemaVersion}
	for _, p := range b.Points {
		if values := v.Facts[p.ID].Values; len(values) > 0 {
			list.Selections = append(list.Selections, selection(point(b, p), values))
		}
	}
	decided := v.Possible
	if v.Adjustment != nil {
		decided = []string{v.Adjustment.Outcome}
	}
	list.Selections = append(list.Selections, selection(outcomes(b), decided))
	return list
}

func selection(p DecisionPoint, values []string) Selection {
	s := Selection{Namespace: p.Namespace, Key: p.Key, Version: p.Version, Name: p.Name}
	for _, v := range p.Values {
		if slices.ContainsFunc(values, func(id string) bool { return key(id) == v.Key }) {
			s.Values = append(s.Values, Selected{v.Key, v.Name})
		}
	}
	return s
}

func point(b *bar.Bar, p *bar.Point) DecisionPoint {
	d := newPoint(b, p.ID, p.Name, p.Question)
	for _, v := range p.Values {
		d.Values = append(d.Values, Value{key(v.ID), v.Name, v.Text})
	}
	return d
}

func newPoint(b *bar.Bar, id, name, definition string) DecisionPoint {
	return DecisionPoint{
		ID: id, Namespace: Namespace(b), Key: key(id), Version: Version(b), SchemaVersion: schemaVersion,
		Name: name, Definition: definition,
	}
}

// outcomes is the decision point of all outcomes. A bar lists the gravest first.
func outcomes(b *bar.Bar) DecisionPoint {
	d := newPoint(b, "outcome", "Outcome", "What the bar makes of the facts.")
	for _, o := range slices.Backward(b.Outcomes) {
		d.Values = append(d.Values, Value{key(o.ID), o.Name, o.Text})
	}
	return d
}

func table(b *bar.Bar, t *bar.Table) DecisionTable {
	outcome := tableOutcome(b, t)
	out := DecisionTable{
		ID: t.ID, Namespace: Namespace(b), Key: "DT_" + key(t.ID), Version: Version(b), SchemaVersion: schemaVersion,
		Name:           "Table " + t.ID,
		Definition:     fmt.Sprintf("Table %s of %s.", t.ID, b.Title),
		DecisionPoints: map[string]DecisionPoint{outcome.id(): outcome},
		Outcome:        outcome.id(),
	}
	combinations := []map[string]string{{}}
	for _, input := range t.Inputs {
		p, _ := b.Point(input)
		d := point(b, p)
		out.DecisionPoints[d.id()] = d
		combinations = product(combinations, d)
	}
	for _, c := range combinations {
		c[outcome.id()] = end(decider(b, t, c))
		out.Mapping = append(out.Mapping, c)
	}
	return out
}

// tableOutcome is the decision point of what the rows of one table lead to: further tables first,
// then outcomes from the mildest.
func tableOutcome(b *bar.Bar, t *bar.Table) DecisionPoint {
	d := newPoint(b, "outcome-"+t.ID, "Outcome of table "+t.ID, "What the table makes of its inputs.")
	used := map[string]bool{}
	for _, r := range t.Rows {
		if k := end(r); r.Table != "" && !used[k] {
			d.Values = append(d.Values, Value{k, "Table " + r.Table, "Decided by table " + r.Table + "."})
		}
		used[end(r)] = true
	}
	for _, v := range outcomes(b).Values {
		if used[v.Key] {
			d.Values = append(d.Values, v)
		}
	}
	return d
}

// end is the key of what a row leads to.
func end(r *bar.Row) string {
	if r.Table != "" {
		return "table_" + key(r.Table)
	}
	return key(r.Outcome)
}

func product(combinations []map[string]string, d DecisionPoint) []map[string]string {
	all := make([]map[string]string, 0, len(combinations)*len(d.Values))
	for _, c := range combinations {
		for _, v := range d.Values {
			one := maps.Clone(c)
			one[d.id()] = v.Key
			all = append(all, one)
		}
	}
	return all
}

// decider is the row that decides a combination; a loaded bar has exactly one.
func decider(b *bar.Bar, t *bar.Table, combination map[string]string) *bar.Row {
	for _, r := range t.Rows {
		fires := true
		for _, input := range t.Inputs {
			p, _ := b.Point(input)
			value := combination[point(b, p).id()]
			may := r.When[input]
			fires = fires && (may == nil || slices.ContainsFunc(may, func(id string) bool { return key(id) == value }))
		}
		if fires {
			return r
		}
	}
	panic("ssvc: table " + t.ID + " does not decide every combination, and yet was loaded")
}

// id is the name of a decision point in a table.
func (d DecisionPoint) id() string { return d.Namespace + ":" + d.Key + ":" + d.Version }

func key(id string) string { return strings.ReplaceAll(id, "-", "_") }

// Namespace is that of a bar. SSVC reserves x_example for what nobody has registered; an
// organisation that publishes its bar replaces it with its own reverse domain name.
func Namespace(b *bar.Bar) string { return "x_example.bugbar#" + b.ID }

// Version makes a semantic version of a bar's edition: its first three numbers.
func Version(b *bar.Bar) string {
	version := []string{"0", "0", "0"}
	numbers := strings.FieldsFunc(b.Edition, func(r rune) bool { return r < '0' || r > '9' })
	for i, n := range numbers[:min(len(numbers), 3)] {
		if v, err := strconv.Atoi(n); err == nil {
			version[i] = strconv.Itoa(v)
		}
	}
	return strings.Join(version, ".")
}
