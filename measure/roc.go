package measure

import (
	"math"
	"sort"
)

// ROC is the receiver operating characteristic of an attack: its scores in order. A threshold
// predicts "member" for every score that reaches it, and equal scores are never parted.
type ROC struct {
	members, nonmembers sample // highest first
	records             int    // 0 where each score is of a record of its own
}

// OperatingPoint is what one threshold does.
type OperatingPoint struct {
	Threshold           float64 // +Inf where nothing is predicted to be a member
	TP, FP              int     // predicted members among the members, among the non-members
	Members, NonMembers int
}

// TPR is the fraction of members found.
func (p OperatingPoint) TPR() float64 { return float64(p.TP) / float64(p.Members) }

// FPR is the fraction of non-members taken for members.
func (p OperatingPoint) FPR() float64 { return float64(p.FP) / float64(p.NonMembers) }

// PPV is the fraction of predicted members that are members where a fraction prior of all records
// are. It is NaN where nothing is predicted to be a member.
func (p OperatingPoint) PPV(prior float64) float64 {
	return prior * p.TPR() / (prior*p.TPR() + (1-prior)*p.FPR())
}

// step is one distinct score and how many members and non-members have it.
type step struct {
	score               float64
	members, nonmembers int
}

// places is a place among the members' scores and one among the non-members'.
type places struct{ members, nonmembers int }

// steps yields the distinct scores, highest first.
func (r *ROC) steps(yield func(step) bool) {
	for at := (places{}); !at.end(r); {
		s := r.step(at)
		at = places{at.members + s.members, at.nonmembers + s.nonmembers}
		if !yield(s) {
			return
		}
	}
}

func (p places) end(r *ROC) bool {
	return p.members == len(r.members.values) && p.nonmembers == len(r.nonmembers.values)
}

// step is the highest score from a place on.
func (r *ROC) step(at places) step {
	ones, zeros := r.members.values[at.members:], r.nonmembers.values[at.nonmembers:]
	var s step
	if len(zeros) == 0 || len(ones) > 0 && ones[0] >= zeros[0] {
		s.score = ones[0]
	} else {
		s.score = zeros[0]
	}
	for s.members < len(ones) && ones[s.members] == s.score {
		s.members++
	}
	for s.nonmembers < len(zeros) && zeros[s.nonmembers] == s.score {
		s.nonmembers++
	}
	return s
}

// above counts the scores that are higher than the threshold.
func (s *sample) above(threshold float64) int {
	return sort.Search(len(s.values), func(i int) bool { return s.values[i] <= threshold })
}

// AtThreshold returns the point of a threshold that was fixed before the scores were seen.
func (r *ROC) AtThreshold(threshold float64) OperatingPoint {
	reached := func(s *sample) int {
		return sort.Search(len(s.values), func(i int) bool { return s.values[i] < threshold })
	}
	return r.point(threshold, reached(&r.members), reached(&r.nonmembers))
}

// AtFPR returns the point with the most true positives among those with a false-positive rate of at
// most fpr. The rate is compared as a count, so that no rounding decides.
func (r *ROC) AtFPR(fpr float64) OperatingPoint {
	return r.atFalsePositives(allowedFalsePositives(fpr, len(r.nonmembers.values)))
}

// BelowFPR is AtFPR with a rate strictly below fpr, which is what the plot.py of Carlini et al. 2022
// and mimir print.
func (r *ROC) BelowFPR(fpr float64) OperatingPoint {
	return r.atFalsePositives(int(math.Ceil(fpr*float64(len(r.nonmembers.values))-1e-9)) - 1)
}

// allowedFalsePositives is the most false positives among n non-members at a rate of at most fpr.
func allowedFalsePositives(fpr float64, n int) int {
	return int(math.Floor(fpr*float64(n) + 1e-9))
}

// atFalsePositives returns the lowest threshold with at most k false positives.
func (r *ROC) atFalsePositives(k int) OperatingPoint {
	if k < 0 {
		return r.point(math.Inf(1), 0, 0)
	}
	if k >= len(r.nonmembers.values) {
		return r.point(r.lowest(), len(r.members.values), len(r.nonmembers.values))
	}
	bar := r.nonmembers.values[k]
	tp, fp := r.members.above(bar), r.nonmembers.above(bar)
	threshold := math.Inf(1)
	if tp > 0 {
		threshold = r.members.values[tp-1]
	}
	if fp > 0 {
		threshold = min(threshold, r.nonmembers.values[fp-1])
	}
	return r.point(threshold, tp, fp)
}

func (r *ROC) lowest() float64 {
	ones, zeros := r.members.values, r.nonmembers.values
	return min(ones[len(ones)-1], zeros[len(zeros)-1])
}

func (r *ROC) point(threshold float64, tp, fp int) OperatingPoint {
	return OperatingPoint{
		Threshold: threshold, TP: tp, FP: fp,
		Members: len(r.members.values), NonMembers: len(r.nonmembers.values),
	}
}

// BestAccuracy returns the point with the highest balanced accuracy, and of several the one with the
// highest threshold. The threshold is chosen on the same scores, so that the accuracy is too high:
// 0.58 on average for 25 members and 25 non-members and an attack that knows nothing.
func (r *ROC) BestAccuracy() OperatingPoint { return r.survey().best }

// BalancedAccuracy is 1 - (FPR+FNR)/2.
func (p OperatingPoint) BalancedAccuracy() float64 { return (1 + p.Advantage()) / 2 }

// Advantage is TPR - FPR (Yeom et al. 2018, definition 4). Its maximum over thresholds is the
// Kolmogorov-Smirnov distance.
func (p OperatingPoint) Advantage() float64 { return p.TPR() - p.FPR() }
