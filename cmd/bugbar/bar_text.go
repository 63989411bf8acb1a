package main

import (
	"fmt"
	"slices"
	"strings"

	"bugbar/bar"
)

// row shows one row in full.
func (p *page) row(b *bar.Bar, r *bar.Row) {
	p.printf("%s  %s  %s\n", p.strong.Render(r.ID), r.Outcome, p.faint.Render(b.Ref()))
	p.paragraph(2, r.Text)
	p.heading("Fires on")
	for _, point := range b.Points {
		if values := r.When[point.ID]; values != nil {
			p.item(point.ID, len(point.ID)+2, strings.Join(values, " | "))
		}
	}
	if r.BaseOutcome != "" {
		p.heading("Overrides")
		p.paragraph(2, fmt.Sprintf("%s says %s. %s", b.BaseOf(r).Ref(), r.BaseOutcome, r.Because))
	}
	if s := b.Section(r.Section); s.ID != "" {
		p.heading("Source: " + s.Title)
		p.paragraph(2, s.Text)
	}
}

// point shows how one question is decided.
func (p *page) point(b *bar.Bar, point *bar.Point) {
	p.printf("%s  %s\n", p.strong.Render(point.Question), p.faint.Render(point.ID+" in "+b.Ref()))
	p.heading("Why it matters")
	p.paragraph(2, point.Why)
	p.heading("How to decide")
	p.paragraph(2, point.How)
	heading := "Values"
	if point.Ordered {
		heading += ", from the mildest to the worst"
	}
	p.heading(heading)
	rows := make([][]string, 0, len(point.Values))
	for _, v := range point.Values {
		rows = append(rows, []string{v.ID, v.Text})
	}
	p.table(rows)
	p.heading("Worked examples")
	for _, e := range point.Examples {
		p.paragraph(2, e.Story)
		p.paragraph(4, fmt.Sprintf("→ %s=%s: %s %s", point.ID, e.Answer, e.Outcome, e.Row))
	}
	p.equivalents(b, point)
}

func (p *page) equivalents(b *bar.Bar, point *bar.Point) {
	var rows [][]string
	for _, m := range b.Mappings {
		if m.Point == point.ID {
			rows = append(rows, []string{m.Value, m.Taxonomy + " " + m.Edition, strings.TrimSpace(fmt.Sprintf("%s %s (%s)", m.ID, m.Name, m.Relation))})
		}
	}
	if rows != nil {
		p.heading("In other taxonomies")
		p.table(rows)
	}
}

// bar shows a whole bar: what it asks and what its rows say.
func (p *page) bar(b *bar.Bar) {
	p.printf("%s  %s\n", p.strong.Render(b.Title), p.faint.Render(b.Ref()))
	p.paragraph(2, b.Summary)
	p.heading("Decision points")
	rows := make([][]string, 0, len(b.Points))
	for _, point := range b.Points {
		rows = append(rows, []string{point.ID, point.Question})
	}
	p.table(rows)
	for _, t := range b.Tables {
		if slices.ContainsFunc(t.Rows, func(r *bar.Row) bool { return r.ID != "" }) {
			p.heading("Table " + t.ID)
			p.tableRows(t)
		}
	}
	p.printf("\n%s\n", p.faint.Render("bugbar bar show ROW and bugbar bar show POINT tell more."))
}

func (p *page) tableRows(t *bar.Table) {
	rows := make([][]string, 0, len(t.Rows))
	for _, r := range t.Rows {
		if r.ID != "" {
			rows = append(rows, []string{r.ID, r.Outcome, r.Condition()})
		}
	}
	p.table(rows)
}
