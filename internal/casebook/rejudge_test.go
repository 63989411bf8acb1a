package casebook_test

import (
	"errors"
	"testing"

	"bugbar/assess"
	"bugbar/bars/barstest"
	"bugbar/internal/casebook"
	"bugbar/internal/fault"
)

func TestAnotherEdition(t *testing.T) {
	suite(t, func(w *world) {
		lee, admin := w.person("lee", casebook.Triager), w.person("root", casebook.Admin)
		_, changes := w.submit(casebook.Write{}, w.report("changes"))
		_, stays := w.submit(casebook.Write{}, w.report("stays"))
		_, hidden := w.submit(casebook.Write{}, w.report("hidden"))
		for _, c := range []*casebook.Case{changes, hidden} {
			for point, value := range map[string]string{"impact": "output-manipulation", "content_category": "none"} {
				must[*casebook.Case](w)(w.SetFact(w.Context(), lee, c.ID, 0, point, assess.Fact{Values: []string{value}}))
			}
		}
		must[*casebook.Case](w)(w.SetEmbargo(w.Context(), sys, hidden.ID, casebook.Embargo{Status: casebook.EmbargoActive, Until: ms(newYear) + 1<<36}))
		book := w.again(casebook.Options{Now: w.clock.Now, Bar: barstest.Load})
		var listed []casebook.Rejudgement
		each := func(r casebook.Rejudgement) error { listed = append(listed, r); return nil }
		if err := book.WouldChange(w.Context(), lee.Actor, barstest.Next, each); err != nil {
			w.Fatal(err)
		}
		if len(listed) != 1 || listed[0].Case != changes.ID || listed[0].From != "unrated" || listed[0].To != "low" || listed[0].Findings[0].FromRow != "MSRC-AI-PI-3" {
			w.Fatalf("would change: %+v", listed)
		}
		if got := w.read(changes.ID); got.Bar != "msrc-ai@2026-11" || got.Outcome != "unrated" {
			w.Errorf("the dry run changed the case: %s, %s", got.Bar, got.Outcome)
		}
		got, r, err := book.Rejudge(w.Context(), lee, changes.ID, barstest.Next)
		if err != nil || got.Bar != barstest.Next || got.Outcome != "low" || !r.Changes() {
			w.Errorf("%+v, %v", r, err)
		}
		if again, r, err := book.Rejudge(w.Context(), lee, changes.ID, barstest.Next); err != nil || again.Version != got.Version || r.Changes() {
			w.Errorf("twice: %+v, %v", r, err)
		}
		ids := must[[]casebook.ID](w)(book.Rejudgeable(w.Context(), barstest.Next))
		if len(ids) != 2 || ids[0] != stays.ID || ids[1] != hidden.ID {
			w.Errorf("left: %v", ids)
		}
		for ref, want := range map[string]int{barstest.Next: 0, "msrc@2026-11": 3, "local-example@2026-11": 3} {
			if n := must[int](w)(book.JudgedOtherwise(w.Context(), ref)); n != want {
				w.Errorf("%d cases are judged otherwise than by %s, want %d", n, ref, want)
			}
		}
		_, _, err = book.Rejudge(w.Context(), lee, stays.ID, "local-example@2026-11")
		w.refused(fault.Invalid, err, "msrc-ai")
		_, _, err = book.Rejudge(w.Context(), admin, stays.ID, barstest.Next)
		w.refused(fault.NotFound, err)
		stop := errors.New("stop")
		if err := book.WouldChange(w.Context(), admin.Actor, barstest.Next, func(casebook.Rejudgement) error { return stop }); err != nil {
			w.Errorf("an administrator sees cases: %v", err)
		}
	})
}
