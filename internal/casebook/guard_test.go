package casebook_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/process"
)

// TestEmbargo keeps a case from those who are not named, and writes down who looked.
func TestEmbargo(t *testing.T) {
	suite(t, func(w *world) {
		lee, kim := w.person("lee", casebook.Triager), w.person("kim", casebook.Triager)
		rae, aud := w.person("rae"), w.person("aud", casebook.Auditor)
		_, c := w.submit(rae, w.report("mail"))
		end := ms(w.clock.Now().Add(30 * 24 * time.Hour))
		_, err := w.SetEmbargo(w.Context(), rae, c.ID, casebook.Embargo{Status: casebook.EmbargoActive, Until: end})
		w.refused(fault.Forbidden, err)
		must[*casebook.Case](w)(w.SetEmbargo(w.Context(), rae, c.ID, casebook.Embargo{Status: casebook.EmbargoProposed, Until: end}))
		_, err = w.SetEmbargo(w.Context(), lee, c.ID, casebook.Embargo{Status: casebook.EmbargoActive, Until: 1})
		w.refused(fault.Invalid, err, "future")
		c = must[*casebook.Case](w)(w.SetEmbargo(w.Context(), lee, c.ID, casebook.Embargo{Status: casebook.EmbargoActive, Until: end}))
		if d := w.deadline(c, "disclosure"); d.Due != end {
			w.Errorf("the clock ends at %d, want %d", d.Due, end)
		}
		c = must[*casebook.Case](w)(w.SetEmbargo(w.Context(), lee, c.ID, casebook.Embargo{Status: casebook.EmbargoActive, Until: end + 1}))
		if d := w.deadline(c, "disclosure"); d.Due != end+1 || count(w.history(c.ID), "clocks") != 2 {
			w.Errorf("after another end was agreed: %+v", c.Deadlines)
		}
		for _, who := range []casebook.Write{kim, aud, {}} {
			_, err := w.Case(w.Context(), who.Actor, c.ID)
			w.refused(fault.NotFound, err)
			_, err = w.Rename(w.Context(), who, c.ID, casebook.Renamed{Title: "x"})
			w.refused(fault.NotFound, err)
		}
		before := count(w.history(c.ID), "read")
		must[*casebook.Case](w)(w.Case(w.Context(), lee.Actor, c.ID))
		must[*casebook.Case](w)(w.Case(w.Context(), rae.Actor, c.ID)) // one's own report
		if n := count(w.history(c.ID), "read") - before; n != 1 {
			w.Errorf("%d looks are recorded, want 1", n)
		}
		revision := must[*casebook.Case](w)(w.Case(w.Context(), lee.Actor, c.ID)).Revision
		var all sync.WaitGroup
		for range 20 { // many look at once, and each is recorded
			all.Go(func() {
				if _, err := w.Case(w.Context(), lee.Actor, c.ID); err != nil {
					w.Error(err)
				}
			})
		}
		all.Wait()
		if c = must[*casebook.Case](w)(w.Case(w.Context(), lee.Actor, c.ID)); c.Revision != revision || count(w.history(c.ID), "read")-before != 23 {
			w.Errorf("revision %d, was %d; %d looks", c.Revision, revision, count(w.history(c.ID), "read")-before)
		}
		must[*casebook.Person](w)(w.BreakGlass(w.Context(), kim, "the other one is ill"))
		kim = w.as(must[*casebook.Person](w)(w.PersonCalled(w.Context(), "kim")))
		must[*casebook.Case](w)(w.Case(w.Context(), kim.Actor, c.ID))
		w.clock.pass(2 * time.Hour)
		_, err = w.Case(w.Context(), kim.Actor, c.ID)
		w.refused(fault.NotFound, err)
		must[*casebook.Case](w)(w.SetFlags(w.Context(), lee, c.ID, casebook.Flags{Public: true}))
		_, err = w.SetEmbargo(w.Context(), lee, c.ID, casebook.Embargo{Status: casebook.EmbargoActive, Until: end + 2})
		w.refused(fault.Conflict, err, "public")
		c = must[*casebook.Case](w)(w.SetEmbargo(w.Context(), lee, c.ID, casebook.Embargo{Status: casebook.EmbargoExited}))
		if w.deadline(c, "disclosure").Met == 0 {
			w.Error("the clock of an embargo that is over still runs")
		}
		must[*casebook.Case](w)(w.Case(w.Context(), kim.Actor, c.ID))
	})
}

