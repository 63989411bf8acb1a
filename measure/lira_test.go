package measure

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// drawShadows draws shadow scores with ties, uneven numbers of shadow models and sometimes outliers.
func drawShadows(t *rapid.T) Shadows {
	s := Shadows{
		Examples: rapid.IntRange(1, 12).Draw(t, "examples"), Models: rapid.IntRange(6, 11).Draw(t, "models"),
		Queries: rapid.IntRange(1, 2).Draw(t, "queries"),
	}
	values := rapid.Custom(func(t *rapid.T) float64 {
		if rapid.IntRange(0, 20).Draw(t, "outlier") == 0 {
			return 1000
		}
		return float64(rapid.IntRange(-40, 40).Draw(t, "eighths")) / 8
	})
	width := s.Models * s.Queries
	scores := rapid.SliceOfN(values, s.Examples*width, s.Examples*width).Draw(t, "scores")
	keep := make([][]bool, s.Examples)
	for i := range keep {
		keep[i] = rapid.SliceOfN(rapid.Bool(), s.Models, s.Models).Draw(t, "keep")
		copy(keep[i], []bool{true, true, false, false}) // so that every attack finds both sides
	}
	s.Scores = func(example int, into []float64) { copy(into, scores[example*width:]) }
	s.In = func(example int, into []bool) { copy(into, keep[example]) }
	return s
}

// slowScore attacks one example as the definitions read, with no regard for time.
func slowScore(s Shadows, example, target int, attack LiRA, pools [2][]float64, cuts cut) float64 {
	total := 0.0
	for query := range s.Queries {
		own, sides := s.sidesSlowly(example, query, target, cuts)
		f := fit{own: own}
		for i, values := range sides {
			center, deviation := medianSlowly(values), momentsOf(values).deviation()
			if pools[i] != nil {
				deviation = momentsOf(pools[i]).deviation()
			}
			if i == 0 {
				f.in = estimate{center, spreadOf(deviation)}
			} else {
				f.out = estimate{center, spreadOf(deviation)}
			}
		}
		total += forms[attack].score(f) / float64(s.Queries)
	}
	return total
}

func (s Shadows) sidesSlowly(example, query, target int, cuts cut) (own float64, sides [2][]float64) {
	scores, in := make([]float64, s.Models*s.Queries), make([]bool, s.Models)
	s.Scores(example, scores)
	s.In(example, in)
	for model := range s.Models {
		score := scores[model*s.Queries+query]
		switch {
		case model == target:
			own = score
		case in[model] && len(sides[0]) < cuts.in:
			sides[0] = append(sides[0], score)
		case !in[model] && len(sides[1]) < cuts.out:
			sides[1] = append(sides[1], score)
		}
	}
	return own, sides
}

func medianSlowly(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// poolsSlowly gathers the values whose spread a pooled attack uses.
func poolsSlowly(s Shadows, target int, attack LiRA, cuts cut) (pools [2][]float64) {
	if !forms[attack].pooled {
		return pools
	}
	for example := range s.Examples {
		for query := range s.Queries {
			_, sides := s.sidesSlowly(example, query, target, cuts)
			for i, values := range sides {
				center := 0.0
				if forms[attack].centred {
					center = medianSlowly(values)
				}
				for _, v := range values {
					pools[i] = append(pools[i], v-center)
				}
			}
		}
	}
	return pools
}

func cutsSlowly(s Shadows, target int) cut {
	c, in := cut{unlimited, unlimited}, make([]bool, s.Models)
	for example := range s.Examples {
		s.In(example, in)
		others := slices.Delete(slices.Clone(in), target, target+1)
		members, nonmembers := classes(others)
		c = c.fewer(cut{members, nonmembers})
	}
	return c
}

// Every form of the attack, on one target or on all at once, must give what its definition gives.
func TestLiRAFollowsItsDefinition(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := drawShadows(t)
		o := LiRAOptions{Attack: rapid.SampledFrom(LiRAs()).Draw(t, "attack"), AllShadows: rapid.Bool().Draw(t, "all")}
		var together []float64
		for target := range s.Models {
			cuts := cut{unlimited, unlimited}
			if !o.AllShadows {
				cuts = cutsSlowly(s, target)
			}
			pools := poolsSlowly(s, target, o.Attack, cuts)
			scores, err := s.AttackOne(target, o)
			if err != nil {
				t.Fatal(err)
			}
			for example, got := range scores {
				want := slowScore(s, example, target, o.Attack, pools, cuts)
				if !closeTo(got, want) {
					t.Fatalf("%s of example %d under model %d is %g, want %g", o.Attack, example, target, got, want)
				}
			}
			together = append(together, scores...)
		}
		all, err := s.AttackAll(o)
		if err != nil {
			t.Fatal(err)
		}
		got := slices.Sorted(slices.Values(slices.Concat(all.members.values, all.nonmembers.values)))
		for i, want := range slices.Sorted(slices.Values(together)) {
			if !closeTo(got[i], want) {
				t.Fatalf("%s on all models: score %d in order is %g, one by one %g", o.Attack, i, got[i], want)
			}
		}
	})
}

// closeTo allows for rounding, which a deviation of almost zero makes large.
func closeTo(got, want float64) bool {
	return got == want || math.Abs(got-want) <= 1e-7*math.Abs(want)+1e-9 || math.Abs(want) > 1e12 && math.Abs(got) > 1e12
}

