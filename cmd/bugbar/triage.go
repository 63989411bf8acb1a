package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"bugbar/assess"
	"bugbar/bar"
	"bugbar/internal/suggest"
	"bugbar/internal/triage"
)

type triageCmd struct {
	Report        string   `arg:"" help:"Report in Markdown or plain text, mail, or whatever bugbar import reads (- for standard input)."`
	Nth           int      `name:"report" help:"Which report, where the file holds several." placeholder:"N"`
	Fact          []string `help:"A fact that you vouch for, point=value; N.point=value for the Nth finding only." sep:"none" placeholder:"POINT=VALUE"`
	NoInput       bool     `help:"Ask nothing, even on a terminal."`
	NeverAccepted bool     `help:"Answer the first question with yes: the report is of material that is never accepted."`
	Format        string   `help:"text, markdown (the explanation for the reporter), or json." enum:"text,markdown,json" default:"text"`
	Adjust        string   `help:"Let this outcome stand beside the bar's own; needs --by and --because." placeholder:"OUTCOME"`
	Finding       int      `help:"Which finding --adjust is about." default:"1" placeholder:"N"`
	By            string   `help:"Who vouches for --fact and --adjust." placeholder:"NAME"`
	Because       string   `help:"Why --adjust." placeholder:"REASON"`
	evidenceFlag
	suggesterFlag
	barFlag
	keeping
}

// Help is shown by bugbar triage --help.
func (triageCmd) Help() string {
	return "Front matter of the report may claim facts; --fact and your answers count over them. With --casebook the report\n" +
		"becomes a case there, and earlier cases that may say the same are suggested.\n" +
		"On a terminal the missing questions are asked one by one, the one that narrows the outcome most first."
}

func (c *triageCmd) Run(a *app) error {
	if err := c.checkBar(c.Bar); err != nil {
		return err
	}
	keep, err := c.keeper(a, c.By)
	if err != nil {
		return err
	}
	if keep != nil {
		c.By = keep.as.By
	}
	b, err := keep.bar(a, c.barFlag)
	if err == nil {
		err = keep.refused(a, b, c.triage(a, b, keep))
	}
	return errors.Join(err, keep.close())
}

// triage goes through the steps of package triage.
func (c *triageCmd) triage(a *app, b *bar.Bar, keep *keeper) error {
	var person *asker
	if !c.NoInput {
		person = newAsker(a, c.Report == "-")
	}
	if err := refuse(a, b, c.refused(b), person); err != nil {
		return err
	}
	report, err := readReport(a, b, c.Report, c.Nth)
	if err != nil {
		return noticed(a, b, err)
	}
	if err := c.propose(a, b, report); err != nil {
		return err
	}
	given, err := c.facts(b, len(report.Findings))
	if err != nil {
		return err
	}
	if err := c.measured(a, b, report, given); err != nil {
		return err
	}
	var ask triage.Asker
	if person != nil && c.Report != "-" {
		ask = person.facts(b, report)
	}
	record, err := triage.Triage(b, report, given, c.triager(), ask)
	if err != nil {
		return noticed(a, b, err)
	}
	if err := c.adjust(a, b, record); err != nil {
		return err
	}
	opened, err := keep.open(a, b, report, record)
	if err != nil {
		return noticed(a, b, err)
	}
	return c.print(a, b, report, record, keep, opened)
}

// propose lets the suggester read the report. A bar for which none was trained goes without, unless
// somebody asks for one.
func (c *triageCmd) propose(a *app, b *bar.Bar, r *triage.Report) error {
	s, err := c.suggesterFlag.load(b, false)
	if isA[*suggest.UnservedError](err) && c.Suggester == "embedded" {
		return nil
	}
	if err != nil {
		return err
	}
	return triage.Propose(a.ctx, b, s, r)
}

// triager is who answers for what is given here.
func (c *triageCmd) triager() string {
	if c.By == "" {
		return "triager"
	}
	return c.By
}

// refused says whether the command line says that the report is of material that is never accepted:
// by the flag, or by a given fact that names it.
func (c *triageCmd) refused(b *bar.Bar) bool {
	refused := c.NeverAccepted
	for _, text := range c.Fact {
		if _, _, rest := findingNumber(text); triage.Refuses(b, rest) {
			refused = true
		}
	}
	return refused
}

