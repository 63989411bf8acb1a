package main

import (
	"fmt"
	"os"
	"strings"

	"bugbar/internal/suggest"
	"bugbar/internal/suggest/eval"
)

type evalCmd struct {
	Cases         string `arg:"" help:"Labelled cases, a JSON object a line, or a folder of such files."`
	CrossValidate bool   `help:"Train on four fifths and answer the last fifth, five times, beside two baselines."`
	Format        string `help:"text or json." enum:"text,json" default:"text"`
	Chart         string `help:"Write calibration and coverage as SVG to FILE." placeholder:"FILE"`
	suggesterFlag
	barFlag
}

// Help is shown by bugbar eval --help.
func (evalCmd) Help() string {
	return "Measures a suggester on cases with id, title, text, facts and outcome.\n" +
		"Figures on cases that a model was trained on say nothing about others; --cross-validate does."
}

func (c *evalCmd) Run(a *app) error {
	b, err := c.barFlag.load()
	if err != nil {
		return err
	}
	cases, err := eval.Load(b, c.Cases)
	if err != nil {
		return err
	}
	var reports []*eval.Report
	if c.CrossValidate {
		const seed = 1
		reports, err = eval.CrossValidate(a.ctx, b, cases, seed)
	} else {
		var s suggest.Suggester
		if s, err = c.suggesterFlag.load(b, true); err != nil {
			return err
		}
		var r *eval.Report
		r, err = eval.Measure(a.ctx, b, c.Suggester, cases, func(suggest.Case) suggest.Suggester { return s })
		reports = []*eval.Report{r}
		c.warn(a, s, cases)
	}
	if err != nil {
		return err
	}
	if c.Chart != "" {
		if err := os.WriteFile(c.Chart, eval.Chart(reports[0], b.EntryPoint()), 0o644); err != nil {
			return err
		}
	}
	if c.Format == "json" {
		reports[0].Baselines = reports[1:]
		return printJSON(a, reports[0])
	}
	p := newPage(a.stdout)
	for _, r := range reports {
		p.measured(r)
	}
	return p.err
}

// warn says so where a model is measured on what it was trained on.
func (c *evalCmd) warn(a *app, s suggest.Suggester, cases []suggest.Case) {
	m, ok := s.(*suggest.Model)
	seen := 0
	for _, labelled := range cases {
		if ok && m.Saw(labelled.Text) {
			seen++
		}
	}
	if seen > 0 {
		fmt.Fprintf(a.stderr, "bugbar: the model was trained on %d of these %d cases\nhint: --cross-validate\n", seen, len(cases))
	}
}

// measured shows a measurement: a line for each decision point, and the calibration of the first.
func (p *page) measured(r *eval.Report) {
	p.printf("\n%s\n", p.strong.Render(fmt.Sprintf("%s, %d cases", r.Suggester, r.Cases)))
	rows := [][]string{{"", "cases", "accuracy", "95 %", "macro-F1", "proposed", "precision", "at 95 %", "ECE"}}
	for _, name := range r.Names() {
		m := r.Points[name]
		rows = append(rows, []string{
			name, fmt.Sprint(m.Cases), percent(m.Accuracy), bounds(m.AccuracyInterval), fmt.Sprintf("%.3f", m.MacroF1),
			percent(m.Proposed), percent(m.Precision), percent(m.CoverageAt95), fmt.Sprintf("%.3f", m.ECE),
		})
	}
	rows = append(rows, []string{"outcome", fmt.Sprint(r.Outcome.Cases), percent(r.Outcome.Agreement), bounds(r.Outcome.AgreementInterval), ""})
	p.table(rows)
}

func percent(x float64) string { return fmt.Sprintf("%.1f %%", 100*x) }

func bounds(i eval.Interval) string {
	return strings.Join([]string{fmt.Sprintf("%.1f", 100*i[0]), fmt.Sprintf("%.1f", 100*i[1])}, "–")
}
