package main

import (
	"bufio"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"bugbar/bar"
	"bugbar/bars"
	"bugbar/internal/batch"
)

type barCmd struct {
	List   barListCmd   `cmd:"" help:"List the bars that ship."`
	Show   barShowCmd   `cmd:"" help:"Show a bar, one of its rows, or one of its decision points."`
	Lint   barLintCmd   `cmd:"" help:"Prove that a bar can be trusted."`
	Diff   barDiffCmd   `cmd:"" help:"Say what changed from one bar to another."`
	Export barExportCmd `cmd:"" help:"Write a bar in another format."`
}

type barListCmd struct {
	Format string `help:"text or json." enum:"text,json" default:"text"`
}

type barSummary struct {
	Ref     string `json:"ref"`
	Title   string `json:"title"`
	Summary string `json:"summary"`
	Extends string `json:"extends,omitempty"`
	Points  int    `json:"points"`
	Rows    int    `json:"rows"`
}

func (c *barListCmd) Run(a *app) error {
	list := make([]barSummary, 0, 4)
	for _, ref := range bars.Refs() {
		b, err := bars.Load(ref)
		if err != nil {
			return err
		}
		list = append(list, barSummary{ref, b.Title, b.Summary, b.Extends, len(b.Points), len(b.RowIDs())})
	}
	if c.Format == "json" {
		return printJSON(a, list)
	}
	p := newPage(a.stdout)
	for i, s := range list {
		if i > 0 {
			p.printf("\n")
		}
		p.printf("%s  %s\n", p.strong.Render(s.Ref), s.Title)
		p.paragraph(2, s.Summary)
		p.paragraph(2, fmt.Sprintf("%d decision points, %d rows.", s.Points, s.Rows))
	}
	return p.err
}

type barShowCmd struct {
	What   string `arg:"" optional:"" help:"Id of a row or decision point; without it, the whole bar."`
	Format string `help:"text or json." enum:"text,json" default:"text"`
	barFlag
}

func (c *barShowCmd) Run(a *app) error {
	b, err := c.load()
	if err != nil {
		return err
	}
	row := b.Row(c.What)
	point, _ := b.Point(c.What)
	var what any = b
	switch {
	case row != nil:
		what = row
	case point != nil:
		what = point
	case c.What != "":
		return unknownPart(b, c.What)
	}
	if c.Format == "json" {
		return printJSON(a, what)
	}
	p := newPage(a.stdout)
	switch {
	case row != nil:
		p.row(b, row)
	case point != nil:
		p.point(b, point)
	default:
		p.bar(b)
	}
	return p.err
}

func unknownPart(b *bar.Bar, id string) error {
	choices := b.RowIDs()
	for _, p := range b.Points {
		choices = append(choices, p.ID)
	}
	return &bar.UnknownError{What: "row or decision point", Got: id, Choices: choices}
}

type barLintCmd struct {
	Dir    string `arg:"" help:"Folder of the bar, or the name of one that ships."`
	Format string `help:"text or json." enum:"text,json" default:"text"`
}

func (c *barLintCmd) Run(a *app) error {
	folder, find, err := barFolder(c.Dir)
	if err != nil {
		return err
	}
	problems := bar.Lint(folder, find)
	if isFolder(c.Dir) {
		problems = inFolder(problems, c.Dir)
	}
	if c.Format == "json" {
		if problems == nil {
			problems = []bar.Problem{}
		}
		err = printJSON(a, problems)
	} else {
		err = c.print(a, folder, find, problems)
	}
	if err == nil && len(problems) > 0 {
		err = fmt.Errorf("%s: %w: %d", c.Dir, errProblems, len(problems))
	}
	return err
}

