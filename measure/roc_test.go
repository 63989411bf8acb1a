package measure

import (
	"testing"

	"pgregory.net/rapid"
)

// drawScores draws scores with ties, some of them infinite or zero of either sign.
func drawScores(t *rapid.T) (scores []float64, member []bool) {
	levels := rapid.SampledFrom([]int{2, 5, 1000}).Draw(t, "levels")
	n := rapid.IntRange(2, 60).Draw(t, "n")
	for i := range n {
		scores = append(scores, float64(rapid.IntRange(-levels, levels).Draw(t, "score"))/7)
		member = append(member, i == 0 || i > 1 && rapid.Bool().Draw(t, "member"))
	}
	return scores, member
}

func mustROC(t interface{ Fatal(...any) }, scores []float64, member []bool) *ROC {
	s, err := NewScores(scores, member)
	if err != nil {
		t.Fatal(err)
	}
	roc, err := s.ROC()
	if err != nil {
		t.Fatal(err)
	}
	return roc
}

func cmpFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// The AUC is by definition the share of pairs that the member wins.
func TestAUCCountsPairs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		scores, member := drawScores(t)
		won, pairs := 0.0, 0.0
		for i := range scores {
			for j := range scores {
				if member[i] && !member[j] {
					pairs++
					won += 0.5 * float64(1+cmpFloat(scores[i], scores[j]))
				}
			}
		}
		if got := mustROC(t, scores, member).AUC().Value; abs(got-won/pairs) > 1e-12 {
			t.Fatalf("AUC %g, pairs say %g", got, won/pairs)
		}
	})
}

// AtFPR must find the best of all thresholds that the scores offer.
func TestAtFPRIsTheBestThreshold(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		scores, member := drawScores(t)
		fpr := rapid.SampledFrom([]float64{0, 0.05, 0.1, 0.5, 1}).Draw(t, "fpr")
		roc := mustROC(t, scores, member)
		best := OperatingPoint{}
		for _, threshold := range scores {
			if p := roc.AtThreshold(threshold); p.FPR() <= fpr+1e-12 && p.TP > best.TP {
				best = p
			}
		}
		got := roc.AtFPR(fpr)
		if got.TP != best.TP || got.FPR() > fpr+1e-12 {
			t.Fatalf("at FPR %g got %+v, brute force found %+v", fpr, got, best)
		}
		if got.TP+got.FP > 0 && roc.AtThreshold(got.Threshold) != got {
			t.Fatalf("%+v does not stand at its own threshold", got)
		}
	})
}

func abs(v float64) float64 { return max(v, -v) }
