package evidence

import "bugbar/measure"

var theftTable = table{
	order: []string{"id", "queries", "target", "surrogate", "baseline", "truth"},
	other: []string{"surrogate_top", "adversarial_surrogate", "adversarial_target"},
}

func theft(r *reading) (measure.Result, error) {
	rows, err := load(r, r.files, theftTable, stolenAnswer)
	if err != nil {
		return measure.Result{}, err
	}
	return measure.Theft(rows)
}

func stolenAnswer(row Row) (a measure.StolenAnswer, err error) {
	if a.Target, err = row.Label("the answer of the attacked model", "target"); err != nil {
		return a, err
	}
	if a.Surrogate, err = row.Label("the answer of the model made from its answers", "surrogate"); err != nil {
		return a, err
	}
	if a.Baseline, err = row.Label("the answer of a model made without the target's answers", "baseline"); err != nil {
		return a, err
	}
	a.Truth = label(row.Optional("truth"))
	a.AdversarialSurrogate = label(row.Optional("adversarial_surrogate"))
	a.AdversarialTarget = label(row.Optional("adversarial_target"))
	for _, item := range row.List("surrogate_top") {
		a.Top = append(a.Top, label(item))
	}
	a.Queries, err = row.OptionalNumber("queries")
	return a, err
}
