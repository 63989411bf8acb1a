package measure

import (
	"math"
	"slices"
	"sort"
)

// The attacks of Ye et al. 2022 place a score among those of a null hypothesis, under which the
// example was not a training member. What they return is the fraction of null scores that lie below,
// ties counting one half: one less the p value.

// Placed returns for each score the fraction of null scores below it. With the target's scores of
// population data as the null, that is the population attack (P); with the scores that shadow models
// give to what they did not train on, the shadow attack (S). The null must not hold NaN.
func Placed(scores, null []float64) []float64 {
	sorted := slices.Sorted(slices.Values(null))
	placed := make([]float64, len(scores))
	for i, score := range scores {
		below := sort.SearchFloat64s(sorted, score)
		reached := sort.Search(len(sorted), func(j int) bool { return sorted[j] > score })
		placed[i] = float64(below+reached) / 2 / float64(len(sorted))
	}
	return placed
}

// Reference returns for each example the fraction of the scores of models that did not train on it
// which lie below the target's: the reference attack (R). With models distilled from the target in the
// place of the others it is the distillation attack (D). Its smooth form is the LiRA OfflineZ. Queries
// are averaged.
func (s Shadows) Reference(target int) ([]float64, error) {
	run, err := s.prepare([]int{target}, LiRAOptions{Attack: OfflineZ, AllShadows: true})
	if err != nil {
		return nil, err
	}
	placed := make([]float64, s.Examples)
	inChunks(s.Examples, func(_, from, to int) {
		w := newLiraWorker(run)
		for example := from; example < to; example++ {
			placed[example] = math.NaN()
			if w.load(example) {
				placed[example] = w.reference(target)
			}
		}
	})
	return placed, nil
}

func (w *liraWorker) reference(target int) float64 {
	below, shadows := 0.0, 0.0
	for i, score := range w.row {
		model, own := i/w.Queries, w.row[target*w.Queries+i%w.Queries]
		if model == target || w.member[model] {
			continue
		}
		shadows++
		switch {
		case score < own:
			below++
		case score == own:
			below += 0.5
		}
	}
	return below / shadows
}
