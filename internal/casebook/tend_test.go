package casebook_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"bugbar/internal/casebook"
)

func (w *world) tend() casebook.Tended {
	w.Helper()
	return must[casebook.Tended](w)(w.Tend(w.Context()))
}

func (w *world) read(id casebook.ID) *casebook.Case {
	w.Helper()
	return must[*casebook.Case](w)(w.Known(w.Context(), id))
}

// Of every clock somebody is told a while before its end and at its end, and never twice, however often and by however
// many processes the clocks are looked at.
func TestClocksRingOnce(t *testing.T) {
	suite(t, func(w *world) {
		_, c := w.submit(casebook.Write{}, w.report("x"))
		told := 0
		for _, step := range []struct {
			pass time.Duration
			want int
		}{
			{47 * time.Hour, 0},
			{time.Hour, 1}, // 24 hours before the 72 of the acknowledgement are over
			{23 * time.Hour, 0},
			{time.Hour, 1},      // at its end
			{96 * time.Hour, 0}, // 168: before the 72 hours before the end of triage
			{96 * time.Hour, 1}, // 264
		} {
			w.clock.pass(step.pass)
			var all sync.WaitGroup
			for range 4 {
				all.Go(func() {
					if _, err := w.Tend(w.Context()); err != nil {
						w.Error(err)
					}
				})
			}
			all.Wait()
			told += step.want
			if have := count(w.history(c.ID), "warned"); have != told {
				w.Errorf("after another %v: told %d times, want %d", step.pass, have, told)
			}
		}
	})
}

// A question that nobody answers is asked again twice, and then ends the case; the answer clock warns the team between.
func TestQuestionsEnd(t *testing.T) {
	suite(t, func(w *world) {
		triager := w.person("lee", casebook.Triager)
		_, c := w.submit(casebook.Write{}, w.report("x"))
		w.screened(triager, c.ID)
		w.move(triager, c.ID, "needs-info")
		var whom []string
		for day := 1; day <= 31; day++ {
			w.clock.pass(24 * time.Hour)
			before := w.read(c.ID)
			w.tend()
			after := w.read(c.ID)
			d := w.deadline(after, "answer")
			if d.Warned > w.deadline(before, "answer").Warned {
				whom = append(whom, w.AlarmOf(d, d.Warned).Whom)
			}
		}
		if want := []string{"reporter", "reporter", "team"}; !slices.Equal(whom, want) {
			w.Errorf("told %v, want %v", whom, want)
		}
		if after := w.read(c.ID); after.State != "no-response" {
			w.Errorf("the case is %s", after.State)
		}
		if did := w.tend(); did.Expired != 0 {
			w.Errorf("ended twice: %+v", did)
		}
	})
}

func TestEmbargoesEndAtTheirMoment(t *testing.T) {
	suite(t, func(w *world) {
		_, c := w.submit(casebook.Write{}, w.report("x"))
		until := w.Now().Add(100 * time.Hour)
		must[*casebook.Case](w)(w.SetEmbargo(w.Context(), sys, c.ID, casebook.Embargo{Status: casebook.EmbargoActive, Until: ms(until)}))
		w.clock.pass(99 * time.Hour)
		w.tend()
		if got := w.read(c.ID); !got.Restricted() || w.deadline(got, "disclosure").Warned == 0 {
			w.Errorf("an hour before: %+v", got.Embargo)
		}
		w.clock.pass(time.Hour)
		if did := w.tend(); did.Ended != 1 {
			w.Errorf("%+v", did)
		}
		if got := w.read(c.ID); got.Restricted() || got.Embargo.Status != casebook.EmbargoExited || w.deadline(got, "disclosure").Met == 0 {
			w.Errorf("at the moment: %+v", got)
		}
		if did := w.tend(); did.Ended != 0 {
			w.Errorf("ended twice")
		}
	})
}
