package bar

import (
	"fmt"
	"slices"
	"strings"
)

// references checks that every section, row, value, scale and outcome that a text names exists.
func (l *linter) references() {
	b := l.bar
	if b.Base != nil {
		return // its own texts name rows only in overrides, which Load has checked
	}
	const file = "bar.yaml"
	for i, c := range b.Categories {
		l.section(file, fmt.Sprintf("categories[%d].section", i), c.Section)
		l.types(file, fmt.Sprintf("categories[%d].types", i), c.Types)
	}
	for i, g := range b.Gates {
		l.section(file, fmt.Sprintf("gates[%d].section", i), g.Section)
		for _, row := range g.Rows {
			l.row(file, fmt.Sprintf("gates[%d].rows", i), row)
		}
	}
	for i, c := range b.Considerations {
		l.section(file, fmt.Sprintf("considerations[%d].section", i), c.Section)
		for _, scale := range c.Scales {
			if !slices.ContainsFunc(b.Outcomes, func(o Outcome) bool { return o.Scale == scale }) {
				l.at(file, fmt.Sprintf("considerations[%d].scales", i), "no outcome stands on the scale %q", scale)
			}
		}
	}
	l.gravity()
	l.clauses()
	l.mappings()
	l.cuts()
	for _, t := range b.Tables {
		for _, r := range t.Rows {
			if r.Section != "" && b.Section(r.Section).ID == "" {
				l.problems = append(l.problems, Problem{File: t.file, Line: r.line, Text: fmt.Sprintf("unknown section %q", r.Section)})
			}
		}
	}
	l.unique()
}

// gravity checks that the outcomes of a scale stand from the gravest to the mildest.
func (l *linter) gravity() {
	for i, o := range l.bar.Outcomes {
		for _, before := range l.bar.Outcomes[:i] {
			if l.bar.Worse(o.ID, before.ID) {
				l.at("bar.yaml", fmt.Sprintf("outcomes[%d]", i), "outcome %s is graver than %s and stands after it", o.ID, before.ID)
			}
		}
	}
}

func (l *linter) clauses() {
	b := l.bar
	if b.Referral != nil {
		l.section("bar.yaml", "referral.section", b.Referral.Section)
	}
	if b.Discretion != nil {
		l.section("bar.yaml", "discretion.section", b.Discretion.Section)
	}
	if b.Notice != nil {
		l.section("bar.yaml", "notice.section", b.Notice.Section)
	}
	for _, p := range b.Points {
		for i, v := range p.Values {
			if v.Section != "" {
				l.section("points/"+p.ID+".yaml", fmt.Sprintf("values[%d].section", i), v.Section)
			}
		}
	}
}

func (l *linter) mappings() {
	relations := []string{"equivalent", "partial", "inferred"}
	for i, m := range l.bar.Mappings {
		before := len(l.problems)
		l.value("mappings.csv", "", m.Point, m.Value)
		if !slices.Contains(relations, m.Relation) {
			l.at("mappings.csv", "", "relation %q of %s is none of %s", m.Relation, m.ID, strings.Join(relations, ", "))
		}
		if m.Taxonomy == "" || m.Edition == "" || m.ID == "" || m.Provenance == "" {
			l.at("mappings.csv", "", "a mapping of %s/%s lacks its taxonomy, edition, id or provenance", m.Point, m.Value)
		}
		for j := range l.problems[before:] {
			l.problems[before+j].Line = i + 2 // after the header; no shipped field holds a line break
		}
	}
}

func (l *linter) cuts() {
	cuts := l.bar.Cuts
	if cuts == nil {
		return
	}
	l.value("cuts.yaml", "sufficient", cuts.Point, cuts.Sufficient)
	l.value("cuts.yaml", "insufficient", cuts.Point, cuts.Insufficient)
	for i, c := range cuts.Cuts {
		where := fmt.Sprintf("cuts[%d]", i)
		l.types("cuts.yaml", where+".types", c.Types)
		if len(c.Alternatives) == 0 {
			l.at("cuts.yaml", where, "cut %s has no alternatives", c.ID)
		}
		for j, alternative := range c.Alternatives {
			for k, condition := range alternative {
				l.condition(fmt.Sprintf("%s.alternatives[%d][%d]", where, j, k), condition)
			}
		}
	}
}

// condition checks that a condition is either a metric with one bound, or a list of such.
func (l *linter) condition(where string, c Condition) {
	if len(c.Any) > 0 {
		if c.Metric != "" || c.AtLeast != nil || c.Above != nil {
			l.at("cuts.yaml", where, "a condition with any has no metric of its own")
		}
		for i, inner := range c.Any {
			l.condition(fmt.Sprintf("%s.any[%d]", where, i), inner)
		}
		return
	}
	if c.Metric == "" {
		l.at("cuts.yaml", where, "a condition needs a metric")
	}
	if (c.AtLeast == nil) == (c.Above == nil) {
		l.at("cuts.yaml", where, "a condition needs at_least or above, and not both")
	}
}

// unique checks the ids that Load does not index.
func (l *linter) unique() {
	b := l.bar
	twice := func(list string, ids []string) {
		for i, id := range ids {
			if slices.Contains(ids[:i], id) {
				l.at("bar.yaml", fmt.Sprintf("%s[%d].id", list, i), "id %q stands twice in %s", id, list)
			}
		}
	}
	twice("sections", idsOf(b.Sections, func(s Section) string { return s.ID }))
	twice("categories", idsOf(b.Categories, func(c Category) string { return c.ID }))
	twice("gates", idsOf(b.Gates, func(g Gate) string { return g.ID }))
	twice("considerations", idsOf(b.Considerations, func(c Consideration) string { return c.ID }))
}

func idsOf[T any](list []T, id func(T) string) []string {
	ids := make([]string, len(list))
	for i, item := range list {
		ids[i] = id(item)
	}
	return ids
}

func (l *linter) section(file, where, id string) {
	if l.bar.Section(id).ID == "" {
		l.at(file, where, "unknown section %q", id)
	}
}

func (l *linter) row(file, where, id string) {
	if l.bar.Row(id) == nil {
		l.at(file, where, "unknown row %q", id)
	}
}

func (l *linter) value(file, where, point, value string) {
	if _, _, err := l.bar.SetOf(point, []string{value}); err != nil {
		l.at(file, where, "%v", err)
	}
}

// types checks values of the point that the entry table asks first.
func (l *linter) types(file, where string, types []string) {
	point := l.bar.table(l.bar.Entry).Inputs[0]
	for _, t := range types {
		l.value(file, where, point, t)
	}
}
