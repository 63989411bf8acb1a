package evidence

import "bugbar/measure"

var perturbationTable = table{
	order: []string{"id", "label", "clean", "adversarial"},
	other: []string{"epsilon", "noise", "goal", "success", "baseline_success", "linf", "l2", "l0", "queries"},
}

func perturbation(r *reading) (measure.Result, error) {
	rows, err := load(r, r.files, perturbationTable, perturbedInput)
	if err != nil {
		return measure.Result{}, err
	}
	return measure.Perturbation(rows)
}

func perturbedInput(row Row) (p measure.PerturbedInput, err error) {
	for _, column := range []struct {
		name string
		into *float64
	}{{"epsilon", &p.Epsilon}, {"linf", &p.Linf}, {"l2", &p.L2}, {"l0", &p.L0}, {"queries", &p.Queries}} {
		if *column.into, err = row.OptionalNumber(column.name); err != nil {
			return p, err
		}
	}
	truth, err := row.Label("the right answer", "label")
	if err != nil {
		return p, err
	}
	clean, err := row.Label("the answer to the clean input", "clean")
	if err != nil {
		return p, err
	}
	p.Correct = clean == truth
	if p.Success, err = turned(row, truth, "the answer to the perturbed input", "adversarial", "success"); err != nil {
		return p, err
	}
	if p.HasBaseline = row.Has("noise", "baseline_success"); p.HasBaseline {
		p.Baseline, err = turned(row, truth, "the answer to random noise", "noise", "baseline_success")
	}
	return p, err
}

// turned tells whether an answer, or the recorded outcome where there is one, is a success: the goal of a
// targeted attack, and any wrong answer otherwise.
func turned(row Row, truth, what, answer, outcome string) (bool, error) {
	if row.Has(outcome) {
		return row.Bool("true where the attack succeeded", outcome)
	}
	got, err := row.Label(what, answer)
	if err != nil {
		return false, err
	}
	if goal := label(row.Optional("goal")); goal != "" {
		return got == goal, nil
	}
	return got != truth, nil
}
