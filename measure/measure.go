// Package measure turns the evidence of an attack into the field's metrics with honest confidence.
//
// Everything in it is pure: no files, clock or network, and no randomness but from a seed that the
// caller gives. What a number cannot carry is said in Result.Warnings beside it, not as an error.
package measure

// Level is the two-sided confidence level that every interval uses unless it says otherwise.
const Level = 0.95

// Interval is a two-sided confidence interval. Lo and Hi are infinite where a side is unbounded.
type Interval struct {
	Lo, Hi float64
	Level  float64 // for instance 0.95
	Method string  // for instance "clopper-pearson"
}

// Metric is one measured number with its interval.
type Metric struct {
	Value  float64 `json:"value"`
	Lo     float64 `json:"lo"` // infinite, and null in JSON, where the value has no bound on this side
	Hi     float64 `json:"hi"`
	Level  float64 `json:"level"` // 0 where the value carries no interval
	Method string  `json:"method"`
	N      int     `json:"n,omitempty"` // how many trials, records, pairs or worlds the value rests on
}

// Result is what one kind of measurement says of one body of evidence.
type Result struct {
	Kind     string            `json:"kind"`              // trials, perturbation, membership, ...
	N        map[string]int    `json:"n"`                 // sample sizes by role, for instance members
	Metrics  map[string]Metric `json:"metrics"`           // by metric id, for instance "tpr@0.001"
	Missing  map[string]string `json:"missing,omitempty"` // metric id -> the evidence it would need
	Strata   []Stratum         `json:"strata,omitempty"`  // the same broken down, for instance by target
	Curves   []Curve           `json:"curves,omitempty"`  // what a plot draws, for instance success against budget
	Warnings []string          `json:"warnings"`
}

// Stratum is the part of the evidence in which one column has one value.
type Stratum struct {
	By      string            `json:"by"`    // the column, for instance "target"
	Value   string            `json:"value"` // its value, for instance "model-a"
	N       map[string]int    `json:"n"`
	Metrics map[string]Metric `json:"metrics"`
}

// Curve is one metric as a function of what the attacker spends or claims.
type Curve struct {
	ID     string  `json:"id"`    // budget, cost or calibration
	Label  string  `json:"label"` // whose curve it is, for instance "attack"
	X      string  `json:"x"`     // what the x axis counts, for instance "queries"
	Y      string  `json:"y"`     // the metric's id
	Points []Point `json:"points"`
}

// Point is one place on a Curve.
type Point struct {
	X float64 `json:"x"`
	Metric
}
