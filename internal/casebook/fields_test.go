package casebook_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"bugbar/assess"
	"bugbar/internal/casebook"
	"bugbar/internal/fault"
)

// TestChanges: what others changed since somebody looked is told field by field, and holds up only what rests on it.
func TestChanges(t *testing.T) {
	suite(t, func(w *world) {
		lee, noor := w.person("lee", casebook.Triager), w.person("noor", casebook.Triager)
		for _, s := range []struct {
			name  string
			other func(id casebook.ID) error
			about []string
			stale bool
			field string // and what it became
			from  string
			to    string
		}{
			{"another fact", w.fact(noor, "impact", "privileged-action"), []string{"fact.0.interaction"}, false, "fact.0.impact", "", "privileged-action (confirmed)"},
			{"the same fact", w.fact(noor, "impact", "privileged-action"), []string{"fact.0.impact"}, true, "fact.0.impact", "", "privileged-action (confirmed)"},
			{"a fact is confirmed", w.fact(noor, "type", "prompt-injection"), []string{"fact.0"}, true, "fact.0.type", "prompt-injection (claimed)", "prompt-injection (confirmed)"},
			{"assigned", w.assign(noor, noor.Actor.ID), []string{"assignee"}, true, "assignee", "", noor.Actor.ID.String()},
			{"assigned, beside a move", w.assign(noor, noor.Actor.ID), []string{"state", "outcome"}, false, "assignee", "", noor.Actor.ID.String()},
			{"the reporter wrote", w.wrote(casebook.SystemActor, "reporter"), []string{"heard"}, true, "messages", "0", "1"},
			{"the team wrote", w.wrote(noor.Actor, ""), []string{"heard", "state"}, false, "messages", "0", "1"},
			{"whatever", w.wrote(noor.Actor, ""), nil, true, "messages", "0", "1"},
			{"one's own", w.assign(lee, lee.Actor.ID), []string{"assignee"}, false, "", "", ""},
		} {
			_, c := w.submit(casebook.Write{}, w.report(s.name))
			if err := s.other(c.ID); err != nil {
				w.Fatalf("%s: %v", s.name, err)
			}
			changes := must[[]casebook.FieldChange](w)(w.Changes(w.Context(), lee.Actor, c.ID, c.Revision))
			at := slices.IndexFunc(changes, func(f casebook.FieldChange) bool { return f.Field == s.field })
			switch {
			case s.field == "" && len(changes) > 0:
				w.Errorf("%s: %v", s.name, changes)
			case s.field != "" && (at < 0 || changes[at].Old != s.from || changes[at].New != s.to || changes[at].At == 0):
				w.Errorf("%s: no %s from %q to %q in %v", s.name, s.field, s.from, s.to, changes)
			}
			mine := lee
			mine.Revision, mine.About = c.Revision, s.about
			_, err := w.SetTrack(w.Context(), mine, c.ID, "security")
			if errors.Is(err, casebook.ErrStale) != s.stale || !s.stale && err != nil {
				w.Errorf("%s: %v, stale is %v", s.name, err, s.stale)
			}
		}
	})
}

func (w *world) fact(by casebook.Write, point, value string) func(casebook.ID) error {
	return func(id casebook.ID) error {
		_, err := w.SetFact(w.Context(), by, id, 0, point, assess.Fact{Values: []string{value}})
		return err
	}
}

func (w *world) assign(by casebook.Write, to casebook.ID) func(casebook.ID) error {
	return func(id casebook.ID) error {
		_, err := w.Assign(w.Context(), by, id, to)
		return err
	}
}

func (w *world) wrote(a casebook.Actor, from string) func(casebook.ID) error {
	return func(id casebook.ID) error {
		if from == "reporter" {
			a = casebook.Actor{Case: id}
		}
		_, err := w.Write(w.Context(), casebook.Write{Actor: a}, id, casebook.Post{Visibility: casebook.ToReporter, Text: "More of it."})
		return err
	}
}

// TestChangesBackAndForth: what is as it was is no change, and who changed a field last is named.
func TestChangesBackAndForth(t *testing.T) {
	suite(t, func(w *world) {
		lee, noor, ann := w.person("lee", casebook.Triager), w.person("noor", casebook.Triager), w.person("ann", casebook.Triager)
		_, c := w.submit(casebook.Write{}, w.report("to and fro"))
		for _, to := range []string{"security", "content"} {
			must[*casebook.Case](w)(w.SetTrack(w.Context(), noor, c.ID, to))
		}
		must[*casebook.Case](w)(w.Assign(w.Context(), noor, c.ID, noor.Actor.ID))
		must[*casebook.Case](w)(w.SetTrack(w.Context(), ann, c.ID, "security"))
		must[*casebook.Case](w)(w.Assign(w.Context(), noor, c.ID, 0))
		changes := must[[]casebook.FieldChange](w)(w.Changes(w.Context(), lee.Actor, c.ID, c.Revision))
		if len(changes) != 1 || changes[0].Field != "track" || changes[0].Old != "" || changes[0].New != "security" || changes[0].By != ann.Actor.ID {
			w.Errorf("%v", changes)
		}
	})
}

// TestChangesLeakNothing: who may not see a case, or not all of it, learns nothing from what changed.
func TestChangesLeakNothing(t *testing.T) {
	suite(t, func(w *world) {
		lee, noor := w.person("lee", casebook.Triager), w.person("noor", casebook.Triager)
		owner := w.person("owner", casebook.Editor)
		s := w.report("a secret")
		s.Reporter = owner.Actor.ID
		_, c := w.submit(sys, s)
		_, hidden := w.submit(casebook.Write{}, w.report("hidden"))
		must[*casebook.Case](w)(w.SetEmbargo(w.Context(), lee, hidden.ID, casebook.Embargo{Status: casebook.EmbargoActive, Until: ms(w.clock.Now().Add(time.Hour))}))
		must[*casebook.Case](w)(w.Propose(w.Context(), sys, c.ID, []casebook.Candidate{{Case: hidden.ID, Score: .9, Relation: "duplicate"}}))
		changes := must[[]casebook.FieldChange](w)(w.Changes(w.Context(), noor.Actor, c.ID, c.Revision))
		if len(changes) != 1 || strings.Contains(changes[0].Field, hidden.ID.String()) {
			w.Errorf("a case under embargo is named: %v", changes)
		}
		if got, err := w.Changes(w.Context(), owner.Actor, c.ID, c.Revision); err != nil || len(got) != 0 {
			w.Errorf("its reporter learns %v, %v", got, err)
		}
		must[*casebook.Case](w)(w.SetEmbargo(w.Context(), lee, c.ID, casebook.Embargo{Status: casebook.EmbargoActive, Until: ms(w.clock.Now().Add(time.Hour))}))
		_, err := w.Changes(w.Context(), noor.Actor, c.ID, c.Revision)
		w.refused(fault.NotFound, err)
		mine := noor
		mine.Revision, mine.About = c.Revision, []string{"track"}
		_, err = w.SetTrack(w.Context(), mine, c.ID, "security")
		w.refused(fault.NotFound, err)
	})
}
