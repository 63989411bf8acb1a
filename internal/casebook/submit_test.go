package casebook_test

import (
	"testing"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
)

// TestTrials: what no attempts come to is refused, of a report as of a run.
func TestTrials(t *testing.T) {
	suite(t, func(w *world) {
		lee := w.person("lee", casebook.Triager)
		receipt, _ := w.submit(lee, w.report("a case"))
		for _, test := range []struct {
			successes, attempts, errors, unjudged int
			fit                                   bool
		}{
			{0, 1, 0, 0, true}, {2, 2, 9, 9, true}, {5, 2, 9, 0, false}, {-1, 2, 0, 0, false}, {1, 2, -1, 0, false}, {1, 2, 0, -1, false},
		} {
			trials := casebook.Trials{Successes: test.successes, Attempts: &test.attempts, Errors: test.errors, Unjudged: test.unjudged}
			s := w.report("with trials")
			s.Findings[0].Trials = &trials
			_, _, err := w.Submit(w.Context(), lee, s)
			if test.fit != (err == nil) || !test.fit && !fault.Is(err, fault.Invalid) {
				w.Errorf("a report of %+v: %v", test, err)
			}
			_, err = w.RecordRun(w.Context(), lee, receipt.ID, 0, casebook.Run{Trials: trials})
			if test.fit != (err == nil) || !test.fit && !fault.Is(err, fault.Invalid) {
				w.Errorf("a run of %+v: %v", test, err)
			}
		}
		s := w.report("hits alone")
		s.Findings[0].Trials = &casebook.Trials{Successes: 5}
		w.submit(lee, s)
	})
}
