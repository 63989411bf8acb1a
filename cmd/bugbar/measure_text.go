package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"bugbar/assess"
	"bugbar/internal/triage"
	"bugbar/measure"
)

// visibleLine makes text from a file safe to print within a line.
func visibleLine(text string) string { return triage.Line(text) }

func printMeasurement(a *app, m measurement) error {
	p := newPage(a.stdout)
	p.printf("%s\n", p.strong.Render(strings.ToUpper(m.Kind)))
	for _, s := range m.Source {
		p.paragraph(2, fmt.Sprintf("%s  %s", visibleLine(s.File), p.faint.Render(shortDigest(s.Digest))))
	}
	p.paragraph(2, counts(m.N))
	p.metrics(m.Result)
	p.strata(m.Result)
	p.listed("Not measured", missingLines(m.Missing))
	p.listed("Mind", m.Warnings)
	if m.Judgement != nil {
		p.judgement(*m.Judgement)
	}
	return p.err
}

func shortDigest(digest string) string { return digest[:min(len(digest), len("sha256:")+12)] }

func counts(n map[string]int) string {
	var parts []string
	for _, role := range slices.Sorted(maps.Keys(n)) {
		parts = append(parts, fmt.Sprintf("%s %d", strings.ReplaceAll(role, "_", " "), n[role]))
	}
	return strings.Join(parts, ", ")
}

// metrics shows those with an interval first, which a verdict may rest on, and then the bare numbers.
func (p *page) metrics(r measure.Result) {
	var bounded, bare [][]string
	for _, id := range slices.Sorted(maps.Keys(r.Metrics)) {
		m := r.Metrics[id]
		row := []string{visibleLine(id), m.String(), fmt.Sprintf("n=%d  %s", m.N, m.Method)}
		if m.Level > 0 {
			bounded = append(bounded, row)
		} else {
			bare = append(bare, row)
		}
	}
	if bounded != nil {
		p.heading("Metrics, with 95 % intervals")
		p.table(bounded)
	}
	if bare != nil {
		p.heading("Numbers without an interval")
		p.table(bare)
	}
}

// shownInStrata are the metrics by which strata are set side by side, as far as they have them.
var shownInStrata = []string{
	"auc", "balanced_accuracy", "tpr@0.01", "tpr@0.001", "certified_tpr@0.01",
	"rate", "control_rate", "baseline_rate", "fidelity", "baseline_fidelity", "accuracy", "baseline_accuracy", "gain",
}

const maxStrataColumns = 4 // more are broken by the terminal

func (p *page) strata(r measure.Result) {
	if len(r.Strata) == 0 {
		return
	}
	ids := slices.DeleteFunc(slices.Clone(shownInStrata), func(id string) bool {
		return !slices.ContainsFunc(r.Strata, func(s measure.Stratum) bool { return has(s.Metrics, id) })
	})
	ids = ids[:min(len(ids), maxStrataColumns)]
	by := ""
	var columns *tabwriter.Writer
	for _, s := range r.Strata {
		if s.By != by {
			if columns != nil {
				columns.Flush()
			}
			by = s.By
			p.heading("By " + visibleLine(by))
			columns = tabwriter.NewWriter(p.w, 0, 0, 2, ' ', 0)
			fmt.Fprintf(columns, "  \t%s\n", strings.Join(ids, "\t"))
		}
		fmt.Fprintf(columns, "  %s\t%s\n", visibleLine(s.Value), strings.Join(cells(s.Metrics, ids), "\t"))
	}
	if err := columns.Flush(); p.err == nil {
		p.err = err
	}
}

func cells(metrics map[string]measure.Metric, ids []string) (texts []string) {
	for _, id := range ids {
		text := "-"
		if has(metrics, id) {
			text = metrics[id].String()
		}
		texts = append(texts, text)
	}
	return texts
}

func has(metrics map[string]measure.Metric, id string) bool {
	_, there := metrics[id]
	return there
}

func missingLines(missing map[string]string) (lines []string) {
	for _, id := range slices.Sorted(maps.Keys(missing)) {
		lines = append(lines, fmt.Sprintf("%s needs %s", id, missing[id]))
	}
	return lines
}

func (p *page) listed(heading string, lines []string) {
	if len(lines) == 0 {
		return
	}
	p.heading(heading)
	for _, line := range lines {
		p.item("-", 2, visibleLine(line))
	}
}

// judgement shows the fact with the evidence that it rests on.
func (p *page) judgement(j assess.Judgement) {
	p.heading(fmt.Sprintf("%s: %s", j.Point, strings.ToUpper(j.Answer)))
	p.paragraph(2, fmt.Sprintf("By cut %s of %s. %s", j.Cut, j.Bar, j.Text))
	var rows [][]string
	for _, c := range j.Checks {
		rows = append(rows, []string{c.Metric, c.Demand, c.Found.String(), c.Answer})
	}
	p.table(rows)
	if j.Needs != "" {
		p.paragraph(2, "Needs: "+j.Needs+".")
	}
}
