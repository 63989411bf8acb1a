package casebook_test

import (
	"slices"
	"strings"
	"testing"

	"bugbar/assess"
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

// TestSubmissionIsBounded: nothing of a report is without a limit, whichever way it comes.
func TestSubmissionIsBounded(t *testing.T) {
	suite(t, func(w *world) {
		lee := w.person("lee", casebook.Triager)
		receipt, _ := w.submit(lee, w.report("a case"))
		long := func(n int) string { return strings.Repeat("ä", n) }
		values := func(v ...string) assess.Facts {
			return assess.Facts{"type": {Values: v, Provenance: assess.Claimed}}
		}
		for what, set := range map[string]func(s *casebook.Submission, over int){
			"title":            func(s *casebook.Submission, over int) { s.Title = long(casebook.MaxTitle + over) },
			"product":          func(s *casebook.Submission, over int) { s.Product = long(casebook.MaxName + over) },
			"model":            func(s *casebook.Submission, over int) { s.Model = long(casebook.MaxName + over) },
			"number of refs":   func(s *casebook.Submission, over int) { s.Refs = make([]string, casebook.MaxRefs+over) },
			"a ref":            func(s *casebook.Submission, over int) { s.Refs = []string{"CVE-1", long(casebook.MaxRef + over)} },
			"a finding's name": func(s *casebook.Submission, over int) { s.Findings[0].Title = long(casebook.MaxTitle + over) },
			"a judge": func(s *casebook.Submission, over int) {
				s.Findings[0].Trials = &casebook.Trials{Judge: long(casebook.MaxName + over)}
			},
			"same values": func(s *casebook.Submission, over int) {
				s.Findings[0].Facts = values(slices.Repeat([]string{"prompt-injection"}, 1+over)...)
			},
			"no value": func(s *casebook.Submission, over int) {
				s.Findings[0].Facts = values([]string{"prompt-injection"}[over:]...)
			},
			"evidence": func(s *casebook.Submission, over int) {
				s.Findings[0].Facts = assess.Facts{"type": {Values: []string{"prompt-injection"}, Provenance: assess.Claimed, Evidence: long(casebook.MaxRef + over)}}
			},
		} {
			fits, over := w.report("a report"), w.report("a report")
			set(&fits, 0)
			set(&over, 1)
			w.submit(lee, fits)
			if _, _, err := w.Submit(w.Context(), lee, over); !fault.Is(err, fault.Invalid) {
				w.Errorf("%s: one too many, and %v", what, err)
			}
		}
		many := w.report("a report")
		many.Findings[0].Facts = assess.Facts{}
		for n := range casebook.MaxFacts + 1 {
			many.Findings[0].Facts[long(n+1)] = assess.Fact{Values: []string{"x"}, Provenance: assess.Claimed}
		}
		_, _, err := w.Submit(w.Context(), lee, many)
		w.refused(fault.Invalid, err, "65 facts")
		_, err = w.SetFact(w.Context(), lee, receipt.ID, 0, "type", assess.Fact{Values: []string{"prompt-injection", "prompt-injection"}})
		w.refused(fault.Invalid, err, "twice")
		_, err = w.AddFinding(w.Context(), lee, receipt.ID, casebook.Finding{Facts: values("prompt-injection", "prompt-injection")})
		w.refused(fault.Invalid, err, "twice")
	})
}
