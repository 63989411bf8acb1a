package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"bugbar/bar"
	"bugbar/internal/dedupe"
	"bugbar/internal/triage"
)

type dedupeCmd struct {
	Files    []string `arg:"" optional:"" help:"Reports in Markdown or plain text, or .jsonl files with a case on each line (- for lines from standard input)."`
	Index    string   `help:"Compare with the cases in this index as well, and add the new ones to it." placeholder:"FILE"`
	Rebuild  bool     `help:"Write the index anew from the files, and compare nothing."`
	Clusters bool     `help:"Show groups of cases that were written by one template."`
	Top      int      `help:"Candidates shown for each case, 1 to 64." default:"5" placeholder:"N"`
	Format   string   `help:"text, or json (a line for each case or group)." enum:"text,json" default:"text"`
	barFlag
}

// Help is shown by bugbar dedupe --help.
func (dedupeCmd) Help() string {
	return "bugbar dedupe --index cases.index new-report.md\n\n" +
		"Each case is compared with those before it and those of the index. A relation is a suggestion: nothing is merged."
}

func (c *dedupeCmd) Run(a *app) error {
	if err := c.check(); err != nil {
		return err
	}
	b, err := c.load()
	if err != nil {
		return err
	}
	source := &caseSource{app: a, bar: b, files: c.Files}
	if c.Rebuild {
		err = dedupe.Rebuild(c.Index, source.all)
		if source.err != nil {
			err = source.err
		}
	} else {
		err = c.compare(a, source)
	}
	if err != nil {
		return err
	}
	return source.sum()
}

func (c *dedupeCmd) check() error {
	switch {
	case c.Rebuild && c.Index == "":
		return &inputError{"--rebuild without an index", "name it with --index FILE"}
	case c.Rebuild && c.Clusters:
		return &inputError{"--rebuild together with --clusters", "rebuild first, then ask for clusters"}
	case len(c.Files) == 0 && (c.Index == "" || !c.Clusters):
		return &inputError{"no files", "name reports, or an index and --clusters"}
	case c.Top < 1 || c.Top > 64:
		return &inputError{fmt.Sprintf("--top %d", c.Top), "a number from 1 to 64"}
	}
	return nil
}

