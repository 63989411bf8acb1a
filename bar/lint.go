package bar

import (
	"fmt"
	"io/fs"
	"maps"
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
	l.overrides()
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
	l.filled("bar.yaml", "", reflect.ValueOf(b.own))
	if b.Base == nil {
		for _, p := range b.Points {
			l.filled("points/"+p.ID+".yaml", "", reflect.ValueOf(*p))
		}
		l.rowTexts()
	}
	if b.ownCuts() {
		l.filled("cuts.yaml", "", reflect.ValueOf(*b.Cuts))
	}
}

// ownCuts says whether the bar has a cuts.yaml of its own.
func (b *Bar) ownCuts() bool { return b.Cuts != nil && (b.Base == nil || b.Cuts != b.Base.Cuts) }

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
