// Package casefile is a case: the verdict and why, the question to answer next, the report with the words that
// proposals rest on, the thread, the evidence, duplicates, people, clocks, and the history.
package casefile

import (
	"embed"
	"net/http"
	"strconv"

	"bugbar/assess"
	"bugbar/bar"
	"bugbar/internal/blob"
	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/server/web/site"
	"bugbar/internal/suggest"
)

//go:embed *.html
var folder embed.FS

// Style is the page's own.
//
//go:embed casefile.css
var Style []byte

var (
	overviewPage = site.NewTemplate(folder, "overview.html", "head.html", "side.html")
	threadPage   = site.NewTemplate(folder, "thread.html", "box.html", "head.html", "side.html")
	historyPage  = site.NewTemplate(folder, "history.html", "head.html", "side.html")
	evidencePage = site.NewTemplate(folder, "evidence.html", "head.html", "side.html")
)

// Templates are the page's.
var Templates = []*site.Template{overviewPage, threadPage, historyPage, evidencePage, duplicatesPage, peoplePage, conflictPage, herePage}

// Register puts the page at its addresses. Files come from the store.
func Register(s *site.Site, files blob.Store) {
	s.HandleTeam("GET /case/{id}/file/{sha256}", func(w http.ResponseWriter, r *site.Request) error { return download(w, r, files) })
	s.HandleTeam("GET /case/{id}", overview)
	s.HandleTeam("GET /case/{id}/history", history)
	s.HandleTeam("GET /case/{id}/evidence", evidence)
	s.HandleTeam("GET /case/{id}/duplicates", duplicates)
	s.HandleTeam("GET /case/{id}/people", people)
	s.HandleTeam("GET /case/{id}/here", here)
	s.HandleTeam("POST /case/{id}/identity", identity)
	s.HandleTeam("POST /case/{id}/split", split)
	registerForms(s)
	registerWords(s)
}

// Common is what every view of a case shows around its own part.
type Common struct {
	Case     *casebook.Case
	Bar      *bar.Bar
	Tab      string
	Options  []casebook.Option // where it could move, and what stands against it
	Team     []*casebook.Person
	Findings []Finding
	Here     []casebook.ID // who else of the team has it open
	Since    int64         // the number of the last event that was seen before; 0 for the first visit
}

// New is how much happened since the last visit.
func (c Common) New() int64 {
	if c.Since == 0 {
		return 0
	}
	return max(0, c.Case.Version-c.Since)
}

// Finding is a weakness with its verdict in full.
type Finding struct {
	casebook.Finding
	N        int // from 0
	Verdict  assess.Verdict
	Row      *bar.Row
	Next     *bar.Point // the question to ask
	Facts    []Fact
	Proposal *suggest.Proposal // for the next question
}

// Fact is a decision point with what is known of it.
type Fact struct {
	Point    *bar.Point
	Fact     assess.Fact
	Known    bool
	Used     bool
	Proposal *suggest.Proposal
}

// Answer is a value of a question, in the bar's words, with what it would lead to.
type Answer struct {
	Value    bar.Value
	Proposed bool
	Chosen   bool
}

// Number is what people call a finding: counted from 1.
func (f Finding) Number() int { return f.N + 1 }

// Answers lists the values of a fact's question.
func (f Fact) Answers() []Answer {
	var all []Answer
	for _, v := range f.Point.Values {
		a := Answer{Value: v}
		if f.Proposal != nil {
			for _, p := range f.Proposal.Values {
				a.Proposed = a.Proposed || p == v.ID
			}
		}
		for _, have := range f.Fact.Values {
			a.Chosen = a.Chosen || f.Known && have == v.ID
		}
		all = append(all, a)
	}
	return all
}

// Asked is the fact of the next question.
func (f Finding) Asked() *Fact {
	for i := range f.Facts {
		if f.Next != nil && f.Facts[i].Point.ID == f.Next.ID {
			return &f.Facts[i]
		}
	}
	return nil
}

// common reads a case and what surrounds it.
func common(r *site.Request, tab string) (Common, error) {
	id, err := casebook.ParseID(r.PathValue("id"))
	if err != nil {
		return Common{}, err
	}
	c, err := r.Site.Book.Case(r.Context(), r.Actor, id)
	if err != nil {
		return Common{}, err
	}
	rules, err := r.Site.Book.Bar(c.Bar)
	if err != nil {
		return Common{}, err
	}
	team, err := r.Site.Book.People(r.Context(), r.Actor)
	if err != nil {
		return Common{}, err
	}
	since, err := r.Site.Book.Visit(r.Context(), r.Actor, c)
	if err != nil {
		return Common{}, err
	}
	here, err := r.Site.Book.Here(r.Context(), r.Actor, id)
	if err != nil {
		return Common{}, err
	}
	v := Common{Since: since, Here: here, Case: c, Bar: rules, Tab: tab, Options: r.Site.Book.Options(r.Actor, c), Team: team}
	for n, f := range c.Findings {
		finding, err := describe(rules, n, f)
		if err != nil {
			return Common{}, err
		}
		v.Findings = append(v.Findings, finding)
	}
	return v, nil
}

