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
	Lo     float64 `json:"lo"`
	Hi     float64 `json:"hi"`
	Level  float64 `json:"level"`
	Method string  `json:"method"`
}

// Result is what one kind of measurement says of one body of evidence.
type Result struct {
	Kind     string            `json:"kind"`              // trials, perturbation, membership, ...
	N        map[string]int    `json:"n"`                 // sample sizes by role, for instance members
	Metrics  map[string]Metric `json:"metrics"`           // by metric id, for instance "tpr@0.001"
	Missing  map[string]string `json:"missing,omitempty"` // metric id -> the evidence it would need
	Warnings []string          `json:"warnings"`
}
