package casebook_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"bugbar/assess"
	"bugbar/internal/casebook"
	"bugbar/internal/fault"
)

func TestLifeToPublication(t *testing.T) {
	suite(t, func(w *world) {
		lee, ann, pat := w.person("lee", casebook.Triager), w.person("ann", casebook.Reviewer), w.person("pat", casebook.Publisher)
		r, c := w.submit(casebook.Write{}, w.report("mail"))
		if c.State != "received" || c.Outcome != "undetermined" || r.Key == "" {
			t := c
			w.Fatalf("opened as %+v, with key %q", t, r.Key)
		}
		_, err := w.Move(w.Context(), lee, r.ID, casebook.Step{To: "screening"})
		w.refused(fault.Conflict, err, "The reporter has been told")
		w.screened(lee, r.ID)
		_, err = w.Move(w.Context(), lee, r.ID, casebook.Step{To: "assessed"})
		w.refused(fault.Conflict, err, "no fact that decides is missing")
		w.facts(lee, r.ID, "none")
		_, err = w.Move(w.Context(), lee, r.ID, casebook.Step{To: "reproducing"})
		w.refused(fault.Conflict, err, "criterion")
		must[*casebook.Case](w)(w.Criterion(w.Context(), lee, r.ID, 0, "the mail is sent", 10))
		w.move(lee, r.ID, "reproducing")
		_, err = w.Move(w.Context(), lee, r.ID, casebook.Step{To: "triaging"})
		w.refused(fault.Conflict, err, "k of n")
		for field, trials := range map[string]casebook.Trials{
			"attempts": {Successes: 11, Attempts: attempts(10)}, "errors": {Successes: 7, Attempts: attempts(10), Errors: -1},
			"unjudged": {Successes: 7, Attempts: attempts(10), Unjudged: -1},
		} {
			_, err = w.RecordRun(w.Context(), lee, r.ID, 0, casebook.Run{Trials: trials})
			w.refused(fault.Invalid, err, field+": ")
		}
		must[*casebook.Case](w)(w.RecordRun(w.Context(), lee, r.ID, 0, casebook.Run{Trials: casebook.Trials{Successes: 7, Attempts: attempts(10)}}))
		c = w.move(lee, r.ID, "triaging", "assessed")
		if c.Outcome != "critical" || c.Decided != lee.Actor.ID {
			w.Fatalf("assessed as %s by %s", c.Outcome, c.Decided)
		}
		_, err = w.Move(w.Context(), lee, r.ID, casebook.Step{To: "accepted", Plan: casebook.Plan{Owner: "x", Target: 1}})
		w.refused(fault.Conflict, err, "approved by a second person")
		_, err = w.Approve(w.Context(), lee, r.ID)
		w.refused(fault.Forbidden, err)
		must[*casebook.Case](w)(w.Approve(w.Context(), ann, r.ID))
		_, err = w.Move(w.Context(), lee, r.ID, casebook.Step{To: "accepted"})
		w.refused(fault.Invalid, err, "owner")
		yesterday := w.clock.Now().Truncate(24 * time.Hour).Add(-24 * time.Hour)
		_, err = w.Move(w.Context(), lee, r.ID, casebook.Step{To: "accepted", Plan: casebook.Plan{Owner: "x", Target: ms(yesterday) - 1}})
		w.refused(fault.Invalid, err, "target: ", " is over")
		_, err = w.Move(w.Context(), lee, r.ID, casebook.Step{To: "accepted", Plan: casebook.Plan{Owner: "x", Target: ms(yesterday), Review: 1}})
		w.refused(fault.Invalid, err, "review: 1970-01-01 is over")
		w.move(lee, r.ID, "accepted", "remediating", "fix-ready", "retest")
		_, err = w.Move(w.Context(), lee, r.ID, casebook.Step{To: "resolved"})
		w.refused(fault.Conflict, err, "no longer worked")
		must[*casebook.Case](w)(w.RecordRun(w.Context(), lee, r.ID, 0, casebook.Run{Trials: casebook.Trials{Successes: 1, Attempts: attempts(10)}}))
		w.move(lee, r.ID, "remediating", "fix-ready", "retest")
		_, err = w.Move(w.Context(), lee, r.ID, casebook.Step{To: "resolved"})
		w.refused(fault.Conflict, err, "no longer worked")
		must[*casebook.Case](w)(w.RecordRun(w.Context(), lee, r.ID, 0, casebook.Run{Trials: casebook.Trials{Attempts: attempts(10)}}))
		w.move(lee, r.ID, "resolved", "advisory-draft", "advisory-review")
		_, err = w.Move(w.Context(), pat, r.ID, casebook.Step{To: "advisory-approved"})
		w.refused(fault.NotFound, err) // a publisher sees it once it is approved
		w.move(ann, r.ID, "advisory-approved")
		c = w.move(pat, r.ID, "published")
		if c.Waiting != "" || c.Author != lee.Actor.ID {
			w.Errorf("published, and waiting for %q; the author is %s", c.Waiting, c.Author)
		}
		_, err = w.Move(w.Context(), lee, r.ID, casebook.Step{To: "closed"})
		w.refused(fault.Conflict, err, "told of the decision")
		must[*casebook.Case](w)(w.Write(w.Context(), lee, r.ID, casebook.Post{Visibility: casebook.ToReporter, Text: "It is out."}))
		w.move(lee, r.ID, "closed")
	})
}

