package main

import (
	"cmp"
	"fmt"

	"bugbar/internal/casebook"
	"bugbar/internal/triage"
)

// historyPage is how many events are read at once.
const historyPage = 500

// history shows the events of a case, as far as who looks may see them.
func (c *caseCmd) history(a *app, b *casebook.Book, by casebook.Actor) error {
	length, err := b.Length(a.ctx, c.ID)
	if err != nil {
		return err
	}
	events := []casebook.Event{}
	for after := int64(0); after < length; after += historyPage {
		more, err := b.History(a.ctx, by, c.ID, after, historyPage)
		if err != nil {
			return err
		}
		events = append(events, more...)
	}
	if c.Format == "json" {
		return printJSON(a, events)
	}
	p, called := newPage(a.stdout), newNames(b)
	rows := make([][]string, len(events))
	for i, e := range events {
		actor := "casebook"
		if e.Actor != 0 {
			actor = cmp.Or(called.of(a.ctx, e.Actor), "reporter")
		}
		rows[i] = []string{fmt.Sprint(e.Seq), when(e.At), actor, e.Kind, triage.Visible(string(e.Payload))}
	}
	p.table(rows)
	return p.err
}
