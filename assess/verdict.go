// Package assess says what a bar makes of facts.
//
// Assess is pure, total and deterministic: the same bar and facts give the same Verdict, and every
// input gives a verdict or an error. A fact is a set of still-possible values, so half-known facts
// need no special case: the verdict lists the outcomes that they leave open and the question whose
// answer narrows them most. Measured is the one bridge from a measured interval to a fact, by the
// cuts that stand in the bar.
package assess

import (
	"slices"

	"bugbar/bar"
)

// Verdict is what a bar makes of facts.
type Verdict struct {
	Bar     string `json:"bar"`
	Edition string `json:"edition"`
	// Outcome is the id of an outcome of the bar; bar.Undetermined while several are possible.
	Outcome string `json:"outcome"`
	// Row is the id of the row that was reached, empty while several are possible; Section is the
	// part of the source that it restates.
	Row     string `json:"row"`
	Section string `json:"section,omitempty"`
	// Possible holds the outcomes that the facts leave open, in the bar's order; Rows their rows.
	Possible []string `json:"possible"`
	Rows     []string `json:"rows"`
	// Next is the question to ask; nil where no answer can change the outcome.
	Next *Question `json:"next"`
	// Facts echoes what was known, by decision point. Used names the points that decide: those that
	// the open rows depend on. Weakest is the weakest provenance among them.
	Facts   Facts      `json:"-"`
	Used    []string   `json:"used"`
	Weakest Provenance `json:"weakest,omitempty"`
	// Considerations are ids of what the bar weighs beside the outcome without computing it.
	Considerations []string `json:"considerations"`
	Changes        []Change `json:"changes"`
	// Overrides tells which of the Rows a layered bar rates otherwise than its base.
	Overrides []Override `json:"overrides,omitempty"`
	// Adjustment is a person's decision beside the bar's own result, which Outcome keeps.
	Adjustment *Adjustment `json:"adjustment,omitempty"`
}

// Question is the decision point whose answer narrows the possible outcomes most.
type Question struct {
	Point    string   `json:"point"`
	Question string   `json:"question"`
	Values   []string `json:"values"` // still possible
	// Expected is the number of outcomes still possible after the answer, averaged over Values.
	Expected float64 `json:"expected"`
}

// Direction of a change.
const (
	Raises  = "raises"  // to a worse outcome on the same scale
	Lowers  = "lowers"  // to a milder outcome on the same scale
	Moves   = "moves"   // to an outcome that does not compare
	Reopens = "reopens" // to several possible outcomes: other facts become necessary
)

// Change is a single fact that, answered otherwise, changes the outcome. Of the changes that raise
// or lower it, only the smallest for each fact is given.
type Change struct {
	Point     string   `json:"point"`
	From      string   `json:"from"` // several joined by |
	To        []string `json:"to"`   // each of these values has the same effect
	Direction string   `json:"direction"`
	Outcome   string   `json:"outcome"`
	Possible  []string `json:"possible,omitempty"` // where Direction is Reopens
	Row       string   `json:"row,omitempty"`
}

// Override tells what the base bar says of an overridden row.
type Override struct {
	Row         string `json:"row"`
	Outcome     string `json:"outcome"`
	Base        string `json:"base"` // NAME@EDITION
	BaseOutcome string `json:"base_outcome"`
	Because     string `json:"because"`
}

// Assess returns what the bar makes of the facts. The error is a *bar.UnknownError for a decision
// point or value that the bar does not have, or a *ProvenanceError.
func Assess(b *bar.Bar, facts Facts) (Verdict, error) {
	e := Engine{bar: b}
	sets := make([]bar.Set, len(b.Points))
	if err := facts.sets(b, sets); err != nil {
		return Verdict{}, err
	}
	v := e.Assess(sets)
	v.Facts = facts
	v.Weakest = facts.Weakest(v.Used)
	return v, nil
}

// Weakest returns the weakest provenance among the used points; a used point of which nothing is
// known vouches for nothing.
func (f Facts) Weakest(used []string) Provenance {
	var weakest Provenance
	for _, point := range used {
		fact, ok := f[point]
		if ok && len(fact.Values) > 0 && (weakest == "" || fact.Provenance.Weaker(weakest)) {
			weakest = fact.Provenance
		}
	}
	return weakest
}

// Worst returns the gravest outcome of several findings, by the order in which the bar lists its
// outcomes. Open says that a finding which is still undetermined could turn out graver.
func Worst(b *bar.Bar, verdicts []Verdict) (outcome string, open bool) {
	order := func(id string) int {
		return slices.IndexFunc(b.Outcomes, func(o bar.Outcome) bool { return o.ID == id })
	}
	graver := func(x, y string) bool { return y == bar.Undetermined || order(x) < order(y) }
	outcome = bar.Undetermined
	for _, v := range verdicts {
		if own := v.Final(); own != bar.Undetermined && graver(own, outcome) {
			outcome = own
		}
	}
	for _, v := range verdicts {
		if v.Final() != bar.Undetermined {
			continue
		}
		open = open || slices.ContainsFunc(v.Possible, func(id string) bool { return graver(id, outcome) })
	}
	return outcome, open
}

// Final is the outcome that stands: a person's adjustment, or else the bar's own.
func (v Verdict) Final() string {
	if v.Adjustment != nil {
		return v.Adjustment.Outcome
	}
	return v.Outcome
}