// compare shows the candidates of each case, or the groups of all.
func (c *dedupeCmd) compare(a *app, source *caseSource) (err error) {
	index := dedupe.New()
	add := func(known *dedupe.Case) error {
		_, err := index.Add(known)
		return err
	}
	if c.Index != "" {
		file, openErr := dedupe.Open(c.Index)
		if openErr != nil {
			return openErr
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		index, add = file.Index, file.Add
	}
	for next := range source.all {
		if !c.Clusters {
			if err := c.print(a, next, index.Find(next, c.Top)); err != nil {
				return err
			}
		}
		if err := add(next); err != nil {
			return err
		}
	}
	if source.err == nil && c.Clusters {
		return c.printClusters(a, index.Clusters())
	}
	return source.err
}

// caseSource reads the cases of files, and remembers what could not be used.
type caseSource struct {
	app                   *app
	bar                   *bar.Bar
	files                 []string
	lines, failed, barred int
	err                   error
}

// all goes through the cases. It stops at an error that is not that of a line, and leaves it in err.
func (s *caseSource) all(yield func(*dedupe.Case) bool) {
	for _, name := range s.files {
		read := s.report
		if name == "-" || strings.EqualFold(filepath.Ext(name), ".jsonl") {
			read = s.caseLines
		}
		var more bool
		if more, s.err = read(name, yield); s.err != nil || !more {
			return
		}
	}
}

// sum is the error that tells of lines and reports that were not used.
func (s *caseSource) sum() error {
	switch {
	case s.barred > 0:
		return fmt.Errorf("%d of %d: %w", s.barred, s.lines, triage.ErrNotAccepted)
	case s.failed > 0:
		return fmt.Errorf("%w: %d of %d", errPartly, s.failed, s.lines)
	}
	return nil
}

func (s *caseSource) caseLines(name string, yield func(*dedupe.Case) bool) (bool, error) {
	in, err := s.app.open(name)
	if err != nil {
		return false, err
	}
	defer in.Close()
	for line, err := range dedupe.Read(in) {
		if s.app.ctx.Err() != nil {
			return false, s.app.ctx.Err()
		}
		s.lines++
		bad, isLine := errors.AsType[*dedupe.LineError](err)
		switch {
		case isLine:
			s.failed++
			fmt.Fprintf(s.app.stderr, "bugbar: %s: %s\n", triage.Line(name), triage.Line(bad.Error()))
		case err != nil:
			return false, err
		case s.notAccepted(line.Claims):
			fmt.Fprintf(s.app.stderr, "bugbar: %s: line %d: %v\n", triage.Line(name), line.Number, triage.ErrNotAccepted)
		case !yield(&line.Case):
			return false, nil
		}
	}
	return true, nil
}

func (s *caseSource) report(name string, yield func(*dedupe.Case) bool) (bool, error) {
	in, err := s.app.open(name)
	if err != nil {
		return false, err
	}
	defer in.Close()
	report, err := triage.ReadReport(s.bar, name, in)
	if err != nil {
		return false, err
	}
	s.lines++
	claims := func(point, value string) bool { return reportClaims(report, point, value) }
	if s.notAccepted(claims) {
		fmt.Fprintf(s.app.stderr, "bugbar: %s: %v\n", triage.Line(name), triage.ErrNotAccepted)
		return true, nil
	}
	c := dedupe.Case{ID: name, Title: report.Title, Text: report.Text}
	c.Target = report.Product
	if types := report.Findings[0].Facts["type"].Values; len(types) == 1 && len(report.Findings) == 1 {
		c.Type = types[0]
	}
	return yield(&c), nil
}

// notAccepted says whether a case claims to be of material that is never accepted. Such a case enters no
// index, and nothing of it is shown.
func (s *caseSource) notAccepted(claims func(point, value string) bool) bool {
	n := s.bar.Notice
	if n == nil || !claims(n.Point, n.Value) {
		return false
	}
	s.barred++
	return true
}

func reportClaims(r *triage.Report, point, value string) bool {
	for _, f := range r.Findings {
		for _, v := range f.Facts[point].Values {
			if v == value {
				return true
			}
		}
	}
	return false
}

func (c *dedupeCmd) print(a *app, next *dedupe.Case, found []dedupe.Candidate) error {
	if c.Format == "json" {
		return json.NewEncoder(a.stdout).Encode(struct {
			ID         string             `json:"id"`
			Candidates []dedupe.Candidate `json:"candidates"`
		}{next.ID, append([]dedupe.Candidate{}, found...)})
	}
	p := newPage(a.stdout)
	p.printf("%s  %s\n", p.strong.Render(triage.Line(next.ID)), triage.Line(next.Title))
	if len(found) == 0 {
		p.paragraph(2, "Nothing like it is known.")
	}
	for _, k := range found {
		p.printf("  %-16s%.2f  %s\n", k.Relation, k.Score, triage.Line(k.ID))
		p.detail("same", fieldTexts(k.Same))
		p.detail("differs", fieldTexts(k.Differs))
		p.detail("shared", k.Shared)
		p.detail("missing", k.Missing)
	}
	return p.err
}

// detail shows a list under a candidate.
func (p *page) detail(label string, list []string) {
	if len(list) > 0 {
		p.item("  "+label, 11, triage.Line(strings.Join(list, ", ")))
	}
}

func fieldTexts(matches []dedupe.FieldMatch) []string {
	texts := make([]string, len(matches))
	for i, m := range matches {
		texts[i] = m.Field + " " + m.New
		if m.New != m.Known {
			texts[i] += " (known: " + m.Known + ")"
		}
	}
	return texts
}

func (c *dedupeCmd) printClusters(a *app, groups [][]string) error {
	if c.Format == "json" {
		out := json.NewEncoder(a.stdout)
		for _, ids := range groups {
			if err := out.Encode(map[string][]string{"cluster": ids}); err != nil {
				return err
			}
		}
		return nil
	}
	p := newPage(a.stdout)
	if len(groups) == 0 {
		p.paragraph(0, "No two cases were written by one template.")
	}
	for _, ids := range groups {
		p.printf("%s\n", p.strong.Render(fmt.Sprintf("%d cases", len(ids))))
		for _, id := range ids {
			p.printf("  %s\n", triage.Line(id))
		}
	}
	return p.err
}
