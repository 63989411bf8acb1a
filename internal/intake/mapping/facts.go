package mapping

import (
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
		values := append(facts[p.Point].Values, p.Value)
		facts[p.Point] = assess.Fact{Values: values, Provenance: assess.Suggested, By: p.Source}
	}
	return facts
}