func TestQuestionAndAnswer(t *testing.T) {
	suite(t, func(w *world) {
		lee := w.person("lee", casebook.Triager)
		r, _ := w.submit(casebook.Write{}, w.report("mail"))
		me := must[casebook.Actor](w)(w.ByReportKey(w.Context(), r.Key))
		w.screened(lee, r.ID)
		_, err := w.Move(w.Context(), lee, r.ID, casebook.Step{To: "needs-info"})
		w.refused(fault.Invalid, err, "question")
		c := must[*casebook.Case](w)(w.Move(w.Context(), lee, r.ID, casebook.Step{To: "needs-info", Reason: "Which build?"}))
		if said := must[[]casebook.Message](w)(w.Thread(w.Context(), me, r.ID, 0, 10)); len(said) != 3 || said[2].Text != "Which build?" {
			w.Errorf("the reporter reads %+v", said)
		}
		if c.Waiting != "reporter" || w.deadline(c, "answer").Met != 0 {
			w.Errorf("it waits for %s", c.Waiting)
		}
		_, err = w.Move(w.Context(), lee, r.ID, casebook.Step{To: "triaging"})
		w.refused(fault.Conflict, err, "answered")
		_, err = w.Move(w.Context(), sys, r.ID, casebook.Step{To: "no-response"})
		w.refused(fault.Conflict, err, "time for the reporter's answer")
		c = must[*casebook.Case](w)(w.Write(w.Context(), casebook.Write{Actor: me}, r.ID, casebook.Post{Visibility: casebook.ToReporter, Text: "Here."}))
		if c.Waiting != "team" {
			w.Errorf("it waits for %s", c.Waiting)
		}
		if c = w.move(sys, r.ID, "triaging"); w.deadline(c, "answer").Met == 0 {
			w.Error("the clock of the answer still runs")
		}
		ask := casebook.Post{Visibility: casebook.ToReporter, Text: "And which system?", Asks: "A question."}
		if c = must[*casebook.Case](w)(w.Write(w.Context(), lee, r.ID, ask)); c.State != "needs-info" || c.Reason != "A question." || c.Waiting != "reporter" {
			w.Errorf("asked, and it is %s (%s) and waits for %s", c.State, c.Reason, c.Waiting)
		}
		_, err = w.Write(w.Context(), lee, r.ID, ask)
		w.refused(fault.Conflict, err, "cannot move")
		if said := must[[]casebook.Message](w)(w.Thread(w.Context(), me, r.ID, 0, 10)); len(said) != 5 {
			w.Errorf("what could not be asked is sent: %+v", said)
		}
		ask.Visibility = casebook.ToTeam
		_, err = w.Write(w.Context(), lee, r.ID, ask)
		w.refused(fault.Invalid, err, "asks the reporter nothing")
		w.clock.pass(31 * 24 * time.Hour)
		if c = w.move(sys, r.ID, "no-response"); w.deadline(c, "triage").Met == 0 {
			w.Error("the clock of the outcome runs in a case that ended")
		}
	})
}