// describe works out a finding's verdict in full.
func describe(rules *bar.Bar, n int, f casebook.Finding) (Finding, error) {
	verdict, err := assess.Assess(rules, f.Facts)
	if err != nil {
		return Finding{}, fault.New(fault.Internal, "finding %d: %w", n+1, err)
	}
	verdict.Adjustment = f.Adjustment
	d := Finding{Finding: f, N: n, Verdict: verdict, Row: rules.Row(verdict.Row)}
	if verdict.Next != nil {
		d.Next, _ = rules.Point(verdict.Next.Point)
	}
	used := map[string]bool{}
	for _, p := range verdict.Used {
		used[p] = true
	}
	for _, p := range rules.Points {
		fact, known := f.Facts[p.ID]
		d.Facts = append(d.Facts, Fact{Point: p, Fact: fact, Known: known && len(fact.Values) > 0, Used: used[p.ID]})
	}
	return d, nil
}

// Overview is the first view: the verdict, why, and the next question.
type Overview struct {
	Common
	Report     []Passage
	Suspicions []suggest.Suspicion
	Quality    []suggest.Signal
	Files      []casebook.File
	Withheld   bool // in quarantine
}

func overview(w http.ResponseWriter, r *site.Request) error {
	c, err := common(r, "overview")
	if err != nil {
		return err
	}
	v := Overview{Common: c, Withheld: c.Case.Quarantined && c.Case.Title == "In quarantine"}
	if v.Withheld {
		return overviewPage.Render(w, r, http.StatusOK, v)
	}
	thread, err := r.Site.Book.Thread(r.Context(), r.Actor, c.Case.ID, 0, 1)
	if err != nil {
		return err
	}
	if len(thread) > 0 && thread[0].Seq == 1 {
		v.Files = thread[0].Files
		v.propose(r, thread[0].Text)
	}
	return overviewPage.Render(w, r, http.StatusOK, v)
}

// propose reads the report and marks the words that proposals rest on.
func (v *Overview) propose(r *site.Request, text string) {
	model, err := suggest.Load(v.Bar)
	if err != nil { // a bar for which nothing was trained goes without
		v.Report = passages(text, nil)
		return
	}
	result, err := model.Suggest(r.Context(), text)
	if err != nil {
		v.Report = passages(text, nil)
		return
	}
	v.Suspicions, v.Quality = result.Suspicions, result.Findings[0].Quality
	var marks []markSpan
	for i := range v.Findings {
		from := result.Findings[0]
		if len(result.Findings) == len(v.Findings) {
			from = result.Findings[i]
		}
		for k := range v.Findings[i].Facts {
			f := &v.Findings[i].Facts[k]
			f.Proposal = from.Proposal(f.Point.ID)
			if f.Proposal != nil && len(f.Proposal.Values) > 0 {
				marks = append(marks, evidenceMarks(*f.Proposal)...)
			}
		}
	}
	for _, s := range result.Suspicions {
		marks = append(marks, markSpan{Span: s.Span, class: "suspicion", title: s.Reason})
	}
	v.Report = passages(text, marks)
}

// History is everything that happened.
type History struct {
	Common
	Entries []Entry
	More    int64
}

// Entry is an event as people read it.
type Entry struct {
	casebook.Event
	Text string
}

const historyPageSize = 200

func history(w http.ResponseWriter, r *site.Request) error {
	c, err := common(r, "history")
	if err != nil {
		return err
	}
	after, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64) // anything else is the beginning
	events, err := r.Site.Book.History(r.Context(), r.Actor, c.Case.ID, after, historyPageSize)
	if err != nil {
		return err
	}
	v := History{Common: c}
	for _, e := range events {
		v.Entries = append(v.Entries, Entry{Event: e, Text: site.Describe(r, e)})
	}
	if len(events) == historyPageSize {
		v.More = events[len(events)-1].Seq
	}
	return historyPage.Render(w, r, http.StatusOK, v)
}

// Evidence is what was tried and measured.
type Evidence struct {
	Common
	Plots map[int][]byte // by finding: its trials with their intervals, as SVG
}

func evidence(w http.ResponseWriter, r *site.Request) error {
	c, err := common(r, "evidence")
	if err != nil {
		return err
	}
	v := Evidence{Common: c, Plots: map[int][]byte{}}
	for _, f := range v.Findings {
		if svg := trialsPlot(f.Finding); svg != nil {
			v.Plots[f.N] = svg
		}
	}
	return evidencePage.Render(w, r, http.StatusOK, v)
}

// download sends a file of a case, which a browser must neither show nor guess at.
func download(w http.ResponseWriter, r *site.Request, files blob.Store) error {
	id, err := casebook.ParseID(r.PathValue("id"))
	if err != nil {
		return err
	}
	f, err := r.Site.Book.Attachment(r.Context(), r.Actor, id, r.PathValue("sha256"))
	if err != nil {
		return err
	}
	return site.SendFile(w, r, files, f)
}
