// Package suggest reads a report and proposes facts: for each decision point a distribution over its
// values, the words that speak for them, and whether these words claim something or show it. It
// proposes and never decides: a person takes a proposal up, or does not.
//
// The embedded Model works in-process and deterministically. Cues, phrases that stand as data in
// cues/, and n-grams of words and characters are weighed by linear classifiers that `make
// suggest-model` trains; their probabilities are calibrated. Where no value is likely enough, the
// proposal is unknown.
//
// A text is hostile until proven otherwise. What hides words is undone before anything is read;
// passages that address the reader's judgement in place of describing a weakness are not weighed,
// and are shown as suspicions. At most 256 KiB are weighed; how much was left is told.
package suggest

import (
	"context"

	"bugbar/assess"
	"bugbar/bar"
)

// Suggester reads a report. Its error says that it could not answer at all.
type Suggester interface {
	Suggest(ctx context.Context, text string) (*Result, error)
}

// Result is what a suggester makes of a report.
type Result struct {
	Suggester  Identity    `json:"suggester"`
	Bar        string      `json:"bar"`
	Edition    string      `json:"edition"`
	Findings   []Finding   `json:"findings"` // at least one
	Suspicions []Suspicion `json:"suspicions"`
	Unread     int         `json:"unread,omitempty"` // bytes at the end that were not weighed
	Notes      []string    `json:"notes,omitempty"`  // what the suggester says of its own work
}

// Identity says which suggester, with a digest where it has one.
type Identity struct {
	Name   string `json:"name"`
	Digest string `json:"digest,omitempty"`
}

// Finding is one weakness of a report as the suggester tells it apart.
type Finding struct {
	Title     string     `json:"title,omitempty"`
	Span      Span       `json:"span"`
	Proposals []Proposal `json:"proposals"` // in the order of the bar's points
	Quality   []Signal   `json:"quality"`
}

// Proposal is a proposed answer to one decision point.
type Proposal struct {
	Point string `json:"point"`
	// Asked says whether the bar needs the point, given what is proposed for those before it.
	Asked bool `json:"asked"`
	// Values are those proposed: one, or several that lead to the same outcome; none is unknown.
	Values       []string   `json:"values"`
	Probability  float64    `json:"probability"` // of Values together
	Distribution []Share    `json:"distribution"`
	Basis        Basis      `json:"basis,omitempty"`
	Evidence     []Evidence `json:"evidence"`
}

// Share is the probability of one value; the value assess.Unknown stands for a text that leaves
// the point open.
type Share struct {
	Value       string  `json:"value"`
	Probability float64 `json:"probability"`
}

// Basis says whether words claim something or show it.
type Basis string

// What a proposal can rest on.
const (
	Claimed      Basis = "claimed"      // said, expected or feared
	Demonstrated Basis = "demonstrated" // steps, transcripts, trials, what was observed
)

// Evidence is a passage that speaks for a value.
type Evidence struct {
	Span
	Quote string `json:"quote"` // the bytes of the span
	Value string `json:"value"`
	Why   string `json:"why"` // the cue, or the weight
	Basis Basis  `json:"basis"`
}

// Span is a part of the text as received, in bytes: from Start up to, not including, End.
type Span struct {
	Start int `json:"start"`
	End   int `json:"end"`
}

// Signal is something about the quality of a report, with the reason.
type Signal struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

// Suspicion is a passage that tries, or seems to try, to sway whoever classifies the report.
type Suspicion struct {
	Span
	Kind   string `json:"kind"`
	Reason string `json:"reason"`
}

// Facts are the proposals of a finding as facts. They are suggested, and become more only when a
// person confirms them.
func (f Finding) Facts(by Identity) assess.Facts {
	facts := assess.Facts{}
	for _, p := range f.Proposals {
		if len(p.Values) > 0 {
			facts[p.Point] = assess.Fact{Values: p.Values, Provenance: assess.Suggested, By: by.Name}
		}
	}
	return facts
}

// Proposal returns the proposal for a decision point, or nil.
func (f Finding) Proposal(point string) *Proposal {
	for i := range f.Proposals {
		if f.Proposals[i].Point == point {
			return &f.Proposals[i]
		}
	}
	return nil
}

// MarkAsked says of each proposal, one for each point of the bar in order, whether the bar needs its
// point, given those before it.
func MarkAsked(b *bar.Bar, proposals []Proposal) {
	sets := make([]bar.Set, len(b.Points))
	for i, p := range b.Points {
		sets[i] = p.All()
	}
	for i := range proposals {
		proposals[i].Asked = asked(b, sets)[i] && len(alike(b, sets, i)) > 1
		if _, set, err := b.SetOf(proposals[i].Point, proposals[i].Values); err == nil {
			sets[i] = set
		}
	}
}

// asked says which decision points the paths that sets leave open ask, in the bar's order.
func asked(b *bar.Bar, sets []bar.Set) []bool {
	open := make(bar.Bitmap, b.Words())
	b.Open(open, sets)
	points := make([]bool, len(b.Points))
	paths := b.Paths()
	for n := range open.All() {
		for i := range points {
			points[i] = points[i] || paths[n].Inputs.Has(i)
		}
	}
	return points
}
