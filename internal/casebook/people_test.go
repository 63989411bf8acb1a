package casebook_test

import (
	"fmt"
	"testing"

	"bugbar/internal/casebook"
)

// TestManyPeopleAtOnce makes so many people known in one millisecond that some draw the same id: everybody gets one of
// their own.
func TestManyPeopleAtOnce(t *testing.T) {
	suite(t, func(w *world) {
		seen := map[casebook.ID]bool{}
		for n := range 3000 { // of 4 million ids: two of them are alike in two runs of three
			p, err := w.AddPerson(w.Context(), sys, fmt.Sprintf("p%d", n), nil, casebook.Identity{})
			if err != nil {
				w.Fatal(err)
			}
			seen[p.ID] = true
		}
		if len(seen) != 3000 {
			w.Errorf("%d ids", len(seen))
		}
	})
}
