package measure

// LabelOnly measures an attack that says member or not without a score, such as the gap attack, which
// takes a record for a member when the model gets its label right (Yeom et al. 2018, adversary 1 with
// the 0-1 loss). The slices belong together, element by element. The error is ErrOneClass or says
// that the lengths differ.
func LabelOnly(predicted, member []bool) (Result, error) {
	scores := make([]float64, len(predicted))
	for i, p := range predicted {
		if p {
			scores[i] = 1
		}
	}
	labelled, err := NewScores(scores, member)
	if err != nil {
		return Result{}, err
	}
	roc, err := labelled.ROC()
	if err != nil {
		return Result{}, err
	}
	return roc.AtThreshold(1).result(), nil
}

// result reports a point whose threshold was fixed beforehand.
func (p OperatingPoint) result() Result {
	advantage, n := Newcombe(p.TP, p.Members, p.FP, p.NonMembers, Level), p.Members+p.NonMembers
	accuracy := Interval{
		Lo: (1 + advantage.Lo) / 2, Hi: (1 + advantage.Hi) / 2, Level: Level, Method: advantage.Method,
	}
	r := newResult("membership")
	r.N = map[string]int{"members": p.Members, "nonmembers": p.NonMembers}
	r.Metrics["tpr"] = exact(p.TP, p.Members)
	r.Metrics["fpr"] = exact(p.FP, p.NonMembers)
	r.Metrics["advantage"] = within(p.Advantage(), n, advantage)
	r.Metrics["balanced_accuracy"] = within(p.BalancedAccuracy(), n, accuracy)
	return r
}

// LossThreshold measures the attack of Yeom (see ROC.Yeom) on negated losses. It sorts them where they
// are. The error is ErrOneClass.
func LossThreshold(scores *Scores) (Result, error) {
	roc, err := scores.ROC()
	if err != nil {
		return Result{}, err
	}
	point := roc.Yeom()
	r := point.result()
	r.Metrics["accuracy"] = exact(point.TP+point.NonMembers-point.FP, point.Members+point.NonMembers)
	r.Warnings = append(r.Warnings, scores.notes...)
	if scores.nan > 0 {
		r.warn("%d scores were not a number and are left out", scores.nan)
	}
	if roc.records > 0 {
		r.warn("each record has several scores, and the intervals count them as independent")
	}
	return r, nil
}

// Yeom returns the loss-threshold attack of Yeom et al. 2018 (adversary 1 with a bounded loss): every
// record that scores at least the members' mean is taken for a member. With negated losses as scores
// that is the mean training loss, which the adversary is assumed to know.
func (r *ROC) Yeom() OperatingPoint {
	mean := 0.0
	for i, score := range r.members.values {
		mean += (score - mean) / float64(i+1)
	}
	return r.AtThreshold(mean)
}

// Accuracy is the fraction of records that are told right.
func (p OperatingPoint) Accuracy() float64 {
	return float64(p.TP+p.NonMembers-p.FP) / float64(p.Members+p.NonMembers)
}
