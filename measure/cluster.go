package measure

import "math"

// Scores of one record by many models rise and fall together. What follows counts records, not
// scores: standard errors from sums by record, and effective sample sizes from those.

// records is one more than the highest record number in the scores.
func (r *ROC) records() int {
	highest := uint32(0)
	for _, s := range []*sample{&r.members, &r.nonmembers} {
		for _, record := range s.records {
			highest = max(highest, record)
		}
	}
	return int(highest) + 1
}

// clusteredSE is the standard error of the AUC with scores clustered by record, and the number of
// records.
func (r *ROC) clusteredSE(auc float64) (se float64, records int) {
	sums := make([]float64, r.records())
	n1, n0 := float64(len(r.members.values)), float64(len(r.nonmembers.values))
	i, j := 0, 0
	r.placements(auc, func(s step, member, nonmember float64) {
		for range s.members {
			sums[r.members.records[i]] += member / n1
			i++
		}
		for range s.nonmembers {
			sums[r.nonmembers.records[j]] += nonmember / n0
			j++
		}
	})
	count := float64(len(sums))
	return math.Sqrt(sumSquares(sums) * count / (count - 1)), len(sums)
}

// designEffect is how many times the variance of the fraction of the top scores, out of all in the
// sample, exceeds that of independent scores (Kish 1965), and at least 1. Where the fraction
// is 0 or 1 the sample cannot tell, and a record counts once.
func (s *sample) designEffect(top, records int) float64 {
	n := float64(len(s.values))
	if s.records == nil {
		return 1
	}
	if top == 0 || top == len(s.values) {
		return max(1, n/float64(records))
	}
	p := float64(top) / n
	sums := make([]float64, records)
	for i, record := range s.records {
		if i < top {
			sums[record]++
		}
		sums[record] -= p
	}
	count := float64(records)
	return max(1, sumSquares(sums)*count/(count-1)/(n*p*(1-p)))
}

func sumSquares(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v * v
	}
	return sum
}
