package evidence

import "bugbar/measure"

var attributeTable = table{
	order: []string{"id", "group", "truth", "pred", "baseline_pred", "confidence"},
	other: []string{"pred_model_only", "baseline_confidence"},
}

func attribute(r *reading) (measure.Result, error) {
	rows, err := load(r, r.files, attributeTable, r.attributeGuess)
	if err != nil {
		return measure.Result{}, err
	}
	return measure.Attribute(rows)
}

func (r *reading) attributeGuess(row Row) (g measure.AttributeGuess, err error) {
	if g.Control, err = r.isControl(row, "group"); err != nil {
		return g, err
	}
	if g.Truth, err = row.Label("the true value of the attribute", "truth"); err != nil {
		return g, err
	}
	if g.Guess, err = row.Label("the attacker's guess", "pred"); err != nil {
		return g, err
	}
	if g.Baseline, err = row.Label("the guess made without the model, by imputation", "baseline_pred"); err != nil {
		return g, err
	}
	g.ModelOnly = label(row.Optional("pred_model_only"))
	g.Confidence, err = row.OptionalNumber("confidence")
	return g, err
}
