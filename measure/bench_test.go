package measure

import (
	"math/rand/v2"
	"testing"
)

// syntheticShadows are scores of examples that are in half of the models each, kept in 32 bits as
// evidence files have them.
func syntheticShadows(examples, models int) Shadows {
	rng := rand.New(rand.NewPCG(1, uint64(examples)))
	scores, keep := make([]float32, examples*models), make([]bool, examples*models)
	for i := range examples {
		row := keep[i*models : (i+1)*models]
		for _, m := range rng.Perm(models)[:models/2] {
			row[m] = true
		}
		difficulty, memorised := 2+2*rng.NormFloat64(), 0.6*rng.ExpFloat64()
		for m, in := range row {
			score := difficulty + rng.NormFloat64()
			if in {
				score += memorised
			}
			scores[i*models+m] = float32(score)
		}
	}
	return Shadows{
		Examples: examples, Models: models, Queries: 1,
		Scores: func(example int, into []float64) {
			for j, score := range scores[example*models : (example+1)*models] {
				into[j] = float64(score)
			}
		},
		In: func(example int, into []bool) { copy(into, keep[example*models:]) },
	}
}

func syntheticScores(n int) *Scores {
	rng := rand.New(rand.NewPCG(2, uint64(n)))
	scores := MakeScores(n/2, n/2)
	for i := range n {
		scores.Add(rng.NormFloat64()+0.5*float64(i%2), i%2 == 1)
	}
	return scores
}

func BenchmarkLiRAOneTarget(b *testing.B) {
	shadows := syntheticShadows(50_000, 128)
	for b.Loop() {
		if _, err := shadows.AttackOne(127, LiRAOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLiRAAllTargets(b *testing.B) {
	shadows := syntheticShadows(50_000, 128)
	for b.Loop() {
		if _, err := shadows.AttackAll(LiRAOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMembershipAllTargets(b *testing.B) {
	shadows := syntheticShadows(50_000, 128)
	scores, err := shadows.AttackAll(LiRAOptions{})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Membership(scores, MembershipOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMembershipTenMillion(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		scores := syntheticScores(10_000_000)
		b.StartTimer()
		if _, err := Membership(scores, MembershipOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkIdealBootstrap(b *testing.B) {
	roc, err := syntheticScores(100_000).ROC()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		roc.IdealBootstrap(0.001, Level)
	}
}
