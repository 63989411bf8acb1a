package mapping

import (
	"slices"

	"bugbar/assess"
	"bugbar/bar"
)

// Facts makes facts of proposals: suggested, never confirmed. Those in words that the bar does not have are left
// out, since the tables of the tools are written for the AI bar.
func Facts(b *bar.Bar, proposals []Proposal) assess.Facts {
	facts := assess.Facts{}
	for _, p := range proposals {
		if _, _, err := b.SetOf(p.Point, []string{p.Value}); err != nil {
			continue
		}
		values := facts[p.Point].Values
		if slices.Contains(values, p.Value) {
			continue // several sources may say the same
		}
		facts[p.Point] = assess.Fact{Values: append(values, p.Value), Provenance: assess.Suggested, By: p.Source}
	}
	return facts
}
