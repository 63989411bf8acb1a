// Package demo fills an empty casebook with a made year, so that a newcomer sees every page alive: the example
// reports and variants of them, told by people who do not exist, each with a life of its own. The same seed
// gives the same year. Everything goes the one way of the casebook's commands, under a clock that is moved.
package demo

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path"
	"slices"
	"sync"
	"time"

	"bugbar/assess"
	"bugbar/bar"
	"bugbar/examples"
	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/triage"
)

// Clock is the time in the made year. Once the year is over it is the real one.
type Clock struct {
	mu  sync.Mutex
	now time.Time // zero: the real time
}

// Now is the time as the casebook sees it.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.now.IsZero() {
		return time.Now()
	}
	c.now = c.now.Add(time.Millisecond) // two things at one moment keep their order
	return c.now
}

func (c *Clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// Password is that of everybody in the demonstration.
const Password = "a made-up year of cases"

// Seed is the one that the documentation shows.
const Seed = 7

// cases is how many reports come in within the year.
const cases = 140

// year is the casebook while it is filled.
type year struct {
	ctx     context.Context
	book    *casebook.Book
	clock   *Clock
	rand    *rand.Rand
	bar     *bar.Bar
	people  map[string]casebook.Actor
	reports []*triage.Report
	end     time.Time
	queue   []step
}

// step is something that happens at a time.
type step struct {
	at time.Time
	do func() error
}

// Fill fills an empty casebook that was opened with clock.Now. The year ends when end says.
func Fill(ctx context.Context, book *casebook.Book, clock *Clock, seed uint64, end time.Time) error {
	defer clock.set(time.Time{})
	y := &year{ctx: ctx, book: book, clock: clock, rand: rand.New(rand.NewPCG(seed, 1)), end: end, people: map[string]casebook.Actor{}}
	clock.set(end.AddDate(-1, 0, 0))
	var err error
	if y.bar, err = book.CurrentBar(ctx); err != nil {
		return err
	}
	if err := y.hire(); err != nil {
		return err
	}
	if err := y.read(); err != nil {
		return err
	}
	for i := range cases {
		y.arrive(i)
	}
	if err := y.run(); err != nil {
		return err
	}
	_, err = book.Settle(ctx)
	return err
}

// team is who works here, with their roles.
var team = []struct {
	handle, name string
	roles        []casebook.Role
}{
	{"lee", "Lee Andersson", []casebook.Role{casebook.Triager, casebook.Manager}},
	{"noor", "Noor Haddad", []casebook.Role{casebook.Triager}},
	{"tomas", "Tomás Vidal", []casebook.Role{casebook.Triager, casebook.Intake}},
	{"ines", "Inês Prado", []casebook.Role{casebook.Reviewer}},
	{"bo", "Bo Lindqvist", []casebook.Role{casebook.Analyst}},
	{"mara", "Mara Okafor", []casebook.Role{casebook.Publisher, casebook.Editor}},
	{"audit", "Aud Itor", []casebook.Role{casebook.Auditor}},
	{"admin", "Ada Min", []casebook.Role{casebook.Admin}},
	{"cusack", "Cy Cusack", []casebook.Role{casebook.Custodian}},
}

func (y *year) hire() error {
	system := casebook.Write{Actor: casebook.SystemActor}
	for _, m := range team {
		p, err := y.book.AddPerson(y.ctx, system, m.handle, m.roles, casebook.Identity{Name: m.name, Email: m.handle + "@bugbar.example"})
		if err != nil {
			return err
		}
		if err := y.book.SetPassword(y.ctx, system, p.ID, Password, ""); err != nil {
			return err
		}
		if y.people[m.handle], err = p.Actor(); err != nil {
			return err
		}
	}
	return nil
}

// read takes the example reports.
func (y *year) read() error {
	names, err := fs.Glob(examples.Reports, "reports/*.md")
	if err != nil {
		return err
	}
	for _, name := range names {
		in, err := examples.Reports.Open(name)
		if err != nil {
			return err
		}
		r, err := triage.ReadReport(y.bar, path.Base(name), in)
		_ = in.Close() // embedded
		if err != nil {
			return err
		}
		y.reports = append(y.reports, r)
	}
	return nil
}

// at plans a step. What lies beyond the end of the year does not happen.
func (y *year) at(t time.Time, do func() error) {
	if t.Before(y.end) {
		y.queue = append(y.queue, step{t, do})
	}
}

// run carries the steps out in the order of time. Steps may plan others.
func (y *year) run() error {
	for len(y.queue) > 0 {
		slices.SortStableFunc(y.queue, func(a, b step) int { return a.at.Compare(b.at) })
		next := y.queue[0]
		y.queue = y.queue[1:]
		y.clock.set(next.at)
		if err := next.do(); err != nil {
			return fmt.Errorf("%s: %w", next.at.Format(time.DateTime), err)
		}
	}
	return nil
}

// within is a random time between two.
func (y *year) within(low, high time.Duration) time.Duration {
	return low + time.Duration(y.rand.Int64N(int64(high-low)))
}

func (y *year) chance(share float64) bool { return y.rand.Float64() < share }

func pick[T any](y *year, list []T) T { return list[y.rand.IntN(len(list))] }

var products = []string{
	"Quillmere Mail", "Brindlemark Workspace", "Ostervane Referral API", "Tanglewick Voice", "Pennyfold Stickers",
	"Harrowgate Support Bot", "Selkie Search", "Fernhollow Notes", "Lantern Code", "Marlstone Maps",
}

var surfaces = []string{"web", "phone app", "side panel", "API", "desktop", "browser extension"}

// Variants put before a title, so that cases differ in their first words as real ones do.
var twists = []string{
	"", "", "", "Again: ", "Through a calendar invite: ", "Through an uploaded PDF: ", "In the shared notebook: ", "By voice: ",
	"In the agent mode: ", "Through a commit message: ", "In group chats: ", "After the update: ",
}

// arrive plans a report's arrival and its life.
func (y *year) arrive(i int) {
	when := y.end.Add(-y.within(time.Hour, 363*24*time.Hour))
	if i < 9 {
		when = y.end.Add(-y.within(time.Hour, 60*time.Hour)) // the queue is not empty today
	}
	report := y.reports[i%len(y.reports)]
	first := i < len(y.reports)
	y.at(when, func() error { return y.receive(when, report, first) })
}

// shown is how a kind of report turns out once its facts are checked.
type shown struct {
	facts  map[string][]string // answers, one of them by chance
	n      int
	sure   float64 // how often the attack works
	closes string  // the state that it ends in where it is no weakness
	track  string
}

var kinds = []shown{
	{facts: map[string][]string{"type": {"prompt-injection"}, "impact": {"data-exfiltration"}, "interaction": {"none", "required"}}, n: 40, sure: .55, track: "security"},
	{facts: map[string][]string{"type": {"prompt-injection"}, "impact": {"privileged-action"}, "interaction": {"required"}}, n: 30, sure: .4, track: "security"},
	{facts: map[string][]string{"type": {"membership-inference"}, "data_classification": {"highly-confidential", "confidential"}, "attack_confidence": {"sufficient", "insufficient"}}, n: 20, sure: .8, track: "security"},
	{facts: map[string][]string{"type": {"model-theft"}, "data_classification": {"confidential"}, "attack_confidence": {"sufficient"}}, n: 10, sure: .9, track: "security"},
	{facts: map[string][]string{"type": {"content-issue"}, "content_category": {"hate-speech"}, "service_stage": {"finished", "experimental-or-internal"}}, n: 15, sure: .4, track: "content"},
	{facts: map[string][]string{"type": {"prompt-injection"}, "impact": {"output-manipulation"}, "content_category": {"none"}}, n: 10, sure: .7, track: "content"},
	{facts: map[string][]string{"type": {"system-prompt-extraction"}}, n: 10, sure: .9, closes: "not-a-vulnerability", track: "security"},
	{facts: map[string][]string{"type": {"input-extraction"}, "data_classification": {"general", "confidential", "highly-confidential"}, "attack_confidence": {"sufficient"}}, n: 50, sure: .2, track: "security"},
}

func (y *year) receive(when time.Time, r *triage.Report, first bool) error {
	kind := kinds[slices.Index(y.reports, r)]
	n := kind.n
	s := casebook.Submission{
		Title: r.Title, Product: r.Product, Model: r.Model, Source: pick(y, []string{"form", "form", "mail", "api", "cli"}), Text: r.Text, Bar: y.bar,
		Findings: []casebook.Finding{{Facts: r.Findings[0].Facts, Trials: &casebook.Trials{Successes: y.successes(n, kind.sure), Attempts: &n, Judge: "the reporter"}}},
	}
	if !first {
		s.Title = pick(y, twists) + r.Title
		s.Product = pick(y, products) + ", " + pick(y, surfaces)
		s.Text = fmt.Sprintf("Seen in %s.\n\n%s", s.Product, r.Text)
	}
	if y.chance(.7) {
		s.Contact = &casebook.Identity{Name: pick(y, reporters), Credit: pick(y, append(slices.Clone(reporters), "", ""))}
	}
	receipt, c, err := y.book.Submit(y.ctx, casebook.Write{}, s)
	if err != nil {
		return err
	}
	l := &life{year: y, id: c.ID, kind: kind, lead: pick(y, []string{"lee", "noor", "tomas"}), from: casebook.Actor{Case: receipt.ID}}
	l.plan(when)
	return nil
}

var reporters = []string{"R. Searcher", "Okko V.", "Tamsin Grey", "jun", "Privacy Group of Lower Example", "Ilse Marten", "D. Oyelaran", "mx", "Petra Novotná", "Kit Wren"}

func (y *year) successes(n int, share float64) int {
	k := 0
	for range n {
		if y.chance(share) {
			k++
		}
	}
	return k
}

// later plans something on a case, some time after now.
func (l *life) later(after time.Duration, do func() error) {
	l.now = l.now.Add(after)
	l.year.at(l.now, func() error {
		if l.over {
			return nil
		}
		err := do()
		if fault.Is(err, fault.Conflict) {
			l.over = true // its life took another turn
			return nil
		}
		return err
	})
}

// answers are the facts that checking brings out, in the order of the bar.
func (l *life) answers() []string {
	points := make([]string, 0, len(l.kind.facts))
	for p := range l.kind.facts {
		points = append(points, p)
	}
	slices.SortFunc(points, func(a, b string) int {
		_, i := l.year.bar.Point(a)
		_, j := l.year.bar.Point(b)
		return cmp.Compare(i, j)
	})
	return points
}

func confirmed(value string) assess.Fact { return assess.Fact{Values: []string{value}} }
