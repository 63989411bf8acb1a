package bar

import (
	"fmt"
	"io/fs"
	"maps"
	"math/bits"
	"reflect"
	"slices"
	"strings"
)

// Lint reads the bar in a folder and reports everything that is wrong with it. Beyond what Load
// demands, it proves that every text is present, every id that a text refers to exists, no worse
// answer ever lowers an outcome on its scale, and every worked example comes out as it says.
func Lint(folder fs.FS, find Finder) []Problem {
	b, problems := read(folder, find, nil)
	if b == nil || len(problems) > 0 {
		return problems
	}
	l := &linter{bar: b}
	l.texts()
	l.references()
	l.order()
	if b.Base == nil { // a layered bar inherits its examples, and its base has proved them
		for _, p := range b.Points {
			l.examples(p)
		}
	}
	return l.problems
}

type linter struct {
	bar      *Bar
	problems []Problem
}

func (l *linter) at(file, where, format string, args ...any) {
	l.problems = append(l.problems, Problem{File: file, Line: l.bar.files.line(file, where), Text: fmt.Sprintf(format, args...)})
}

// texts checks that every field tagged lint:"text" says something. Parts that a layered bar
// inherits are checked where they stand.
func (l *linter) texts() {
	b := l.bar
	own := document{
		ID: b.ID, Edition: b.Edition, Title: b.Title, Summary: b.Summary, Source: b.Source,
		Overrides: b.Overrides,
	}
	if b.Base == nil {
		own.Sections, own.Outcomes, own.Categories = b.Sections, b.Outcomes, b.Categories
		own.Gates, own.Considerations = b.Gates, b.Considerations
		own.Referral, own.Discretion, own.Notice = b.Referral, b.Discretion, b.Notice
		for _, p := range b.Points {
			l.filled("points/"+p.ID+".yaml", "", reflect.ValueOf(*p))
		}
		l.rowTexts()
	}
	l.filled("bar.yaml", "", reflect.ValueOf(own))
	if b.Cuts != nil && (b.Base == nil || b.Cuts != b.Base.Cuts) {
		l.filled("cuts.yaml", "", reflect.ValueOf(*b.Cuts))
	}
}

func (l *linter) filled(file, where string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			l.filled(file, where, v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			l.filled(file, fmt.Sprintf("%s[%d]", where, i), v.Index(i))
		}
	case reflect.Struct:
		l.filledFields(file, where, v)
	}
}

func (l *linter) filledFields(file, where string, v reflect.Value) {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		key, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		if key == "" {
			continue
		}
		inner := key
		if where != "" {
			inner = where + "." + key
		}
		if field.Tag.Get("lint") == "text" && strings.TrimSpace(v.Field(i).String()) == "" {
			l.at(file, where, "%s is missing", strings.TrimPrefix(inner, "."))
			continue
		}
		l.filled(file, inner, v.Field(i))
	}
}

