package bar

import (
	"fmt"
	"slices"
	"strings"
)

// references checks that every section, row, value, scale and outcome that a text names exists.
// What a layered bar inherits is checked where it stands.
func (l *linter) references() {
	l.considerations()
	l.clauses()
	l.mappings()
	l.cuts()
	l.unique()
	if l.bar.Base == nil {
		l.categories()
		l.gates()
		l.gravity()
		l.tableSections()
	}
}

func (l *linter) categories() {
	for i, c := range l.bar.Categories {
		l.section("bar.yaml", fmt.Sprintf("categories[%d].section", i), c.Section)
		l.types("bar.yaml", fmt.Sprintf("categories[%d].types", i), c.Types)
	}
}

func (l *linter) gates() {
	for i, g := range l.bar.Gates {
		l.section("bar.yaml", fmt.Sprintf("gates[%d].section", i), g.Section)
		for _, row := range g.Rows {
			if err := l.bar.checkRow(row); err != nil {
				l.at("bar.yaml", fmt.Sprintf("gates[%d].rows", i), "%v", err)
			}
		}
	}
}

func (l *linter) considerations() {
	for i, c := range l.bar.own.Considerations {
		l.section("bar.yaml", fmt.Sprintf("considerations[%d].section", i), c.Section)
		for _, scale := range c.Scales {
			if !slices.ContainsFunc(l.bar.Outcomes, func(o Outcome) bool { return o.Scale == scale }) {
				l.at("bar.yaml", fmt.Sprintf("considerations[%d].scales", i), "no outcome stands on the scale %q", scale)
			}
		}
	}
}

// tableSections checks the sections that values and rows restate.
func (l *linter) tableSections() {
	for _, p := range l.bar.Points {
		for i, v := range p.Values {
			if v.Section != "" {
				l.section("points/"+p.ID+".yaml", fmt.Sprintf("values[%d].section", i), v.Section)
			}
		}
	}
	for _, t := range l.bar.Tables {
		for _, r := range t.Rows {
			if r.Section != "" && l.bar.Section(r.Section).ID == "" {
				l.problems = append(l.problems, Problem{File: t.file, Line: r.line, Text: fmt.Sprintf("unknown section %q", r.Section)})
			}
		}
	}
}

// overrides keeps what is never accepted out of reach.
func (l *linter) overrides() {
	for i, o := range l.bar.Overrides {
		for b := l.bar; b != nil; b = b.Base {
			if b.Notice != nil && b.Notice.Row == o.Row {
				l.at("bar.yaml", fmt.Sprintf("overrides[%d]", i), "row %s belongs to the notice and is never overridden", o.Row)
				break
			}
		}
	}
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

// clauses checks the sections of those rules; Load has checked what they act on.
func (l *linter) clauses() {
	own := l.bar.own
	if own.Referral != nil {
		l.section("bar.yaml", "referral.section", own.Referral.Section)
	}
	if own.Discretion != nil {
		l.section("bar.yaml", "discretion.section", own.Discretion.Section)
	}
	if own.Notice != nil {
		l.section("bar.yaml", "notice.section", own.Notice.Section)
	}
}

func (l *linter) mappings() {
	relations := []string{"equivalent", "partial", "inferred"}
	own := l.bar.Mappings
	if l.bar.Base != nil {
		own = own[len(l.bar.Base.Mappings):]
	}
	for i, m := range own {
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
	if !l.bar.ownCuts() {
		return
	}
	cuts := l.bar.Cuts
	l.value("cuts.yaml", "sufficient", cuts.Point, cuts.Sufficient)
	l.value("cuts.yaml", "insufficient", cuts.Point, cuts.Insufficient)
	for i, c := range cuts.Cuts {
		where := fmt.Sprintf("cuts[%d]", i)
		l.types("cuts.yaml", where+".types", c.Types)
		for _, before := range cuts.Cuts[:i] {
			if before.ID == c.ID {
				l.at("cuts.yaml", where, "cut %q stands twice", c.ID)
			}
			if before.Kind == c.Kind {
				l.at("cuts.yaml", where, "cuts %s and %s are both for measurements of %s", before.ID, c.ID, c.Kind)
			}
		}
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
	own, base := l.bar.own, l.bar.Base
	if base == nil {
		base = &Bar{}
	}
	sections := func(s Section) string { return s.ID }
	considerations := func(c Consideration) string { return c.ID }
	l.once("sections", idsOf(own.Sections, sections), idsOf(base.Sections, sections))
	l.once("considerations", idsOf(own.Considerations, considerations), idsOf(base.Considerations, considerations))
	l.once("categories", idsOf(own.Categories, func(c Category) string { return c.ID }), nil)
	l.once("gates", idsOf(own.Gates, func(g Gate) string { return g.ID }), nil)
}

// once reports an id of a list that stands in it before, or among the inherited ones.
func (l *linter) once(list string, ids, inherited []string) {
	for i, id := range ids {
		if slices.Contains(ids[:i], id) || slices.Contains(inherited, id) {
			l.at("bar.yaml", fmt.Sprintf("%s[%d].id", list, i), "id %q stands twice in %s", id, list)
		}
	}
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
