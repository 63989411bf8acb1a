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
func (r *ROC) AUC() AUC { return r.survey().auc() }

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
