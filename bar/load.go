package bar

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Finder opens the folder of a bar by its reference, for instance "msrc-ai@2026-11". It is asked
// for the bars that others extend; it may be nil where none does.
type Finder func(ref string) (fs.FS, error)

// Load reads and compiles the bar in a folder. Its error is a Problems: everything that keeps the
// bar from being used, each with file and line. A bar that loads decides every combination of its
// facts exactly once; Lint proves the rest.
func Load(folder fs.FS, find Finder) (*Bar, error) {
	b, problems := read(folder, find, nil)
	if len(problems) > 0 {
		return nil, problems
	}
	return b, nil
}

// document is bar.yaml: a Bar before its points and tables are read.
type document struct {
	ID             string          `yaml:"id" lint:"text"`
	Edition        string          `yaml:"edition" lint:"text"`
	Title          string          `yaml:"title" lint:"text"`
	Summary        string          `yaml:"summary" lint:"text"`
	Source         Source          `yaml:"source"`
	Prefix         string          `yaml:"prefix"`
	Entry          string          `yaml:"entry"`
	Extends        string          `yaml:"extends"`
	Points         []string        `yaml:"points"`
	Sections       []Section       `yaml:"sections"`
	Outcomes       []Outcome       `yaml:"outcomes"`
	Categories     []Category      `yaml:"categories"`
	Gates          []Gate          `yaml:"gates"`
	Considerations []Consideration `yaml:"considerations"`
	Referral       *Clause         `yaml:"referral"`
	Discretion     *Clause         `yaml:"discretion"`
	Notice         *Notice         `yaml:"notice"`
	Overrides      []Override      `yaml:"overrides"`
}

// reading is one folder on its way to a Bar.
type reading struct {
	folder   fs.FS
	files    sources
	problems Problems
}

func (rd *reading) report(p Problem) { rd.problems = append(rd.problems, p) }

// read loads a folder; chain holds the references of the bars that extend it.
func read(folder fs.FS, find Finder, chain []string) (*Bar, Problems) {
	rd := &reading{folder: folder, files: sources{}}
	var doc document
	if !rd.yaml("bar.yaml", &doc) {
		return nil, rd.problems
	}
	b := doc.bar()
	b.files, b.own = rd.files, doc
	rd.identity(b)
	if doc.Extends != "" {
		rd.extend(b, find, chain)
	} else {
		if len(doc.Overrides) > 0 {
			rd.at("bar.yaml", "overrides", "overrides without a bar that this one extends", "extends: NAME@EDITION")
		}
		rd.tables(b, doc.Points)
	}
	if cuts := rd.cuts(); cuts != nil {
		b.Cuts = cuts
	}
	b.Mappings = append(b.Mappings, rd.mappings()...)
	if len(rd.problems) == 0 {
		rd.compile(b)
		rd.clauses(b)
	}
	return b, rd.problems
}

func (d *document) bar() *Bar {
	return &Bar{
		ID: d.ID, Edition: d.Edition, Title: d.Title, Summary: d.Summary, Source: d.Source,
		Prefix: d.Prefix, Entry: d.Entry, Extends: d.Extends, Sections: d.Sections, Outcomes: d.Outcomes,
		Categories: d.Categories, Gates: d.Gates, Considerations: d.Considerations,
		Referral: d.Referral, Discretion: d.Discretion, Notice: d.Notice, Overrides: d.Overrides,
	}
}

