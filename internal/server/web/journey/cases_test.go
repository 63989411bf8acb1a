package journey

import (
	"io/fs"
	"path"
	"testing"

	"bugbar/assess"
	"bugbar/bar"
	"bugbar/examples"
	"bugbar/internal/casebook"
	"bugbar/internal/triage"
)

// rules is the bar in force.
func (w *world) rules() *bar.Bar {
	w.Helper()
	return must[*bar.Bar](w)(w.book.CurrentBar(w.Context()))
}

// example reads an example report.
func (w *world) example(name string) casebook.Submission {
	w.Helper()
	in := must[fs.File](w)(examples.Reports.Open("reports/" + name))
	defer in.Close()
	r := must[*triage.Report](w)(triage.ReadReport(w.rules(), path.Base(name), in))
	return casebook.Submission{
		Title: r.Title, Product: r.Product, Model: r.Model, Source: "form", Text: r.Text, Bar: w.rules(), Findings: []casebook.Finding{{Facts: r.Findings[0].Facts}},
	}
}

// submit opens a case without a reporter's account.
func (w *world) submit(s casebook.Submission) casebook.Receipt {
	w.Helper()
	receipt, _, err := w.book.Submit(w.Context(), casebook.Write{}, s)
	if err != nil {
		w.Fatal(err)
	}
	return receipt
}

// screened brings a case to where it is judged.
func (w *world) screened(by casebook.Write, id casebook.ID) {
	w.Helper()
	must[*casebook.Case](w)(w.book.Acknowledge(w.Context(), by, id))
	must[*casebook.Case](w)(w.book.SetTrack(w.Context(), by, id, "security"))
	w.move(by, id, "screening", "triaging")
}

// move moves a case through states.
func (w *world) move(by casebook.Write, id casebook.ID, states ...string) {
	w.Helper()
	for _, to := range states {
		must[*casebook.Case](w)(w.book.Move(w.Context(), by, id, casebook.Step{To: to, Reason: "because it is so"}))
	}
}

// facts settles what is asked.
func (w *world) facts(by casebook.Write, id casebook.ID, pairs ...string) {
	w.Helper()
	for i := 0; i < len(pairs); i += 2 {
		must[*casebook.Case](w)(w.book.SetFact(w.Context(), by, id, 0, pairs[i], assess.Fact{Values: []string{pairs[i+1]}}))
	}
}

// settled waits until what happened is found by searches and counted.
func (w *world) settled() {
	w.Helper()
	must[int](w)(w.book.Settle(w.Context()))
}

// both runs a journey with script and without, side by side.
func both(t *testing.T, journey func(t *testing.T, l look)) {
	t.Helper()
	for name, off := range map[string]bool{"script": false, "without": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := desk
			l.noScript = off
			journey(t, l)
		})
	}
}