// refuse settles, before anything of a report is read, whether it is of material that is never
// accepted: by what the command line says, or by asking.
func refuse(a *app, b *bar.Bar, refused bool, person *asker) error {
	if b.Notice == nil {
		return nil
	}
	if !refused && person != nil {
		var err error
		if refused, err = person.neverAccepted(b.Notice); err != nil {
			return err
		}
	}
	if refused {
		return noticed(a, b, triage.ErrNotAccepted)
	}
	return nil
}

// noticed shows the operator's notice in place of an error's own words.
func noticed(a *app, b *bar.Bar, err error) error {
	if exitCode(err) != exitNotAccepted || b.Notice == nil {
		return err
	}
	p := newPage(a.stderr)
	p.printf("%s\n", p.strong.Render("NOT ACCEPTED"))
	p.paragraph(2, b.Notice.Text)
	return fmt.Errorf("%w (%w)", err, errAnswered)
}

// facts reads --fact for each finding of the report. One for a finding counts over one for all.
func (c *triageCmd) facts(b *bar.Bar, findings int) ([]assess.Facts, error) {
	general, own := assess.Facts{}, make([]assess.Facts, findings)
	for i := range own {
		own[i] = assess.Facts{}
	}
	for _, text := range c.Fact {
		n, numbered, rest := findingNumber(text)
		if numbered && (n < 1 || n > findings) {
			return nil, &inputError{fmt.Sprintf("--fact %s: the report has %s", text, plural(findings, "finding")), "a number from 1 on"}
		}
		point, fact, err := assess.Parse(b, rest)
		if err != nil {
			return nil, err
		}
		into := general
		if numbered {
			into = own[n-1]
		}
		if _, twice := into[point]; twice {
			return nil, &inputError{fmt.Sprintf("--fact %s is given twice", point), "once, with | between values that are all possible"}
		}
		fact.Provenance, fact.By = assess.Confirmed, c.triager()
		into[point] = fact
	}
	for _, facts := range own {
		for point, fact := range general {
			if _, has := facts[point]; !has {
				facts[point] = fact
			}
		}
	}
	return own, nil
}

// measured adds what --evidence says, which counts over what the report claims.
func (c *triageCmd) measured(a *app, b *bar.Bar, report *triage.Report, given []assess.Facts) error {
	if len(c.Evidence) > 0 && len(given) > 1 {
		return &inputError{"--evidence for a report of several findings", "triage the finding that it is about by itself"}
	}
	for i := range given {
		entry := b.EntryPoint()
		if _, has := given[i][entry]; !has && len(c.Evidence) > 0 {
			if claimed, ok := report.Findings[i].Facts[entry]; ok {
				given[i][entry] = claimed
			}
		}
		if err := c.apply(a, b, given[i]); err != nil {
			return err
		}
	}
	return nil
}

// findingNumber parts "2.impact=..." into its number and the fact.
func findingNumber(text string) (n int, numbered bool, fact string) {
	head, rest, found := strings.Cut(text, ".")
	n, err := strconv.Atoi(strings.TrimSpace(head))
	if !found || err != nil {
		return 0, false, text
	}
	return n, true, rest
}

func (c *triageCmd) adjust(a *app, b *bar.Bar, r *triage.Record) error {
	if c.Adjust == "" {
		if c.Because != "" {
			return &inputError{"--because without --adjust", "--adjust OUTCOME --by NAME --because REASON"}
		}
		return nil
	}
	if c.Finding < 1 || c.Finding > len(r.Findings) {
		return &inputError{fmt.Sprintf("--finding %d: the report has %s", c.Finding, plural(len(r.Findings), "finding")), "a number from 1 on"}
	}
	err := r.Adjust(b, c.Finding-1, assess.Adjustment{Outcome: c.Adjust, By: c.By, When: a.now().UTC(), Why: c.Because})
	if err != nil && !isA[*bar.UnknownError](err) {
		return &inputError{err.Error(), "--adjust OUTCOME --by NAME --because REASON"}
	}
	return err
}
