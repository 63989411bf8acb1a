package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"bugbar/assess"
	"bugbar/bar"
	"bugbar/internal/suggest"
	"bugbar/internal/suggest/openai"
	"bugbar/internal/triage"
)

// suggesterFlag is the --suggester of every command that reads reports. Without it nothing leaves
// the machine.
type suggesterFlag struct {
	Suggester string        `help:"Who reads the text: embedded, or openai:MODEL." default:"embedded" placeholder:"SUGGESTER"`
	Endpoint  string        `help:"Where openai:MODEL is served; the key comes from OPENAI_API_KEY." default:"http://127.0.0.1:11434/v1" env:"OPENAI_BASE_URL" placeholder:"URL"`
	Timeout   time.Duration `help:"How long to wait for an answer of openai:MODEL." default:"1m" placeholder:"TIME"`
}

// load opens the suggester. A strict one fails where its endpoint does, in place of falling back.
func (f suggesterFlag) load(b *bar.Bar, strict bool) (suggest.Suggester, error) {
	embedded, err := suggest.Load(b)
	if err != nil || f.Suggester == "embedded" {
		return embedded, err
	}
	model, found := strings.CutPrefix(f.Suggester, "openai:")
	if !found || model == "" {
		return nil, &inputError{fmt.Sprintf("unknown suggester %q", f.Suggester), "embedded or openai:MODEL"}
	}
	return openai.New(b, embedded, openai.Config{
		URL: f.Endpoint, Model: model, Key: os.Getenv("OPENAI_API_KEY"), Timeout: f.Timeout, Strict: strict,
	})
}

type suggestCmd struct {
	Report        string `arg:"" help:"Report in Markdown or plain text, mail, or whatever bugbar import reads (- for standard input)."`
	Nth           int    `name:"report" help:"Which report, where the file holds several." placeholder:"N"`
	NeverAccepted bool   `help:"Answer the first question with yes: the report is of material that is never accepted."`
	Format        string `help:"text or json." enum:"text,json" default:"text"`
	suggesterFlag
	barFlag
}

// Help is shown by bugbar suggest --help.
func (suggestCmd) Help() string {
	return "Proposes facts with the words that each rests on. A proposal is no fact: bugbar triage asks a person for those."
}

func (c *suggestCmd) Run(a *app) error {
	b, err := c.barFlag.load()
	if err != nil {
		return err
	}
	if err := refuse(a, b, c.NeverAccepted, newAsker(a, c.Report == "-")); err != nil {
		return err
	}
	s, err := c.suggesterFlag.load(b, false)
	if err != nil {
		return err
	}
	report, err := readReport(a, b, c.Report, c.Nth)
	if err != nil {
		return noticed(a, b, err)
	}
	if _, err := triage.Triage(b, report, make([]assess.Facts, len(report.Findings)), "", nil); err != nil {
		return noticed(a, b, err)
	}
	if err := triage.Propose(a.ctx, b, s, report); err != nil {
		return err
	}
	result := report.Suggested
	switch {
	case result == nil && report.Received == "":
		return &inputError{c.Report + ": a scan, which has no words of its own", "bugbar triage shows what the fields of its tool propose"}
	case result == nil:
		return &inputError{c.Report + ": not read, for what it says of its content", "bugbar triage"}
	}
	if c.Format == "json" {
		return printJSON(a, result)
	}
	p := newPage(a.stdout)
	p.printf("%s\n", p.strong.Render(triage.Line(report.Title)))
	p.printf("%s\n", p.faint.Render(triage.Line(report.File)+" · read by "+triage.Line(result.Suggester.Name)))
	p.suggestions(result)
	return p.err
}

// suggestions shows all that a suggester makes of a report.
func (p *page) suggestions(r *suggest.Result) {
	for i, f := range r.Findings {
		if len(r.Findings) > 1 {
			p.printf("\n%s\n", p.strong.Render(fmt.Sprintf("Finding %d: %s", i+1, triage.Line(f.Title))))
		}
		p.heading("Proposed, for a person to confirm")
		for _, proposal := range f.Proposals {
			if proposal.Asked {
				p.proposal(proposal)
			}
		}
		p.signals(f.Quality)
	}
	p.suspicions(r.Suspicions)
	if r.Unread > 0 {
		p.heading("Not read")
		p.paragraph(2, fmt.Sprintf("%d bytes at the end: the text is too long.", r.Unread))
	}
	p.notes(r.Notes)
}

func (p *page) notes(list []string) {
	for _, note := range list {
		p.heading("Note")
		p.paragraph(2, triage.Line(note))
	}
}

// proposal shows one proposal and the words that it rests on.
func (p *page) proposal(s suggest.Proposal) {
	p.item("", 0, s.Point+" = "+proposed(s))
	for _, e := range s.Evidence {
		p.item("", 4, fmt.Sprintf("“%s” at %d–%d, %s; %s", triage.Line(e.Quote), e.Start, e.End, e.Basis, e.Why))
	}
}

// proposed words a proposal: its values, how likely they are, and what they rest on.
func proposed(s suggest.Proposal) string {
	if len(s.Values) == 0 {
		return "unknown"
	}
	text := fmt.Sprintf("%s (%.0f %%", strings.Join(s.Values, " or "), 100*s.Probability)
	if s.Basis != "" {
		text += ", " + string(s.Basis)
	}
	return text + ")"
}

// quoted shows the words that a proposal rests on most.
func quoted(s suggest.Proposal) string {
	if len(s.Evidence) == 0 {
		return ""
	}
	return ", “" + triage.Line(s.Evidence[0].Quote) + "”"
}

// differing shows what is proposed for open questions and against the facts of a finding.
func (p *page) differing(b *bar.Bar, r *triage.Report, finding int, v assess.Verdict) {
	var rows [][]string
	if r.Suggested == nil {
		return
	}
	begun := len(v.Facts[b.EntryPoint()].Values) > 0
	for _, point := range v.Used {
		s, fact := r.Proposal(finding, point), v.Facts[point]
		if s == nil || !begun && !s.Asked || len(s.Values) == 0 || agrees(*s, fact) || fact.Provenance == assess.Confirmed {
			continue
		}
		rows = append(rows, []string{point, proposed(*s) + quoted(*s)})
	}
	if len(rows) > 0 {
		p.heading("The text reads like this, for a person to confirm with --fact")
		p.table(rows)
	}
}

// agrees says whether a fact is among what is proposed: several values are proposed where the bar treats
// them alike.
func agrees(s suggest.Proposal, fact assess.Fact) bool {
	return len(fact.Values) > 0 && !slices.ContainsFunc(fact.Values, func(v string) bool { return !slices.Contains(s.Values, v) })
}

func (p *page) signals(list []suggest.Signal) {
	if len(list) == 0 {
		return
	}
	p.heading("What the report lacks")
	rows := make([][]string, len(list))
	for i, s := range list {
		rows[i] = []string{s.ID, s.Reason}
	}
	p.table(rows)
}

func (p *page) suspicions(list []suggest.Suspicion) {
	if len(list) == 0 {
		return
	}
	p.heading("Suspected attempts to sway the reader, not weighed")
	for _, s := range list {
		p.paragraph(2, fmt.Sprintf("%s, bytes %d–%d: %s", s.Kind, s.Start, s.End, s.Reason))
	}
}
