package measure

import (
	"cmp"
	"errors"
	"fmt"
)

// Trial is one attempt of an attack on a target.
type Trial struct {
	Case    string // what was tried; attempts at one case resemble each other. Empty: a case of its own
	Control bool   // an attempt without the attack, such as a benign prompt
	Success bool
	Target  string // the three by which trials are broken down; empty where not recorded
	Model   string
	Date    string
}

func (t Trial) attempt() (name string, control, success bool) { return t.Case, t.Control, t.Success }

// Trials measures a repeatable attack: k of n attempts, and of cases in which any or all succeeded,
// against the control arm where there is one. The bar has no confidence clause for these attacks, so a
// control is asked for and not demanded. Intervals: rate by Clopper and Pearson (1934), rate_wilson by
// Wilson (1927), rate_clustered and rate_minus_control over effective attempts where cases repeat.
func Trials(rows []Trial) (Result, error) {
	attack, control := arms(rows, Trial.attempt)
	if len(attack.cases) == 0 {
		return Result{}, errors.New("trials: no attempt of the attack; rows of the control arm alone measure nothing")
	}
	r := trialArms(attack.cases, control.cases)
	if len(control.cases) == 0 {
		r.Missing["rate_minus_control"] = "a control arm: rows with arm = control, tried in the same way without the attack"
		r.warn("no control arm: what succeeds without the attack is counted for it")
	}
	r.byCase(attack)
	r.byColumn(rows, "target", func(t Trial) string { return t.Target })
	r.byColumn(rows, "model", func(t Trial) string { return t.Model })
	r.byColumn(rows, "date", func(t Trial) string { return t.Date })
	return r, nil
}

// CompareTrials measures the attack after a change, for instance a fix, and adds the rate before it and
// the difference, after less before, with Newcombe's interval and Fisher's exact test (two-sided).
func CompareTrials(before, after []Trial) (Result, error) {
	r, err := Trials(after)
	if err != nil {
		return Result{}, fmt.Errorf("after: %w", err)
	}
	old, _ := arms(before, Trial.attempt)
	now, _ := arms(after, Trial.attempt)
	if len(old.cases) == 0 {
		return Result{}, errors.New("before: trials: no attempt of the attack")
	}
	was, is := old.cases.Total(), now.cases.Total()
	r.N["attempts_before"], r.N["successes_before"], r.N["cases_before"] = was.Attempts, was.Successes, len(old.cases)
	r.Metrics["rate_before"] = exact(was.Successes, was.Attempts)
	r.Metrics["difference"] = difference(now.cases, old.cases)
	r.Metrics["difference_p"] = twoSidedFisher(now.cases, old.cases)
	if d := r.Metrics["difference"]; d.Lo <= 0 && d.Hi >= 0 {
		r.warn("the two runs are not told apart: the interval of the difference holds 0, by %d attempts before and %d after", was.Attempts, is.Attempts)
	}
	return r, nil
}

func trialArms(attack, control Clusters) Result {
	r := newResult("trials")
	a, c := attack.Total(), control.Total()
	r.N["attempts"], r.N["successes"], r.N["cases"] = a.Attempts, a.Successes, len(attack)
	r.N["control_attempts"], r.N["control_successes"], r.N["control_cases"] = c.Attempts, c.Successes, len(control)
	r.addArms("", attack, control)
	if a.Successes == 0 {
		bound := UpperBound(0, a.Attempts, Level)
		r.Metrics["rate_upper"] = within(bound, a.Attempts, Interval{Lo: 0, Hi: bound, Level: Level, Method: "clopper-pearson-one-sided"})
		r.warn("no attempt of %d succeeded: rates up to %.2g are still possible (one-sided %g %%)", a.Attempts, bound, 100*Level)
	}
	r.addCases("", attack)
	r.addCases("control_", control)
	if attack.repeated() {
		r.Metrics["rate_clustered"] = within(share(a.Successes, a.Attempts), a.Attempts, attack.Wilson(Level))
		r.warn("%d attempts at %d cases count as about %.0f independent ones: rely on rate_clustered, not on rate",
			a.Attempts, len(attack), attack.EffectiveN())
	}
	return r
}

// addCases adds what cases with several attempts tell: how many gave way at least once and each time, and
// the standard error of the rate with cases as the sampled units.
func (r *Result) addCases(prefix string, cases Clusters) {
	if !cases.repeated() {
		return
	}
	r.Metrics[prefix+"rate_any"] = exact(cases.AnyOf(), len(cases))
	r.Metrics[prefix+"rate_all"] = exact(cases.AllOf(), len(cases))
	if len(cases) > 1 {
		r.Metrics[prefix+"rate_se"] = bare(cases.StdErr(), cases.Total().Attempts, "cluster-robust")
	}
}

const shownCases = 40 // a forest plot of more rows is not read

// byCase adds a stratum per case where cases repeat.
func (r *Result) byCase(attack arm) {
	if !attack.cases.repeated() || len(attack.cases) > shownCases {
		return
	}
	for i, t := range attack.cases {
		one := newResult("trials")
		one.N["attempts"], one.N["successes"] = t.Attempts, t.Successes
		one.Metrics["rate"] = exact(t.Successes, t.Attempts)
		r.stratum("case", attack.names[i], one)
	}
}

// byColumn adds a stratum per value of a column that has at least two.
func (r *Result) byColumn(rows []Trial, by string, column func(Trial) string) {
	values, groups := groupBy(rows, column)
	if len(values) < 2 || r.tooMany(by, len(values)) {
		return
	}
	for _, value := range values {
		attack, control := arms(groups[value], Trial.attempt)
		if len(attack.cases) > 0 {
			r.stratum(by, cmp.Or(value, "(not recorded)"), trialArms(attack.cases, control.cases))
		}
	}
	r.warn("%d values of %s: each interval covers its own value, not all of them at once", len(values), by)
}
