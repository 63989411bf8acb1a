package casebook

import (
	"context"
	"slices"
	"strings"

	"bugbar/assess"
	"bugbar/bar"
	"bugbar/internal/fault"
)

// Rejudgement is what another edition of a bar would make of a case.
type Rejudgement struct {
	Case     ID                `json:"case"`
	Title    string            `json:"title"`
	Bar      string            `json:"bar"` // by which it is judged now
	From     string            `json:"from"`
	To       string            `json:"to"`
	Findings []FindingRejudged `json:"findings,omitempty"` // those that change
	Problem  string            `json:"problem,omitempty"`  // why the new edition cannot judge it
}

// FindingRejudged is a finding whose verdict would change.
type FindingRejudged struct {
	Finding int    `json:"finding"` // from 0
	From    string `json:"from"`
	To      string `json:"to"`
	FromRow string `json:"from_row,omitempty"`
	ToRow   string `json:"to_row,omitempty"`
}

// Changes says whether anything would be otherwise than it is.
func (r Rejudgement) Changes() bool { return r.From != r.To || len(r.Findings) > 0 || r.Problem != "" }

// WouldChange says of every open case that the actor may see what another edition of its bar would make of it,
// where that is something else. Nothing is changed. each gets one case at a time.
func (b *Book) WouldChange(ctx context.Context, a Actor, ref string, each func(Rejudgement) error) error {
	if err := b.May(a, AssessCase, nil); err != nil && b.May(a, ManageSystem, nil) != nil {
		return err
	}
	rules, err := b.Bar(ref)
	if err != nil {
		return err
	}
	return b.eachOpen(ctx, func(c *Case) error {
		if c.Bar == ref || barName(c.Bar) != barName(ref) || b.May(a, ReadCase, c) != nil || c.Quarantined {
			return nil
		}
		_, r := rejudge(rules, ref, c)
		if !r.Changes() {
			return nil
		}
		return each(r)
	})
}

// Rejudge moves a case to another edition of its bar. Adjustments that people made stay; approvals of what no
// longer stands do not.
func (b *Book) Rejudge(ctx context.Context, w Write, id ID, ref string) (*Case, Rejudgement, error) {
	var r Rejudgement
	rules, err := b.Bar(ref)
	if err != nil {
		return nil, r, err
	}
	c, err := b.change(ctx, w, id, func(e *edit) error {
		if err := b.May(w.Actor, AssessCase, e.c); err != nil {
			return err
		}
		if barName(e.c.Bar) != barName(ref) {
			return fault.New(fault.Invalid, "case %s is judged by %s", id, e.c.Bar).In("bar").Do("an edition of the same bar")
		}
		if e.c.Bar == ref {
			return nil
		}
		var p Rejudged
		p, r = rejudge(rules, ref, e.c)
		if r.Problem != "" {
			return fault.New(fault.Conflict, "%s cannot judge case %s: %s", ref, id, r.Problem).Because(errRefused).Do("settle the fact in the words of the new edition first")
		}
		return e.record(p)
	})
	return c, r, err
}

// JudgedOtherwise counts the open cases that are judged by a bar of another name: those are not moved to an edition of this one.
func (b *Book) JudgedOtherwise(ctx context.Context, ref string) (int, error) {
	edition := barName(ref) + "@"
	var n int
	err := b.db.Reader().QueryRowContext(ctx, "SELECT COUNT(*) FROM cases WHERE active = 1 AND SUBSTR(bar, 1, $1) <> $2", len(edition), edition).Scan(&n)
	return n, b.db.Trouble(err)
}

// Rejudgeable lists the open cases that are judged by another edition of a bar, from the oldest.
func (b *Book) Rejudgeable(ctx context.Context, ref string) ([]ID, error) {
	var ids []ID
	err := b.eachOpen(ctx, func(c *Case) error {
		if c.Bar != ref && barName(c.Bar) == barName(ref) {
			ids = append(ids, c.ID)
		}
		return nil
	})
	return ids, err
}

func barName(ref string) string {
	name, _, _ := strings.Cut(ref, "@")
	return name
}

// rejudge works out what a bar makes of a case.
func rejudge(rules *bar.Bar, ref string, c *Case) (Rejudged, Rejudgement) {
	p := Rejudged{Bar: ref}
	r := Rejudgement{Case: c.ID, Title: c.Title, Bar: c.Bar, From: c.Outcome}
	findings := slices.Clone(c.Findings)
	for i, f := range findings {
		v, err := assess.Assess(rules, f.Facts)
		if err != nil {
			r.Problem, r.To = err.Error(), c.Outcome
			return p, r
		}
		was := f.Verdict
		findings[i].Verdict = summary(v)
		p.Verdicts = append(p.Verdicts, findings[i].Verdict)
		if now := findings[i].Verdict; now.Outcome != was.Outcome || now.Row != was.Row {
			r.Findings = append(r.Findings, FindingRejudged{i, was.Outcome, now.Outcome, was.Row, now.Row})
		}
	}
	p.Outcome = outcomeOf(rules, findings)
	r.To = p.Outcome
	return p, r
}

// eachOpen reads every case with which something is still to be done, a page at a time.
func (b *Book) eachOpen(ctx context.Context, visit func(*Case) error) error {
	const page = 200
	for after := int64(0); ; {
		cases, err := b.cases(ctx, "SELECT doc FROM cases WHERE active = 1 AND id > $1 ORDER BY id LIMIT $2", after, page)
		if err != nil {
			return err
		}
		for _, c := range cases {
			if err := visit(c); err != nil {
				return err
			}
			after = int64(c.ID)
		}
		if len(cases) < page {
			return nil
		}
	}
}

// cases reads cases without asking who wants them.
func (b *Book) cases(ctx context.Context, query string, args ...any) ([]*Case, error) {
	rows, err := b.db.Reader().QueryContext(ctx, query, args...)
	if err != nil {
		return nil, b.db.Trouble(err)
	}
	defer rows.Close()
	var all []*Case
	for rows.Next() {
		var doc string
		if err := rows.Scan(&doc); err != nil {
			return nil, b.db.Trouble(err)
		}
		c, err := decodeCase(doc)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, b.db.Trouble(rows.Err())
}
