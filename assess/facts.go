package assess

import (
	"fmt"
	"slices"
	"strings"

	"bugbar/bar"
)

// Provenance says who or what vouches for a fact.
type Provenance string

// From the weakest to the strongest.
const (
	Claimed   Provenance = "claimed"   // by the reporter
	Suggested Provenance = "suggested" // by a classifier, from the report's words
	Measured  Provenance = "measured"  // from evidence, by the bar's cuts
	Confirmed Provenance = "confirmed" // by a person who answers for it
)

// Provenances lists them from the weakest to the strongest.
var Provenances = []Provenance{Claimed, Suggested, Measured, Confirmed}

// Weaker says whether p vouches less than q.
func (p Provenance) Weaker(q Provenance) bool {
	return slices.Index(Provenances, p) < slices.Index(Provenances, q)
}

// Fact is what is known of one decision point: the values still possible, and who vouches for
// that. No values at all is the same as all of them: unknown.
type Fact struct {
	Values     []string   `json:"values"`
	Provenance Provenance `json:"provenance"`
	By         string     `json:"by,omitempty"`       // a person, a classifier, an evidence file
	Evidence   string     `json:"evidence,omitempty"` // where it can be checked
}

// Facts holds one fact for each decision point that anything is known of, by the point's id.
type Facts map[string]Fact

// Claim makes facts as a reporter states them, one value each: point, value, point, value ...
func Claim(pairs ...string) Facts {
	facts := Facts{}
	for i := 0; i+1 < len(pairs); i += 2 {
		facts[pairs[i]] = Fact{Values: []string{pairs[i+1]}, Provenance: Claimed}
	}
	return facts
}

// Parse reads one fact as it is written on a command line: "point=value", or "point=value|value"
// where several are still possible, or "point=unknown".
func Parse(b *bar.Bar, text string) (string, Fact, error) {
	point, value, found := strings.Cut(text, "=")
	if !found {
		return "", Fact{}, &SyntaxError{Got: text}
	}
	point, value = strings.TrimSpace(point), strings.TrimSpace(value)
	fact := Fact{Provenance: Claimed}
	if value != Unknown {
		fact.Values = strings.Split(value, "|")
	}
	if _, _, err := b.SetOf(point, fact.Values); err != nil {
		return "", Fact{}, err
	}
	return point, fact, nil
}

// Unknown is how a person writes that a fact is not known. It is no value of any bar.
const Unknown = "unknown"

// SyntaxError is a fact that is not written as one.
type SyntaxError struct{ Got string }

func (e *SyntaxError) Error() string { return fmt.Sprintf("%q is not a fact", e.Got) }

// Hint says how a fact is written.
func (e *SyntaxError) Hint() string { return "point=value, for instance interaction=none" }

// ProvenanceError is a provenance that does not exist.
type ProvenanceError struct {
	Point string
	Got   Provenance
}

func (e *ProvenanceError) Error() string {
	return fmt.Sprintf("unknown provenance %q of %s", e.Got, e.Point)
}

// Hint lists what would do.
func (e *ProvenanceError) Hint() string { return "one of: claimed, suggested, measured, confirmed" }

// sets resolves facts against a bar: one set for each of its points, in order.
func (f Facts) sets(b *bar.Bar, dst []bar.Set) error {
	known := 0
	for i, p := range b.Points {
		dst[i] = p.All()
		fact, ok := f[p.ID]
		if !ok {
			continue
		}
		known++
		if !slices.Contains(Provenances, fact.Provenance) {
			return &ProvenanceError{Point: p.ID, Got: fact.Provenance}
		}
		_, set, err := b.SetOf(p.ID, fact.Values)
		if err != nil {
			return err
		}
		dst[i] = set
	}
	if known < len(f) {
		return f.unknownPoint(b)
	}
	return nil
}

// unknownPoint names the first fact, by id, that the bar does not ask for.
func (f Facts) unknownPoint(b *bar.Bar) error {
	var ids []string
	for id := range f {
		if p, _ := b.Point(id); p == nil {
			ids = append(ids, id)
		}
	}
	_, _, err := b.SetOf(slices.Min(ids), nil)
	return err
}
