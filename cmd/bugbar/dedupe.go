package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"bugbar/internal/dedupe"
	"bugbar/internal/triage"
)

type dedupeCmd struct {
	Files    []string `arg:"" optional:"" help:"Reports or scanner output in any format that import reads, or .jsonl files with a case on each line (- for lines from standard input)."`
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
