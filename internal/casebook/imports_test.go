package casebook_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"bugbar/assess"
	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/intake"
)

// scan reads a garak report with these scores by probe.
func (w *world) scan(run string, scores map[string]string) *intake.Batch {
	w.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, `{"entry_type": "start_run setup", "run": %q, "plugins.target_type": "t", "plugins.target_name": "m"}`+"\n", run)
	for _, probe := range []string{"promptinject.A", "dan.B", "leakreplay.C"} {
		if list, ok := scores[probe]; ok {
			fmt.Fprintf(&b, `{"entry_type": "attempt", "status": 2, "probe_classname": %q, "outputs": ["x"], "detector_results": {"d.D": [%s]}}`+"\n", probe, list)
		}
	}
	batch, err := intake.ReadFrom(w.Context(), run, strings.NewReader(b.String()), intake.Options{})
	if err != nil {
		w.Fatal(err)
	}
	return batch
}

func (w *world) importing(by casebook.Write, batch *intake.Batch) *casebook.Imported {
	w.Helper()
	return must[*casebook.Imported](w)(w.Import(w.Context(), by, batch, w.rules, nil))
}

// methods writes a list of an import.
func methods(list []casebook.ImportedEntry) string {
	var all []string
	for _, e := range list {
		all = append(all, e.Finding.Method)
	}
	return strings.Join(all, " ")
}

func (w *world) wantImported(what string, got *casebook.Imported, appeared, back, resisted, updated, vanished string, same int) {
	w.Helper()
	have := []string{methods(got.Appeared), methods(got.CameBack), methods(got.Resisted), methods(got.Updated), methods(got.Vanished)}
	if want := []string{appeared, back, resisted, updated, vanished}; !slices.Equal(have, want) || got.Same != same {
		w.Errorf("%s: %q and %d the same, want %q and %d", what, have, got.Same, want, same)
	}
}

// An import opens a case for what worked, updates trials, and says what appeared, disappeared and came back.
func TestImportsOfScans(t *testing.T) {
	suite(t, func(w *world) {
		by := w.person("lee", casebook.Triager)
		first := w.importing(by, w.scan("1", map[string]string{"promptinject.A": "1,0", "dan.B": "0,0"}))
		w.wantImported("first", first, "promptinject.A", "", "dan.B", "", "", 0)
		id := first.Appeared[0].Case
		c := w.read(id)
		if c.Source != "scan" || c.Findings[0].Trials.Successes != 1 || *c.Findings[0].Trials.Attempts != 2 || c.Type() != "prompt-injection" {
			w.Errorf("%+v", c)
		}
		version := c.Version
		w.wantImported("the same again", w.importing(by, w.scan("1", map[string]string{"promptinject.A": "1,0", "dan.B": "0,0"})), "", "", "", "", "", 2)
		if got := w.read(id).Version; got != version {
			w.Errorf("the same again changed the case: %d became %d", version, got)
		}
		w.wantImported("more", w.importing(by, w.scan("2", map[string]string{"promptinject.A": "1,1,1", "dan.B": "1,0"})), "dan.B", "", "", "promptinject.A", "", 0)
		w.wantImported("gone", w.importing(by, w.scan("3", map[string]string{"promptinject.A": "0,0,0,0"})), "", "", "", "", "promptinject.A", 0)
		if got := w.read(id).Findings[0].Trials; got.Successes != 0 || *got.Attempts != 4 {
			w.Errorf("after it was gone: %+v", got)
		}
		w.wantImported("back", w.importing(by, w.scan("4", map[string]string{"promptinject.A": "1,0,0"})), "", "promptinject.A", "", "", "", 0)
		w.wantImported("an old run", w.importing(by, w.scan("2", map[string]string{"promptinject.A": "1,1,1", "dan.B": "1,0"})), "", "", "", "", "", 2)
		if got := w.read(id); got.State != "received" || count(w.history(id), "moved") != 0 {
			w.Errorf("an import moved a case: %s", got.State)
		}
	})
}

