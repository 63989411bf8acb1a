package measure

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
)

// PartialAUC is the mean TPR over the false-positive rates up to a limit: the partial area divided by
// the limit (Dodd and Pepe 2003). An attack that knows nothing reaches half of the limit. Its interval
// is on the logit scale, from the variance of the placements. It is an error if the limit leaves no
// false positive.
func (r *ROC) PartialAUC(fpr, level float64) (Metric, error) {
	top := min(allowedFalsePositives(fpr, len(r.nonmembers.values)), len(r.nonmembers.values))
	if top == 0 {
		needs := int(math.Ceil(1 / fpr))
		return Metric{}, &TooFewError{FPR: fpr, Has: len(r.nonmembers.values), Needs: needs}
	}
	beating, beaten := r.topPlacements(top)
	value := stat.Mean(beating, nil)
	atLimit := beating[top-1]
	for j := range beating { // what a non-member adds to the area, less what it moves the limit
		beating[j] = (beating[j] - atLimit) * float64(len(r.nonmembers.values)) / float64(top)
	}
	auc := AUC{Value: value, SE: r.topSE(beaten, beating), smaller: min(len(r.members.values), top)}
	interval := auc.Interval(level)
	interval.Method = "placements-logit"
	return within(value, len(r.members.values)+len(r.nonmembers.values), interval), nil
}

// topPlacements returns, for each of the top non-members, the fraction of members that beat it and,
// for each member that beats one of them, the fraction of them that it beats, ties counting one half.
func (r *ROC) topPlacements(top int) (beating, beaten []float64) {
	n1, tp, fp := float64(len(r.members.values)), 0, 0
	beating, beaten = make([]float64, 0, top), make([]float64, 0, r.members.above(r.nonmembers.values[top-1]))
	for s := range r.steps {
		if fp >= top {
			break
		}
		zeros := min(s.nonmembers, top-fp)
		for range zeros {
			beating = append(beating, (float64(tp)+float64(s.members)/2)/n1)
		}
		for range s.members {
			beaten = append(beaten, (float64(top-fp)-float64(zeros)/2)/float64(top))
		}
		tp, fp = tp+s.members, fp+zeros
	}
	return beating, beaten
}

// topSE is the standard error of the sum of two means: of a quantity over the members and one over
// the non-members. Both are given for the top scores and zero for the rest.
func (r *ROC) topSE(members, nonmembers []float64) float64 {
	if r.records == 0 {
		return math.Sqrt(varianceOfMean(members, len(r.members.values)) +
			varianceOfMean(nonmembers, len(r.nonmembers.values)))
	}
	terms := make([]float64, r.records)
	r.members.addByRecord(terms, members)
	r.nonmembers.addByRecord(terms, nonmembers)
	return clusteredSE(terms)
}

// addByRecord adds each score's deviation from the mean, over the number of scores, to its record.
func (s *sample) addByRecord(terms, top []float64) {
	n := float64(len(s.values))
	average := floats.Sum(top) / n
	for i, value := range top {
		terms[s.records[i]] += value / n
	}
	for record, size := range s.sizes {
		terms[record] -= average * size / n
	}
}

// varianceOfMean is the squared standard error of the mean of n values, those given and zeros.
func varianceOfMean(values []float64, n int) float64 {
	average := floats.Sum(values) / float64(n)
	squares := average * average * float64(n-len(values))
	for _, v := range values {
		squares += (v - average) * (v - average)
	}
	return squares / float64(n-1) / float64(n)
}
