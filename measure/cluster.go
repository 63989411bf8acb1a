package measure

import (
	"math"
	"slices"
)

// Scores of one record by many models rise and fall together. What follows counts records, not
// scores: standard errors from sums by record, and effective sample sizes from those.

// countRecords notes the number of records and how many scores each has of either class.
func (r *ROC) countRecords() {
	classes := []*sample{&r.members, &r.nonmembers}
	for _, s := range classes {
		r.records = max(r.records, int(slices.Max(s.records))+1)
	}
	for _, s := range classes {
		s.sizes = make([]float64, r.records)
		for _, record := range s.records {
			s.sizes[record]++
		}
	}
}

// clusteredSE is the standard error of a sum over records of independent terms with mean zero.
func clusteredSE(terms []float64) float64 {
	squares, n := 0.0, float64(len(terms))
	for _, term := range terms {
		squares += term * term
	}
	return math.Sqrt(squares * n / (n - 1))
}

// designEffects are those of the true and of the false positives when the k+1 highest non-members
// mark the threshold.
func (r *ROC) designEffects(k int) (members, nonmembers float64) {
	if r.records == 0 {
		return 1, 1
	}
	hits := r.members.above(r.nonmembers.values[k])
	return r.members.designEffect(hits), r.nonmembers.designEffect(k + 1)
}

// designEffect is how many times the variance of the fraction of the top scores, out of all in the
// sample, exceeds that of independent scores (Kish 1965), and at least 1. Where the fraction is 0 or 1
// the sample cannot tell, and a record counts once.
func (s *sample) designEffect(top int) float64 {
	n := float64(len(s.values))
	if top == 0 || top == len(s.values) {
		return max(1, n/float64(len(s.sizes)))
	}
	p, terms := float64(top)/n, make([]float64, len(s.sizes))
	for _, record := range s.records[:top] {
		terms[record]++
	}
	for record, size := range s.sizes {
		terms[record] -= p * size
	}
	se := clusteredSE(terms)
	return max(1, se*se/(n*p*(1-p)))
}
