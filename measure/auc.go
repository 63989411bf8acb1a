package measure

import "math"

// AUC is the area under a ROC curve: the chance that a member scores higher than a non-member, ties
// counting one half.
type AUC struct {
	Value float64
	// SE is the standard error: DeLong, DeLong and Clarke-Pearson 1988, equation 6, or Obuchowski
	// 1997, equation 4, where scores are clustered by record. It is NaN for fewer than two of a kind.
	SE float64

	smaller int // the size of the smaller class, in records
}

// AUC measures the area under the curve.
func (r *ROC) AUC() AUC {
	pairs, fp := 0, 0 // pairs won, counted twice so that a tie is an integer
	n1, n0 := len(r.members.values), len(r.nonmembers.values)
	for s := range r.steps {
		pairs += s.members * (2*(n0-fp-s.nonmembers) + s.nonmembers)
		fp += s.nonmembers
	}
	auc := AUC{Value: float64(pairs) / 2 / float64(n1) / float64(n0), smaller: min(n1, n0)}
	if r.clustered {
		auc.SE, auc.smaller = r.clusteredSE(auc.Value)
	} else {
		auc.SE = r.deLongSE(auc.Value)
	}
	return auc
}

// placements visits each distinct score with how far above the AUC the fraction of non-members lies
// that a member with this score beats, and the fraction of members that beat such a non-member.
func (r *ROC) placements(auc float64, visit func(s step, member, nonmember float64)) {
	n1, n0 := float64(len(r.members.values)), float64(len(r.nonmembers.values))
	tp, fp := 0, 0
	for s := range r.steps {
		beaten := (n0 - float64(fp) - float64(s.nonmembers)/2) / n0
		beating := (float64(tp) + float64(s.members)/2) / n1
		visit(s, beaten-auc, beating-auc)
		tp, fp = tp+s.members, fp+s.nonmembers
	}
}

func (r *ROC) deLongSE(auc float64) float64 {
	var squares1, squares0 float64
	r.placements(auc, func(s step, member, nonmember float64) {
		squares1 += float64(s.members) * member * member
		squares0 += float64(s.nonmembers) * nonmember * nonmember
	})
	n1, n0 := float64(len(r.members.values)), float64(len(r.nonmembers.values))
	return math.Sqrt(squares1/(n1-1)/n1 + squares0/(n0-1)/n0)
}

// Wald returns the interval AUC +- z SE, cut to [0, 1]. It covers only 80 % near 1 in small samples.
func (a AUC) Wald(level float64) Interval {
	interval := Interval{Lo: 0, Hi: 1, Level: level, Method: "delong"}
	if !math.IsNaN(a.SE) {
		half := normalQuantile(0.5+level/2) * a.SE
		interval.Lo, interval.Hi = max(0, a.Value-half), min(1, a.Value+half)
	}
	return interval
}

// Logit returns the interval of log(AUC/(1-AUC)), brought back, which covers 93 to 97 % from 20 of
// each class on.
func (a AUC) Logit(level float64) Interval {
	interval := a.Wald(level)
	interval.Method = "delong-logit"
	if a.Value <= 0 || a.Value >= 1 || math.IsNaN(a.SE) {
		return interval
	}
	center := math.Log(a.Value / (1 - a.Value))
	half := normalQuantile(0.5+level/2) * a.SE / (a.Value * (1 - a.Value))
	interval.Lo, interval.Hi = logistic(center-half), logistic(center+half)
	return interval
}

// Interval is Logit, but where the sample shows no variance at all, as with perfect separation, it
// widens the point as the binomial would, by (1-level)/2 to the power of 1/n for n in the smaller class.
func (a AUC) Interval(level float64) Interval {
	if a.SE != 0 {
		return a.Logit(level)
	}
	shrink := math.Pow((1-level)/2, 1/float64(a.smaller))
	return Interval{
		Lo: a.Value * shrink, Hi: 1 - (1-a.Value)*shrink,
		Level: level, Method: "zero-variance",
	}
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// HanleyMcNeilSE is the standard error of an AUC from its value alone (Hanley and McNeil 1982,
// equation 1), which older papers print. Prefer AUC.SE.
func HanleyMcNeilSE(auc float64, members, nonmembers int) float64 {
	n1, n0 := float64(members), float64(nonmembers)
	q1, q2 := auc/(2-auc), 2*auc*auc/(1+auc)
	variance := auc*(1-auc) + (n1-1)*(q1-auc*auc) + (n0-1)*(q2-auc*auc)
	return math.Sqrt(variance / n1 / n0)
}
