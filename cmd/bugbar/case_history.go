package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/charmbracelet/lipgloss"

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
	for _, e := range events {
		actor := "casebook"
		if e.Actor != 0 {
			actor = cmp.Or(called.of(a.ctx, e.Actor), "reporter")
		}
		p.printf("%3d  %s  %s  %s\n", e.Seq, when(e.At), actor, e.Kind)
		if err := p.payload(e.Payload); err != nil {
			return err
		}
	}
	return p.err
}

// payload shows what an event says. What is empty is left out; --format json has it.
func (p *page) payload(payload []byte) error {
	var all map[string]any
	d := json.NewDecoder(bytes.NewReader(payload))
	d.UseNumber()
	if err := d.Decode(&all); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if text := wording(all[name]); text != "" {
			label := "     " + triage.Visible(name) + ": "
			p.item(label, lipgloss.Width(label), triage.Visible(text))
		}
	}
	return nil
}

// wording is a value in words that wrap: what holds others stands in braces, and what is empty is left out.
func wording(value any) string {
	var parts []string
	switch v := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if text := wording(v[name]); text != "" {
				parts = append(parts, name+" "+text)
			}
		}
		if len(parts) == 0 {
			return ""
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		for _, element := range v {
			parts = append(parts, wording(element))
		}
		return strings.Join(parts, ", ")
	case json.Number:
		if n, err := v.Int64(); err == nil && n >= 1e12 { // no other number of an event is as large as a time
			return when(n)
		}
		return v.String()
	case nil:
		return ""
	}
	return fmt.Sprint(value)
}
