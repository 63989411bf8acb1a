package measure

import (
	"errors"
	"math"
	"slices"
)

// AttributeGuess is an attacker's guess of a sensitive attribute of one record.
type AttributeGuess struct {
	Control    bool // the record was not in the training data
	Truth      string
	Guess      string  // with access to the model
	Baseline   string  // without: imputed from what the attacker knew anyway
	ModelOnly  string  // from the model's answers alone; empty where not recorded
	Confidence float64 // of Guess, higher is surer; NaN where not recorded
}

// Attribute measures attribute inference on the records of the training data (Jayaraman and Evans 2022,
// "Are attribute inference attacks just imputation?"). What counts is the gain over imputation, paired
// by record, and the advantage over control records (Yeom et al. 2018, definition 5). ppv@top10 is the
// share of right guesses among the tenth of which the attacker is surest, the paper's PPV of top records.
func Attribute(rows []AttributeGuess) (Result, error) {
	var members, controls []AttributeGuess
	for _, row := range rows {
		if row.Control {
			controls = append(controls, row)
		} else {
			members = append(members, row)
		}
	}
	if len(members) == 0 {
		return Result{}, errors.New("attribute: no record of the training data")
	}
	r := attribute(members)
	if len(controls) == 0 {
		r.Missing["advantage"] = "control records that were not in the training data: column group with member and nonmember"
		r.warn("no control records: what the model tells of the whole population counts for the attack")
		return r, nil
	}
	r.addAdvantage(attribute(controls))
	r.stratum("group", "member", attribute(members))
	r.stratum("group", "control", attribute(controls))
	return r, nil
}

// addAdvantage compares members with controls. risk is the share of what a control leaves open that the
// training record gives away (Giomi et al. 2023, Anonymeter, equation 4).
func (r *Result) addAdvantage(control Result) {
	n1, k1 := r.N["records"], r.N["correct"]
	n0, k0 := control.N["records"], control.N["correct"]
	a, c := share(k1, n1), share(k0, n0)
	r.N["controls"], r.N["controls_correct"] = n0, k0
	r.Metrics["control_accuracy"] = exact(k0, n0)
	r.Metrics["advantage"] = within(a-c, n1+n0, Newcombe(k1, n1, k0, n0, Level))
	if c < 1 {
		r.Metrics["risk"] = bare((a-c)/(1-c), n1+n0, "anonymeter")
	}
}

func attribute(rows []AttributeGuess) Result {
	r := newResult("attribute")
	guesses, pairs := newConfusion(), Pairs{}
	modelOnly, hits := 0, 0
	for _, row := range rows {
		guesses.add(row.Truth, row.Guess)
		pairs.Add(row.Guess == row.Truth, row.Baseline == row.Truth)
		if row.ModelOnly != "" {
			modelOnly++
		}
		if row.ModelOnly != "" && row.ModelOnly == row.Truth {
			hits++
		}
	}
	r.N["records"], r.N["correct"] = len(rows), pairs.Attack()
	r.N["attack_only"], r.N["baseline_only"] = pairs.AttackOnly, pairs.BaselineOnly
	r.Metrics["accuracy"] = exact(pairs.Attack(), len(rows))
	r.Metrics["accuracy_wilson"] = score(pairs.Attack(), len(rows))
	r.Metrics["baseline_accuracy"] = exact(pairs.Baseline(), len(rows))
	r.Metrics["majority_accuracy"] = exact(guesses.majority(), len(rows))
	if modelOnly > 0 {
		r.Metrics["model_only_accuracy"] = exact(hits, modelOnly)
	}
	r.addPairs("", pairs)
	r.addClasses(guesses)
	r.addSurest(rows)
	return r
}

const shownClasses = 50 // with more, recall per class is no longer read

// addClasses adds what the confusion of truth and guess tells.
func (r *Result) addClasses(c *confusion) {
	r.Metrics["balanced_accuracy"] = meanOfProportions(c.recalls())
	r.Metrics["mcc"] = bare(c.mcc(), c.n, "gorodkin")
	if len(c.classes()) == 1 {
		r.warn("every record has the same attribute: a constant guess is always right")
	}
	if len(c.labels) > shownClasses {
		r.warn("%d values of the attribute: recall and ppv of each are left out", len(c.labels))
		return
	}
	for _, label := range c.labels {
		if n := c.truth[label]; n > 0 {
			r.Metrics["recall@"+label] = exact(c.right(label), n)
		}
		if n := c.answer[label]; n > 0 {
			r.Metrics["ppv@"+label] = exact(c.right(label), n)
		}
	}
}

// addSurest adds ppv@top10, the paired gain over the baseline on the same records, and the calibration.
func (r *Result) addSurest(rows []AttributeGuess) {
	sorted := slices.Clone(rows)
	slices.SortStableFunc(sorted, func(a, b AttributeGuess) int {
		switch {
		case a.Confidence > b.Confidence:
			return -1
		case a.Confidence < b.Confidence:
			return 1
		}
		return 0
	})
	if slices.ContainsFunc(rows, func(g AttributeGuess) bool { return math.IsNaN(g.Confidence) }) {
		r.Missing["ppv@top10"] = "column confidence, filled in every row: how sure the attacker is of each guess"
		return
	}
	var pairs Pairs
	top := max(1, len(sorted)/10)
	cut := sorted[top-1].Confidence
	for _, row := range sorted {
		if row.Confidence < cut {
			break
		}
		pairs.Add(row.Guess == row.Truth, row.Baseline == row.Truth)
	}
	r.Metrics["ppv@top10"] = exact(pairs.Attack(), pairs.N())
	r.addPairs("@top10", pairs)
	if pairs.N() > top {
		r.warn("ties in confidence: the top tenth holds %d records instead of %d", pairs.N(), top)
	}
	r.addCurves(calibration(sorted))
}

// calibration is how often a guess is right against how sure the attacker is of it, in ten parts of
// equal size, the surest first in the sorted rows and last on the curve.
func calibration(sorted []AttributeGuess) Curve {
	curve := Curve{ID: "calibration", Label: "attack", X: "confidence", Y: "accuracy"}
	parts := min(10, len(sorted))
	for part := parts - 1; part >= 0; part-- {
		rows := sorted[part*len(sorted)/parts : (part+1)*len(sorted)/parts]
		right, sum := 0, 0.0
		for _, row := range rows {
			sum += row.Confidence
			if row.Guess == row.Truth {
				right++
			}
		}
		curve.Points = append(curve.Points, Point{sum / float64(len(rows)), exact(right, len(rows))})
	}
	return curve
}
