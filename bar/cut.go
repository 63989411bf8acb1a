package bar

// Cuts are the thresholds that turn a measured interval into an answer of one decision point.
// Package assess applies them; this package only holds them, so that each number stands once.
type Cuts struct {
	Point        string `yaml:"point" json:"point" lint:"text"`
	Sufficient   string `yaml:"sufficient" json:"sufficient" lint:"text"`     // the value where a cut is reached
	Insufficient string `yaml:"insufficient" json:"insufficient" lint:"text"` // the value where it is surely missed
	Cuts         []Cut  `yaml:"cuts" json:"cuts"`
}

// Cut is what one kind of measurement has to show for some types of weakness.
type Cut struct {
	ID           string        `yaml:"id" json:"id" lint:"text"`
	Kind         string        `yaml:"kind" json:"kind" lint:"text"` // kind of measurement, as in measure.Result
	Types        []string      `yaml:"types" json:"types"`           // values of the entry table's point
	Text         string        `yaml:"text" json:"text" lint:"text"`
	Alternatives [][]Condition `yaml:"alternatives" json:"alternatives"` // the first whose metrics are all present applies
}

// Condition demands that a metric reach a bound. It holds when the whole interval does, fails when
// none of it does, and is open in between. A condition with Any holds when one of those does.
type Condition struct {
	Metric  string      `yaml:"metric" json:"metric,omitempty"`
	AtLeast *float64    `yaml:"at_least" json:"at_least,omitempty"` // lo >= bound
	Above   *float64    `yaml:"above" json:"above,omitempty"`       // lo > bound
	Any     []Condition `yaml:"any" json:"any,omitempty"`
}