func (c *barLintCmd) print(a *app, folder fs.FS, find bar.Finder, problems []bar.Problem) error {
	p := newPage(a.stdout)
	for _, problem := range problems {
		p.printf("%s\n", problem)
		if problem.Hint != "" {
			p.printf("  hint: %s\n", problem.Hint)
		}
	}
	if len(problems) > 0 {
		return p.err
	}
	b, err := bar.Load(folder, find)
	if err != nil {
		return err
	}
	examples := 0
	for _, point := range b.Points {
		examples += len(point.Examples)
	}
	p.printf("%s: no problems. %d tables decide every combination once, in %d rows and %d ways; %d worked examples are true.\n",
		b.Ref(), len(b.Tables), len(b.RowIDs()), len(b.Paths()), examples)
	return p.err
}

type barDiffCmd struct {
	From   string `arg:"" help:"The bar before: NAME@EDITION or a folder."`
	To     string `arg:"" help:"The bar after."`
	Facts  string `help:"Facts, one JSON object a line: which verdicts would change." placeholder:"FILE"`
	Format string `help:"text or json." enum:"text,json" default:"text"`
}

type barDiff struct {
	From     string          `json:"from"`
	To       string          `json:"to"`
	Changes  []bar.Change    `json:"changes"`
	Verdicts []batch.Changed `json:"verdicts"`
	Assessed int             `json:"assessed"`
	Failed   int             `json:"failed"`
}

func (c *barDiffCmd) Run(a *app) error {
	from, err := openBar(c.From)
	if err != nil {
		return err
	}
	to, err := openBar(c.To)
	if err != nil {
		return err
	}
	d := barDiff{From: from.Ref(), To: to.Ref(), Changes: bar.Diff(from, to), Verdicts: []batch.Changed{}}
	if c.Facts != "" {
		if err := c.compare(a, &d, from, to); err != nil {
			return err
		}
	}
	if err := c.print(a, d); err != nil {
		return err
	}
	if d.Failed > 0 {
		return fmt.Errorf("%s: %w: %d of %d", c.Facts, errPartly, d.Failed, d.Assessed)
	}
	return nil
}

func (c *barDiffCmd) compare(a *app, d *barDiff, from, to *bar.Bar) error {
	in, err := a.open(c.Facts)
	if err != nil {
		return err
	}
	defer in.Close()
	d.Assessed, d.Failed, err = batch.Compare(a.ctx, from, to, bufio.NewReader(in), func(v batch.Changed) {
		d.Verdicts = append(d.Verdicts, v)
	})
	return err
}

func (c *barDiffCmd) print(a *app, d barDiff) error {
	if c.Format == "json" {
		if d.Changes == nil {
			d.Changes = []bar.Change{}
		}
		return printJSON(a, d)
	}
	p := newPage(a.stdout)
	p.printf("%s\n", p.strong.Render(d.From+" → "+d.To))
	for _, change := range d.Changes {
		p.printf("  %s\n", change)
	}
	if len(d.Changes) == 0 {
		p.printf("  no differences\n")
	}
	if c.Facts == "" {
		return p.err
	}
	p.heading(fmt.Sprintf("%d of %d verdicts would change", len(d.Verdicts), d.Assessed))
	for _, v := range d.Verdicts {
		p.printf("  %s\n", v)
	}
	return p.err
}

// row shows one row in full.
func (p *page) row(b *bar.Bar, r *bar.Row) {
	p.printf("%s  %s  %s\n", p.strong.Render(r.ID), r.Outcome, p.faint.Render(b.Ref()))
	p.paragraph(2, r.Text)
	p.heading("Fires on")
	for _, point := range b.Points {
		if values := r.When[point.ID]; values != nil {
			p.item(point.ID, len(point.ID)+2, strings.Join(values, " | "))
		}
	}
	if r.BaseOutcome != "" {
		p.heading("Overrides")
		p.paragraph(2, fmt.Sprintf("%s says %s. %s", b.BaseOf(r).Ref(), r.BaseOutcome, r.Because))
	}
	if s := b.Section(r.Section); s.ID != "" {
		p.heading("Source: " + s.Title)
		p.paragraph(2, s.Text)
	}
}

