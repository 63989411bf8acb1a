package casebook_test

import (
	"testing"
	"time"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
)

// under puts a case under embargo.
func (w *world) under(by casebook.Write, id casebook.ID) {
	w.Helper()
	must[*casebook.Case](w)(w.SetEmbargo(w.Context(), by, id, casebook.Embargo{Status: casebook.EmbargoActive, Until: ms(w.clock.Now().Add(24 * time.Hour))}))
}

// TestProposalEndsNoEmbargo: who may only propose an embargo cannot lift one.
func TestProposalEndsNoEmbargo(t *testing.T) {
	suite(t, func(w *world) {
		lee, rae, vic := w.person("lee", casebook.Triager), w.person("rae"), w.person("vic")
		_, c := w.submit(rae, w.report("kept"))
		_, err := w.SetEmbargo(w.Context(), lee, c.ID, casebook.Embargo{Status: casebook.EmbargoExited})
		w.refused(fault.Conflict, err, "no embargo")
		w.under(lee, c.ID)
		must[*casebook.Case](w)(w.Book.Name(w.Context(), lee, c.ID, casebook.Participant{Person: vic.Actor.ID, Role: "guest"}))
		for _, by := range []casebook.Write{vic, rae, lee} {
			_, err := w.SetEmbargo(w.Context(), by, c.ID, casebook.Embargo{Status: casebook.EmbargoProposed, Until: ms(w.clock.Now().Add(time.Hour))})
			w.refused(fault.Conflict, err, "under embargo already")
		}
		_, err = w.Case(w.Context(), w.person("kim", casebook.Triager).Actor, c.ID)
		w.refused(fault.NotFound, err)
	})
}

// TestReporterStaysUnknown: who may not know who reported does not learn it from the history or the audit, whatever the case
// has come under meanwhile.
func TestReporterStaysUnknown(t *testing.T) {
	suite(t, func(w *world) {
		lee, rae, gus, mia := w.person("lee", casebook.Triager), w.person("rae"), w.person("gus"), w.person("mia", casebook.Manager)
		_, open := w.submit(rae, w.report("in quarantine"))
		must[*casebook.Case](w)(w.Book.Name(w.Context(), lee, open.ID, casebook.Participant{Person: gus.Actor.ID, Role: "guest"}))
		must[*casebook.Case](w)(w.Quarantine(w.Context(), lee, open.ID, "a test"))
		for _, e := range must[[]casebook.Event](w)(w.History(w.Context(), gus.Actor, open.ID, 0, 100)) {
			if e.Actor == rae.Actor.ID {
				w.Errorf("a guest learns from %s who reported", e.Kind)
			}
		}
		_, kept := w.submit(rae, w.report("under embargo"))
		w.under(lee, kept.ID)
		must[int](w)(w.Settle(w.Context()))
		for _, id := range []casebook.ID{open.ID, kept.ID} {
			for _, q := range []casebook.AuditQuery{{Stream: id, Limit: 100}, {Stream: id, Actor: rae.Actor.ID, Limit: 100}} {
				page := must[casebook.AuditPage](w)(w.Audit(w.Context(), mia.Actor, q))
				if q.Actor == 0 && len(page.Events) == 0 || q.Actor != 0 && len(page.Events) > 0 {
					w.Errorf("%+v gives %d events", q, len(page.Events))
				}
				for _, e := range page.Events {
					if e.Actor == rae.Actor.ID {
						w.Errorf("the audit tells from %s who reported", e.Kind)
					}
				}
			}
		}
	})
}

// TestBrokenGlassTakesNobodyOff: under broken glass one names who goes on with a case, and does nothing else.
func TestBrokenGlassTakesNobodyOff(t *testing.T) {
	suite(t, func(w *world) {
		lee := w.person("lee", casebook.Triager)
		w.person("kim", casebook.Triager)
		_, c := w.submit(lee, w.report("kept"))
		w.under(lee, c.ID)
		kim := must[*casebook.Person](w)(w.PersonCalled(w.Context(), "kim"))
		must[*casebook.Person](w)(w.BreakGlass(w.Context(), w.as(kim), "lee is ill"))
		broken := w.as(must[*casebook.Person](w)(w.PersonCalled(w.Context(), "kim")))
		_, err := w.Unname(w.Context(), broken, c.ID, casebook.Participant{Person: lee.Actor.ID, Role: "member"})
		w.refused(fault.Forbidden, err, "under broken glass")
		_, err = w.AddWebhook(w.Context(), broken, casebook.Webhook{Case: c.ID, URL: "https://example.org/", Kinds: []string{"*"}})
		w.refused(fault.Forbidden, err, "under broken glass")
		must[*casebook.Case](w)(w.Book.Name(w.Context(), broken, c.ID, casebook.Participant{Person: kim.ID, Role: "member"}))
		must[*casebook.Case](w)(w.Unname(w.Context(), broken, c.ID, casebook.Participant{Person: lee.Actor.ID, Role: "member"}))
	})
}

// TestRepeatableWebhook: an answer that is kept for a repeated request is no reason to doubt the casebook.
func TestRepeatableWebhook(t *testing.T) {
	suite(t, func(w *world) {
		ann := w.person("ann", casebook.Admin)
		ann.Key, ann.Request = "w1", "r"
		made := must[casebook.Webhook](w)(w.AddWebhook(w.Context(), ann, casebook.Webhook{URL: "https://example.org/", Kinds: []string{"*"}, Secret: "s"}))
		if again := must[casebook.Webhook](w)(w.AddWebhook(w.Context(), ann, casebook.Webhook{URL: "https://example.org/", Kinds: []string{"*"}, Secret: "s"})); again.ID != made.ID {
			w.Error("made twice")
		}
		ann.Key = "t1"
		_, change, err := w.NewTask(w.Context(), ann, "import", "x")
		if err == nil {
			err = w.DB().Commit(w.Context(), change...)
		}
		if err != nil {
			w.Error(err)
		}
	})
}

// TestNotesAreNotCounted: from what is counted nobody outside of the team learns that the team wrote something among itself.
func TestNotesAreNotCounted(t *testing.T) {
	suite(t, func(w *world) {
		lee, rae := w.person("lee", casebook.Triager), w.person("rae")
		_, c := w.submit(rae, w.report("spoken of"))
		for n, visibility := range []string{casebook.ToReporter, casebook.ToTeam, casebook.ToTeam} {
			must[*casebook.Case](w)(w.Write(w.Context(), lee, c.ID, casebook.Post{Visibility: visibility, Text: "x", Files: []casebook.File{{SHA256: sha(n), Name: "f", Type: "text/plain", Size: 1}}}))
		}
		for want, by := range map[int]casebook.Write{1: rae, 3: lee} {
			if seen := must[*casebook.Case](w)(w.Case(w.Context(), by.Actor, c.ID)); seen.Messages != want || seen.Files != want {
				w.Errorf("%s counts %d messages and %d files, want %d", by.Actor.Handle, seen.Messages, seen.Files, want)
			}
		}
	})
}
