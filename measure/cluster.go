package measure

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
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

// dependence is what clustering does to the rates at one threshold.
type dependence struct {
	// How many times the variance of the true- and of the false-positive rate exceeds that of as many
	// independent scores (Kish's design effect), each at least 1.
	members, nonmembers float64
	slope               float64 // by how much the one rate rises with the other from sample to sample
	shared              float64 // the part of the true-positive rate's variance that this explains
}

// dependence measures, by record, what happens at the threshold that the k+1 highest non-members mark.
func (r *ROC) dependence(k int) dependence {
	if r.records == 0 {
		return dependence{members: 1, nonmembers: 1}
	}
	hits := r.members.above(r.nonmembers.values[k])
	ones, zeros := r.members.deviations(hits), r.nonmembers.deviations(k+1)
	d := dependence{
		members: r.members.designEffect(hits, ones), nonmembers: r.nonmembers.designEffect(k+1, zeros),
	}
	covariance, varianceOne, varianceZero := floats.Dot(ones, zeros), floats.Dot(ones, ones), floats.Dot(zeros, zeros)
	if varianceOne > 0 && varianceZero > 0 {
		d.slope = covariance / varianceZero
		d.shared = covariance * d.slope / varianceOne
	}
	return d
}

// deviations are, for each record, how far its part of the top scores is from what it would be if all
// records had the same, as a part of all scores.
func (s *sample) deviations(top int) []float64 {
	n, terms := float64(len(s.values)), make([]float64, len(s.sizes))
	for _, record := range s.records[:top] {
		terms[record] += 1 / n
	}
	for record, size := range s.sizes {
		terms[record] -= float64(top) / n * size / n
	}
	return terms
}

// designEffect is that of the fraction of the top scores. Where it is 0 or 1 the sample cannot tell,
// and a record counts once.
func (s *sample) designEffect(top int, deviations []float64) float64 {
	n := float64(len(s.values))
	if top == 0 || top == len(s.values) {
		return max(1, n/float64(len(s.sizes)))
	}
	p, se := float64(top)/n, clusteredSE(deviations)
	return max(1, se*se*n/(p*(1-p)))
}
