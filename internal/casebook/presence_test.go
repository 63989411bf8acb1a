package casebook_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
)

// TestPresence: people of the team see who else has a case open that they may see; nobody else sees or leaves anything.
func TestPresence(t *testing.T) {
	suite(t, func(w *world) {
		lee, noor, bo := w.person("lee", casebook.Triager), w.person("noor", casebook.Triager), w.person("bo", casebook.Analyst)
		owner, token, editor := w.person("owner"), w.person("robot", casebook.Triager), w.person("ed", casebook.Editor)
		token.Actor.Scopes = []casebook.Right{casebook.ReadCase}
		s := w.report("watched")
		s.Reporter = owner.Actor.ID
		_, c := w.submit(owner, s)
		length := must[int64](w)(w.Length(w.Context(), c.ID))
		here := func(who casebook.Write, want ...casebook.Write) {
			w.Helper()
			var ids []casebook.ID
			for _, o := range want {
				ids = append(ids, o.Actor.ID)
			}
			slices.Sort(ids)
			if got := must[[]casebook.ID](w)(w.Here(w.Context(), who.Actor, c.ID)); !slices.Equal(got, ids) {
				w.Errorf("%s sees %v, not %v", who.Actor.Handle, got, ids)
			}
		}
		here(lee)
		here(owner)
		here(token)
		here(casebook.Write{Actor: casebook.Actor{Case: c.ID}})
		here(noor, lee)
		here(lee, noor)
		for _, who := range []casebook.Write{bo, editor} {
			_, err := w.Here(w.Context(), who.Actor, c.ID)
			w.refused(fault.NotFound, err)
		}
		w.clock.pass(50 * time.Second)
		here(lee, noor)
		w.clock.pass(50 * time.Second)
		here(lee)
		here(noor, lee)
		w.clock.pass(10 * time.Minute)
		if err := w.ForgetPresence(w.Context()); err != nil {
			w.Fatal(err)
		}
		var left int
		if err := w.DB().Reader().QueryRowContext(w.Context(), "SELECT COUNT(*) FROM presence").Scan(&left); err != nil || left != 0 {
			w.Errorf("%d rows are left: %v", left, err)
		}
		if after := must[int64](w)(w.Length(w.Context(), c.ID)); after != length {
			w.Errorf("being there made %d events", after-length)
		}
	})
}

// TestPresenceOfRestricted: under embargo, those see each other who are named; in quarantine, custodians.
func TestPresenceOfRestricted(t *testing.T) {
	suite(t, func(w *world) {
		lee, noor, cus := w.person("lee", casebook.Triager), w.person("noor", casebook.Triager), w.person("cus", casebook.Custodian, casebook.Triager)
		_, c := w.submit(casebook.Write{}, w.report("secret"))
		must[*casebook.Case](w)(w.SetEmbargo(w.Context(), lee, c.ID, casebook.Embargo{Status: casebook.EmbargoActive, Until: ms(w.clock.Now().Add(time.Hour))}))
		must[[]casebook.ID](w)(w.Here(w.Context(), lee.Actor, c.ID))
		_, err := w.Here(w.Context(), noor.Actor, c.ID)
		w.refused(fault.NotFound, err)
		must[*casebook.Case](w)(w.Book.Name(w.Context(), lee, c.ID, casebook.Participant{Person: cus.Actor.ID, Role: "member"}))
		if got := must[[]casebook.ID](w)(w.Here(w.Context(), cus.Actor, c.ID)); !slices.Equal(got, []casebook.ID{lee.Actor.ID}) {
			w.Errorf("cus sees %v", got)
		}
		must[*casebook.Case](w)(w.Quarantine(w.Context(), lee, c.ID, "never accepted"))
		if got := must[[]casebook.ID](w)(w.Here(w.Context(), lee.Actor, c.ID)); len(got) != 0 {
			w.Errorf("in quarantine, lee sees %v", got)
		}
	})
}

// TestShortcuts: the keys that somebody chose are theirs, and reset as a whole.
func TestShortcuts(t *testing.T) {
	suite(t, func(w *world) {
		lee, ann := w.person("lee", casebook.Triager), w.person("ann", casebook.Triager)
		for _, chosen := range []map[string]string{{"reply": "w", "queue": "g z", "down": ""}, {"reply": "q"}, {}} {
			if err := w.KeepShortcuts(w.Context(), lee.Actor, chosen); err != nil {
				w.Fatal(err)
			}
			if got := must[map[string]string](w)(w.Shortcuts(w.Context(), lee.Actor)); !maps.Equal(got, chosen) {
				w.Errorf("%v is kept as %v", chosen, got)
			}
			if got := must[map[string]string](w)(w.Shortcuts(w.Context(), ann.Actor)); len(got) != 0 {
				w.Errorf("ann has %v", got)
			}
		}
		w.refused(fault.Forbidden, w.KeepShortcuts(w.Context(), casebook.Actor{}, map[string]string{"reply": "q"}))
		w.refused(fault.Invalid, w.KeepShortcuts(w.Context(), lee.Actor, map[string]string{"reply": string(make([]byte, 100))}))
	})
}
