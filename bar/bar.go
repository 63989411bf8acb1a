// Package bar is an edition of a rule book as data: decision points, tables of rows, and the texts
// that explain them.
//
// Load reads a folder of YAML and CSV files and compiles it; Lint proves that it can be trusted;
// Diff says what changed between two editions. A compiled bar is a list of Paths, each a box of
// answers with the row at its end. The boxes do not overlap and leave no gap, so any facts, known
// or half known, select the paths that they still allow by a few bitmap operations.
//
// The format of the files is documented in docs/format/bar.md. A Bar is immutable once loaded and
// safe for concurrent use.
package bar

// Undetermined is the outcome of facts that leave several outcomes open, and of a row whose cell
// the source does not tell.
const Undetermined = "undetermined"

// Bar is one edition of a rule book.
type Bar struct {
	ID             string          `json:"id"`
	Edition        string          `json:"edition"`
	Title          string          `json:"title"`
	Summary        string          `json:"summary"`
	Source         Source          `json:"source"`
	Prefix         string          `json:"prefix"`
	Entry          string          `json:"entry"` // the table that is read first
	Extends        string          `json:"extends,omitempty"`
	Points         []*Point        `json:"points"`   // in the order of the questions
	Tables         []*Table        `json:"tables"`   // the entry first, then by id
	Outcomes       []Outcome       `json:"outcomes"` // from the gravest to the mildest
	Sections       []Section       `json:"sections"`
	Categories     []Category      `json:"categories"`
	Gates          []Gate          `json:"gates"`
	Considerations []Consideration `json:"considerations"`
	Referral       *Clause         `json:"referral,omitempty"`
	Discretion     *Clause         `json:"discretion,omitempty"`
	Notice         *Notice         `json:"notice,omitempty"`
	Cuts           *Cuts           `json:"cuts,omitempty"`
	Mappings       []Mapping       `json:"mappings"`
	Overrides      []Override      `json:"overrides,omitempty"`
	Base           *Bar            `json:"-"` // the bar that this one extends, or nil

	pointIndex   map[string]int
	outcomeIndex map[string]int
	paths        []Path
	index        index
	files        sources
	own          document // bar.yaml as it stands, without what is inherited
}

// Source says which document a bar restates.
type Source struct {
	Title     string `yaml:"title" json:"title" lint:"text"`
	Publisher string `yaml:"publisher" json:"publisher" lint:"text"`
	Read      string `yaml:"read" json:"read" lint:"text"` // when the document was read
	URL       string `yaml:"url" json:"url,omitempty"`
	Note      string `yaml:"note" json:"note,omitempty"`
}

// Point is a decision point: one question with a closed list of values.
type Point struct {
	ID       string    `yaml:"id" json:"id" lint:"text"`
	Name     string    `yaml:"name" json:"name" lint:"text"`
	Question string    `yaml:"question" json:"question" lint:"text"`
	Why      string    `yaml:"why" json:"why" lint:"text"`
	How      string    `yaml:"how" json:"how" lint:"text"`
	Ordered  bool      `yaml:"ordered" json:"ordered"` // values stand from mildest to worst
	Values   []Value   `yaml:"values" json:"values"`
	Examples []Example `yaml:"examples" json:"examples"`

	lookup lookup
}

// Value is one answer to a decision point.
type Value struct {
	ID         string   `yaml:"id" json:"id" lint:"text"`
	Name       string   `yaml:"name" json:"name" lint:"text"`
	Text       string   `yaml:"text" json:"text" lint:"text"`
	Example    string   `yaml:"example" json:"example,omitempty"`
	Section    string   `yaml:"section" json:"section,omitempty"`
	References []string `yaml:"references" json:"references,omitempty"`
}

// Example is a worked case of a decision point. Lint assesses its facts and compares.
type Example struct {
	Story   string             `yaml:"story" json:"story" lint:"text"`
	Facts   map[string]Answers `yaml:"facts" json:"facts"`
	Answer  string             `yaml:"answer" json:"answer" lint:"text"`
	Outcome string             `yaml:"outcome" json:"outcome" lint:"text"`
	Row     string             `yaml:"row" json:"row,omitempty"`
}

// Outcome is one thing that a row can say. Two outcomes compare only when they stand on the same
// scale, which is not empty; a higher rank is worse.
type Outcome struct {
	ID    string `yaml:"id" json:"id" lint:"text"`
	Name  string `yaml:"name" json:"name" lint:"text"`
	Scale string `yaml:"scale" json:"scale,omitempty"`
	Rank  int    `yaml:"rank" json:"rank"`
	Text  string `yaml:"text" json:"text" lint:"text"`
}

// Section is a part of the source, restated.
type Section struct {
	ID    string `yaml:"id" json:"id" lint:"text"`
	Title string `yaml:"title" json:"title" lint:"text"`
	Text  string `yaml:"text" json:"text" lint:"text"`
}

// Category groups values of the entry table's point as the source does.
type Category struct {
	ID      string   `yaml:"id" json:"id" lint:"text"`
	Name    string   `yaml:"name" json:"name" lint:"text"`
	Section string   `yaml:"section" json:"section" lint:"text"`
	Text    string   `yaml:"text" json:"text" lint:"text"`
	Types   []string `yaml:"types" json:"types"`
}

// Gate is a rule of the source that decides whether its tables apply at all, and the rows that
// carry it out.
type Gate struct {
	ID      string   `yaml:"id" json:"id" lint:"text"`
	Name    string   `yaml:"name" json:"name" lint:"text"`
	Section string   `yaml:"section" json:"section" lint:"text"`
	Text    string   `yaml:"text" json:"text" lint:"text"`
	Rows    []string `yaml:"rows" json:"rows"`
}

