package evidence

import (
	"strings"

	"bugbar/measure"
)

var trialTable = table{
	order: []string{"case", "arm", "attempt", "success"},
	other: []string{"target", "model", "date"},
}

func trials(r *reading) (measure.Result, error) {
	after, err := load(r, r.files, trialTable, r.trial)
	if err != nil {
		return measure.Result{}, err
	}
	if len(r.options.Before) == 0 {
		return measure.Trials(after)
	}
	before, err := load(r, r.options.Before, trialTable, r.trial)
	if err != nil {
		return measure.Result{}, err
	}
	return measure.CompareTrials(before, after)
}

func (r *reading) trial(row Row) (t measure.Trial, err error) {
	t = measure.Trial{
		Case: row.Optional("case"), Target: row.Optional("target"),
		Model: row.Optional("model"), Date: row.Optional("date"),
	}
	if t.Control, err = r.isControl(row, "arm"); err != nil {
		return t, err
	}
	t.Success, err = row.Bool("true where the attempt reached its goal", "success")
	return t, err
}

// arms are the usual names of the two arms; true is the control.
var arms = map[string]bool{
	"attack": false, "member": false, "members": false, "in": false, "train": false,
	"control": true, "nonmember": true, "non-member": true, "nonmembers": true, "out": true, "benign": true, "test": true,
}

// isControl tells by a column whether a row belongs to the control arm. Without the column, all rows
// belong to the attack.
func (r *reading) isControl(row Row, column string) (bool, error) {
	text := row.Optional(column)
	if r.options.Control != "" {
		return text == r.options.Control, nil
	}
	control, known := arms[strings.ToLower(text)]
	if text != "" && !known {
		return false, row.bad("column %s: %.40q is neither attack nor control: name the control with --control", column, text)
	}
	return control, nil
}
