// Package barstest has bars for tests: the shipped ones, and an edition of one that is not out yet, for what another
// edition changes.
package barstest

import (
	"testing"

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

// AI is the edition of the AI bar that tests know.
func AI(t testing.TB) *bar.Bar {
	t.Helper()
	return load(t, "msrc-ai@2026-11")
}

// Shipped are all bars that ship.
func Shipped(t testing.TB) []*bar.Bar {
	t.Helper()
	var all []*bar.Bar
	for _, ref := range bars.Refs() {
		all = append(all, load(t, ref))
	}
	return all
}

func load(t testing.TB, ref string) *bar.Bar {
	t.Helper()
	b, err := bars.Load(ref)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
