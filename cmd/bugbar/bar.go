package main

import (
	"bufio"
	"fmt"
	"io/fs"

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
	proved := fmt.Sprintf("%d worked examples are true", examples)
	if b.Base != nil {
		proved = "worked examples are those of " + b.Extends + " and were not run"
	}
	p.printf("%s: no problems. %d tables decide every combination once, in %d rows and %d ways; %s.\n",
		b.Ref(), len(b.Tables), len(b.RowIDs()), len(b.Paths()), proved)
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
