package evidence

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"bugbar/measure"
)

// The names of attacks other than the forms of LiRA.
const (
	reference  = "reference"
	population = "population"
	rmia       = "rmia"
	allOfThem  = "all"
)

// The settings of RMIA by Zarifzadeh et al. 2024, section 3 and appendix B.
const (
	rmiaGamma    = 2
	rmiaOfflineA = 0.3
)

// attack is one way to come by scores.
type attack struct {
	name   string
	scores func() (*measure.Scores, error)
}

// attacked measures the attack that is asked for, the first by default, or all: the first with the others
// beside it.
func (r *reading) attacked(attacks []attack) (measure.Result, error) {
	chosen, err := r.chosen(attacks)
	if err != nil {
		return measure.Result{}, err
	}
	var all measure.Result
	for i, a := range chosen {
		scores, err := a.scores()
		if err != nil {
			return measure.Result{}, err
		}
		one, err := measure.Membership(scores, measure.MembershipOptions{})
		if err != nil {
			return measure.Result{}, err
		}
		if i == 0 {
			all = one
		}
		if len(chosen) > 1 {
			all.Strata = append(all.Strata, measure.Stratum{By: "attack", Value: a.name, N: one.N, Metrics: one.Metrics})
		}
	}
	if len(chosen) > 1 {
		all.Warnings = append(all.Warnings, fmt.Sprintf("%d forms of the attack: the metrics are those of %s; the best of several is no evidence unless it was chosen beforehand", len(chosen), chosen[0].name))
	}
	return all, nil
}

// attackNamed is how progress speaks of an attack.
func attackNamed(name string) string { return "attack " + name }

func (r *reading) chosen(attacks []attack) ([]attack, error) {
	name := r.options.Attack
	switch name {
	case "":
		return attacks[:1], nil
	case allOfThem:
		return attacks, nil
	}
	var names []string
	for i, a := range attacks {
		if a.name == name {
			return attacks[i : i+1], nil
		}
		names = append(names, a.name)
	}
	return nil, invalid("no attack %q here: use all or one of %s", name, strings.Join(names, ", "))
}

// shadows attacks one target, or all in turn, by the scores of shadow models.
func (r *reading) shadows(name string) (measure.Result, error) {
	shadows, err := openShadows(name, r.teller(name))
	if err != nil {
		return measure.Result{}, err
	}
	if shadows.digest != "" {
		r.sources[0].Digest = shadows.digest
	}
	targets, err := r.targets(shadows.Target, shadows.Models)
	if err != nil {
		return measure.Result{}, err
	}
	var attacks []attack
	for _, form := range measure.LiRAs() {
		attacks = append(attacks, attack{string(form), func() (*measure.Scores, error) {
			return r.likelihoodRatio(shadows.Shadows, targets, form)
		}})
	}
	attacks = append(attacks, attack{reference, func() (*measure.Scores, error) {
		return r.referenceScores(shadows.Shadows, targets)
	}})
	return r.attacked(attacks)
}

func (r *reading) likelihoodRatio(shadows measure.Shadows, targets []int, form measure.LiRA) (*measure.Scores, error) {
	options := measure.LiRAOptions{Attack: form, Progress: r.teller(attackNamed(string(form)))}
	if len(targets) > 1 {
		return shadows.AttackAll(options)
	}
	return shadows.Attack(targets[0], options)
}

// referenceScores are those of the reference attack on each of the targets; a record has one for each.
func (r *reading) referenceScores(shadows measure.Shadows, targets []int) (*measure.Scores, error) {
	scores := measure.MakeScores(0, 0)
	for i, target := range targets {
		values, err := shadows.Reference(target)
		if err != nil {
			return nil, err
		}
		for example, member := range shadows.Members(target) {
			if len(targets) > 1 {
				scores.AddOf(uint32(example), values[example], member)
			} else {
				scores.Add(values[example], member)
			}
		}
		r.tell(attackNamed(reference), int64(i+1), int64(len(targets)))
	}
	return scores, nil
}

// targets are the models that are asked for: one, by default that which the file names, or all.
func (r *reading) targets(named, models int) ([]int, error) {
	switch r.options.Target {
	case "":
		return []int{named}, nil
	case allOfThem:
		all := make([]int, models)
		for i := range all {
			all[i] = i
		}
		return all, nil
	}
	target, err := strconv.Atoi(r.options.Target)
	if err != nil || target < 0 || target >= models {
		return nil, invalid("no target %q: use all or a number from 0 to %d", r.options.Target, models-1)
	}
	return []int{target}, nil
}

// relative attacks one target, the first by default, by signals of the examples and of a population.
func (r *reading) relative(name string) (measure.Result, error) {
	run, err := ReadRMIA(name)
	if err != nil {
		return measure.Result{}, err
	}
	targets, err := r.targets(0, run.Signals.Models)
	if err != nil {
		return measure.Result{}, err
	}
	if len(targets) > 1 && r.options.Target == allOfThem {
		return measure.Result{}, invalid("no target \"all\" of signals and a population: each target has references of its own, so measure one at a time")
	}
	run.Target, run.References = targets[0], r.options.References
	run.Gamma, run.A = rmiaGamma, rmiaOfflineA
	if r.options.Gamma != 0 {
		run.Gamma = r.options.Gamma
	}
	if r.options.OfflineA != nil {
		run.A = *r.options.OfflineA
	}
	return r.attacked([]attack{
		{rmia, run.Scores},
		{population, func() (*measure.Scores, error) { return populationScores(run) }},
		{reference, func() (*measure.Scores, error) { return r.referenceScores(run.Signals, targets) }},
	})
}

// populationScores are those of the population attack, which needs no model but the target.
func populationScores(run measure.RMIA) (*measure.Scores, error) {
	null := slices.DeleteFunc(signalsOf(run.Population, run.Target), math.IsNaN)
	if len(null) == 0 {
		return nil, invalid("no signal of the population is a number")
	}
	return measure.NewScores(measure.Placed(signalsOf(run.Signals, run.Target), null), run.Signals.Members(run.Target))
}

// signalsOf are the scores that one model gives.
func signalsOf(s measure.Shadows, model int) []float64 {
	values, row := make([]float64, s.Examples), make([]float64, s.Models)
	for example := range values {
		s.Scores(example, row)
		values[example] = row[model]
	}
	return values
}
