package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/charmbracelet/lipgloss"
	"golang.org/x/term"

	"bugbar/assess"
	"bugbar/bar"
	"bugbar/internal/triage"
)

// page lays text out for people: wrapped to the terminal, and bold where the terminal can.
type page struct {
	w      io.Writer
	width  int
	strong lipgloss.Style
	faint  lipgloss.Style
	err    error
}

const (
	defaultWidth = 88
	maxWidth     = 100
)

func newPage(w io.Writer) *page {
	r := lipgloss.NewRenderer(w)
	p := &page{w: w, width: defaultWidth, strong: r.NewStyle().Bold(true), faint: r.NewStyle().Faint(true)}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
			p.width = max(40, min(width, maxWidth))
		}
	}
	return p
}

func (p *page) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

// heading starts a block.
func (p *page) heading(text string) { p.printf("\n%s\n", p.strong.Render(text)) }

// paragraph wraps text and indents it.
func (p *page) paragraph(indent int, text string) {
	for _, line := range wrap(text, p.width-indent) {
		p.printf("%s%s\n", strings.Repeat(" ", indent), line)
	}
}

// item wraps text beside a label; further lines stand under the text.
func (p *page) item(label string, column int, text string) {
	lines := wrap(text, p.width-column-2)
	for i, line := range lines {
		if i > 0 {
			label = ""
		}
		p.printf("  %-*s%s\n", column, label, line)
	}
}

// wrap breaks text at spaces into lines of at most width cells.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case lipgloss.Width(line)+1+lipgloss.Width(word) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	return append(lines, line)
}

// table prints rows in columns as wide as they need to be; the last column wraps.
func (p *page) table(rows [][]string) {
	widths := make([]int, 0, 4)
	for _, row := range rows {
		for i, cell := range row[:len(row)-1] {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], lipgloss.Width(cell))
		}
	}
	for _, row := range rows {
		label := ""
		for i, cell := range row[:len(row)-1] {
			label += cell + strings.Repeat(" ", widths[i]-lipgloss.Width(cell)+2)
		}
		p.item(label, lipgloss.Width(label), row[len(row)-1])
	}
}

// columns prints rows in columns as wide as they need to be. Where the last cells are empty, the line ends before them.
func (p *page) columns(rows [][]string) {
	var aligned bytes.Buffer
	table := tabwriter.NewWriter(&aligned, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(table, strings.Join(row, "\t"))
	}
	p.err = cmp.Or(p.err, table.Flush())
	for line := range strings.Lines(aligned.String()) {
		p.printf("%s\n", strings.TrimRight(line, " \n"))
	}
}

func printVerdict(a *app, b *bar.Bar, v assess.Verdict) error {
	p := newPage(a.stdout)
	p.verdict(b, v)
	return p.err
}

// verdict shows one verdict: what, why, on which facts, and what would change it.
func (p *page) verdict(b *bar.Bar, v assess.Verdict) {
	p.result(b, v)
	p.facts(b, v)
	p.open(b, v)
	p.changes(b, v)
	p.considerations(b, v)
}

func (p *page) result(b *bar.Bar, v assess.Verdict) {
	name := func(id string) string { return strings.ToUpper(triage.OutcomeNames(b, []string{id})) }
	head := p.strong.Render(name(v.Final()))
	if v.Row != "" {
		head += "  " + v.Row
	}
	p.printf("%s  %s\n", head, p.faint.Render(b.Ref()))
	if row := b.Row(v.Row); row != nil {
		p.paragraph(2, row.Text)
		p.paragraph(2, "Source: "+b.Section(row.Section).Title+".")
	} else if v.Next == nil && len(v.Rows) > 1 {
		p.paragraph(2, "Whichever row applies, the outcome is the same: "+strings.Join(v.Rows, ", ")+".")
	}
	if v.Adjustment != nil {
		p.paragraph(2, fmt.Sprintf("Adjusted by %s on %s: %s", triage.Line(v.Adjustment.By), v.Adjustment.When.Format("2006-01-02"), triage.Line(v.Adjustment.Why)))
		p.paragraph(2, "The bar's own result: "+name(v.Outcome)+".")
	}
	for _, o := range v.Overrides {
		which := "Overridden here"
		if v.Row == "" {
			which = o.Row + " is overridden here"
		}
		p.paragraph(2, fmt.Sprintf("%s; %s says %s. %s", which, o.Base, name(o.BaseOutcome), o.Because))
	}
}

func (p *page) facts(b *bar.Bar, v assess.Verdict) {
	if len(v.Used) == 0 {
		return
	}
	p.heading("Facts")
	var rows [][]string
	var open []string
	for _, point := range v.Used {
		fact := v.Facts[point]
		if len(fact.Values) == 0 {
			open = append(open, point)
			continue
		}
		rows = append(rows, []string{point, strings.Join(fact.Values, " | "), triage.Line(triage.Vouched(fact))})
	}
	p.table(rows)
	if open != nil {
		p.paragraph(2, "Not known: "+strings.Join(open, ", ")+".")
	}
}

func (p *page) open(b *bar.Bar, v assess.Verdict) {
	if v.Next == nil {
		return
	}
	p.heading("Still possible")
	p.paragraph(2, triage.OutcomeNames(b, v.Possible)+".")
	p.heading("Ask next")
	p.paragraph(2, fmt.Sprintf("%s (%s)", v.Next.Question, v.Next.Point))
	point, _ := b.Point(v.Next.Point)
	rows := make([][]string, 0, len(v.Next.Values))
	for _, id := range v.Next.Values {
		rows = append(rows, []string{id, point.Value(id).Text})
	}
	p.table(rows)
}

func (p *page) changes(b *bar.Bar, v assess.Verdict) {
	if len(v.Changes) == 0 {
		return
	}
	p.heading("What would change it")
	for _, c := range v.Changes {
		p.paragraph(2, fmt.Sprintf("%s=%s %s", c.Point, strings.Join(c.To, "|"), triage.ChangeText(b, c)))
	}
}

// considerations are shown once the outcome is settled: before, facts are what is wanted.
func (p *page) considerations(b *bar.Bar, v assess.Verdict) {
	if len(v.Considerations) == 0 || v.Next != nil {
		return
	}
	p.heading("Weighed beside it, and never computed")
	for _, c := range b.Considerations {
		if slices.Contains(v.Considerations, c.ID) {
			p.paragraph(2, c.Name+". "+c.Text)
		}
	}
}