// What a person decided stays: facts, state, adjustment. Only what was mended and came back is looked at again.
func TestImportsLeaveDecisions(t *testing.T) {
	suite(t, func(w *world) {
		lee := w.person("lee", casebook.Triager)
		scan := func(run, scores string) *casebook.Imported {
			w.Helper()
			return w.importing(lee, w.scan(run, map[string]string{"promptinject.A": scores}))
		}
		id := scan("1", "1,0").Appeared[0].Case
		must[*casebook.Case](w)(w.Acknowledge(w.Context(), sys, id))
		w.move(lee, id, "screening")
		must[*casebook.Case](w)(w.SetFact(w.Context(), lee, id, 0, "type", assess.Fact{Values: []string{"system-prompt-extraction"}}))
		w.move(lee, id, "spam")
		scan("2", "0,0")
		scan("3", "1,1")
		c := w.read(id)
		if c.State != "spam" || c.Findings[0].Facts["type"].Values[0] != "system-prompt-extraction" || c.Findings[0].Facts["type"].Provenance != assess.Confirmed {
			w.Errorf("an import undid what a person decided: %s, %v", c.State, c.Findings[0].Facts)
		}
	})
}

// A weakness that was mended and works again is looked at again.
func TestImportsReopenWhatCameBack(t *testing.T) {
	suite(t, func(w *world) {
		lee, ed, pia := w.person("lee", casebook.Triager), w.person("ed", casebook.Reviewer), w.person("pia", casebook.Publisher)
		scan := func(run, scores string) *casebook.Imported {
			w.Helper()
			return w.importing(lee, w.scan(run, map[string]string{"promptinject.A": scores}))
		}
		id := scan("1", "1,0").Appeared[0].Case
		w.screened(lee, id)
		w.facts(lee, id, "required")
		w.move(lee, id, "assessed", "accepted", "advisory-draft", "advisory-review")
		w.move(ed, id, "advisory-approved")
		w.move(pia, id, "published")
		scan("2", "0,0")
		if got := w.read(id).State; got != "published" {
			w.Errorf("after it was gone: %s", got)
		}
		scan("3", "1,1")
		if got := w.read(id); got.State != "triaging" || got.Reason == "" {
			w.Errorf("after it came back: %s", got.State)
		}
	})
}

// Attack 33: two imports of the same at once, as a job that is run twice, open each case once.
func TestAttack33ImportsAtOnce(t *testing.T) {
	suite(t, func(w *world) {
		by := w.person("lee", casebook.Triager)
		scores := map[string]string{"promptinject.A": "1,0", "dan.B": "1", "leakreplay.C": "1"}
		batches := []*intake.Batch{w.scan("1", scores), w.scan("1", scores), w.scan("1", scores)}
		var all sync.WaitGroup
		for _, batch := range batches {
			all.Go(func() {
				for range 4 { // as a job is tried again
					_, err := w.Import(w.Context(), by, batch, w.rules, nil)
					if err == nil {
						return
					}
					if !fault.Is(err, fault.Unavailable) && !fault.Is(err, fault.Conflict) {
						w.Error(err)
						return
					}
				}
			})
		}
		all.Wait()
		w.importing(by, w.scan("1", scores))
		var n int
		if err := w.DB().Reader().QueryRowContext(w.Context(), "SELECT COUNT(*) FROM cases").Scan(&n); err != nil || n != 3 {
			w.Errorf("%d cases, %v", n, err)
		}
	})
}

// Attack 34: newer trials reach a case under embargo without telling the importer of it.
func TestAttack34ImportsTellNothing(t *testing.T) {
	suite(t, func(w *world) {
		by := w.person("lee", casebook.Triager)
		id := w.importing(by, w.scan("1", map[string]string{"promptinject.A": "1,0"})).Appeared[0].Case
		must[*casebook.Case](w)(w.SetEmbargo(w.Context(), sys, id, casebook.Embargo{Status: casebook.EmbargoActive, Until: ms(newYear) + 1<<36}))
		got := w.importing(by, w.scan("2", map[string]string{"promptinject.A": "1,1,1"}))
		if len(got.Updated) != 1 || got.Updated[0].Case != 0 {
			w.Errorf("%+v", got)
		}
		if trials := w.read(id).Findings[0].Trials; trials.Successes != 3 {
			w.Errorf("%+v", trials)
		}
	})
}

func TestImportsAreARight(t *testing.T) {
	suite(t, func(w *world) {
		batch := w.scan("1", map[string]string{"promptinject.A": "1"})
		for _, by := range []casebook.Write{{}, w.person("ana", casebook.Analyst), w.person("aud", casebook.Auditor)} {
			_, err := w.Import(w.Context(), by, batch, w.rules, nil)
			w.refused(fault.Forbidden, err)
		}
	})
}
