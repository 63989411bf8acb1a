package casebook_test

import (
	"strings"
	"testing"
	"time"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
)

// draft keeps one.
func (w *world) draft(by casebook.Write, id casebook.ID, visibility, text string) {
	w.Helper()
	if err := w.KeepDraft(w.Context(), by.Actor, id, visibility, text); err != nil {
		w.Fatal(err)
	}
}

// drafts are the actor's on a case, told as VISIBILITY TEXT.
func (w *world) drafts(by casebook.Write, id casebook.ID) string {
	w.Helper()
	c := must[*casebook.Case](w)(w.Known(w.Context(), id))
	all := must[map[string]casebook.Draft](w)(w.Drafts(w.Context(), by.Actor, c))
	return strings.TrimSpace(all[casebook.ToReporter].Text + "|" + all[casebook.ToTeam].Text)
}

// A draft is its writer's alone: nobody else, no search and no event tells of it.
func TestDraftsArePrivate(t *testing.T) {
	suite(t, func(w *world) {
		lee, noor, root := w.person("lee", casebook.Triager), w.person("noor", casebook.Triager, casebook.Manager), w.person("root", casebook.Admin, casebook.Auditor)
		r, _ := w.submit(casebook.Write{}, w.report("mine"))
		before := w.history(r.ID)
		w.draft(lee, r.ID, casebook.ToReporter, "PELICAN one")
		w.draft(lee, r.ID, casebook.ToTeam, "PELICAN two")
		w.draft(lee, r.ID, casebook.ToReporter, "PELICAN three")
		w.whole()
		if got := w.drafts(lee, r.ID); got != "PELICAN three|PELICAN two" {
			w.Errorf("the writer sees %q", got)
		}
		for _, other := range []casebook.Write{noor, root} {
			if got := w.drafts(other, r.ID); got != "|" {
				w.Errorf("%s sees %q", other.Actor.Handle, got)
			}
		}
		if page := must[casebook.Page](w)(w.List(w.Context(), noor.Actor, casebook.Query{Text: "pelican", Limit: 10})); len(page.Cases) != 0 {
			w.Error("a search finds a draft")
		}
		if after := w.history(r.ID); len(after) != len(before) {
			w.Errorf("drafts are events: %v", after[len(before):])
		}
	})
}

// A draft stays until it is sent in it, whatever happens to the case meanwhile.
func TestDraftsStay(t *testing.T) {
	suite(t, func(w *world) {
		lee, noor := w.person("lee", casebook.Triager), w.person("noor", casebook.Triager)
		r, c := w.submit(casebook.Write{}, w.report("mine"))
		w.draft(lee, r.ID, casebook.ToReporter, "begun")
		w.draft(lee, r.ID, casebook.ToTeam, "a note")
		w.screened(noor, r.ID)
		must[*casebook.Case](w)(w.Write(w.Context(), noor, r.ID, casebook.Post{Visibility: casebook.ToReporter, Text: "another", Draft: true}))
		must[*casebook.Case](w)(w.Write(w.Context(), lee, r.ID, casebook.Post{Visibility: casebook.ToReporter, Text: "from a script"}))
		w.draft(lee, r.ID, casebook.ToReporter, "begun, and gone on with")
		if d := must[map[string]casebook.Draft](w)(w.Drafts(w.Context(), lee.Actor, c))[casebook.ToReporter]; d.Text != "begun, and gone on with" || d.Since != c.Version {
			w.Errorf("%+v, begun at %d", d, c.Version)
		}
		must[*casebook.Case](w)(w.Write(w.Context(), lee, r.ID, casebook.Post{Visibility: casebook.ToReporter, Text: "sent", Draft: true}))
		if got := w.drafts(lee, r.ID); got != "|a note" {
			w.Errorf("after sending: %q", got)
		}
		w.draft(lee, r.ID, casebook.ToTeam, "  \n")
		if got := w.drafts(lee, r.ID); got != "|" {
			w.Errorf("after emptying: %q", got)
		}
	})
}

// Drafts end: after a time, with the account, and where there are too many.
func TestDraftsEnd(t *testing.T) {
	suite(t, func(w *world) {
		lee := w.person("lee", casebook.Triager)
		r, c := w.submit(casebook.Write{}, w.report("mine"))
		rows := func() int { return len(w.rows("SELECT case_id FROM drafts WHERE person = $1", int64(lee.Actor.ID))) }
		w.draft(lee, r.ID, casebook.ToTeam, "a note")
		w.clock.pass(casebook.MaxDraftTime - time.Hour)
		if w.drafts(lee, r.ID) != "|a note" {
			w.Error("it is gone too early")
		}
		w.clock.pass(2 * time.Hour)
		if w.drafts(lee, r.ID) != "|" {
			w.Error("it is there for too long")
		}
		if err := w.Tidy(w.Context()); err != nil || rows() != 0 {
			w.Errorf("%d rows after tidying, %v", rows(), err)
		}
		for range casebook.MaxDrafts {
			_, another := w.submit(casebook.Write{}, w.report("another"))
			w.draft(lee, another.ID, casebook.ToTeam, "x")
		}
		w.refused(fault.Invalid, w.KeepDraft(w.Context(), lee.Actor, c.ID, casebook.ToTeam, "one more"), "200")
		must[*casebook.Person](w)(w.SetStatus(w.Context(), sys, lee.Actor.ID, casebook.Erased))
		if rows() != 0 {
			w.Error("who was erased still has drafts")
		}
	})
}

// Who may not write to somebody keeps no draft to them, and nobody without a role does.
func TestDraftsAreARight(t *testing.T) {
	suite(t, func(w *world) {
		lee, ann, owner := w.person("lee", casebook.Triager), w.person("ann", casebook.Reviewer), w.person("owner")
		s := w.report("mine")
		s.Reporter = owner.Actor.ID
		r, _ := w.submit(owner, s)
		refused := func(by casebook.Actor, visibility, text string, code fault.Code) {
			w.Helper()
			w.refused(code, w.KeepDraft(w.Context(), by, r.ID, visibility, text))
		}
		refused(ann.Actor, casebook.ToReporter, "x", fault.Forbidden)
		refused(owner.Actor, casebook.ToReporter, "x", fault.Forbidden)
		refused(casebook.Actor{Case: r.ID}, casebook.ToReporter, "x", fault.Forbidden)
		refused(w.person("someone").Actor, casebook.ToTeam, "x", fault.NotFound)
		refused(lee.Actor, "everybody", "x", fault.Invalid)
		refused(lee.Actor, casebook.ToTeam, strings.Repeat("x", casebook.MaxMessage+1), fault.Invalid)
		w.draft(ann, r.ID, casebook.ToTeam, "x")
	})
}