func (l *linter) rowTexts() {
	for _, t := range l.bar.Tables {
		for _, r := range t.Rows {
			missing := ""
			switch {
			case r.Outcome == "":
				continue
			case strings.TrimSpace(r.Text) == "":
				missing = "text"
			case r.Section == "":
				missing = "section"
			default:
				continue
			}
			l.problems = append(l.problems, Problem{File: t.file, Line: r.line, Text: fmt.Sprintf("row %s has no %s", r.ID, missing)})
		}
	}
}

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
	for name, c := range map[string]*Clause{"discretion": b.Discretion, "referral": b.Referral} {
		if c != nil {
			l.row("bar.yaml", name+".row", c.Row)
			l.section("bar.yaml", name+".section", c.Section)
		}
	}
	if n := b.Notice; n != nil {
		l.row("bar.yaml", "notice.row", n.Row)
		l.section("bar.yaml", "notice.section", n.Section)
		l.value("bar.yaml", "notice.value", n.Point, n.Value)
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

// order proves that no worse answer lowers an outcome: over all pairs of paths that differ in one
// ordered point and can agree in every other.
func (l *linter) order() {
	reported := map[[2]*Row]bool{}
	for i, p := range l.bar.Points {
		if !p.Ordered {
			continue
		}
		for _, mild := range l.bar.paths {
			for _, worse := range l.bar.paths {
				if reported[[2]*Row{mild.Row, worse.Row}] || !l.lowers(mild, worse, i) {
					continue
				}
				reported[[2]*Row{mild.Row, worse.Row}] = true
				l.lowered(p, i, mild, worse)
			}
		}
	}
}

func (l *linter) lowers(mild, worse Path, point int) bool {
	if !l.bar.Worse(mild.Row.Outcome, worse.Row.Outcome) {
		return false
	}
	for i := range mild.Answers {
		if i != point && mild.Answers[i]&worse.Answers[i] == 0 {
			return false
		}
	}
	return bits.TrailingZeros64(uint64(mild.Answers[point])) < bits.Len64(uint64(worse.Answers[point]))-1
}

func (l *linter) lowered(p *Point, i int, mild, worse Path) {
	t := l.bar.table(worse.Tables[len(worse.Tables)-1])
	from := p.Values[bits.TrailingZeros64(uint64(mild.Answers[i]))].ID
	to := p.Values[bits.Len64(uint64(worse.Answers[i]))-1].ID
	l.problems = append(l.problems, Problem{
		File: t.file, Line: worse.Row.line,
		Text: fmt.Sprintf("%s=%s is worse than %s, yet lowers %s (row %s) to %s (row %s)",
			p.ID, to, from, mild.Row.Outcome, mild.Row.ID, worse.Row.Outcome, worse.Row.ID),
	})
}

// examples runs the worked examples of a point.
func (l *linter) examples(p *Point) {
	file := "points/" + p.ID + ".yaml"
	if len(p.Examples) < 2 {
		l.at(file, "examples", "%d worked examples, and a decision point needs two", len(p.Examples))
	}
	for i, e := range p.Examples {
		if err := l.bar.runExample(p, e); err != nil {
			l.at(file, fmt.Sprintf("examples[%d]", i), "example %d: %v", i+1, err)
		}
	}
}

func (b *Bar) runExample(p *Point, e Example) error {
	if !slices.Equal(e.Facts[p.ID], Answers{e.Answer}) {
		return fmt.Errorf("the answer %q is not what its facts say of %s", e.Answer, p.ID)
	}
	outcomes, rows, err := b.possible(e.Facts)
	if err != nil {
		return err
	}
	got := Undetermined
	if len(outcomes) == 1 {
		got = outcomes[0]
	}
	if got != e.Outcome {
		return fmt.Errorf("its facts lead to %s, not to %s (rows %s)", got, e.Outcome, strings.Join(rows, ", "))
	}
	if e.Row != "" && !slices.Equal(rows, []string{e.Row}) {
		return fmt.Errorf("its facts lead to row %s, not to %s", strings.Join(rows, ", "), e.Row)
	}
	return nil
}

// possible lists the outcomes and rows that facts leave open.
func (b *Bar) possible(facts map[string]Answers) (outcomes, rows []string, err error) {
	open := make(Bitmap, b.Words())
	sets := make([]Set, len(b.Points))
	for i, p := range b.Points {
		sets[i] = p.All()
	}
	for _, point := range slices.Sorted(maps.Keys(facts)) {
		i, set, err := b.SetOf(point, facts[point])
		if err != nil {
			return nil, nil, err
		}
		sets[i] = set
	}
	b.Open(open, sets)
	for n := range open.All() {
		r := b.paths[n].Row
		if !slices.Contains(outcomes, r.Outcome) {
			outcomes = append(outcomes, r.Outcome)
		}
		if !slices.Contains(rows, r.ID) {
			rows = append(rows, r.ID)
		}
	}
	return outcomes, rows, nil
}