// Consideration is something that the source weighs without computing it. It is shown with every
// outcome on one of its scales.
type Consideration struct {
	ID      string   `yaml:"id" json:"id" lint:"text"`
	Name    string   `yaml:"name" json:"name" lint:"text"`
	Section string   `yaml:"section" json:"section" lint:"text"`
	Text    string   `yaml:"text" json:"text" lint:"text"`
	Scales  []string `yaml:"scales" json:"scales"`
}

// Clause is a rule of the source for what its tables do not rate: the referral to another bar, and
// the reviewer's discretion.
type Clause struct {
	Row     string `yaml:"row" json:"row" lint:"text"`
	Bar     string `yaml:"bar" json:"bar,omitempty"`
	Section string `yaml:"section" json:"section" lint:"text"`
	Text    string `yaml:"text" json:"text" lint:"text"`
}

// Notice is what a reporter is told about material that is never accepted. Question is asked
// before anything of a report is read; Point and Value name the answer that it stands for.
type Notice struct {
	Row      string `yaml:"row" json:"row" lint:"text"`
	Point    string `yaml:"point" json:"point" lint:"text"`
	Value    string `yaml:"value" json:"value" lint:"text"`
	Section  string `yaml:"section" json:"section" lint:"text"`
	Question string `yaml:"question" json:"question" lint:"text"`
	Text     string `yaml:"text" json:"text" lint:"text"`
}

// Mapping is an equivalent of a value in another taxonomy, with the taxonomy's edition.
type Mapping struct {
	Point      string `json:"point"`
	Value      string `json:"value"`
	Taxonomy   string `json:"taxonomy"`
	Edition    string `json:"edition"`
	ID         string `json:"id"`
	Name       string `json:"name,omitempty"`
	Relation   string `json:"relation"` // equivalent, partial or inferred
	Provenance string `json:"provenance"`
}

// Override is a row that a bar rates otherwise than the bar it extends.
type Override struct {
	Row     string `yaml:"row" json:"row" lint:"text"`
	Outcome string `yaml:"outcome" json:"outcome" lint:"text"`
	Because string `yaml:"because" json:"because" lint:"text"`
}

// Ref returns the bar's name with its edition, for instance "msrc-ai@2026-11".
func (b *Bar) Ref() string { return b.ID + "@" + b.Edition }

// Point returns the decision point with that id and its place in Points, or nil and -1.
func (b *Bar) Point(id string) (*Point, int) {
	i, ok := b.pointIndex[id]
	if !ok {
		return nil, -1
	}
	return b.Points[i], i
}

// Outcome returns the outcome with that id, or the zero Outcome.
func (b *Bar) Outcome(id string) Outcome {
	if i, ok := b.outcomeIndex[id]; ok {
		return b.Outcomes[i]
	}
	return Outcome{}
}

// OutcomeIndex returns the place of an outcome in Outcomes, or -1.
func (b *Bar) OutcomeIndex(id string) int {
	if i, ok := b.outcomeIndex[id]; ok {
		return i
	}
	return -1
}

// CheckOutcome returns an *UnknownError for an outcome that the bar does not have.
func (b *Bar) CheckOutcome(id string) error {
	if b.OutcomeIndex(id) < 0 {
		return &UnknownError{What: "outcome", Got: id, Choices: b.outcomeIDs()}
	}
	return nil
}

// EntryPoint returns the id of the decision point that is asked first.
func (b *Bar) EntryPoint() string { return b.Tables[0].Inputs[0] }

// BaseOf returns the bar below this one that gives an overridden row the outcome which the last
// override replaces, and b itself for any other row.
func (b *Bar) BaseOf(r *Row) *Bar {
	if n := len(r.Layers); n > 0 {
		for base := b.Base; base != nil; base = base.Base {
			if base.Ref() == r.Layers[n-1].Bar {
				return base
			}
		}
	}
	return b
}

// Row returns the row with that id, or nil.
func (b *Bar) Row(id string) *Row {
	for _, r := range b.rows() {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// Section returns the section with that id, or the zero Section.
func (b *Bar) Section(id string) Section {
	for _, s := range b.Sections {
		if s.ID == id {
			return s
		}
	}
	return Section{}
}

// Worse says whether outcome a is worse than b on a scale that both stand on.
func (b *Bar) Worse(a, than string) bool {
	x, y := b.Outcome(a), b.Outcome(than)
	return x.Scale != "" && x.Scale == y.Scale && x.Rank > y.Rank
}

// Value returns the value with that id, or nil.
func (p *Point) Value(id string) *Value {
	if i := p.lookup.find(id); i >= 0 {
		return &p.Values[i]
	}
	return nil
}

// All returns the set of all values of the point: nothing is known.
func (p *Point) All() Set { return 1<<len(p.Values) - 1 }

// Set is a set of a point's values, one bit each in the order of Point.Values.
type Set uint64

// Has says whether value i is in the set.
func (s Set) Has(i int) bool { return s>>i&1 == 1 }

// Single says whether exactly one value is in the set.
func (s Set) Single() bool { return s != 0 && s&(s-1) == 0 }

// Names lists the ids of the values in the set, in the order of the point.
func (p *Point) Names(s Set) []string {
	names := make([]string, 0, len(p.Values))
	for i := range p.Values {
		if s.Has(i) {
			names = append(names, p.Values[i].ID)
		}
	}
	return names
}
