package assess

import (
	"fmt"
	"slices"
	"strings"

	"bugbar/bar"
	"bugbar/measure"
)

// Answers to whether a measurement reaches what a bar demands.
const (
	Sufficient   = "sufficient"
	Insufficient = "insufficient"
	Inconclusive = "inconclusive"
)

// Judgement is what the cuts of a bar make of one measurement.
type Judgement struct {
	Bar    string   `json:"bar"`             // NAME@EDITION
	Cut    string   `json:"cut"`             // id of the cut
	Text   string   `json:"text"`            // what the cut demands
	Types  []string `json:"types"`           // the types of weakness that it is evidence of
	Point  string   `json:"point"`           // the decision point that it answers
	Value  string   `json:"value,omitempty"` // its value; empty while inconclusive
	Answer string   `json:"fact"`            // Sufficient, Insufficient or Inconclusive
	Checks []Check  `json:"checks"`
	Needs  string   `json:"needs,omitempty"` // what would settle it
}

// Check is one condition of a cut beside the metric that it is about.
type Check struct {
	Metric string         `json:"metric"`
	Demand string         `json:"demand"` // for instance "at least 0.9"
	Found  measure.Metric `json:"found"`
	Answer string         `json:"answer"`

	bound float64
}

// Judge applies the cut for a kind of measurement: the first of its alternatives whose metrics are all
// there. A condition holds when the whole interval reaches the bound, fails when none of it does, and is
// open in between; all must hold, and one that fails decides; of those joined by any, one must hold.
// ok is false when the bar has no cut for the kind.
func Judge(b *bar.Bar, r measure.Result) (j Judgement, ok bool) {
	cut := cutFor(b, r.Kind)
	if cut == nil {
		return Judgement{}, false
	}
	j = Judgement{Bar: b.Ref(), Cut: cut.ID, Text: cut.Text, Types: cut.Types, Point: b.Cuts.Point, Answer: Inconclusive}
	alternative := firstPresent(cut, r)
	if alternative == nil {
		j.Needs = absent(cut, r)
		return j, true
	}
	j.Answer = j.all(alternative, r)
	switch j.Answer {
	case Sufficient:
		j.Value = b.Cuts.Sufficient
	case Insufficient:
		j.Value = b.Cuts.Insufficient
	default:
		j.Needs = needs(j.Checks)
	}
	return j, true
}

func cutFor(b *bar.Bar, kind string) *bar.Cut {
	if b.Cuts == nil {
		return nil
	}
	for i, c := range b.Cuts.Cuts {
		if c.Kind == kind {
			return &b.Cuts.Cuts[i]
		}
	}
	return nil
}

func firstPresent(cut *bar.Cut, r measure.Result) []bar.Condition {
	for _, alternative := range cut.Alternatives {
		if len(missing(alternative, r)) == 0 {
			return alternative
		}
	}
	return nil
}

func missing(alternative []bar.Condition, r measure.Result) (ids []string) {
	for _, c := range alternative {
		if !present(c, r) {
			ids = append(ids, firstMetric(c))
		}
	}
	return ids
}

// present says whether the evidence has a condition's metric, or one of those joined by any.
func present(c bar.Condition, r measure.Result) bool {
	if len(c.Any) > 0 {
		return slices.ContainsFunc(c.Any, func(one bar.Condition) bool { return present(one, r) })
	}
	_, there := r.Metrics[c.Metric]
	return there
}

func firstMetric(c bar.Condition) string {
	if len(c.Any) > 0 {
		return firstMetric(c.Any[0])
	}
	return c.Metric
}

// absent says what evidence the first alternative lacks.
func absent(cut *bar.Cut, r measure.Result) string {
	var lacks []string
	for _, id := range missing(cut.Alternatives[0], r) {
		if what := r.Missing[id]; what != "" {
			id += ": " + what
		}
		lacks = append(lacks, id)
	}
	return strings.Join(lacks, "; ")
}

// all is the three-valued conjunction of conditions.
func (j *Judgement) all(conditions []bar.Condition, r measure.Result) string {
	answer := Sufficient
	for _, c := range conditions {
		switch j.one(c, r) {
		case Insufficient:
			answer = Insufficient
		case Inconclusive:
			if answer == Sufficient {
				answer = Inconclusive
			}
		}
	}
	return answer
}

// any is the three-valued disjunction of the conditions whose metrics are there.
func (j *Judgement) any(conditions []bar.Condition, r measure.Result) string {
	answer := Insufficient
	for _, c := range conditions {
		if !present(c, r) {
			continue
		}
		switch j.one(c, r) {
		case Sufficient:
			answer = Sufficient
		case Inconclusive:
			if answer == Insufficient {
				answer = Inconclusive
			}
		}
	}
	return answer
}

func (j *Judgement) one(c bar.Condition, r measure.Result) string {
	if len(c.Any) > 0 {
		return j.any(c.Any, r)
	}
	k := check(c, r.Metrics[c.Metric])
	j.Checks = append(j.Checks, k)
	return k.Answer
}

func check(c bar.Condition, m measure.Metric) Check {
	k := Check{Metric: c.Metric, Found: m, Answer: Inconclusive}
	if c.Above != nil {
		k.Demand, k.bound = fmt.Sprintf("above %g", *c.Above), *c.Above
	} else {
		k.Demand, k.bound = fmt.Sprintf("at least %g", *c.AtLeast), *c.AtLeast
	}
	strict := c.Above != nil
	switch {
	case m.Lo > k.bound || !strict && m.Lo == k.bound:
		k.Answer = Sufficient
	case m.Hi < k.bound || strict && m.Hi == k.bound:
		k.Answer = Insufficient
	}
	return k
}

// needs says of each open condition how much evidence would settle it.
func needs(checks []Check) string {
	var parts []string
	for _, c := range checks {
		if c.Answer != Inconclusive {
			continue
		}
		part := fmt.Sprintf("%s %s is open at %s", c.Metric, c.Demand, c.Found)
		if n, ok := c.Found.SampleToSettle(c.bound); ok && n > c.Found.N {
			part += fmt.Sprintf("; about %d instead of %d would settle it, if the value stays", n, c.Found.N)
		} else if c.Found.Method == "count" {
			part = fmt.Sprintf("%s %s: %s so far", c.Metric, c.Demand, c.Found)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "; ")
}