var (
	barPattern     = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	idPattern      = regexp.MustCompile(`^[a-z0-9]+([-_][a-z0-9]+)*$`)
	editionPattern = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z.-]*$`)
)

func (rd *reading) identity(b *Bar) {
	if !barPattern.MatchString(b.ID) {
		rd.at("bar.yaml", "id", fmt.Sprintf("id %q", b.ID), "small letters, digits and hyphens, for instance msrc-ai")
	}
	if !editionPattern.MatchString(b.Edition) {
		rd.at("bar.yaml", "edition", fmt.Sprintf("edition %q", b.Edition), "letters, digits, dots and hyphens, for instance 2026-11")
	}
}

func (rd *reading) at(file, where, text, hint string) {
	rd.report(Problem{File: file, Line: rd.files.line(file, where), Text: text, Hint: hint})
}

// tables reads the points and tables of a bar that stands by itself, and joins them.
func (rd *reading) tables(b *Bar, ids []string) {
	rd.points(b, ids)
	b.indexNames(rd.report)
	rd.readTables(b)
	if len(rd.problems) > 0 {
		return
	}
	for _, t := range b.Tables {
		b.resolve(t, rd.report)
	}
	b.checkRowIDs(rd.report)
}

func (rd *reading) points(b *Bar, ids []string) {
	if len(ids) == 0 || len(ids) > maxPoints {
		rd.at("bar.yaml", "points", fmt.Sprintf("%d decision points", len(ids)), fmt.Sprintf("1 to %d", maxPoints))
		return
	}
	for i, id := range ids {
		if !idPattern.MatchString(id) {
			rd.at("bar.yaml", fmt.Sprintf("points[%d]", i), fmt.Sprintf("id %q", id), "small letters, digits, hyphens and underscores")
			continue
		}
		if id == "id" {
			rd.at("bar.yaml", fmt.Sprintf("points[%d]", i), `a decision point named "id"`, "another name; a line of facts has its own id under this one")
		}
		p := new(Point)
		file := "points/" + id + ".yaml"
		if !rd.yaml(file, p) {
			continue
		}
		if p.ID != id {
			rd.at(file, "id", fmt.Sprintf("id %q in the file of %q", p.ID, id), id)
		}
		if len(p.Values) < 2 || len(p.Values) > maxValues {
			rd.at(file, "values", fmt.Sprintf("%d values", len(p.Values)), fmt.Sprintf("2 to %d", maxValues))
		}
		b.Points = append(b.Points, p)
	}
}

// indexNames fills the indexes by id and reports what stands twice.
func (b *Bar) indexNames(report func(Problem)) {
	b.pointIndex, b.outcomeIndex = map[string]int{}, map[string]int{}
	seen := map[string]bool{}
	for i, p := range b.Points {
		if seen[plain(p.ID)] {
			report(Problem{File: "bar.yaml", Line: b.files.line("bar.yaml", "points"), Text: fmt.Sprintf("decision point %q stands twice", p.ID), Hint: sameID})
		}
		seen[plain(p.ID)] = true
		b.pointIndex[p.ID] = i
		b.checkValues(p, report)
		p.lookup = newLookup(p.Values)
	}
	b.indexOutcomes(report)
}

const sameID = "a hyphen and an underscore are the same here"

// plain is an id as it compares with others: exports have to write hyphens as underscores.
func plain(id string) string { return strings.ReplaceAll(id, "-", "_") }

func (b *Bar) checkValues(p *Point, report func(Problem)) {
	file := "points/" + p.ID + ".yaml"
	seen := map[string]bool{}
	for i, v := range p.Values {
		line := b.files.line(file, fmt.Sprintf("values[%d].id", i))
		switch {
		case !idPattern.MatchString(v.ID):
			report(Problem{File: file, Line: line, Text: fmt.Sprintf("value %q is no id", v.ID), Hint: "small letters, digits, hyphens and underscores"})
		case v.ID == "unknown":
			report(Problem{File: file, Line: line, Text: `a value named "unknown"`, Hint: "another name; in facts this word leaves the question open"})
		case seen[plain(v.ID)]:
			report(Problem{File: file, Line: line, Text: fmt.Sprintf("value %q stands twice", v.ID), Hint: sameID})
		}
		seen[plain(v.ID)] = true
	}
}

func (b *Bar) indexOutcomes(report func(Problem)) {
	if len(b.Outcomes) == 0 || len(b.Outcomes) > maxOutcomes {
		report(Problem{File: "bar.yaml", Line: b.files.line("bar.yaml", "outcomes"), Text: fmt.Sprintf("%d outcomes", len(b.Outcomes)), Hint: fmt.Sprintf("1 to %d", maxOutcomes)})
	}
	for i, o := range b.Outcomes {
		if _, twice := b.outcomeIndex[o.ID]; twice {
			report(Problem{File: "bar.yaml", Line: b.files.line("bar.yaml", fmt.Sprintf("outcomes[%d].id", i)), Text: fmt.Sprintf("outcome %q stands twice", o.ID)})
		}
		b.outcomeIndex[o.ID] = i
	}
}

func (rd *reading) readTables(b *Bar) {
	names, err := fs.Glob(rd.folder, "tables/*.csv")
	if err != nil || len(names) == 0 {
		rd.report(Problem{File: "tables", Text: "no table", Hint: "tables/NAME.csv, one file for each table"})
		return
	}
	if len(names) > maxTables {
		rd.report(Problem{File: "tables", Text: fmt.Sprintf("%d tables", len(names)), Hint: fmt.Sprintf("at most %d", maxTables)})
		return
	}
	slices.Sort(names)
	for _, name := range names {
		id := strings.TrimSuffix(path.Base(name), ".csv")
		data, ok := rd.open(name)
		if !ok {
			continue
		}
		if t := readTable(id, name, bytes.NewReader(data), rd.report); t != nil {
			b.Tables = append(b.Tables, t)
		}
	}
	slices.SortStableFunc(b.Tables, func(x, y *Table) int {
		return boolToInt(y.ID == b.Entry) - boolToInt(x.ID == b.Entry)
	})
}

func boolToInt(v bool) int {
	if v {
		return 1
	}
	return 0
}

func (b *Bar) checkRowIDs(report func(Problem)) {
	seen := map[string]string{}
	for _, t := range b.Tables {
		for _, r := range t.Rows {
			if r.ID == "" {
				continue
			}
			here := fmt.Sprintf("%s:%d", t.file, r.line)
			if other, twice := seen[r.ID]; twice {
				report(Problem{File: t.file, Line: r.line, Text: fmt.Sprintf("row id %s stands at %s as well", r.ID, other)})
			}
			if !strings.HasPrefix(r.ID, b.Prefix+"-") {
				report(Problem{File: t.file, Line: r.line, Text: fmt.Sprintf("row id %s", r.ID), Hint: "begin it with " + b.Prefix + "-"})
			}
			seen[r.ID] = here
		}
	}
}

// clauses checks the rows and the answer that the program itself acts on.
func (rd *reading) clauses(b *Bar) {
	check := func(where string, err error) {
		if err != nil {
			rd.at("bar.yaml", where, err.Error(), hintOf(err))
		}
	}
	if b.Referral != nil {
		check("referral.row", b.checkRow(b.Referral.Row))
	}
	if b.Discretion != nil {
		check("discretion.row", b.checkRow(b.Discretion.Row))
	}
	if n := b.Notice; n != nil {
		check("notice.row", b.checkRow(n.Row))
		_, _, err := b.SetOf(n.Point, []string{n.Value})
		check("notice.value", err)
	}
}

func (b *Bar) checkRow(id string) error {
	if b.Row(id) == nil {
		return &UnknownError{What: "row", Got: id, Choices: b.RowIDs()}
	}
	return nil
}

// compile checks what must hold before facts can be decided, and builds the paths.
func (rd *reading) compile(b *Bar) {
	budget := maxCells
	for _, t := range b.Tables {
		b.checkCover(t, &budget, rd.report)
	}
	if len(rd.problems) == 0 {
		b.flatten(rd.report)
	}
}
