package main

import (
	"fmt"
	"slices"
	"strings"

	"bugbar/bar"
	"bugbar/internal/intake"
	"bugbar/internal/triage"
)

const maxShown = 20 // lines of skipped input and warnings shown to people; JSON has all

func printImport(a *app, b *bar.Bar, v importView) error {
	p := newPage(a.stdout)
	subject := ""
	for _, f := range v.Findings {
		if s := triage.Line(f.Tool + " · " + f.Target); s != subject {
			subject = s
			p.heading(subject)
		}
		p.printf("  %9s  %-9s  %s\n", counted(f), rate(f), triage.Line(method(f.Key)))
		p.paragraph(24, meaning(b, f))
	}
	if len(v.Reports) > 0 {
		p.heading("Reports")
		for _, r := range v.Reports {
			p.paragraph(2, triage.Line(strings.TrimSpace(r.ID+" "+r.Title)))
			if said := said(r); said != "" {
				p.paragraph(4, said)
			}
		}
	}
	p.heading("Totals")
	p.paragraph(2, totals(v.Totals))
	printChanges(p, v.Changes)
	printNotes(p, v)
	return p.err
}

// counted is k/n, or k/? where only hits were written down.
func counted(f findingView) string {
	if f.Trials == nil {
		return fmt.Sprintf("%d/?", f.Successes)
	}
	return fmt.Sprintf("%d/%d", f.Successes, *f.Trials)
}

func rate(f findingView) string {
	if f.Interval == nil || *f.Trials == 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f–%.0f %%", 100*f.Interval[0], 100*f.Interval[1])
}

// method names what was tried and who judged.
func method(f intake.Key) string {
	s := f.Method
	if s == "" {
		s = "(no name)"
	}
	if f.Strategy != "" {
		s += " by " + f.Strategy
	}
	if f.Judge != "" {
		s += " (" + f.Judge + ")"
	}
	return s
}

// meaning says what stands beside the rate, what the name suggests, and what the bar could make of it.
func meaning(b *bar.Bar, f findingView) string {
	var parts []string
	switch {
	case f.Errors == 1:
		parts = append(parts, "1 error")
	case f.Errors > 1:
		parts = append(parts, fmt.Sprintf("%d errors", f.Errors))
	}
	if f.Unjudged > 0 {
		parts = append(parts, fmt.Sprintf("%d unjudged", f.Unjudged))
	}
	switch f.Basis {
	case intake.Summary:
		parts = append(parts, "the tool's totals, no transcripts")
	case intake.Hits:
		parts = append(parts, "hits only, number of attempts unknown")
	}
	for _, c := range f.Claims {
		parts = append(parts, "claimed "+triage.Line(c.Name+" "+c.Value))
	}
	if f.Verdict == nil {
		return strings.Join(append(parts, "unmapped"), " · ")
	}
	for _, fact := range f.Proposed {
		parts = append(parts, fact.Value)
	}
	parts = append(parts, triage.OutcomeNames(b, f.Verdict.Possible))
	if f.Verdict.ask != "" {
		parts = append(parts, "open: "+f.Verdict.ask)
	}
	return strings.Join(parts, " · ")
}

// said is what a report claims in a form that can be compared, and what its category suggests.
func said(r intake.Report) string {
	var parts []string
	for _, c := range r.Claims {
		if c.Name == "severity" || c.Name == "priority" || strings.HasPrefix(c.Name, "trials") {
			parts = append(parts, "claims "+triage.Line(c.Name+" "+c.Value))
		}
	}
	for _, fact := range r.Proposed {
		parts = append(parts, "suggests "+fact.Value)
	}
	return strings.Join(parts, " · ")
}

func totals(t map[string]int) string {
	var names []string
	for name := range t {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, name := range names {
		names[i] = fmt.Sprintf("%s %d", triage.Line(strings.ReplaceAll(name, "_", " ")), t[name])
	}
	return strings.Join(names, " · ")
}

func printChanges(p *page, c *changeView) {
	if c == nil {
		return
	}
	p.heading("Changes")
	lines := c.lines()
	if len(lines) == 0 {
		p.paragraph(2, fmt.Sprintf("None; %d entries are known as they are.", c.Same))
	}
	for _, line := range lines {
		p.paragraph(2, line)
	}
}

func (c *changeView) lines() []string {
	var lines []string
	for _, part := range []struct {
		word string
		list []entryView
	}{
		{"appeared", c.Appeared},
		{"came back", c.CameBack},
		{"new, no success", c.Resisted},
		{"updated", c.Updated},
		{"disappeared: no success this time, which is no fix", c.Disappeared},
		{"not tried this time", c.Untried},
	} {
		for _, e := range part.list {
			lines = append(lines, strings.TrimSpace(part.word+": "+e.Case.String())+" "+triage.Line(e.name()))
		}
	}
	return lines
}

func (e entryView) name() string {
	if e.Finding != nil {
		return e.Finding.Target + " · " + method(*e.Finding)
	}
	return e.Report
}

func printNotes(p *page, v importView) {
	if n := v.Totals[intake.NotAccepted]; n > 0 {
		p.heading("Not accepted")
		p.paragraph(2, fmt.Sprintf("%d rows are about material that is never accepted. They were passed over; nothing of them was kept.", n))
	}
	if len(v.Warnings) > 0 {
		p.heading("Notes")
		p.lines(v.Warnings, len(v.Warnings))
	}
	if len(v.Skipped) > 0 {
		p.heading("Left out")
		var lines []string
		for _, e := range v.Skipped {
			lines = append(lines, e.Error())
		}
		p.lines(lines, v.Totals[intake.Lost])
	}
}

// lines shows the first of total lines.
func (p *page) lines(lines []string, total int) {
	for i, line := range lines {
		if i == maxShown {
			p.paragraph(2, fmt.Sprintf("and %d more", total-maxShown))
			return
		}
		p.paragraph(2, triage.Line(line))
	}
}

func printImportMarkdown(a *app, b *bar.Bar, v importView) error {
	p := newPage(a.stdout)
	cell := triage.Markdown
	p.printf("| target | method | k/n | 95 %% | meaning |\n| --- | --- | ---: | --- | --- |\n")
	for _, f := range v.Findings {
		p.printf("| %s | %s | %s | %s | %s |\n", cell(f.Tool+" · "+f.Target), cell(method(f.Key)), counted(f), rate(f), cell(meaning(b, f)))
	}
	if len(v.Reports) > 0 {
		p.printf("\n| report | what it says |\n| --- | --- |\n")
	}
	for _, r := range v.Reports {
		p.printf("| %s | %s |\n", cell(strings.TrimSpace(r.ID+" "+r.Title)), cell(said(r)))
	}
	p.printf("\n%s\n", cell(totals(v.Totals)))
	if v.Changes != nil {
		p.printf("\n%d entries are known as they are.\n\n", v.Changes.Same)
		for _, line := range v.Changes.lines() {
			p.printf("- %s\n", cell(line))
		}
	}
	for i, e := range v.Skipped {
		if i == maxShown {
			break
		}
		p.printf("\n- %s", cell(e.Error()))
	}
	if len(v.Skipped) > 0 {
		p.printf("\n")
	}
	return p.err
}
