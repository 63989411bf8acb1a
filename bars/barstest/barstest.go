// Package barstest has an edition of the shipped bar that is not out yet, for tests of what another edition changes.
package barstest

import (
	"bugbar/bar"
	"bugbar/bars"
)

// Next is the edition that Load has beside the shipped ones.
const Next = "msrc-ai@2027-01"

// Load is bars.Load with Next, which rates what the present edition does not.
func Load(ref string) (*bar.Bar, error) {
	if ref != Next {
		return bars.Load(ref)
	}
	local, err := bars.Load("local-example")
	if err != nil {
		return nil, err
	}
	next := *local
	next.ID, next.Edition = "msrc-ai", "2027-01"
	return &next, nil
}
