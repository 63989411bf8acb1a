package casebook_test

import (
	"testing"
	"time"

	"bugbar/internal/casebook"
)

// TestStatistics: what dashboards count, and that a case under embargo is not among it.
func TestStatistics(t *testing.T) {
	onBoth(t, func(w *world) {
		lee, ann := w.person("lee", casebook.Triager), w.person("ann", casebook.Reviewer)
		r, _ := w.submit(casebook.Write{}, w.report("counted"))
		w.screened(lee, r.ID)
		w.facts(lee, r.ID, "none")
		w.move(lee, r.ID, "assessed")
		c := must[*casebook.Case](w)(w.Case(w.Context(), lee.Actor, r.ID))
		must[*casebook.Case](w)(w.AssessBlind(w.Context(), ann, r.ID, 0, c.Findings[0].Facts))
		hidden, _ := w.submit(casebook.Write{}, w.report("hidden"))
		must[*casebook.Case](w)(w.SetEmbargo(w.Context(), lee, hidden.ID, casebook.Embargo{Status: casebook.EmbargoActive, Until: ms(w.clock.Now().Add(24 * time.Hour))}))
		count := func(when string) {
			s := must[*casebook.Statistics](w)(w.Statistics(w.Context(), ann.Actor, 4))
			var arrived, outcomes int64
			for _, week := range s.Weeks {
				arrived += s.Arrived[week]
				for _, n := range s.Outcomes[week] {
					outcomes += n
				}
			}
			if arrived != 1 || outcomes != 1 || s.Agreement != (casebook.Share{Yes: 1, Of: 1}) || s.Backlog[0].N != 1 {
				w.Errorf("%s: %d arrived, %d outcomes, agreement %v, backlog %v", when, arrived, outcomes, s.Agreement, s.Backlog)
			}
		}
		if _, err := w.Settle(w.Context()); err != nil {
			w.Fatal(err)
		}
		count("as it settles")
		if err := w.Reindex(w.Context(), func(int64) {}); err != nil {
			w.Fatal(err)
		}
		count("made anew")
		if _, err := w.Statistics(w.Context(), casebook.Actor{ID: 7}, 4); err == nil {
			w.Error("an outsider reads dashboards")
		}
	})
}

// TestHabits: what people keep is theirs alone.
func TestHabits(t *testing.T) {
	onBoth(t, func(w *world) {
		lee, ann := w.person("lee", casebook.Triager), w.person("ann", casebook.Triager)
		if err := w.KeepView(w.Context(), lee.Actor, casebook.View{Name: "mine", Query: "is:active assignee:me"}); err != nil {
			w.Fatal(err)
		}
		if err := w.KeepView(w.Context(), lee.Actor, casebook.View{Name: "bad", Query: "colour:red"}); err == nil {
			w.Error("a search that cannot be asked is kept")
		}
		if have := must[[]casebook.View](w)(w.Views(w.Context(), ann.Actor)); len(have) != 0 {
			w.Errorf("ann sees %v", have)
		}
		if err := w.KeepView(w.Context(), lee.Actor, casebook.View{Name: "mine"}); err != nil {
			w.Fatal(err)
		}
		if have := must[[]casebook.View](w)(w.Views(w.Context(), lee.Actor)); len(have) != 0 {
			w.Errorf("forgotten, and there: %v", have)
		}
		_, c := w.submit(casebook.Write{}, w.report("seen"))
		first := must[int64](w)(w.Visit(w.Context(), lee.Actor, c))
		c = must[*casebook.Case](w)(w.Acknowledge(w.Context(), ann, c.ID))
		second := must[int64](w)(w.Visit(w.Context(), lee.Actor, c))
		if first != 0 || second != 1 {
			w.Errorf("seen up to %d, then %d", first, second)
		}
		for who, want := range map[string]int64{"lee": c.Version, "ann": 0} {
			a := map[string]casebook.Actor{"lee": lee.Actor, "ann": ann.Actor}[who]
			if got := must[map[casebook.ID]int64](w)(w.Visits(w.Context(), a, []casebook.Summary{{ID: c.ID}, {ID: c.ID + 1}})); got[c.ID] != want {
				w.Errorf("%s has read the case up to %d, not %d", who, got[c.ID], want)
			}
		}
	})
}
