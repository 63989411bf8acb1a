package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"bugbar/internal/casebook"
	"bugbar/internal/triage"
)

// printCase shows a case for people.
func printCase(a *app, b *casebook.Book, v *caseView) error {
	p, called := newPage(a.stdout), newNames(b)
	p.caseLine(b, v.Case)
	var about []string
	for _, part := range []string{v.Product, v.Model, strings.Join(v.Refs, " "), v.Track} {
		if part != "" {
			about = append(about, triage.Line(part))
		}
	}
	about = append(about, "by "+v.Source+" "+when(v.Created), "assigned to "+cmp.Or(called.of(a.ctx, v.Assignee), "nobody"))
	p.paragraph(2, strings.Join(about, " · "))
	if v.Reason != "" {
		p.paragraph(2, stateName(b, v.State)+" because: "+triage.Line(v.Reason))
	}
	p.restriction(v.Case)
	if err := p.findings(b, v); err != nil {
		return err
	}
	p.plan(v.Case)
	p.clocks(b, v.Case)
	p.related(v.Case)
	p.people(a, called, v.Case)
	p.thread(a, called, v.Thread)
	p.options(v.Options)
	return p.err
}

// restriction says what keeps others from the case.
func (p *page) restriction(c *casebook.Case) {
	switch {
	case c.Quarantined:
		p.paragraph(2, "In quarantine: only custodians see what it holds.")
	case c.Embargo.Status != casebook.EmbargoNone:
		p.paragraph(2, "Embargo "+c.Embargo.Status+", until "+when(c.Embargo.Until)+".")
	}
	var known []string
	for word, is := range map[string]bool{"public": c.Flags.Public, "an exploit is about": c.Flags.Exploit, "attacks are seen": c.Flags.Attacks} {
		if is {
			known = append(known, word)
		}
	}
	if slices.Sort(known); known != nil {
		p.paragraph(2, "Out in the world: "+strings.Join(known, ", ")+".")
	}
}

func (p *page) findings(b *casebook.Book, v *caseView) error {
	for i, f := range v.Findings {
		rules, err := b.Bar(v.Bar)
		if err != nil {
			return err
		}
		p.printf("\n")
		if len(v.Findings) > 1 {
			p.printf("%s\n", p.strong.Render(fmt.Sprintf("Finding %d: %s", i+1, triage.Line(f.Title))))
		}
		p.verdict(rules, v.Verdicts[i])
		p.attempts(f)
	}
	if v.Approval != nil && v.Approval.ApprovedBy == 0 {
		p.heading("Waits for a second person")
		p.paragraph(2, "Somebody else has to approve it, since it is "+map[string]string{"critical": "critical", "adjustment": "adjusted"}[v.Approval.For]+": bugbar approve "+v.ID.String())
	}
	return nil
}

// attempts are what a scan saw and what was tried here.
func (p *page) attempts(f casebook.Finding) {
	if f.Trials == nil && f.Criterion == "" && len(f.Runs) == 0 {
		return
	}
	p.heading("Attempts")
	if f.Trials != nil {
		p.paragraph(2, "As reported: "+trialsText(*f.Trials))
	}
	if f.Criterion != "" {
		p.paragraph(2, fmt.Sprintf("Success is, in %d attempts: %s", f.Planned, triage.Line(f.Criterion)))
	}
	for _, r := range f.Runs {
		which := "Run"
		if r.Retest {
			which = "Retest"
		}
		p.paragraph(2, strings.TrimSpace(which+" "+when(r.At)+": "+trialsText(r.Trials)+" "+triage.Line(r.Target)))
	}
}

func trialsText(t casebook.Trials) string {
	return triage.Line(triage.Trials{Successes: t.Successes, Attempts: t.Attempts, Judge: t.Judge}.String()) + "."
}

func (p *page) plan(c *casebook.Case) {
	if c.Plan == (casebook.Plan{}) {
		return
	}
	p.heading("Plan")
	var rows [][]string
	for _, row := range [][]string{{"owner", c.Plan.Owner}, {"target", when(c.Plan.Target)}, {"review", when(c.Plan.Review)}, {"fix", c.Plan.Fix}} {
		if row[1] != "" && row[1] != "-" {
			rows = append(rows, []string{row[0], triage.Line(row[1])})
		}
	}
	p.table(rows)
}

func (p *page) clocks(b *casebook.Book, c *casebook.Case) {
	if len(c.Deadlines) == 0 {
		return
	}
	p.heading("Clocks")
	var rows [][]string
	for _, d := range c.Deadlines {
		state := dueIn(b.Now(), d.Due)
		if d.Met != 0 {
			state = "stopped " + when(d.Met)
		}
		rows = append(rows, []string{d.ID, when(d.Due), state + ". " + b.Deadline(d.ID).Name + "."})
	}
	p.table(rows)
}

func (p *page) related(c *casebook.Case) {
	if len(c.Links)+len(c.Pending) == 0 {
		return
	}
	p.heading("Related")
	other := func(id casebook.ID) string { return cmp.Or(id.String(), "(a case that you may not see)") }
	for _, l := range c.Links {
		p.paragraph(2, l.Kind+" "+other(l.To))
	}
	for _, d := range c.Pending {
		p.paragraph(2, fmt.Sprintf("suggested: %s %s, score %.2f. Decide: bugbar link %s KIND %s, or bugbar reject", d.Relation, other(d.Case), d.Score, c.ID, other(d.Case)))
	}
}

func (p *page) people(a *app, called *names, c *casebook.Case) {
	var rows [][]string
	for _, who := range c.People {
		rows = append(rows, []string{who.Role, cmp.Or(called.of(a.ctx, who.Person), who.Person.String())})
	}
	if rows != nil {
		p.heading("Named on it")
		p.table(rows)
	}
}

func (p *page) thread(a *app, called *names, thread []casebook.Message) {
	if len(thread) == 0 {
		return
	}
	p.heading("Written")
	for _, m := range thread {
		from, to := cmp.Or(m.From, called.of(a.ctx, m.Author), "casebook"), ""
		if m.Visibility == casebook.ToTeam {
			to = ", for the team only"
		}
		p.printf("  %s\n", p.faint.Render(fmt.Sprintf("%s, %s%s", from, when(m.At), to)))
		for line := range strings.Lines(triage.Visible(strings.TrimSpace(m.Text))) {
			if strings.TrimSpace(line) == "" {
				p.printf("\n")
				continue
			}
			p.paragraph(4, line)
		}
		for _, f := range m.Files {
			p.paragraph(4, fmt.Sprintf("[%s, %d bytes]", triage.Line(f.Name), f.Size))
		}
	}
}

func (p *page) options(options []casebook.Option) {
	if len(options) == 0 {
		return
	}
	p.heading("Where it can go")
	var rows [][]string
	for _, o := range options {
		rows = append(rows, []string{o.To, optionText(o)})
	}
	p.table(rows)
}

func optionText(o casebook.Option) string {
	if len(o.Obstacles) == 0 {
		if len(o.Asks) > 0 {
			return "open; give " + strings.Join(o.Asks, " and ")
		}
		return "open"
	}
	texts := make([]string, len(o.Obstacles))
	for i, b := range o.Obstacles {
		texts[i] = b.Text
	}
	return "not yet: " + strings.Join(texts, " ")
}
