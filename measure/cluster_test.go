package measure

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// dependentScores are scores of records under many models, some records being easy and all their
// scores high; half of a record's models trained on it.
func dependentScores(rng *rand.Rand, records, models int) *Scores {
	scores := MakeScores(0, 0)
	for record := range records {
		shift, memorised := 0.7*rng.NormFloat64(), rng.ExpFloat64()
		for model := range models {
			member := model%2 == 0
			score := shift + rng.NormFloat64()
			if member {
				score += memorised
			}
			scores.AddOf(uint32(record), score, member)
		}
	}
	return scores
}

// resampled draws whole records.
func resampled(rng *rand.Rand, roc *ROC) *ROC {
	copies := make([]int, roc.records)
	for range roc.records {
		copies[rng.IntN(roc.records)]++
	}
	drawn := &Scores{}
	for _, class := range []struct {
		sample
		member bool
	}{{roc.members, true}, {roc.nonmembers, false}} {
		for i, value := range class.values {
			for range copies[class.records[i]] {
				drawn.Add(value, class.member)
			}
		}
	}
	again, err := drawn.ROC()
	if err != nil {
		panic(err)
	}
	return again
}

// The closed forms for clustered scores must agree with a bootstrap that draws whole records, which is
// several times wider than one that takes the scores for independent.
func TestClusteredIntervalsAgreeWithBootstrap(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 4))
	scores := dependentScores(rng, 300, 40)
	roc, err := scores.ROC()
	if err != nil {
		t.Fatal(err)
	}
	const resamples, fpr = 400, 0.05
	var aucs, rates, areas []float64
	for range resamples {
		again := resampled(rng, roc)
		area, err := again.PartialAUC(fpr, Level)
		if err != nil {
			t.Fatal(err)
		}
		aucs, rates = append(aucs, again.AUC().Value), append(rates, again.AtFPR(fpr).TPR())
		areas = append(areas, area.Value)
	}
	naive, err := scores.Independent().ROC()
	if err != nil {
		t.Fatal(err)
	}
	area, err := roc.PartialAUC(fpr, Level)
	if err != nil {
		t.Fatal(err)
	}
	agree := func(name string, got, independent Interval, drawn []float64) {
		slices.Sort(drawn)
		width := drawn[resamples*39/40] - drawn[resamples/40]
		if ratio := (got.Hi - got.Lo) / width; ratio < 0.8 || ratio > 1.3 {
			t.Errorf("%s: the interval %v is %.2f times as wide as the bootstrap's", name, got, ratio)
		}
		if (independent.Hi-independent.Lo)*1.5 > width {
			t.Errorf("%s: these scores are not dependent enough to test anything", name)
		}
	}
	agree("auc", roc.AUC().Interval(Level), naive.AUC().Interval(Level), aucs)
	agree("tpr", roc.IdealBootstrap(fpr, Level), naive.IdealBootstrap(fpr, Level), rates)
	agree("pauc", Interval{Lo: area.Lo, Hi: area.Hi}, Interval{}, areas)
}

func TestClusteredOneRecordEachIsIndependent(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(5, 6))
	clustered, plain := MakeScores(0, 0), MakeScores(0, 0)
	for record := range 2000 {
		score, member := rng.NormFloat64()+float64(record%2), record%2 == 1
		clustered.AddOf(uint32(record), score, member)
		plain.Add(score, member)
	}
	a, err := clustered.ROC()
	if err != nil {
		t.Fatal(err)
	}
	b, err := plain.ROC()
	if err != nil {
		t.Fatal(err)
	}
	if x, y := a.AUC().SE, b.AUC().SE; math.Abs(x-y) > 1e-3*y {
		t.Errorf("standard errors %g and %g", x, y)
	}
	x, y := a.IdealBootstrap(0.01, Level), b.IdealBootstrap(0.01, Level)
	if math.Abs(x.Lo-y.Lo) > 0.003 || math.Abs(x.Hi-y.Hi) > 0.003 {
		t.Errorf("intervals %v and %v", x, y)
	}
}