func TestQuarantine(t *testing.T) {
	suite(t, func(w *world) {
		lee, cus, adm := w.person("lee", casebook.Triager), w.person("cus", casebook.Custodian), w.person("adm", casebook.Admin)
		_, c := w.submit(sys, w.report("a title that must not be seen"))
		must[*casebook.Case](w)(w.Quarantine(w.Context(), lee, c.ID, "found in the text"))
		_, err := w.Case(w.Context(), adm.Actor, c.ID)
		w.refused(fault.NotFound, err)
		_, err = w.Thread(w.Context(), lee.Actor, c.ID, 0, 10)
		if err == nil {
			w.Error("its text is shown")
		}
		if seen := must[*casebook.Case](w)(w.Case(w.Context(), cus.Actor, c.ID)); seen.Title != c.Title {
			w.Errorf("the custodian sees %q", seen.Title)
		}
		if count(w.history(c.ID), "read") == 0 {
			w.Error("the custodian's look is not recorded")
		}
		must[*casebook.Case](w)(w.Release(w.Context(), cus, c.ID, "it was something else"))
		must[*casebook.Case](w)(w.Case(w.Context(), lee.Actor, c.ID))
	})
}

func TestWhatIsNotThereIsNotTakenBack(t *testing.T) {
	suite(t, func(w *world) {
		lee, kim, cus := w.person("lee", casebook.Triager), w.person("kim", casebook.Triager), w.person("cus", casebook.Custodian)
		_, c := w.submit(sys, w.report("one"))
		_, other := w.submit(sys, w.report("another"))
		_, kept := w.submit(sys, w.report("kept"))
		until := ms(w.clock.Now().Add(time.Hour))
		must[*casebook.Case](w)(w.SetEmbargo(w.Context(), kim, kept.ID, casebook.Embargo{Status: casebook.EmbargoActive, Until: until}))
		must[*casebook.Case](w)(w.Quarantine(w.Context(), lee, c.ID, "a picture"))
		must[*casebook.Case](w)(w.Release(w.Context(), cus, c.ID, "a diagram"))
		before := len(w.history(c.ID))
		_, err := w.SetEmbargo(w.Context(), lee, c.ID, casebook.Embargo{Status: casebook.EmbargoExited})
		w.refused(fault.Conflict, err, "under no embargo")
		_, err = w.Release(w.Context(), cus, c.ID, "why not")
		w.refused(fault.Conflict, err, "not in quarantine")
		_, err = w.Unname(w.Context(), lee, c.ID, casebook.Participant{Person: kim.Actor.ID, Role: "member"})
		w.refused(fault.NotFound, err, "nobody like that")
		_, err = w.Reject(w.Context(), lee, c.ID, other.ID)
		w.refused(fault.Conflict, err, "no suggested duplicate")
		for _, unseen := range []casebook.ID{kept.ID, kept.ID + 1} {
			_, err = w.Reject(w.Context(), lee, c.ID, unseen)
			w.refused(fault.NotFound, err, "there is no case "+unseen.String())
		}
		if after := len(w.history(c.ID)); after != before {
			w.Errorf("%d events came of nothing", after-before)
		}
		must[*casebook.Case](w)(w.SetEmbargo(w.Context(), lee, c.ID, casebook.Embargo{Status: casebook.EmbargoProposed, Until: until}))
		must[*casebook.Case](w)(w.SetEmbargo(w.Context(), lee, c.ID, casebook.Embargo{Status: casebook.EmbargoExited}))
	})
}

