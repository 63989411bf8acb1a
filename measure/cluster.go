package measure

import (
	"math"
	"slices"
)

// Scores of one record by many models rise and fall together. What follows counts records, not
// scores: standard errors from sums by record, and effective sample sizes from those.

// countRecords notes how many scores each record has. It is fastest before the scores are sorted.
func (s *sample) countRecords() {
	if len(s.records) == 0 {
		return
	}
	s.sizes = make([]float64, int(slices.Max(s.records))+1)
	for i := 0; i < len(s.records); {
		record, run := s.records[i], i
		for i < len(s.records) && s.records[i] == record {
			i++
		}
		s.sizes[record] += float64(i - run)
	}
}

// matchRecords lets both classes have the same records.
func (r *ROC) matchRecords() {
	r.records = max(len(r.members.sizes), len(r.nonmembers.sizes))
	for _, s := range []*sample{&r.members, &r.nonmembers} {
		s.sizes = append(s.sizes, make([]float64, r.records-len(s.sizes))...)
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

// marking is the place of the non-member that marks the threshold for a false-positive rate.
func (r *ROC) marking(fpr float64) int {
	n0 := len(r.nonmembers.values)
	return min(n0-1, allowedFalsePositives(fpr, n0))
}

// dependence measures, by record, what happens at the threshold that the k+1 highest non-members mark.
func (r *ROC) dependence(k int) dependence { return r.dependences([]int{k})[0] }

// dependences is dependence for each of several k, in ascending order.
func (r *ROC) dependences(ks []int) []dependence {
	found := make([]dependence, len(ks))
	ones, zeros := top{sample: &r.members}, top{sample: &r.nonmembers}
	for i, k := range ks {
		found[i] = dependence{members: 1, nonmembers: 1}
		if r.records > 0 {
			ones.grow(r.members.above(r.nonmembers.values[k]))
			zeros.grow(k + 1)
			found[i] = dependenceOf(&ones, &zeros)
		}
	}
	return found
}

// top is the highest scores of a sample.
type top struct {
	*sample
	n        int
	byRecord []float64 // how many of them each record has
}

func (t *top) grow(n int) {
	if t.byRecord == nil {
		t.byRecord = make([]float64, len(t.sizes))
	}
	for _, record := range t.records[t.n:n] {
		t.byRecord[record]++
	}
	t.n = n
}

// deviation is how far a record's part of the top scores is from what it would be if all records had the
// same, as a part of all scores.
func (t *top) deviation(record int) float64 {
	all := float64(len(t.values))
	return (t.byRecord[record]*all - float64(t.n)*t.sizes[record]) / (all * all)
}

func dependenceOf(ones, zeros *top) dependence {
	var covariance, varianceOne, varianceZero float64
	for record := range ones.sizes {
		one, zero := ones.deviation(record), zeros.deviation(record)
		covariance += one * zero
		varianceOne += one * one
		varianceZero += zero * zero
	}
	d := dependence{members: ones.designEffect(varianceOne), nonmembers: zeros.designEffect(varianceZero)}
	if varianceOne > 0 && varianceZero > 0 {
		d.slope = covariance / varianceZero
		d.shared = covariance * d.slope / varianceOne
	}
	return d
}

// designEffect is that of the fraction of the top scores, by the sum of the squared deviations. Where the
// fraction is 0 or 1 the sample cannot tell, and a record counts once.
func (t *top) designEffect(squares float64) float64 {
	n, records := float64(len(t.values)), float64(len(t.sizes))
	if t.n == 0 || t.n == len(t.values) {
		return max(1, n/records)
	}
	p := float64(t.n) / n
	return max(1, squares*records/(records-1)*n/(p*(1-p)))
}
