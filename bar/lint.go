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
