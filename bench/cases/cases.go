// Package cases enumerates the complete facts of the AI bar, for those who measure.
//
// Its input is the bar; its output is one Case for each combination of the answers that the bar's
// tables ask for, in the order of its paths.
package cases

import (
	"slices"
	"strings"

	"bugbar/bar"
)

// Facts holds one answer for each decision point of the AI bar, in the bar's order. An empty one is
// not known, and not needed.
type Facts struct {
	Type, Impact, Interaction, DataClassification                            string
	AttackConfidence, ContentCategory, InformationAvailability, ServiceStage string
}

// Decision is what the bar says of complete facts.
type Decision struct{ Outcome, Row string }

// Case is one combination of complete facts, and what the bar's tables say of it.
type Case struct {
	Facts Facts
	Want  Decision
}

// Complete returns the complete facts: along each way through the tables of the AI bar, every
// combination of the answers that those tables ask for.
func Complete(b *bar.Bar) []Case {
	var cases []Case
	for _, p := range b.Paths() {
		want := Decision{Outcome: p.Row.Outcome, Row: p.Row.ID}
		for _, v := range combinations(b, p) {
			facts := Facts{v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]}
			cases = append(cases, Case{Facts: facts, Want: want})
		}
	}
	return cases
}

func combinations(b *bar.Bar, p bar.Path) [][]string {
	all := [][]string{make([]string, len(b.Points))}
	for i, point := range b.Points {
		if !p.Inputs.Has(i) {
			continue
		}
		var longer [][]string
		for _, values := range all {
			for _, name := range point.Names(p.Answers[i]) {
				next := slices.Clone(values)
				// A copy, as facts from a file are: a shared string is equal at a glance.
				next[i] = strings.Clone(name)
				longer = append(longer, next)
			}
		}
		all = longer
	}
	return all
}

// Values lists the facts in the order of the bar's decision points.
func (f Facts) Values() []string {
	return []string{
		f.Type, f.Impact, f.Interaction, f.DataClassification,
		f.AttackConfidence, f.ContentCategory, f.InformationAvailability, f.ServiceStage,
	}
}

// Named returns the facts that are known, by the id of their decision point.
func (f Facts) Named(b *bar.Bar) map[string]any {
	named := map[string]any{}
	for i, v := range f.Values() {
		if v != "" {
			named[b.Points[i].ID] = v
		}
	}
	return named
}