// point shows how one question is decided.
func (p *page) point(b *bar.Bar, point *bar.Point) {
	p.printf("%s  %s\n", p.strong.Render(point.Question), p.faint.Render(point.ID+" in "+b.Ref()))
	p.heading("Why it matters")
	p.paragraph(2, point.Why)
	p.heading("How to decide")
	p.paragraph(2, point.How)
	heading := "Values"
	if point.Ordered {
		heading += ", from the mildest to the worst"
	}
	p.heading(heading)
	rows := make([][]string, 0, len(point.Values))
	for _, v := range point.Values {
		rows = append(rows, []string{v.ID, v.Text})
	}
	p.table(rows)
	p.heading("Worked examples")
	for _, e := range point.Examples {
		p.paragraph(2, e.Story)
		p.paragraph(4, fmt.Sprintf("→ %s=%s: %s %s", point.ID, e.Answer, e.Outcome, e.Row))
	}
	p.equivalents(b, point)
}

func (p *page) equivalents(b *bar.Bar, point *bar.Point) {
	var rows [][]string
	for _, m := range b.Mappings {
		if m.Point == point.ID {
			rows = append(rows, []string{m.Value, m.Taxonomy + " " + m.Edition, strings.TrimSpace(fmt.Sprintf("%s %s (%s)", m.ID, m.Name, m.Relation))})
		}
	}
	if rows != nil {
		p.heading("In other taxonomies")
		p.table(rows)
	}
}

// bar shows a whole bar: what it asks and what its rows say.
func (p *page) bar(b *bar.Bar) {
	p.printf("%s  %s\n", p.strong.Render(b.Title), p.faint.Render(b.Ref()))
	p.paragraph(2, b.Summary)
	p.heading("Decision points")
	rows := make([][]string, 0, len(b.Points))
	for _, point := range b.Points {
		rows = append(rows, []string{point.ID, point.Question})
	}
	p.table(rows)
	for _, t := range b.Tables {
		if slices.ContainsFunc(t.Rows, func(r *bar.Row) bool { return r.ID != "" }) {
			p.heading("Table " + t.ID)
			p.tableRows(t)
		}
	}
	p.printf("\n%s\n", p.faint.Render("bugbar bar show ROW and bugbar bar show POINT tell more."))
}

func (p *page) tableRows(t *bar.Table) {
	rows := make([][]string, 0, len(t.Rows))
	for _, r := range t.Rows {
		if r.ID != "" {
			rows = append(rows, []string{r.ID, r.Outcome, r.Condition()})
		}
	}
	p.table(rows)
}

type barExportCmd struct {
	Format string `help:"ssvc (SSVC 2.0.0 decision points and tables), markdown, csv or json." enum:"ssvc,markdown,csv,json" default:"json"`
	Table  string `help:"Only this table (ssvc and csv)." placeholder:"ID"`
	Out    string `help:"With ssvc: a folder to write each decision point and table to as a file." placeholder:"DIR" type:"path"`
	barFlag
}

func (c *barExportCmd) Run(a *app) error {
	b, err := c.load()
	if err != nil {
		return err
	}
	if c.Table != "" && !slices.ContainsFunc(b.Tables, func(t *bar.Table) bool { return t.ID == c.Table }) {
		ids := make([]string, len(b.Tables))
		for i, t := range b.Tables {
			ids[i] = t.ID
		}
		return &bar.UnknownError{What: "table", Got: c.Table, Choices: ids}
	}
	if c.Out != "" && c.Format != "ssvc" {
		return &inputError{"--out goes with --format ssvc", "redirect the output instead"}
	}
	switch c.Format {
	case "ssvc":
		return c.ssvc(a, b)
	case "csv":
		return exportCSV(a.stdout, b, c.Table)
	case "markdown":
		return exportMarkdown(a.stdout, b)
	}
	return printJSON(a, b)
}
