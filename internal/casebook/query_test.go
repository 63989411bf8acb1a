package casebook

import (
	"database/sql"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bugbar/assess"
	"bugbar/bars"
	"bugbar/internal/fault"
	"bugbar/internal/sqldb/sqldbtest"
)

// The property that everything here rests on: lists, counts and searches are what a look at every case, one
// by one through Book.May, comes to.

func openTest(t *testing.T, database string) *Book {
	t.Helper()
	b, err := Open(t.Context(), database, Options{Now: func() time.Time { return testNow }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

var testNow = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// world is a casebook with random cases, and who could ask for them.
type world struct {
	*Book
	rnd    *rand.Rand
	people []ID
	ids    []ID
	public map[ID]string // what is written where the reporter sees it
	team   map[ID]string
	cases  []*Case // as the last settle left them
}

var vocabulary = strings.Fields("token leak prompt injection Größe naïve café model CVE-2026-1234 GHSA-abcd-1234-efgh system tool agent 漏洞 данные memory x1 investigation")

func (w *world) phrase() string {
	var all []string
	for range 1 + w.rnd.IntN(6) {
		all = append(all, vocabulary[w.rnd.IntN(len(vocabulary))])
	}
	return strings.Join(all, " ")
}

func one[T any](w *world, of []T) T { return of[w.rnd.IntN(len(of))] }

var (
	testProducts = []string{"Copilot", "Copilot Chat", "Azure OpenAI"}
	testTypes    = []string{"prompt-injection", "model-theft", "membership-inference"}
)

func populate(t *testing.T, b *Book, n int) *world {
	w := &world{Book: b, rnd: rand.New(rand.NewPCG(1, 2)), public: map[ID]string{}, team: map[ID]string{}}
	for i := range 8 {
		p, err := b.AddPerson(t.Context(), Write{Actor: SystemActor}, fmt.Sprintf("p%d", i), []Role{Triager}, Identity{})
		if err != nil {
			t.Fatal(err)
		}
		w.people = append(w.people, p.ID)
	}
	rules, err := bars.Load("msrc-ai")
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		s := Submission{Title: w.phrase(), Product: one(w, testProducts), Text: w.phrase(), Bar: rules, Findings: []Finding{{Facts: assess.Claim("type", one(w, testTypes))}}}
		if w.rnd.IntN(3) == 0 {
			s.Reporter = one(w, w.people)
		}
		if w.rnd.IntN(4) == 0 {
			s.Refs = []string{fmt.Sprintf("CVE-2026-%d", 1000+w.rnd.IntN(5))}
		}
		r, c, err := b.Submit(t.Context(), Write{Actor: SystemActor}, s)
		if err != nil {
			t.Fatal(err)
		}
		w.ids = append(w.ids, r.ID)
		w.public[r.ID] = strings.Join(append([]string{c.ID.String(), s.Title, s.Text}, s.Refs...), " ")
		w.live(t, r.ID)
	}
	return w
}

// live lets things happen to a case.
func (w *world) live(t *testing.T, id ID) {
	_, err := w.change(t.Context(), Write{Actor: SystemActor}, id, func(e *edit) error {
		for range 1 + w.rnd.IntN(6) {
			if err := e.record(w.event()); err != nil {
				return err
			}
		}
		text := w.phrase()
		w.team[id] += " " + text
		if err := e.record(MessageAdded{Visibility: ToTeam, Text: digestOf(text)}); err != nil {
			return err
		}
		e.say(ToTeam, text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) event() casePayload {
	states := []string{"received", "screening", "triaging", "accepted", "resolved", "advisory-approved", "published", "closed"}
	switch w.rnd.IntN(10) {
	case 0, 1, 2:
		return Moved{To: one(w, states), Waits: one(w, []string{"team", "reporter", "product"})}
	case 3:
		return Assigned{To: one(w, append([]ID{0}, w.people...))}
	case 4:
		return PersonNamed{Person: one(w, w.people), Role: one(w, []string{"guest", "analyst", "member", "reporter"})}
	case 5:
		return EmbargoSet{Status: one(w, []string{EmbargoActive, EmbargoExited, EmbargoProposed}), Until: ms(testNow) + w.rnd.Int64N(1e9)}
	case 6:
		return TrackSet{Track: one(w, []string{"security", "content"})}
	case 7:
		return Clocks{Started: []Deadline{{ID: "fix", Due: ms(testNow) + w.rnd.Int64N(2e9) - 1e9}}}
	case 8:
		if w.rnd.IntN(3) == 0 {
			return Quarantined{Reason: "x"}
		}
		return Released{Reason: "x"}
	}
	return Renamed{Product: one(w, testProducts)}
}

func (w *world) actor() Actor {
	a := Actor{Handle: "somebody"}
	switch w.rnd.IntN(12) {
	case 0:
		return SystemActor
	case 1:
		return Actor{Case: one(w, w.ids)}
	}
	a.ID = one(w, w.people)
	for range w.rnd.IntN(3) {
		a.Roles = append(a.Roles, one(w, Roles))
	}
	if w.rnd.IntN(6) == 0 {
		a.Elevated = testNow.Add(time.Minute)
	}
	if w.rnd.IntN(5) == 0 {
		a.Scopes = one(w, [][]Right{{ReadCase}, {WriteTeam}, {ReadCase, WriteTeam}, {OpenQuarantine}, {}})
	}
	return a
}

func (w *world) query() Query {
	q := Query{Limit: 1 + w.rnd.IntN(12)}
	maybe := func(n int, set func()) {
		if w.rnd.IntN(n) == 0 {
			set()
		}
	}
	yes := w.rnd.IntN(2) == 0
	maybe(2, func() { q.Order = one(w, []Order{ByDue, ByUpdated, ByArrival}) })
	maybe(2, func() { q.Active = &yes })
	maybe(6, func() { q.Embargo = &yes })
	maybe(4, func() {
		q.States = []string{one(w, []string{"received", "screening", "closed", "published", "resolved"}), "triaging"}
	})
	maybe(5, func() { q.Types = []string{one(w, testTypes), "property-inference"} })
	maybe(6, func() { q.Products = []string{one(w, testProducts)} })
	maybe(8, func() { q.Tracks = []string{"security"} })
	maybe(8, func() { q.Waiting = []string{"team", "reporter"} })
	maybe(8, func() { q.Outcomes = []string{"undetermined", "low"} })
	maybe(8, func() { q.DueBy = ms(testNow) })
	maybe(6, func() { q.Assignee = one(w, w.people) })
	if q.Assignee == 0 {
		maybe(10, func() { q.Nobody = true })
	}
	maybe(2, func() { q.Text, q.Order = w.wordsToAsk(), "" })
	return q
}

func (w *world) wordsToAsk() string {
	word := strings.ToUpper(one(w, vocabulary))
	switch w.rnd.IntN(6) {
	case 0:
		return string([]rune(word)[:1]) + "*"
	case 1:
		return word + " " + one(w, vocabulary)
	case 2:
		return one(w, w.ids).String()
	}
	return word
}

// brute is the answer by looking at everything.
func (w *world) brute(a Actor, q Query) []Summary {
	var all []Summary
	var cases []*Case
	for _, c := range w.cases {
		if w.lists(a, c) && w.fits(a, c, q) {
			cases = append(cases, c)
		}
	}
	slices.SortFunc(cases, func(x, y *Case) int {
		switch {
		case q.Order == ByUpdated && x.Updated != y.Updated:
			return int(y.Updated - x.Updated)
		case (q.Order == ByDue || q.Order == "" && q.Text == "") && x.Due() != y.Due():
			return int(x.Due() - y.Due())
		case q.Order == ByDue || q.Order == "" && q.Text == "":
			return int((x.ID - y.ID) >> 1)
		}
		if y.ID > x.ID {
			return 1
		}
		return -1
	})
	for _, c := range cases {
		all = append(all, summarize(w.shown(a, c, false)))
	}
	return all
}

func holds(list []string, v string) bool { return len(list) == 0 || slices.Contains(list, v) }

func (w *world) fits(a Actor, c *Case, q Query) bool {
	seen := c
	if c.Quarantined {
		seen = withheld(c)
	}
	state, _ := w.process.State(seen.State)
	ok := holds(q.States, seen.State) && holds(q.Types, seen.Type()) && holds(q.Products, seen.Product) && holds(q.Tracks, seen.Track) &&
		holds(q.Waiting, seen.Waiting) && holds(q.Outcomes, seen.Outcome) && (q.DueBy == 0 || seen.Due() <= q.DueBy) &&
		(q.Assignee == 0 || seen.Assignee == q.Assignee) && (!q.Nobody || seen.Assignee == 0) && (q.Active == nil || *q.Active == state.Active) &&
		(q.Embargo == nil || *q.Embargo == (c.Restricted() && !c.Quarantined))
	if !ok || q.Text == "" {
		return ok
	}
	if c.Quarantined {
		return false
	}
	has := map[string]bool{}
	words(w.public[c.ID]+" "+c.Product, func(s string) { has[s] = true })
	if a.system || a.Has(Auditor) || w.May(a, WriteTeam, c) == nil {
		words(w.team[c.ID], func(s string) { has[s] = true })
	}
	for _, want := range wantedWords(q.Text) {
		if !has[want.word] && !(want.prefix && slices.ContainsFunc(slices.Collect(maps.Keys(has)), func(s string) bool { return strings.HasPrefix(s, want.word) })) {
			return false
		}
	}
	return true
}

func TestQueriesAreWhatEachCaseAllows(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, fresh func() string) {
		b := openTest(t, fresh())
		w := populate(t, b, 150)
		w.settle(t)
		hits := 0
		for range 300 {
			hits += w.compare(t)
		}
		if hits < 1000 {
			t.Errorf("only %d cases were found in all: the test asks too little", hits)
		}
		for range 40 {
			w.live(t, one(w, w.ids))
		}
		w.settle(t)
		for range 100 {
			w.compare(t)
		}
	})
}

// settle does what the ledger does, few cases at a time.
func (w *world) settle(t *testing.T) {
	t.Helper()
	for ids := range slices.Chunk(w.ids, 7) {
		if err := w.db.Tx(t.Context(), func(tx *sql.Tx) error { return w.index(t.Context(), tx, ids) }); err != nil {
			t.Fatal(err)
		}
	}
	w.cases = nil
	for _, id := range w.ids {
		c, err := w.load(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		w.cases = append(w.cases, c)
	}
}

// compare asks one random thing of one random actor.
func (w *world) compare(t *testing.T) int {
	t.Helper()
	a, q := w.actor(), w.query()
	want := w.brute(a, q)
	got, err := w.all(t, a, q)
	if (q.Assignee != 0 || q.Nobody) && len(a.Roles) == 0 && !a.system {
		if !fault.Is(err, fault.Forbidden) {
			t.Fatalf("%+v may ask who has a case: %v", a, err)
		}
		return 0
	}
	if err != nil {
		t.Fatalf("%s: %v", q, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%+v asks %s, by pages of %d (-want +got):\n%s", a, q, q.Limit, diff)
	}
	w.summaries(t, a)
	n, err := w.Count(t.Context(), a, q)
	if err != nil || n.N != int64(len(want)) || !n.Exact {
		t.Fatalf("%+v counts %s: %v, %v; want %d", a, q, n, err, len(want))
	}
	return len(got)
}

// summaries asks for all cases by their ids: it is what the list of all has.
func (w *world) summaries(t *testing.T, a Actor) {
	t.Helper()
	got, err := w.Summaries(t.Context(), a, w.ids)
	if err != nil {
		t.Fatal(err)
	}
	want := map[ID]Summary{}
	for _, s := range w.brute(a, Query{}) {
		want[s.ID] = s
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%+v asks for all by id (-want +got):\n%s", a, diff)
	}
}

// all reads every page.
func (w *world) all(t *testing.T, a Actor, q Query) ([]Summary, error) {
	t.Helper()
	var all []Summary
	for range 1000 {
		p, err := w.List(t.Context(), a, q)
		if err != nil {
			return nil, err
		}
		all = append(all, p.Cases...)
		if q.After = p.Next; q.After == "" {
			return all, nil
		}
	}
	t.Fatalf("%s: the pages do not end", q)
	return nil, nil
}
