package main

import (
	"fmt"
	"strings"

	"bugbar/bar"
	"bugbar/internal/casebook"
	"bugbar/internal/triage"
)

// print shows a record, and the case that it has become.
func (c *triageCmd) print(a *app, b *bar.Bar, report *triage.Report, r *triage.Record, keep *keeper, opened *triage.Opened) error {
	switch {
	case c.Format == "json" && opened != nil:
		return printJSON(a, struct {
			*triage.Record
			Case *casebook.Case `json:"case"`
		}{r, opened.Case})
	case c.Format == "json":
		return printJSON(a, r)
	case c.Format == "markdown":
		if opened != nil {
			fmt.Fprintf(a.stderr, "%s is open in %s.\n", opened.Case.ID, keep.name)
		}
		return triage.Explain(a.stdout, b, r)
	}
	if err := printRecord(a, b, report, r); err != nil {
		return err
	}
	p := newPage(a.stdout)
	p.opened(keep, opened)
	return p.err
}

func printRecord(a *app, b *bar.Bar, report *triage.Report, r *triage.Record) error {
	p := newPage(a.stdout)
	p.printf("%s\n", p.strong.Render(triage.Line(r.Report.Title)))
	about := []string{triage.Line(r.Report.File)}
	for _, part := range []string{r.Report.Product, r.Report.Model, r.Report.Reporter} {
		if part != "" {
			about = append(about, triage.Line(part))
		}
	}
	for _, line := range wrap(strings.Join(about, " · "), p.width) {
		p.printf("%s\n", p.faint.Render(line))
	}
	for i, f := range r.Findings {
		p.printf("\n")
		if len(r.Findings) > 1 {
			p.printf("%s\n", p.strong.Render(fmt.Sprintf("Finding %d: %s", i+1, triage.Line(f.Title))))
		}
		p.verdict(b, f.Verdict)
		if f.Trials != nil {
			p.heading("Attempts")
			p.paragraph(2, triage.Line(f.Trials.String())+".")
		}
		p.differing(b, report, i, f.Verdict)
	}
	if r.Suggested != nil {
		p.suspicions(r.Suggested.Suspicions)
		p.notes(r.Suggested.Notes)
	}
	if len(r.Findings) > 1 {
		p.heading("The report as a whole")
		text := triage.OutcomeNames(b, []string{r.Outcome}) + ", the gravest of its findings."
		if r.Open {
			text += " A finding that is still open could turn out graver."
		}
		p.paragraph(2, text)
	}
	return p.err
}