func TestLiRARefusesWhatItCannotUse(t *testing.T) {
	t.Parallel()
	s := syntheticShadows(4, 6)
	none := s
	none.In = func(_ int, into []bool) { clear(into) }
	for name, c := range map[string]struct {
		shadows Shadows
		target  int
		attack  LiRA
		want    string
	}{
		"unknown attack": {s, 0, "quantum", "no attack"},
		"no such model":  {s, 6, Online, "no model 6"},
		"no members":     {none, 0, Online, "0 shadow models"},
		"nothing":        {Shadows{}, 0, Online, "0 examples"},
	} {
		if _, err := c.shadows.AttackOne(c.target, LiRAOptions{Attack: c.attack}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error with %q", name, err, c.want)
		}
	}
	if _, err := none.AttackOne(0, LiRAOptions{Attack: OfflineZ}); err != nil {
		t.Errorf("an offline attack needs no members: %v", err)
	}
}

func TestExamplesWithoutNumbersAreLeftOut(t *testing.T) {
	t.Parallel()
	s := syntheticShadows(50, 8)
	scores := s.Scores
	s.Scores = func(example int, into []float64) {
		scores(example, into)
		if example == 7 {
			into[3] = math.NaN()
		}
	}
	for _, attack := range LiRAs() {
		labelled, err := s.Attack(0, LiRAOptions{Attack: attack})
		if err != nil {
			t.Fatal(err)
		}
		result, err := Membership(labelled, MembershipOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if n := result.N["members"] + result.N["nonmembers"]; n != 49 || !slices.ContainsFunc(result.Warnings, func(w string) bool { return strings.Contains(w, "1 scores were not a number") }) {
			t.Errorf("%s: %d scores, warnings %q", attack, n, result.Warnings)
		}
	}
}

func TestReferenceCountsModelsBelow(t *testing.T) {
	t.Parallel()
	s := Shadows{
		Examples: 1, Models: 5, Queries: 1,
		Scores: func(_ int, into []float64) { copy(into, []float64{2, 1, 2, 3, 0}) },
		In:     func(_ int, into []bool) { copy(into, []bool{false, false, false, false, true}) },
	}
	got, err := s.Reference(0)
	if err != nil {
		t.Fatal(err)
	}
	if want := 1.5 / 3; got[0] != want { // 1 is below, 2 ties, 3 is above; the last trained on it
		t.Errorf("got %g, want %g", got[0], want)
	}
	if placed := Placed([]float64{-1, 2, 9}, []float64{1, 2, 3, 2}); !slices.Equal(placed, []float64{0, 0.5, 1}) {
		t.Errorf("placed %v", placed)
	}
}

func TestRMIAEqualsItsMatrix(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		draw := func(examples int) Shadows {
			levels := rapid.SampledFrom([]int{3, 1000}).Draw(t, "levels")
			values := make([]float64, examples*4)
			for i := range values {
				values[i] = float64(rapid.IntRange(0, levels).Draw(t, "p")) / float64(levels)
			}
			return Shadows{
				Examples: examples, Models: 4, Queries: 1,
				Scores: func(example int, into []float64) { copy(into, values[example*4:]) },
				In:     func(example int, into []bool) { copy(into, []bool{true, example%2 == 0, false, false}) },
			}
		}
		attack := RMIA{
			Signals: draw(rapid.IntRange(1, 20).Draw(t, "examples")), Population: draw(rapid.IntRange(1, 20).Draw(t, "points")),
			A: 0.3, Gamma: rapid.SampledFrom([]float64{1, 2}).Draw(t, "gamma"),
		}
		got, err := attack.Attack()
		if err != nil {
			t.Fatal(err)
		}
		attack.References, attack.K = []int{1, 2, 3}, 2
		points := attack.ratios(attack.Population, false)
		for i, ratio := range attack.ratios(attack.Signals, true) {
			above := 0
			for _, point := range points {
				if ratio/point > attack.Gamma {
					above++
				}
			}
			if want := float64(above) / float64(len(points)); got[i] != want {
				t.Fatalf("example %d scores %g, by the matrix %g", i, got[i], want)
			}
		}
	})
}

func TestLogitScores(t *testing.T) {
	t.Parallel()
	logits := []float64{1, 4, 2}
	p := math.Exp(4.0) / (math.Exp(1.0) + math.Exp(4.0) + math.Exp(2.0))
	want := math.Log(p / (1 - p))
	if got := LogitScore(logits, 1); !closeTo(got, want) {
		t.Errorf("LogitScore is %g, want %g", got, want)
	}
	if got := ReferenceLogitScore(logits, 1); !closeTo(got, want) {
		t.Errorf("ReferenceLogitScore is %g, want %g", got, want)
	}
	if got := HingeScore(logits, 1); got != 2 {
		t.Errorf("HingeScore is %g, want 2", got)
	}
	far := []float64{0, 4000}
	if got := LogitScore(far, 1); got != 4000 {
		t.Errorf("the exact form of far logits is %g, want 4000", got)
	}
	if got := ReferenceLogitScore(far, 1); math.Abs(got-103.616329) > 1e-6 {
		t.Errorf("the reference form saturates at %g, want 103.616329", got)
	}
}

func TestOneClassIsRefused(t *testing.T) {
	t.Parallel()
	for _, member := range [][]bool{{}, {true, true}, {false}} {
		scores, err := NewScores(make([]float64, len(member)), member)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Membership(scores, MembershipOptions{}); !errors.Is(err, ErrOneClass) {
			t.Errorf("%v: got %v", member, err)
		}
	}
	if _, err := NewScores([]float64{1}, nil); err == nil {
		t.Error("mixed lengths are taken")
	}
}