// TestAppeal follows a decision that is appealed: once, and heard by somebody else.
func TestAppeal(t *testing.T) {
	suite(t, func(w *world) {
		lee, kim := w.person("lee", casebook.Triager), w.person("kim", casebook.Triager)
		r, _ := w.submit(casebook.Write{}, w.report("prompt"))
		me := casebook.Write{Actor: must[casebook.Actor](w)(w.ByReportKey(w.Context(), r.Key))}
		w.screened(lee, r.ID)
		none := func(by casebook.Write) {
			must[*casebook.Case](w)(w.SetFact(w.Context(), by, r.ID, 0, "type", assess.Fact{Values: []string{"system-prompt-extraction"}}))
		}
		none(lee)
		c := w.move(lee, r.ID, "assessed", "not-a-vulnerability")
		first := w.deadline(c, "triage")
		if first.Met == 0 {
			w.Error("the clock of the outcome runs on after it")
		}
		appeal := casebook.Step{To: "triaging", Appeal: true, Reason: "The prompt holds a password."}
		_, err := w.Move(w.Context(), me, r.ID, casebook.Step{To: "triaging", Appeal: true})
		w.refused(fault.Invalid, err, "reason")
		c = must[*casebook.Case](w)(w.Move(w.Context(), me, r.ID, appeal))
		if again := w.deadline(c, "triage"); again.Met != 0 || again.Started <= first.Started {
			w.Errorf("no new clock for the outcome: %+v", c.Deadlines)
		}
		_, err = w.Move(w.Context(), lee, r.ID, casebook.Step{To: "assessed"})
		w.refused(fault.Conflict, err, "Somebody else")
		_, err = w.Move(w.Context(), lee, r.ID, casebook.Step{To: "spam", Reason: "tired of it"})
		w.refused(fault.Conflict, err, "Somebody else")
		w.move(kim, r.ID, "assessed", "not-a-vulnerability")
		must[*casebook.Case](w)(w.Move(w.Context(), me, r.ID, appeal)) // another decision, another appeal
		// What was not decided anew is not appealed again.
		original, _ := w.submit(casebook.Write{}, w.report("original"))
		must[*casebook.Case](w)(w.Relate(w.Context(), lee, r.ID, casebook.Link{Kind: "duplicate-of", To: original.ID}))
		w.move(lee, r.ID, "duplicate")
		must[*casebook.Case](w)(w.Move(w.Context(), me, r.ID, appeal))
		_, err = w.Move(w.Context(), me, r.ID, appeal)
		w.refused(fault.Conflict, err)
		kinds := w.history(r.ID)
		if n := count(kinds, "assessed"); n != 2 {
			w.Errorf("%d verdicts are recorded, want 2", n)
		}
	})
}

// TestSecondAppealOfOneDecision leaves the decision as it is and tries to appeal it again.
func TestSecondAppealOfOneDecision(t *testing.T) {
	suite(t, func(w *world) {
		lee, max := w.person("lee", casebook.Triager), w.person("max", casebook.Manager)
		r, _ := w.submit(casebook.Write{}, w.report("mail"))
		me := casebook.Write{Actor: must[casebook.Actor](w)(w.ByReportKey(w.Context(), r.Key))}
		w.screened(lee, r.ID)
		w.facts(lee, r.ID, "required")
		w.move(lee, r.ID, "assessed", "accepted")
		appeal := casebook.Step{To: "triaging", Appeal: true, Reason: "It is worse."}
		both := make(chan error, 2)
		for range 2 { // even at the same moment, one decision has one appeal
			go func() {
				_, err := w.Move(w.Context(), me, r.ID, appeal)
				both <- err
			}()
		}
		a, b := <-both, <-both
		if (a == nil) == (b == nil) {
			w.Errorf("%v and %v, want one to be refused", a, b)
		}
		c := must[*casebook.Case](w)(w.Case(w.Context(), max.Actor, r.ID))
		if c.Appeals != 1 || !c.UnderAppeal() {
			w.Errorf("%d appeals", c.Appeals)
		}
	})
}

