package measure

import (
	"math"
	"math/rand/v2"
	"slices"
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

func TestSortDescending(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	for name, draw := range map[string]func() float64{
		"normal, and zeros":       func() float64 { return rng.NormFloat64() * float64(rng.IntN(3)) },
		"few values":              func() float64 { return float64(rng.IntN(7)) - 3.5 },
		"alike but for last bits": func() float64 { return 1 + float64(rng.IntN(1<<20))*0x1p-52 },
		"all magnitudes":          func() float64 { return math.Ldexp(rng.Float64()-0.5, rng.IntN(2000)-1000) },
	} {
		s := sample{values: make([]float64, 5000), records: make([]uint32, 5000)}
		for i := range s.values {
			s.values[i] = draw() + 0 // one zero of the two
			s.records[i] = uint32(i)
		}
		before := slices.Clone(s.values)
		s.sortDescending()
		for i, record := range s.records {
			if before[record] != s.values[i] {
				t.Fatalf("%s: place %d has the value %g but the record of %g", name, i, s.values[i], before[record])
			}
		}
		slices.SortFunc(before, func(a, b float64) int { return -cmpFloat(a, b) })
		if !slices.Equal(before, s.values) {
			t.Errorf("%s: the order differs from that of a comparison sort", name)
		}
	}
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
