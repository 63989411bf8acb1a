package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/term"

	"bugbar/assess"
	"bugbar/bar"
	"bugbar/internal/suggest"
	"bugbar/internal/triage"
)

type triageCmd struct {
	Report        string   `arg:"" help:"Report in Markdown or plain text (- for standard input)."`
	Fact          []string `help:"A fact that you vouch for, point=value; N.point=value for the Nth finding only." sep:"none" placeholder:"POINT=VALUE"`
	NoInput       bool     `help:"Ask nothing, even on a terminal."`
	NeverAccepted bool     `help:"Answer the first question with yes: the report is of material that is never accepted."`
	Format        string   `help:"text, markdown (the explanation for the reporter), or json." enum:"text,markdown,json" default:"text"`
	Adjust        string   `help:"Let this outcome stand beside the bar's own; needs --by and --because." placeholder:"OUTCOME"`
	Finding       int      `help:"Which finding --adjust is about." default:"1" placeholder:"N"`
	By            string   `help:"Who vouches for --fact and --adjust." placeholder:"NAME"`
	Because       string   `help:"Why --adjust." placeholder:"REASON"`
	suggesterFlag
	barFlag
}

// Help is shown by bugbar triage --help.
func (triageCmd) Help() string {
	return "Front matter of the report may claim facts; --fact and your answers count over them.\n" +
		"On a terminal the missing questions are asked one by one, the one that narrows the outcome most first."
}

func (c *triageCmd) Run(a *app) error {
	b, err := c.barFlag.load()
	if err != nil {
		return err
	}
	interactive := !c.NoInput && c.Report != "-" && isTerminal(a)
	if err := refuse(a, b, c.refused(b), interactive); err != nil {
		return err
	}
	report, err := readReport(a, b, c.Report)
	if err != nil {
		return err
	}
	if err := c.propose(a, b, report); err != nil {
		return err
	}
	given, err := c.facts(b, len(report.Findings))
	if err != nil {
		return err
	}
	var ask triage.Asker
	if interactive {
		ask = newAsker(a, b, report)
	}
	record, err := triage.Triage(b, report, given, ask)
	if err != nil {
		return noticed(a, b, err)
	}
	if err := c.adjust(a, b, record); err != nil {
		return err
	}
	return c.print(a, b, report, record)
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

func isTerminal(a *app) bool {
	in, ok := a.stdin.(*os.File)
	return ok && term.IsTerminal(int(in.Fd()))
}

// refused says whether the command line says that the report is of material that is never accepted.
func (c *triageCmd) refused(b *bar.Bar) bool {
	refused := c.NeverAccepted
	for _, text := range c.Fact {
		refused = refused || b.Notice != nil && strings.HasSuffix(text, b.Notice.Point+"="+b.Notice.Value)
	}
	return refused
}

// refuse settles, before anything of a report is read, whether it is of material that is never
// accepted: by what the command line says, or by asking.
func refuse(a *app, b *bar.Bar, refused, interactive bool) error {
	if b.Notice == nil {
		return nil
	}
	if !refused && interactive {
		yes, err := askNeverAccepted(a, b.Notice)
		if err != nil {
			return err
		}
		refused = yes
	}
	if refused {
		return noticed(a, b, triage.ErrNotAccepted)
	}
	return nil
}

// noticed shows the operator's notice in place of an error's own words.
func noticed(a *app, b *bar.Bar, err error) error {
	if exitCode(err) != exitNotAccepted {
		return err
	}
	p := newPage(a.stderr)
	p.printf("%s\n", p.strong.Render("NOT ACCEPTED"))
	p.paragraph(2, b.Notice.Text)
	return fmt.Errorf("%w (%w)", err, errAnswered)
}

func readReport(a *app, b *bar.Bar, name string) (*triage.Report, error) {
	in, err := a.open(name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return triage.ReadReport(b, name, in)
}

// facts reads --fact for each finding of the report.
func (c *triageCmd) facts(b *bar.Bar, findings int) ([]assess.Facts, error) {
	given := make([]assess.Facts, findings)
	for i := range given {
		given[i] = assess.Facts{}
	}
	for _, text := range c.Fact {
		first, last := 0, findings
		if n, rest, ok := findingNumber(text); ok {
			if n < 1 || n > findings {
				return nil, &inputError{fmt.Sprintf("--fact %s: the report has %d findings", text, findings), "a number from 1 on"}
			}
			first, last, text = n-1, n, rest
		}
		point, fact, err := assess.Parse(b, text)
		if err != nil {
			return nil, err
		}
		fact.Provenance, fact.By = assess.Confirmed, c.By
		for i := first; i < last; i++ {
			given[i][point] = fact
		}
	}
	return given, nil
}

func findingNumber(text string) (int, string, bool) {
	head, rest, found := strings.Cut(text, ".")
	n, err := strconv.Atoi(head)
	return n, rest, found && err == nil
}

func (c *triageCmd) adjust(a *app, b *bar.Bar, r *triage.Record) error {
	if c.Adjust == "" {
		return nil
	}
	if c.Finding < 1 || c.Finding > len(r.Findings) {
		return &inputError{fmt.Sprintf("--finding %d: the report has %d findings", c.Finding, len(r.Findings)), "a number from 1 on"}
	}
	err := r.Adjust(b, c.Finding-1, assess.Adjustment{Outcome: c.Adjust, By: c.By, When: a.now().UTC(), Why: c.Because})
	if err != nil && !isA[*bar.UnknownError](err) {
		return &inputError{err.Error(), "--adjust OUTCOME --by NAME --because REASON"}
	}
	return err
}

func (c *triageCmd) print(a *app, b *bar.Bar, report *triage.Report, r *triage.Record) error {
	switch c.Format {
	case "json":
		return printJSON(a, r)
	case "markdown":
		return triage.Explain(a.stdout, b, r)
	}
	return printRecord(a, b, report, r)
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
