package casebook_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"bugbar/assess"
	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/intake"
	"bugbar/internal/sqldb"
)

// kept counts what an import writes.
func (w *world) kept() (n [4]int) {
	w.Helper()
	for i, rows := range []string{"COUNT(*) FROM cases", "COUNT(*) FROM events", "COUNT(*) FROM scanned", "COUNT(body) FROM events"} {
		if err := w.DB().Reader().QueryRowContext(w.Context(), "SELECT "+rows).Scan(&n[i]); err != nil {
			w.Fatal(err)
		}
	}
	return n
}

// reports reads reports in bugbar's own format.
func (w *world) reports(list ...string) *intake.Batch {
	w.Helper()
	batch, err := intake.ReadFrom(w.Context(), "reports.jsonl", strings.NewReader(strings.Join(list, "\n")+"\n"), intake.Options{})
	if err != nil || len(batch.Reports) != len(list) {
		w.Fatalf("%d of %d reports were read: %v", len(batch.Reports), len(list), err)
	}
	return batch
}

// An import that ends in the middle, wherever that is, leaves everything as it was.
func TestInterruptedImportsLeaveNothing(t *testing.T) {
	suite(t, func(w *world) {
		by := w.person("lee", casebook.Triager)
		w.importing(by, w.scan("1", map[string]string{"promptinject.A": "1,0", "dan.B": "0,0"}))
		newer := w.scan("2", map[string]string{"promptinject.A": "1,1,1", "dan.B": "0,0,0", "leakreplay.C": "1"})
		before := w.kept()
		for stop := range 4 {
			ctx, cancel := context.WithCancel(w.Context())
			if stop == 0 {
				cancel()
			}
			_, err := w.Import(ctx, by, newer, w.rules, func(done, total int) {
				if total != 3 {
					w.Errorf("%d entries, want 3", total)
				}
				if done == stop {
					cancel()
				}
			})
			cancel()
			if now := w.kept(); !errors.Is(err, context.Canceled) || now != before {
				w.Errorf("ended after %d: %v, and %v became %v", stop, err, before, now)
			}
		}
		w.wantImported("in the end", w.importing(by, newer), "leakreplay.C", "", "", "dan.B promptinject.A", "", 0)
	})
}

// What somebody else changes while an import is planned is not overwritten: it is planned again.
func TestImportsAreOvertaken(t *testing.T) {
	suite(t, func(w *world) {
		by := w.person("lee", casebook.Triager)
		id := w.importing(by, w.scan("1", map[string]string{"promptinject.A": "1,0"})).Appeared[0].Case
		newer := w.scan("2", map[string]string{"promptinject.A": "1,1,1", "dan.B": "1"})
		plans := 0
		got, err := w.Import(w.Context(), by, newer, w.rules, func(done, total int) {
			if done < total {
				return
			}
			if plans++; plans == 1 {
				must[*casebook.Case](w)(w.SetFact(w.Context(), by, id, 0, "impact", assess.Fact{Values: []string{"privileged-action"}}))
				w.importing(by, w.scan("3", map[string]string{"leakreplay.C": "1"}))
			}
		})
		if err != nil {
			w.Fatal(err)
		}
		w.wantImported("planned again", got, "dan.B", "", "", "promptinject.A", "", 0)
		c := w.read(id)
		if plans != 2 || c.Findings[0].Trials.Successes != 3 || c.Findings[0].Facts["impact"].Provenance != assess.Confirmed || w.kept()[0] != 3 {
			w.Errorf("%d plans, %v, %+v", plans, w.kept(), c.Findings[0])
		}
	})
}

// One report that stands in a batch twice becomes one case with a note of the later words.
func TestImportsOfOneReportTwice(t *testing.T) {
	suite(t, func(w *world) {
		by := w.person("lee", casebook.Triager)
		batch := w.reports(`{"schema":"bugbar/report/v1","id":"R1","title":"It leaks","text":"As of Monday."}`,
			`{"schema":"bugbar/report/v1","id":"R1","title":"It leaks","text":"As of Tuesday."}`)
		got := w.importing(by, batch)
		if len(got.Appeared) != 1 || len(got.Updated) != 1 || got.Appeared[0].Case != got.Updated[0].Case || got.Appeared[0].Case == 0 {
			w.Fatalf("%+v", got)
		}
		if n := count(w.history(got.Appeared[0].Case), "message-added"); n != 1 || w.kept()[0] != 1 {
			w.Errorf("%d notes, %v", n, w.kept())
		}
		if again := w.importing(by, batch); again.Same != 2 {
			w.Errorf("the same again: %+v", again)
		}
	})
}

// Two entries that are about one case, as when a scan's cases were brought together, change it one after the other
// and in one step.
func TestImportsOfTwoEntriesOfOneCase(t *testing.T) {
	suite(t, func(w *world) {
		by := w.person("lee", casebook.Triager)
		first := w.importing(by, w.scan("1", map[string]string{"promptinject.A": "1,0", "dan.B": "1"}))
		id, other := first.Appeared[0].Case, first.Appeared[1].Case
		if err := w.DB().Commit(w.Context(), sqldb.S("UPDATE scanned SET case_id = $1 WHERE case_id = $2", int64(id), int64(other))); err != nil {
			w.Fatal(err)
		}
		got := w.importing(by, w.scan("2", map[string]string{"promptinject.A": "1,1,1", "dan.B": "1,1,0,0"}))
		if len(got.Updated) != 2 || got.Updated[0].Case != id || got.Updated[1].Case != id {
			w.Fatalf("%+v", got)
		}
		if n := count(w.history(id), "trials-updated"); n != 2 || w.read(other).Version != 1 {
			w.Errorf("%d updates of %s, and %s has %d events", n, id, other, w.read(other).Version)
		}
	})
}

// As many cases as one import may open are one step on both databases; one more is refused whole.
func TestImportsOfManyCases(t *testing.T) {
	suite(t, func(w *world) {
		by := w.person("lee", casebook.Triager)
		var list []string
		for n := range casebook.MaxImport + 1 {
			list = append(list, fmt.Sprintf(`{"schema":"bugbar/report/v1","id":"R%d","title":"It leaks %d","text":"%s"}`, n, n, strings.Repeat("What it says goes out with the answer. ", 20)))
		}
		before := w.kept()
		_, err := w.Import(w.Context(), by, w.reports(list...), w.rules, nil)
		w.refused(fault.Invalid, err)
		if now := w.kept(); now != before {
			w.Errorf("%v became %v", before, now)
		}
		w.importing(by, w.reports(list[1:]...))
		for i, n := range w.kept() {
			if n-before[i] != casebook.MaxImport {
				w.Errorf("%d more, want %d", n-before[i], casebook.MaxImport)
			}
		}
	})
}
