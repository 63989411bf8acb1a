package main

import (
	"errors"
	"os"
	"strings"

	"github.com/charmbracelet/huh"

	"bugbar/assess"
	"bugbar/bar"
	"bugbar/internal/triage"
)

// ask shows one form, on the terminal itself where it can, so that the output stays free for the
// answer. Its accessible form is plain text, for screen readers and dumb terminals.
func ask(a *app, field huh.Field) error {
	out := a.stderr
	if tty, err := os.OpenFile("/dev/tty", os.O_WRONLY, 0); err == nil {
		defer tty.Close()
		out = tty
	}
	form := huh.NewForm(huh.NewGroup(field)).
		WithInput(a.stdin).WithOutput(out).
		WithAccessible(plain()).
		WithTheme(huh.ThemeBase())
	err := form.RunWithContext(a.ctx)
	if errors.Is(err, huh.ErrUserAborted) {
		return triage.ErrLeft
	}
	return err
}

// plain says whether questions are asked as plain text.
func plain() bool { return os.Getenv("TERM") == "dumb" || os.Getenv("ACCESSIBLE") != "" }

// askNeverAccepted asks the question that comes before anything of a report.
func askNeverAccepted(a *app, n *bar.Notice) (bool, error) {
	yes := false
	err := ask(a, huh.NewSelect[bool]().
		Title(n.Question).
		Options(huh.NewOption("No", false), huh.NewOption("Yes", true)).
		Value(&yes))
	return yes, err
}

// newAsker asks a person for facts, one question at a time, with the bar's words and the outcome
// so far.
func newAsker(a *app, b *bar.Bar, r *triage.Report) triage.Asker {
	return func(finding int, q assess.Question, soFar assess.Verdict) ([]string, error) {
		p, _ := b.Point(q.Point)
		var answer string
		field := huh.NewSelect[string]().
			Title(q.Question).
			Description(described(b, p, r, finding, soFar)).
			Options(options(p, q.Values)...).
			Value(&answer)
		if plain() { // the plain form shows no description
			field.Title(described(b, p, r, finding, soFar) + "\n" + q.Question)
		}
		err := ask(a, field)
		if err != nil || answer == assess.Unknown {
			return nil, err
		}
		return []string{answer}, nil
	}
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

// options are the values that are still possible, a line each, and always the admission not to
// know.
func options(p *bar.Point, values []string) []huh.Option[string] {
	list := make([]huh.Option[string], 0, len(values)+1)
	for _, id := range values {
		v := p.Value(id)
		text := wrap(v.Name+" — "+v.Text, defaultWidth-6)
		label := text[0]
		if len(text) > 1 {
			label += " …"
		}
		list = append(list, huh.NewOption(label, id))
	}
	return append(list, huh.NewOption("I don't know", assess.Unknown))
}
