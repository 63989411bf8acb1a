package measure

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// PerturbedInput is one input that an attack has perturbed. Sizes that were not recorded are NaN.
type PerturbedInput struct {
	Correct  bool // the clean input is answered correctly
	Success  bool // the perturbed one is not, or has the answer that the attacker wanted
	Baseline bool // so has a random perturbation of the same size; see HasBaseline
	Epsilon  float64
	Linf     float64 // size of this perturbation: largest change,
	L2       float64 // Euclidean length,
	L0       float64 // number of changed elements
	Queries  float64 // questions asked of the model

	HasBaseline bool
}

// sizes are what an attacker spends on one input, by metric id.
var sizes = []struct {
	id string
	of func(PerturbedInput) float64
}{
	{"linf", func(p PerturbedInput) float64 { return p.Linf }},
	{"l2", func(p PerturbedInput) float64 { return p.L2 }},
	{"l0", func(p PerturbedInput) float64 { return p.L0 }},
	{"queries", func(p PerturbedInput) float64 { return p.Queries }},
}

// Perturbation measures an attack on inputs (Carlini et al. 2019, "On evaluating adversarial robustness",
// sections 4 and 5): rate is the share of correctly answered inputs that the attack turns, beside clean
// and robust accuracy over all inputs, the sizes of successful perturbations, and the gain over random
// noise of equal size. With several values of Epsilon the metrics are those of the largest, which no
// look at the outcome has chosen, the others are strata, and the curve shows success against budget.
func Perturbation(rows []PerturbedInput) (Result, error) {
	budgets, groups := groupBy(rows, func(p PerturbedInput) float64 {
		if math.IsNaN(p.Epsilon) {
			return 0 // NaN is no key of a map
		}
		return p.Epsilon
	})
	switch {
	case len(budgets) == 0:
		return Result{}, errors.New("perturbation: no rows")
	case len(budgets) > maxStrata:
		return Result{}, fmt.Errorf("perturbation: %d values of epsilon: it is the budget of an attack; the size of one perturbation is linf, l2 or l0", len(budgets))
	}
	r := perturbation(groups[budgets[len(budgets)-1]])
	if len(r.Metrics) == 0 {
		return Result{}, errors.New("perturbation: no input is answered correctly before the attack, so that nothing can be turned")
	}
	if len(budgets) > 1 {
		r.warn("%d budgets: the metrics are those of the largest, %g", len(budgets), budgets[len(budgets)-1])
		r.byBudget(budgets, groups)
	} else {
		r.bySize(rows)
	}
	return r, nil
}

func perturbation(rows []PerturbedInput) Result {
	r := newResult("perturbation")
	correct := slices.DeleteFunc(slices.Clone(rows), func(p PerturbedInput) bool { return !p.Correct })
	won := slices.DeleteFunc(slices.Clone(correct), func(p PerturbedInput) bool { return !p.Success })
	r.N["inputs"], r.N["correct"], r.N["successes"] = len(rows), len(correct), len(won)
	if len(correct) == 0 {
		return r
	}
	r.Metrics["rate"] = exact(len(won), len(correct))
	r.Metrics["rate_wilson"] = score(len(won), len(correct))
	r.Metrics["clean_accuracy"] = exact(len(correct), len(rows))
	r.Metrics["robust_accuracy"] = exact(len(correct)-len(won), len(rows))
	r.addNoise(correct)
	r.addSizes(won)
	return r
}

// addNoise adds the baseline, over the inputs on which it was tried.
func (r *Result) addNoise(correct []PerturbedInput) {
	var pairs Pairs
	for _, p := range correct {
		if p.HasBaseline {
			pairs.Add(p.Success, p.Baseline)
		}
	}
	if pairs.N() == 0 {
		r.Missing["gain"] = "column noise or baseline_success: the answer to random noise of the same size"
		r.warn("no noise baseline: inputs that any noise would turn count for the attack")
		return
	}
	r.N["baseline"], r.N["attack_only"], r.N["baseline_only"] = pairs.N(), pairs.AttackOnly, pairs.BaselineOnly
	r.Metrics["baseline_rate"] = exact(pairs.Baseline(), pairs.N())
	r.addPairs("", pairs)
}

// addSizes adds quantiles of what the successful perturbations cost.
func (r *Result) addSizes(won []PerturbedInput) {
	for _, size := range sizes {
		if spent := recorded(won, size.of); len(spent) > 0 {
			r.Metrics[size.id+"@0.5"] = quantile(spent, 0.5)
			r.Metrics[size.id+"@0.9"] = quantile(spent, 0.9)
		}
	}
}

func (r *Result) byBudget(budgets []float64, groups map[float64][]PerturbedInput) {
	attack := Curve{ID: "budget", Label: "attack", X: "epsilon", Y: "rate"}
	noise := Curve{ID: "budget", Label: "random noise", X: "epsilon", Y: "rate"}
	for _, budget := range budgets {
		one := perturbation(groups[budget])
		r.stratum("epsilon", strconv.FormatFloat(budget, 'g', -1, 64), one)
		if rate, ok := one.Metrics["rate"]; ok {
			attack.Points = append(attack.Points, Point{budget, rate})
		}
		if rate, ok := one.Metrics["baseline_rate"]; ok {
			noise.Points = append(noise.Points, Point{budget, rate})
		}
	}
	r.addCurves(attack, noise)
}

// bySize draws success against budget from the size of each successful perturbation, for attacks that
// look for the smallest one that works.
func (r *Result) bySize(rows []PerturbedInput) {
	for _, size := range sizes {
		curve := Curve{ID: "budget", Label: "attack", X: size.id, Y: "rate"}
		correct := r.N["correct"]
		spent := recorded(rows, func(p PerturbedInput) float64 {
			if !p.Correct || !p.Success {
				return math.NaN()
			}
			return size.of(p)
		})
		if len(spent) < r.N["successes"] {
			continue // the curve would end below the rate
		}
		slices.Sort(spent)
		for i, x := range spent {
			if i+1 == len(spent) || spent[i+1] > x { // equal sizes are one step
				curve.Points = append(curve.Points, Point{x, exact(i+1, correct)})
			}
		}
		curve.Points = thin(curve.Points)
		if len(curve.Points) > 1 {
			r.addCurves(curve)
		}
	}
}

const shownPoints = 200 // more do not show on a plot

// thin keeps about shownPoints points, the first and the last among them.
func thin(points []Point) []Point {
	if len(points) <= shownPoints {
		return points
	}
	kept := make([]Point, shownPoints)
	for i := range kept {
		kept[i] = points[i*(len(points)-1)/(shownPoints-1)]
	}
	return kept
}

// recorded are the values of one column that are not NaN.
func recorded[R any](rows []R, of func(R) float64) (values []float64) {
	for _, row := range rows {
		if v := of(row); !math.IsNaN(v) {
			values = append(values, v)
		}
	}
	return values
}
