package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"bugbar/bar"
	"bugbar/internal/dedupe"
	"bugbar/internal/intake"
	"bugbar/internal/intake/mapping"
	"bugbar/internal/triage"
)

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
		var more bool
		if more, s.err = s.file(name, yield); s.err != nil || !more {
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

// file goes through the cases of one file, and says whether more are wanted.
func (s *caseSource) file(name string, yield func(*dedupe.Case) bool) (bool, error) {
	in, err := s.app.open(name)
	if err != nil {
		return false, err
	}
	defer in.Close()
	head, err := io.ReadAll(io.LimitReader(in, sniffed))
	if err != nil {
		return false, err
	}
	whole := io.MultiReader(bytes.NewReader(head), in)
	switch format := intake.Sniff(head); {
	case format != "" && format != "text":
		return s.imported(name, whole, yield)
	case name == "-" || strings.EqualFold(filepath.Ext(name), ".jsonl"):
		return s.caseLines(name, whole, yield)
	}
	return s.report(name, whole, yield)
}

// imported reads what import reads: a case for each report, and one for each finding of a scanner that
// succeeded.
func (s *caseSource) imported(name string, in io.Reader, yield func(*dedupe.Case) bool) (bool, error) {
	batch, err := intake.ReadFrom(s.app.ctx, name, in, intake.Options{})
	if err != nil {
		return false, err
	}
	for _, lost := range batch.Skipped {
		fmt.Fprintf(s.app.stderr, "bugbar: skipped %s\n", triage.Line(lost.Error()))
	}
	s.lines += len(batch.Reports) + batch.Totals[intake.Lost] + batch.Totals[intake.NotAccepted]
	s.failed += batch.Totals[intake.Lost]
	s.barred += batch.Totals[intake.NotAccepted]
	for _, r := range batch.Reports {
		c := dedupe.Case{ID: cmp.Or(r.ID, name), Title: r.Title, Text: r.Text}
		if r.ID == "" && r.At > 0 {
			c.ID += fmt.Sprintf(":%d", r.At)
		}
		c.Target, c.Type, c.IDs = cmp.Or(r.Product, r.Model), proposedType(r.Proposed), r.Aliases
		if !yield(&c) {
			return false, nil
		}
	}
	for _, f := range batch.Findings {
		if f.Successes > 0 {
			s.lines++
			if !yield(scannedCase(name, f)) {
				return false, nil
			}
		}
	}
	return true, nil
}

func scannedCase(name string, f intake.Finding) *dedupe.Case {
	words := strings.Fields(strings.Join([]string{f.Tool, f.Target, f.Method, f.Strategy, f.Judge}, " "))
	c := &dedupe.Case{Title: strings.Join(words, " ")}
	c.ID = name + ": " + c.Title
	c.Target, c.Method, c.Type = f.Target, f.Method, proposedType(f.Proposed)
	return c
}

// proposedType is the type that a tool's words stand for, where it is one.
func proposedType(proposals []mapping.Proposal) string {
	found := ""
	for _, p := range proposals {
		if p.Point == "type" && p.Value != found {
			if found != "" {
				return ""
			}
			found = p.Value
		}
	}
	return found
}

func (s *caseSource) caseLines(name string, in io.Reader, yield func(*dedupe.Case) bool) (bool, error) {
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

func (s *caseSource) report(name string, in io.Reader, yield func(*dedupe.Case) bool) (bool, error) {
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
		if slices.Contains(f.Facts[point].Values, value) {
			return true
		}
	}
	return false
}