func TestIdentityIsReadAsAnEvent(t *testing.T) {
	suite(t, func(w *world) {
		lee, ann := w.person("lee", casebook.Triager), w.person("ann", casebook.Reviewer)
		s := w.report("mail")
		s.Contact = &casebook.Identity{Name: "Rae", Email: "rae@example.org"}
		_, c := w.submit(casebook.Write{}, s)
		_, err := w.Reporter(w.Context(), ann.Actor, c.ID)
		w.refused(fault.Forbidden, err)
		if seen := must[*casebook.Case](w)(w.Case(w.Context(), ann.Actor, c.ID)); seen.Reporter != 0 {
			w.Error("who may not know the reporter sees the id")
		}
		if who := must[casebook.Identity](w)(w.Reporter(w.Context(), lee.Actor, c.ID)); who.Email != "rae@example.org" {
			w.Errorf("the reporter is %+v", who)
		}
		if count(w.history(c.ID), "read") != 1 {
			w.Errorf("the look at who reported is not recorded: %v", w.history(c.ID))
		}
		for _, e := range must[[]casebook.Event](w)(w.History(w.Context(), casebook.SystemActor, c.ID, 0, 100)) {
			if strings.Contains(string(e.Payload), "example.org") {
				w.Errorf("the log holds who reported: %s", e.Payload)
			}
		}
		// Erasing who it was leaves the chain valid, which suite verifies.
		full := must[*casebook.Case](w)(w.Case(w.Context(), casebook.SystemActor, c.ID))
		must[*casebook.Person](w)(w.SetStatus(w.Context(), sys, full.Reporter, casebook.Erased))
		if who, err := w.Reporter(w.Context(), lee.Actor, c.ID); err == nil && who != (casebook.Identity{}) {
			w.Errorf("erased, and still %+v", who)
		}
		for _, row := range w.rows("SELECT doc, email FROM people") {
			if strings.Contains(row[0].(string), "rae@") || strings.Contains(row[1].(string), "rae@") {
				w.Errorf("erased, and still there: %v", row)
			}
		}
		_, err = w.SetStatus(w.Context(), sys, full.Reporter, casebook.Active)
		w.refused(fault.Conflict, err)
	})
}

// TestStatutoryClocks run from the moment that attacks are known, once, and stop by filing alone.
func TestStatutoryClocks(t *testing.T) {
	suite(t, func(w *world) {
		lee := w.person("lee", casebook.Triager)
		_, c := w.submit(sys, w.report("mail"))
		before := ms(w.clock.Now())
		c = must[*casebook.Case](w)(w.SetFlags(w.Context(), lee, c.ID, casebook.Flags{Attacks: true}))
		day := int64(24 * time.Hour / time.Millisecond)
		for id, days := range map[string]int64{"cra-early-warning": 1, "cra-notification": 3} {
			if d := w.deadline(c, id); d.Due-d.Started != days*day || d.Started < before {
				w.Errorf("%s: %+v", id, d)
			}
		}
		must[*casebook.Case](w)(w.SetFlags(w.Context(), lee, c.ID, casebook.Flags{}))
		c = must[*casebook.Case](w)(w.SetFlags(w.Context(), lee, c.ID, casebook.Flags{Attacks: true}))
		if n := len(slices.DeleteFunc(slices.Clone(c.Deadlines), func(d casebook.Deadline) bool { return d.ID != "cra-notification" })); n != 1 {
			w.Errorf("%d clocks of one kind run", n)
		}
		_, err := w.File(w.Context(), lee, c.ID, "triage", "x")
		w.refused(fault.Invalid, err)
		w.screened(lee, c.ID)
		w.facts(lee, c.ID, "required")
		w.move(lee, c.ID, "assessed", "accepted", "remediating", "fix-ready")
		c = must[*casebook.Case](w)(w.Case(w.Context(), lee.Actor, c.ID))
		if d := w.deadline(c, "cra-final"); d.Due-d.Started != 14*day {
			w.Errorf("the final report: %+v", d)
		}
		must[*casebook.Case](w)(w.Criterion(w.Context(), lee, c.ID, 0, "it is sent", 3))
		w.move(lee, c.ID, "retest")
		must[*casebook.Case](w)(w.RecordRun(w.Context(), lee, c.ID, 0, casebook.Run{Trials: casebook.Trials{Attempts: attempts(3)}}))
		w.move(lee, c.ID, "resolved")
		must[*casebook.Case](w)(w.Write(w.Context(), lee, c.ID, casebook.Post{Visibility: casebook.ToReporter, Text: "Mended."}))
		_, err = w.Move(w.Context(), lee, c.ID, casebook.Step{To: "closed"})
		w.refused(fault.Conflict, err, "statutory")
		for _, id := range []string{"cra-early-warning", "cra-notification", "cra-final"} {
			must[*casebook.Case](w)(w.File(w.Context(), lee, c.ID, id, "ENISA 7"))
		}
		_, err = w.File(w.Context(), lee, c.ID, "cra-final", "twice")
		w.refused(fault.Conflict, err, "does not run")
		w.move(lee, c.ID, "closed")
	})
}

