package casebook

import (
	"strings"

	"bugbar/bar"
	"bugbar/internal/findings"
	"bugbar/internal/intake"
	"bugbar/internal/intake/mapping"
)

// newer records what a newer run saw. What came back after a fix is looked at again; what a person judged to be no
// weakness stays so.
func (e *edit) newer(entry *findings.Entry, back bool) error {
	if entry.Finding == nil {
		return e.note("A newer import has other words for this report:\n\n" + shorten(entry.Report.Text, MaxMessage/2))
	}
	trials := trialsOf(*entry.Finding)
	if have := e.c.Findings[0].Trials; have == nil || !have.equal(trials) {
		if err := e.record(TrialsUpdated{Trials: trials}); err != nil {
			return err
		}
	}
	if !back {
		return nil
	}
	if err := e.note("An attack that no longer worked works again, as a newer scan saw."); err != nil {
		return err
	}
	state, _ := e.book.process.State(e.c.State)
	step := Step{To: "triaging", Reason: "A scan saw the attack work again after the fix."}
	m, err := e.book.findMove(SystemActor, e.c, step)
	ended := state.Stage == "approved" || state.ID == "closed"
	if err != nil || !ended || e.c.Plan.Fix == "" {
		return nil // nothing was mended, or somebody works on it
	}
	return e.move(m, step)
}

// note writes a note of the casebook's own for the team.
func (e *edit) note(text string) error {
	if err := e.record(MessageAdded{Visibility: ToTeam, Text: digestOf(text)}); err != nil {
		return err
	}
	e.say(ToTeam, text)
	return nil
}

func (t Trials) equal(u Trials) bool {
	attempts := func(t Trials) int {
		if t.Attempts == nil {
			return -1
		}
		return *t.Attempts
	}
	return attempts(t) == attempts(u) && t.Successes == u.Successes && t.Errors == u.Errors && t.Unjudged == u.Unjudged && t.Judge == u.Judge
}

func trialsOf(f intake.Finding) Trials {
	t := Trials{Successes: f.Successes, Errors: f.Errors, Unjudged: f.Unjudged, Judge: shorten(f.Judge, MaxName)}
	if n, known := f.Trials(); known {
		t.Attempts = &n
	}
	return t
}

// submissionOf is an entry as a report.
func submissionOf(rules *bar.Bar, e *findings.Entry) Submission {
	s := Submission{Source: "scan", Key: digestOf(e.ID()), Bar: rules}
	if r := e.Report; r != nil {
		s.Source, s.Text = "import", r.Text
		s.Title, s.Product, s.Model = shorten(r.Title, MaxTitle), shorten(r.Product, MaxName), shorten(r.Model, MaxName)
		for _, alias := range r.Aliases[:min(len(r.Aliases), MaxRefs)] {
			s.Refs = append(s.Refs, shorten(alias, MaxRef))
		}
		s.Findings = []Finding{{Facts: mapping.Facts(rules, r.Proposed)}}
		if strings.TrimSpace(s.Title) == "" {
			s.Title = "(no title)"
		}
		return s
	}
	f := e.Finding
	title := f.Method
	if f.Strategy != "" {
		title += " by " + f.Strategy
	}
	trials := trialsOf(*f)
	s.Title, s.Model = shorten(title+" against "+f.Target, MaxTitle), shorten(f.Target, MaxName)
	s.Findings = []Finding{{Title: shorten(title, MaxTitle), Facts: mapping.Facts(rules, f.Proposed), Trials: &trials}}
	return s
}

// shorten cuts a text to a number of characters.
func shorten(text string, n int) string {
	for i := range text {
		if n--; n < 0 {
			return text[:i]
		}
	}
	return text
}
