package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/charmbracelet/huh"
	"golang.org/x/term"

	"bugbar/assess"
	"bugbar/bar"
	_ "bugbar/cmd/bugbar/quiet" // before huh brings Bubble Tea in
	"bugbar/internal/triage"
)

// asker asks a person on the terminal itself, so that the output stays free for the answer.
type asker struct {
	a     *app
	tty   *os.File
	lines *bufio.Reader // of the plain form
}

// newAsker finds somebody to ask: at standard input, or, where the report itself comes by that way,
// at the terminal behind it. It is nil where there is nobody.
func newAsker(a *app, piped bool) *asker {
	if in, ok := a.stdin.(*os.File); ok && term.IsTerminal(int(in.Fd())) {
		return &asker{a: a, tty: in, lines: bufio.NewReader(in)}
	}
	if tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0); err == nil && piped {
		return &asker{a: a, tty: tty, lines: bufio.NewReader(tty)}
	}
	return nil
}

// question is one question with its answers: what is shown, and what it stands for. Nothing is
// chosen beforehand but "none", the answer that claims nothing, where there is one.
type question struct {
	title, about string
	labels       []string
	values       []string
	none         string
}

// ask returns the value of the answer, and triage.ErrLeft where the person goes away.
func (k *asker) ask(q question) (string, error) {
	if os.Getenv("TERM") == "dumb" || os.Getenv("ACCESSIBLE") != "" {
		return k.askPlainly(q)
	}
	answer := q.none
	options := make([]huh.Option[string], 0, len(q.labels)+1)
	if q.none == "" {
		options = append(options, huh.NewOption("(choose)", ""))
	}
	for i, label := range q.labels {
		options = append(options, huh.NewOption(label, q.values[i]))
	}
	field := huh.NewSelect[string]().Title(q.title).Description(q.about).Options(options...).Value(&answer).
		Validate(func(v string) error {
			if v == "" {
				return errors.New("choose an answer")
			}
			return nil
		})
	err := huh.NewForm(huh.NewGroup(field)).WithInput(k.tty).WithOutput(k.out()).
		WithTheme(huh.ThemeBase()).RunWithContext(k.a.ctx)
	if errors.Is(err, huh.ErrUserAborted) || err == nil && answer == "" {
		return "", triage.ErrLeft
	}
	return answer, err
}

// out is the terminal, also where standard input is its only open end.
func (k *asker) out() io.Writer {
	if tty, err := os.OpenFile("/dev/tty", os.O_WRONLY, 0); err == nil {
		return tty
	}
	return k.a.stderr
}

// askPlainly is the form for screen readers and dumb terminals: numbered lines, and a number for an
// answer. An empty line is no answer; the end of the input is somebody who has left.
func (k *asker) askPlainly(q question) (string, error) {
	out := k.out()
	fmt.Fprintf(out, "%s\n%s\n", q.about, q.title)
	for i, label := range q.labels {
		fmt.Fprintf(out, "%d. %s\n", i+1, label)
	}
	for {
		fmt.Fprintf(out, "A number from 1 to %d: ", len(q.labels))
		line, err := k.line()
		if err != nil {
			return "", triage.ErrLeft
		}
		if n, err := strconv.Atoi(strings.TrimSpace(line)); err == nil && n >= 1 && n <= len(q.values) {
			return q.values[n-1], nil
		}
	}
}

// line reads a line, or stops when the program is interrupted.
func (k *asker) line() (string, error) {
	type read struct {
		line string
		err  error
	}
	got := make(chan read, 1)
	go func() {
		line, err := k.lines.ReadString('\n')
		got <- read{line, err}
	}()
	select {
	case r := <-got:
		return r.line, r.err
	case <-k.a.ctx.Done():
		return "", k.a.ctx.Err()
	}
}

const (
	yes = "yes"
	no  = "no"
)

// neverAccepted asks the question that comes before anything of a report.
func (k *asker) neverAccepted(n *bar.Notice) (bool, error) {
	answer, err := k.ask(question{title: n.Question, labels: []string{"No", "Yes"}, values: []string{no, yes}})
	return answer == yes, err
}

// facts asks for one fact after the other, with the bar's words and the outcome so far.
func (k *asker) facts(b *bar.Bar, r *triage.Report) triage.Asker {
	return func(finding int, q assess.Question, soFar assess.Verdict) ([]string, error) {
		p, _ := b.Point(q.Point)
		asked := question{title: q.Question, about: described(b, p, r, finding, soFar), none: assess.Unknown}
		for _, id := range q.Values {
			asked.labels = append(asked.labels, label(p.Value(id)))
			asked.values = append(asked.values, id)
		}
		asked.labels = append(asked.labels, "I don't know")
		asked.values = append(asked.values, assess.Unknown)
		answer, err := k.ask(asked)
		if err != nil || answer == assess.Unknown {
			return nil, err
		}
		return []string{answer}, nil
	}
}

// label is a value in one line.
func label(v *bar.Value) string {
	text := wrap(v.Name+" — "+v.Text, defaultWidth-6)
	if len(text) > 1 {
		return text[0] + " …"
	}
	return text[0]
}

func described(b *bar.Bar, p *bar.Point, r *triage.Report, finding int, soFar assess.Verdict) string {
	about := triage.Line(r.Title)
	if title := r.Findings[finding].Title; title != "" {
		about += ": " + triage.Line(title)
	}
	lines := []string{"", "Report: " + about}
	lines = append(lines, wrap("So far: "+triage.OutcomeNames(b, soFar.Possible), defaultWidth-4)...)
	if s := r.Proposal(finding, p.ID); s != nil && len(s.Values) > 0 {
		lines = append(lines, wrap("Proposed: "+proposed(*s)+quoted(*s), defaultWidth-4)...)
	}
	lines = append(lines, "")
	lines = append(lines, wrap(p.Why, defaultWidth-4)...)
	return strings.Join(append(lines, "How to decide: bugbar bar show "+p.ID, ""), "\n")
}