// TestCriterionComesFirst: what counts as success is said before trying, and not said anew once something was tried.
func TestCriterionComesFirst(t *testing.T) {
	suite(t, func(w *world) {
		lee := w.person("lee", casebook.Triager)
		_, c := w.submit(sys, w.report("mail"))
		must[*casebook.Case](w)(w.Criterion(w.Context(), lee, c.ID, 0, "it is sent", 3))
		must[*casebook.Case](w)(w.Criterion(w.Context(), lee, c.ID, 0, "it is sent to another house", 3))
		must[*casebook.Case](w)(w.RecordRun(w.Context(), lee, c.ID, 0, casebook.Run{Trials: casebook.Trials{Attempts: attempts(3)}}))
		_, err := w.Criterion(w.Context(), lee, c.ID, 0, "it is written", 3)
		w.refused(fault.Conflict, err, "under the criterion that was set")
	})
}

// TestEveryStateSaysWhyNot asks of every state why a new case is not moved there: each question has an answer in
// words.
func TestEveryStateSaysWhyNot(t *testing.T) {
	suite(t, func(w *world) {
		lee := w.person("lee", casebook.Triager)
		_, c := w.submit(sys, w.report("mail"))
		for _, s := range w.Process().States {
			obstacles, err := w.WhyNot(lee.Actor, c, s.ID)
			if err != nil || len(obstacles) == 0 && s.ID != "spam" {
				w.Errorf("received to %s: %v, %v", s.ID, obstacles, err)
			}
			for _, o := range obstacles {
				if o.Text == "" {
					w.Errorf("received to %s: no words for %s", s.ID, o.Guard)
				}
			}
		}
		_, err := w.WhyNot(lee.Actor, c, "nowhere")
		w.refused(fault.Invalid, err)
	})
}

// TestNoMoveButByTheTable tries every move of the process from the state received, as everybody.
func TestNoMoveButByTheTable(t *testing.T) {
	suite(t, func(w *world) {
		_, c := w.submit(sys, w.report("mail"))
		for _, role := range casebook.Roles {
			who := w.person("p-"+string(role), role)
			for _, s := range w.Process().States {
				allowed := slices.ContainsFunc(w.Process().MovesFrom("received"), func(m process.Move) bool { return m.To == s.ID && slices.Contains(m.Who, string(role)) })
				if allowed {
					continue
				}
				if _, err := w.Move(w.Context(), who, c.ID, casebook.Step{To: s.ID, Reason: "x"}); err == nil {
					w.Errorf("%s moved it to %s", role, s.ID)
				}
			}
		}
	})
}
