package measure

import (
	"fmt"
	"math"
	"slices"
	"sort"
)

// RMIA is the relative attack of Zarifzadeh et al. 2024 in its offline form: an example's likelihood
// ratio is compared with those of population data that no model trained on.
type RMIA struct {
	Signals    Shadows // probabilities of the true label, one query each
	Population Shadows // the same for population data; its In is not used
	Target     int
	References []int   // the models that the ratio is taken to; all but the target if empty
	K          int     // average the K largest signals of models that did not train on an example; 0: all common to all examples
	A          float64 // the offline approximation's slope: p(x) = ((1+a) mean + 1 - a)/2
	Gamma      float64 // a ratio counts when above it: 2 in the paper, 1 in ml_privacy_meter
}

// Attack returns each example's score: the fraction of population points z with
// (p_target(x)/p(x)) / (p_target(z)/p(z)) > Gamma. By sorting the population's ratios it needs a search
// for each example, and gives exactly what the matrix of all ratios would.
func (r RMIA) Attack() ([]float64, error) {
	r, err := r.withDefaults()
	if err != nil {
		return nil, err
	}
	population := slices.DeleteFunc(r.ratios(r.Population, false), math.IsNaN)
	slices.Sort(population)
	ratios := r.ratios(r.Signals, true)
	inChunks(len(ratios), func(_, from, to int) {
		for i, ratio := range ratios[from:to] {
			beaten := sort.Search(len(population), func(z int) bool { return !(ratio/population[z] > r.Gamma) })
			ratios[from+i] = float64(beaten) / float64(len(population))
		}
	})
	return ratios, nil
}

// Scores returns the scores of Attack with the membership that they are measured by.
func (r RMIA) Scores() (*Scores, error) {
	values, err := r.Attack()
	if err != nil {
		return nil, err
	}
	return NewScores(values, r.Signals.Members(r.Target))
}

func (r RMIA) withDefaults() (RMIA, error) {
	s, p := r.Signals, r.Population
	switch {
	case s.Examples < 1 || p.Examples < 1:
		return r, fmt.Errorf("%d examples and %d population points; both are needed", s.Examples, p.Examples)
	case s.Models != p.Models || s.Models < 2:
		return r, fmt.Errorf("%d models for the examples and %d for the population; the same, two or more, are needed", s.Models, p.Models)
	case s.Queries != 1 || p.Queries != 1:
		return r, fmt.Errorf("%d and %d queries; one is needed", s.Queries, p.Queries)
	case r.Target < 0 || r.Target >= s.Models:
		return r, fmt.Errorf("no model %d; they are numbered from 0 to %d", r.Target, s.Models-1)
	case !(r.Gamma > 0) || !(r.A >= 0 && r.A <= 1):
		return r, fmt.Errorf("gamma %g and a %g; gamma above 0 and a from 0 to 1 would do", r.Gamma, r.A)
	}
	if len(r.References) == 0 {
		for model := range s.Models {
			if model != r.Target {
				r.References = append(r.References, model)
			}
		}
	}
	fewest, err := r.fewestOut()
	if r.K == 0 {
		r.K = fewest
	}
	return r, err
}

// fewestOut is the smallest number of reference models that any example is out of.
func (r RMIA) fewestOut() (int, error) {
	fewest, in := math.MaxInt, make([]bool, r.Signals.Models)
	for example := range r.Signals.Examples {
		r.Signals.In(example, in)
		out := 0
		for _, model := range r.References {
			if model < 0 || model >= len(in) || model == r.Target {
				return 0, fmt.Errorf("model %d as a reference; models other than the target %d, up to %d, would do", model, r.Target, len(in)-1)
			}
			if !in[model] {
				out++
			}
		}
		if fewest = min(fewest, out); out == 0 {
			return 0, fmt.Errorf("example %d is in the training set of every reference model; one without it is needed", example)
		}
	}
	return fewest, nil
}

// ratios are the likelihood ratios of a set of examples. With only, models that trained on an example
// are no reference for it.
func (r RMIA) ratios(s Shadows, only bool) []float64 {
	ratios := make([]float64, s.Examples)
	inChunks(s.Examples, func(_, from, to int) {
		row, in, out := make([]float64, s.Models), make([]bool, s.Models), make([]float64, 0, s.Models)
		for example := from; example < to; example++ {
			s.Scores(example, row)
			if only {
				s.In(example, in)
			}
			out = out[:0]
			for _, model := range r.References {
				if !in[model] {
					out = append(out, row[model])
				}
			}
			ratios[example] = row[r.Target] / ((1+r.A)/2*meanOfLargest(out, r.K) + (1-r.A)/2)
		}
	})
	return ratios
}

func meanOfLargest(values []float64, k int) float64 {
	slices.Sort(values)
	k, total := min(k, len(values)), 0.0
	for _, v := range values[len(values)-k:] {
		total += v
	}
	return total / float64(k)
}
