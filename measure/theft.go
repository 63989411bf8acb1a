package measure

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// StolenAnswer is how the attacked model, the one made from its answers, and a model made without them
// answer one test input.
type StolenAnswer struct {
	Queries   float64 // how many answers the surrogate was made from; NaN where not recorded
	Target    string
	Surrogate string
	Baseline  string   // a model that the attacker can make without the target's answers
	Truth     string   // empty where not known
	Top       []string // the surrogate's answers, best first; empty where not recorded

	// The answers to an adversarial example made with the surrogate; empty where not recorded.
	AdversarialSurrogate, AdversarialTarget string
}

// Theft measures how well a surrogate stands for the attacked model (Jagielski et al. 2020, "High accuracy
// and high fidelity extraction", section 3): fidelity is their agreement on test inputs, accuracy that of
// the surrogate with the truth, kappa the agreement beyond chance. The gain is the fidelity over that of a
// model made without the target's answers, paired by input. With several numbers of queries the metrics
// are those of the largest, which no look at the outcome has chosen; the others are strata, and the curve
// shows what fidelity costs.
func Theft(rows []StolenAnswer) (Result, error) {
	if len(rows) == 0 {
		return Result{}, errors.New("theft: no rows")
	}
	for i, a := range rows {
		if a.Baseline == "" {
			return Result{}, fmt.Errorf("theft: row %d: no baseline: give the answer of a model made without the target's answers, in column baseline", i+1)
		}
	}
	budgets, groups := groupBy(rows, func(a StolenAnswer) float64 {
		if math.IsNaN(a.Queries) {
			return 0 // NaN is no key of a map
		}
		return a.Queries
	})
	if len(budgets) > maxStrata {
		return Result{}, fmt.Errorf("theft: %d values of queries: it is how many answers a surrogate was made from, the same in all its rows", len(budgets))
	}
	largest := budgets[len(budgets)-1]
	r := stolen(groups[largest])
	if largest > 0 {
		r.Metrics["queries"] = count(int(largest), r.N["inputs"])
	}
	if len(budgets) > 1 {
		r.warn("%d numbers of queries: the metrics are those of the largest, %g", len(budgets), largest)
		r.addCost(budgets, groups)
	}
	return r, nil
}

func (r *Result) addCost(budgets []float64, groups map[float64][]StolenAnswer) {
	surrogate := Curve{ID: "cost", Label: "surrogate", X: "queries", Y: "fidelity"}
	baseline := Curve{ID: "cost", Label: "made without the target", X: "queries", Y: "fidelity"}
	for _, queries := range budgets {
		one := stolen(groups[queries])
		r.stratum("queries", strconv.FormatFloat(queries, 'g', -1, 64), one)
		surrogate.Points = append(surrogate.Points, Point{queries, one.Metrics["fidelity"]})
		baseline.Points = append(baseline.Points, Point{queries, one.Metrics["baseline_fidelity"]})
	}
	r.addCurves(surrogate, baseline)
}

func stolen(rows []StolenAnswer) Result {
	r := newResult("theft")
	agreement, pairs := newConfusion(), Pairs{}
	for _, a := range rows {
		agreement.add(a.Target, a.Surrogate)
		pairs.Add(a.Surrogate == a.Target, a.Baseline == a.Target)
	}
	n := len(rows)
	r.N["inputs"], r.N["agree"], r.N["baseline_agree"] = n, pairs.Attack(), pairs.Baseline()
	r.N["attack_only"], r.N["baseline_only"] = pairs.AttackOnly, pairs.BaselineOnly
	r.Metrics["fidelity"] = exact(pairs.Attack(), n)
	r.Metrics["fidelity_wilson"] = score(pairs.Attack(), n)
	r.Metrics["baseline_fidelity"] = exact(pairs.Baseline(), n)
	r.Metrics["kappa"] = agreement.kappa()
	r.Metrics["chance_agreement"] = bare(agreement.marginal()/float64(n)/float64(n), n, "cohen")
	r.addPairs("", pairs)
	r.addTruth(rows)
	r.addTop(rows)
	r.addTransfer(rows)
	return r
}

// addTruth adds what the truth is needed for. Agreement where the target errs tells a copy of the model
// from a model of the same task.
func (r *Result) addTruth(rows []StolenAnswer) {
	var surrogate, target, baseline, errs, shared int
	for _, a := range rows {
		if a.Truth == "" {
			r.Missing["accuracy"] = "column truth, filled in every row: the right answer"
			return
		}
		surrogate += indicator(a.Surrogate == a.Truth)
		target += indicator(a.Target == a.Truth)
		baseline += indicator(a.Baseline == a.Truth)
		errs += indicator(a.Target != a.Truth)
		shared += indicator(a.Target != a.Truth && a.Surrogate == a.Target)
	}
	n := len(rows)
	r.N["target_errors"] = errs
	r.Metrics["accuracy"] = exact(surrogate, n)
	r.Metrics["target_accuracy"] = exact(target, n)
	r.Metrics["baseline_accuracy"] = exact(baseline, n)
	if errs == 0 {
		r.Missing["error_agreement"] = "test inputs on which the target errs"
		return
	}
	r.Metrics["error_agreement"] = exact(shared, errs)
}

// addTop adds how often the target's answer is among the surrogate's best, for every k that all rows have.
func (r *Result) addTop(rows []StolenAnswer) {
	depth := math.MaxInt
	for _, a := range rows {
		depth = min(depth, len(a.Top))
	}
	for _, k := range []int{3, 5, 10} {
		if k > depth {
			return
		}
		among := 0
		for _, a := range rows {
			among += indicator(slices.Contains(a.Top[:k], a.Target))
		}
		r.Metrics["fidelity@top"+strconv.Itoa(k)] = exact(among, len(rows))
	}
}

// addTransfer adds how many adversarial examples that fool the surrogate change the target's answer too
// (Papernot et al. 2017, "Practical black-box attacks against machine learning", section 5).
func (r *Result) addTransfer(rows []StolenAnswer) {
	fooled, moved := 0, 0
	for _, a := range rows {
		if a.AdversarialSurrogate == "" || a.AdversarialTarget == "" || a.AdversarialSurrogate == a.Surrogate {
			continue
		}
		fooled++
		moved += indicator(a.AdversarialTarget != a.Target)
	}
	if fooled > 0 {
		r.N["adversarial"] = fooled
		r.Metrics["transfer"] = exact(moved, fooled)
	}
}

// indicator is 1 if what it is given is true, and 0 otherwise.
func indicator(condition bool) int {
	if condition {
		return 1
	}
	return 0
}
