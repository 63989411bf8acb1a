package main

import (
	"errors"
	"fmt"

	"bugbar/internal/casebook"
	"bugbar/internal/triage"
)

type reassessCmd struct {
	Bar   string `help:"The edition to judge by, NAME@EDITION." required:"" placeholder:"NEW"`
	Apply bool   `help:"Make it the casebook's bar and move the open cases of that bar to it."`
	operatorFlags
}

// Help is shown by bugbar reassess --help.
func (reassessCmd) Help() string {
	return "Says of each open case what another edition of its bar would make of it, where that is something else, and changes\n" +
		"nothing. --apply does: new cases are judged by the edition then, and adjustments that people made stay. Cases that are\n" +
		"judged by a bar of another name keep it."
}

func (c *reassessCmd) Run(a *app) error {
	b, err := c.casebookFlag.openKept(a.ctx)
	if err != nil {
		return err
	}
	return errors.Join(c.work(a, b), b.Close())
}

func (c *reassessCmd) work(a *app, b *casebook.Book) error {
	rules, err := b.Bar(c.Bar)
	if err != nil {
		return err
	}
	ref := rules.Ref()
	v := reassessView{Bar: ref, Cases: []casebook.Rejudgement{}}
	if v.Stay, err = b.JudgedOtherwise(a.ctx, ref); err != nil {
		return err
	}
	if err := b.WouldChange(a.ctx, casebook.SystemActor, ref, func(r casebook.Rejudgement) error {
		v.Cases = append(v.Cases, r)
		return nil
	}); err != nil {
		return err
	}
	if c.Apply {
		if err := c.apply(a, b, ref); err != nil {
			return err
		}
		v.Applied = true
	}
	if err := c.print(a, b, v); err != nil {
		return err
	}
	for _, r := range v.Cases {
		if r.Problem != "" && v.Applied {
			return fmt.Errorf("%w (%w)", errPartly, errAnswered)
		}
	}
	return nil
}

// reassessView is what a re-assessment comes to; as JSON it is the command's public shape.
type reassessView struct {
	Bar     string                 `json:"bar"`
	Applied bool                   `json:"applied"`
	Cases   []casebook.Rejudgement `json:"cases"` // that change
	Stay    int                    `json:"stay"`  // open cases that are judged by a bar of another name
}

// apply makes the edition the casebook's, and moves the open cases to it, one by one: what was interrupted goes on
// where it ended.
func (c *reassessCmd) apply(a *app, b *casebook.Book, ref string) error {
	w, err := b.Operate(a.ctx, c.By, "reassess "+ref, 0)
	if err != nil {
		return err
	}
	if err := b.Set(a.ctx, w, "bar", ref, false); err != nil {
		return err
	}
	ids, err := b.Rejudgeable(a.ctx, ref)
	if err != nil {
		return err
	}
	shown := newProgress(a)
	tell := shown.counting("cases moved")
	defer shown.clear()
	for i, id := range ids {
		if _, r, err := b.Rejudge(a.ctx, w, id, ref); err != nil && r.Problem == "" {
			return err
		}
		tell(int64(i + 1))
	}
	return settle(a.ctx, b)
}

func (c *reassessCmd) print(a *app, b *casebook.Book, v reassessView) error {
	if c.Format == "json" {
		return printJSON(a, v)
	}
	p := newPage(a.stdout)
	verb := map[bool]string{true: "changed", false: "would change"}[v.Applied]
	p.printf("%s\n", p.strong.Render(fmt.Sprintf("%s %s by %s", plural(len(v.Cases), "open case"), verb, v.Bar)))
	for _, r := range v.Cases {
		p.printf("%s  %s → %s  %s\n", r.Case, outcomeName(b, r.Bar, r.From), outcomeName(b, v.Bar, r.To), triage.Line(r.Title))
		if r.Problem != "" {
			p.paragraph(2, "stays with "+r.Bar+": "+triage.Line(r.Problem))
		}
		for _, f := range r.Findings {
			p.paragraph(2, fmt.Sprintf("finding %d: %s", f.Finding+1, rowsText(f)))
		}
	}
	if v.Stay > 0 {
		p.paragraph(0, fmt.Sprintf("Judged by another bar, and so left to it: %s. New cases are judged by %s once it is the casebook's.", plural(v.Stay, "open case"), v.Bar))
	}
	if !v.Applied {
		p.paragraph(0, "Nothing is changed; --apply does.")
	}
	return p.err
}

func rowsText(f casebook.FindingRejudged) string {
	if f.FromRow == f.ToRow && f.FromRow != "" {
		return f.FromRow + " is rated otherwise"
	}
	return orOpen(f.FromRow) + " → " + orOpen(f.ToRow)
}

func orOpen(row string) string {
	if row == "" {
		return "no row"
	}
	return row
}
