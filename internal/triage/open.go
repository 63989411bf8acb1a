package triage

import (
	"cmp"
	"context"
	"net/mail"

	"bugbar/assess"
	"bugbar/bar"
	"bugbar/internal/casebook"
)

// Opened is a report that has become a case.
type Opened struct {
	Receipt casebook.Receipt
	Case    *casebook.Case
}

// Open ends the story: a triaged report becomes a case of the casebook, with its facts as they were vouched for and
// the earlier cases that may say the same. A person's adjustments are proposed there, and wait for a second person.
func Open(ctx context.Context, book *casebook.Book, w casebook.Write, b *bar.Bar, r *Report, record *Record) (Opened, error) {
	s := submission(b, r, record)
	if book.May(w.Actor, casebook.EditFacts, nil) != nil {
		claimOnly(s.Findings)
	}
	var err error
	if s.Pending, err = book.Alike(ctx, s, 0); err != nil {
		return Opened{}, err
	}
	receipt, c, err := book.Submit(ctx, w, s)
	if err != nil {
		return Opened{}, err
	}
	for i, f := range record.Findings {
		if a := f.Verdict.Adjustment; a != nil {
			if c, err = book.Adjust(ctx, casebook.Write{Actor: w.Actor}, c.ID, i, a.Outcome, a.Why); err != nil {
				return Opened{receipt, c}, err
			}
		}
	}
	return Opened{receipt, c}, nil
}

// Refuse counts a report of material that is never accepted. Nothing else of it is kept.
func Refuse(ctx context.Context, book *casebook.Book, w casebook.Write, b *bar.Bar) error {
	_, _, err := book.Submit(ctx, w, casebook.Submission{Bar: b, Refused: true})
	return err
}

// ProposeDuplicates looks for earlier cases that may say the same as one that has just come in, and proposes them for
// a person to decide. What scans see again is known by its key, and is left out.
func ProposeDuplicates(ctx context.Context, book *casebook.Book, id casebook.ID) error {
	s, c, err := book.AsReported(ctx, id)
	if err != nil || c.Restricted() || c.Source == "scan" || c.Source == "cli" {
		return err
	}
	found, err := book.Alike(ctx, s, id)
	if err != nil || len(found) == 0 {
		return err
	}
	_, err = book.Propose(ctx, casebook.Write{Actor: casebook.SystemActor}, id, found)
	return err
}

// submission is a triaged report on its way into the casebook.
func submission(b *bar.Bar, r *Report, record *Record) casebook.Submission {
	s := casebook.Submission{
		Title: cut(cmp.Or(r.Title, r.File), casebook.MaxTitle), Product: r.Product, Model: r.Model, Source: "cli", Text: r.Text, Bar: b, Contact: contact(r.Reporter),
	}
	for i, f := range record.Findings {
		s.Findings = append(s.Findings, casebook.Finding{Title: cut(f.Title, casebook.MaxTitle), Facts: known(f.Verdict.Facts), Trials: trialsOf(r.Findings[i].Trials)})
	}
	return s
}

// claimOnly makes claims of what somebody said who cannot vouch for facts.
func claimOnly(findings []casebook.Finding) {
	for _, f := range findings {
		for point, fact := range f.Facts {
			if fact.Provenance == assess.Confirmed || fact.Provenance == assess.Measured {
				fact.Provenance = assess.Claimed
				f.Facts[point] = fact
			}
		}
	}
}

// contact is who reported: a name, or a name with an address. It is kept apart from the report.
func contact(reporter string) *casebook.Identity {
	who := casebook.Identity{Name: cut(Line(reporter), casebook.MaxName)}
	if a, err := mail.ParseAddress(reporter); err == nil {
		who = casebook.Identity{Name: a.Name, Email: a.Address}
	}
	if who == (casebook.Identity{}) || who.Check() != nil {
		return nil
	}
	return &who
}

// cut shortens a text to a number of characters.
func cut(text string, n int) string {
	if runes := []rune(text); len(runes) > n {
		return string(runes[:n-1]) + "…"
	}
	return text
}

func trialsOf(t *Trials) *casebook.Trials {
	if t == nil {
		return nil
	}
	return &casebook.Trials{Successes: t.Successes, Attempts: t.Attempts, Errors: t.Errors, Unjudged: t.Unjudged, Judge: cut(t.Judge, casebook.MaxName)}
}

// known are the facts that say something.
func known(facts assess.Facts) assess.Facts {
	said := assess.Facts{}
	for point, fact := range facts {
		if len(fact.Values) > 0 {
			said[point] = fact
		}
	}
	return said
}
