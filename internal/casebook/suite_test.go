package casebook_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bugbar/assess"
	"bugbar/bar"
	"bugbar/bars"
	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/sqldb/sqldbtest"
)

func TestMain(m *testing.M) {
	if os.Getenv(childVar) != "" {
		os.Exit(child())
	}
	os.Exit(m.Run())
}

// world is a casebook with a clock that the test sets, in a database of the test's own.
type world struct {
	testing.TB
	*casebook.Book
	database string
	fresh    func() string
	clock    *clock
	rules    *bar.Bar
}

// clock goes on by a millisecond whenever it is asked.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Millisecond)
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

var newYear = time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)

// suite runs a test on both databases. It ends with a look at the whole: whatever a test does by commands, the
// casebook stays as its events make it.
func suite(t *testing.T, test func(w *world)) {
	t.Helper()
	onBoth(t, func(w *world) {
		test(w)
		if !w.Failed() {
			w.whole()
		}
	})
}

// onBoth runs a test on both databases that leaves the casebook damaged.
func onBoth(t *testing.T, test func(w *world)) {
	t.Helper()
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, fresh func() string) {
		w := open(t, fresh())
		w.fresh = fresh
		test(w)
	})
}

// open opens a casebook in an empty database.
func open(t testing.TB, database string) *world {
	t.Helper()
	rules, err := bars.Load("msrc-ai")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{TB: t, database: database, clock: &clock{now: newYear}, rules: rules}
	w.Book = w.again(casebook.Options{Now: w.clock.Now})
	return w
}

// again opens the same casebook once more, as another process does.
func (w *world) again(opts casebook.Options) *casebook.Book {
	w.Helper()
	b, err := casebook.Open(w.Context(), w.database, opts)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = b.Close() })
	return b
}

// whole settles and verifies.
func (w *world) whole() casebook.Report {
	w.Helper()
	if _, err := w.Settle(w.Context()); err != nil {
		w.Fatal(err)
	}
	report := w.verified(casebook.Check{})
	for _, p := range report.Problems {
		w.Errorf("verify: %s", p)
	}
	if report.Waiting != 0 {
		w.Errorf("%d events wait after settling", report.Waiting)
	}
	return report
}

func (w *world) verified(check casebook.Check) casebook.Report {
	w.Helper()
	report, err := w.Verify(w.Context(), check)
	if err != nil {
		w.Fatal(err)
	}
	return report
}

// sys writes as the system.
var sys = casebook.Write{Actor: casebook.SystemActor}

// person adds somebody, and is how they write.
func (w *world) person(handle string, roles ...casebook.Role) casebook.Write {
	w.Helper()
	p, err := w.AddPerson(w.Context(), sys, handle, roles, casebook.Identity{Name: handle, Email: handle + "@example.org"})
	if err != nil {
		w.Fatal(err)
	}
	return w.as(p)
}

func (w *world) as(p *casebook.Person) casebook.Write {
	w.Helper()
	a, err := p.Actor()
	if err != nil {
		w.Fatal(err)
	}
	return casebook.Write{Actor: a}
}

// report is a submission of a prompt injection.
func (w *world) report(title string) casebook.Submission {
	return casebook.Submission{
		Title: title, Product: "Mail", Source: "form", Text: "It follows what the mail says. " + title, Bar: w.rules,
		Findings: []casebook.Finding{{Facts: assess.Claim("type", "prompt-injection")}},
	}
}

// submit opens a case.
func (w *world) submit(by casebook.Write, s casebook.Submission) (casebook.Receipt, *casebook.Case) {
	w.Helper()
	r, c, err := w.Submit(w.Context(), by, s)
	if err != nil {
		w.Fatal(err)
	}
	return r, c
}

// must takes the answer of a command that has to succeed.
func must[T any](w *world) func(T, error) T {
	return func(v T, err error) T {
		w.Helper()
		if err != nil {
			hint := ""
			if f, ok := errors.AsType[*fault.Error](err); ok {
				hint = f.Hint()
			}
			w.Fatalf("%v (%s)", err, hint)
		}
		return v
	}
}

// refused wants an error with a code whose text holds all words.
func (w *world) refused(code fault.Code, err error, words ...string) {
	w.Helper()
	if !fault.Is(err, code) {
		w.Errorf("%v, want a fault that is %s", err, code)
		return
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			w.Errorf("%q does not say %q", err, word)
		}
	}
}

// facts settles the outcome of a prompt injection: critical without interaction, important with it.
func (w *world) facts(by casebook.Write, id casebook.ID, interaction string) *casebook.Case {
	w.Helper()
	var c *casebook.Case
	for _, f := range [][2]string{{"type", "prompt-injection"}, {"impact", "privileged-action"}, {"interaction", interaction}} {
		c = must[*casebook.Case](w)(w.SetFact(w.Context(), by, id, 0, f[0], assess.Fact{Values: []string{f[1]}}))
	}
	return c
}

// move takes a case through states.
func (w *world) move(by casebook.Write, id casebook.ID, to ...string) *casebook.Case {
	w.Helper()
	var c *casebook.Case
	for _, state := range to {
		c = must[*casebook.Case](w)(w.Move(w.Context(), by, id, casebook.Step{
			To: state, Reason: "because",
			Plan: casebook.Plan{Owner: "mail team", Target: 1 << 41, Review: 1 << 41, Fix: "2.1"},
		}))
	}
	return c
}

// screened tells the reporter that the report arrived, and starts the work.
func (w *world) screened(by casebook.Write, id casebook.ID) {
	w.Helper()
	must[*casebook.Case](w)(w.Write(w.Context(), by, id, casebook.Post{Visibility: casebook.ToReporter, Text: "Thank you."}))
	w.move(by, id, "screening")
	must[*casebook.Case](w)(w.SetTrack(w.Context(), by, id, "security"))
	w.move(by, id, "triaging")
}

// history is the kinds of a case's events.
func (w *world) history(id casebook.ID) []string {
	w.Helper()
	var kinds []string
	for _, e := range must[[]casebook.Event](w)(w.History(w.Context(), casebook.SystemActor, id, 0, 10_000)) {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

func count[T comparable](list []T, v T) int {
	n := 0
	for _, x := range list {
		if x == v {
			n++
		}
	}
	return n
}

// deadline is the last clock of a kind on a case.
func (w *world) deadline(c *casebook.Case, kind string) casebook.Deadline {
	w.Helper()
	for _, d := range slices.Backward(c.Deadlines) {
		if d.ID == kind {
			return d
		}
	}
	w.Fatalf("case %s has no clock %s: %v", c.ID, kind, c.Deadlines)
	return casebook.Deadline{}
}

func ms(t time.Time) int64 { return t.UnixMilli() }

func attempts(n int) *int { return &n }

func sha(n int) string { return fmt.Sprintf("%064x", n) }