func TestApprovalIsOfWhatStands(t *testing.T) {
	suite(t, func(w *world) {
		lee, ann := w.person("lee", casebook.Triager), w.person("ann", casebook.Reviewer)
		r, _ := w.submit(casebook.Write{}, w.report("mail"))
		w.screened(lee, r.ID)
		w.facts(lee, r.ID, "required")
		c := must[*casebook.Case](w)(w.Adjust(w.Context(), lee, r.ID, 0, "moderate", "only for testers"))
		if c.Outcome != "moderate" || c.Findings[0].Verdict.Outcome != "important" {
			w.Errorf("the outcome is %s beside the bar's %s", c.Outcome, c.Findings[0].Verdict.Outcome)
		}
		w.move(lee, r.ID, "assessed")
		_, err := w.Move(w.Context(), lee, r.ID, casebook.Step{To: "accepted", Plan: casebook.Plan{Owner: "x", Target: 1}})
		w.refused(fault.Conflict, err, "approved")
		must[*casebook.Case](w)(w.Approve(w.Context(), ann, r.ID))
		_, err = w.Approve(w.Context(), ann, r.ID)
		w.refused(fault.Conflict, err, "no approval")
		c = must[*casebook.Case](w)(w.AddFinding(w.Context(), lee, r.ID, casebook.Finding{Facts: assess.Claim("type", "model-theft")}))
		if c.Approval != nil {
			w.Error("an approval holds for a finding that came after it")
		}
		w.move(lee, r.ID, "triaging")
		must[*casebook.Case](w)(w.SetFact(w.Context(), lee, r.ID, 1, "type", assess.Fact{Values: []string{"system-prompt-extraction"}}))
		if c = w.move(lee, r.ID, "assessed"); c.Approval == nil || c.Approval.ApprovedBy != 0 {
			w.Errorf("nobody is asked to approve: %+v", c.Approval)
		}
		must[*casebook.Case](w)(w.Approve(w.Context(), ann, r.ID))
		w.move(lee, r.ID, "accepted")
	})
}

func TestIdempotency(t *testing.T) {
	suite(t, func(w *world) {
		lee := w.person("lee", casebook.Triager)
		by := casebook.Write{Key: "k1", Request: "r1"}
		receipts := make([]casebook.Receipt, 16)
		var all sync.WaitGroup
		for i := range receipts {
			all.Go(func() {
				r, _, err := w.Submit(w.Context(), by, w.report("once"))
				if err != nil {
					w.Error(err)
				}
				receipts[i] = r
			})
		}
		all.Wait()
		if slices.ContainsFunc(receipts, func(r casebook.Receipt) bool { return r != receipts[0] || r.Key == "" }) {
			w.Errorf("one report, several receipts: %v", receipts)
		}
		if other, _ := w.submit(casebook.Write{Key: "k1", Request: "r2"}, w.report("other")); other.ID == receipts[0].ID {
			w.Error("two strangers who chose the same key share a case")
		}
		id := receipts[0].ID
		again := casebook.Write{Actor: lee.Actor, Key: "k1", Request: "r1"} // another writer, another key
		for range 3 {
			must[*casebook.Case](w)(w.Write(w.Context(), again, id, casebook.Post{Visibility: casebook.ToTeam, Text: "once"}))
		}
		_, err := w.Write(w.Context(), casebook.Write{Actor: lee.Actor, Key: "k1", Request: "r2"}, id, casebook.Post{Visibility: casebook.ToTeam, Text: "other"})
		w.refused(fault.Conflict, err, "another request")
		for range 8 {
			all.Go(func() {
				key := casebook.Write{Actor: lee.Actor, Key: "k2", Request: "r"}
				if _, err := w.Write(w.Context(), key, id, casebook.Post{Visibility: casebook.ToTeam, Text: "at once"}); err != nil {
					w.Error(err)
				}
			})
		}
		all.Wait()
		if n := count(w.history(id), "message-added"); n != 2 {
			w.Errorf("%d messages, want 2", n)
		}
	})
}

func TestRevisions(t *testing.T) {
	suite(t, func(w *world) {
		lee := w.person("lee", casebook.Triager)
		_, c := w.submit(casebook.Write{}, w.report("mail"))
		seen := lee
		seen.Revision = c.Revision
		c = must[*casebook.Case](w)(w.Rename(w.Context(), seen, c.ID, casebook.Renamed{Title: "renamed"}))
		_, err := w.Rename(w.Context(), seen, c.ID, casebook.Renamed{Title: "again"})
		w.refused(fault.Conflict, err, "revision")
		// Many change one case at once: each change happens, none is lost.
		var all sync.WaitGroup
		for range 24 {
			all.Go(func() {
				if _, err := w.Write(w.Context(), lee, c.ID, casebook.Post{Visibility: casebook.ToTeam, Text: "me too"}); err != nil {
					w.Error(err)
				}
			})
		}
		all.Wait()
		if c = must[*casebook.Case](w)(w.Case(w.Context(), lee.Actor, c.ID)); c.Messages != 24 {
			w.Errorf("%d messages, want 24", c.Messages)
		}
	})
}
