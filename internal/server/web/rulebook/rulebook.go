// Package rulebook is the bar itself, for anyone: every row with an address of its own, the questions with
// their worked examples, a walk through them that can be linked to and embedded, and two editions compared.
package rulebook

import (
	"embed"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"bugbar/assess"
	"bugbar/bar"
	"bugbar/bars"
	"bugbar/internal/fault"
	"bugbar/internal/server/web/site"
)

//go:embed *.html
var folder embed.FS

// Style is the page's own.
//
//go:embed rulebook.css
var Style []byte

var (
	bookPage    = site.NewTemplate(folder, "book.html")
	rowPage     = site.NewTemplate(folder, "row.html")
	pointPage   = site.NewTemplate(folder, "point.html")
	walkPage    = site.NewTemplate(folder, "walk.html")
	comparePage = site.NewTemplate(folder, "compare.html")
)

// Templates are the page's.
var Templates = []*site.Template{bookPage, rowPage, pointPage, walkPage, comparePage}

// Register puts the pages at their addresses.
func Register(s *site.Site) {
	s.Handle("GET /bar", book)
	s.Handle("GET /bar/walk", walk)
	s.Handle("GET /bar/compare", compare)
	s.Handle("GET /bar/point/{point}", point)
	s.Handle("GET /bar/{row}", row)
}

// Book is the whole bar.
type Book struct {
	Bar  *bar.Bar
	Refs []string
}

// ruleBook is the bar that an address names, or the one in force.
func ruleBook(r *site.Request) (*bar.Bar, error) {
	if ref := r.URL.Query().Get("bar"); ref != "" {
		b, err := r.Site.Book.Bar(ref)
		if err != nil {
			return nil, fault.New(fault.NotFound, "there is no bar %q", ref).Do("one of: " + strings.Join(bars.Refs(), ", "))
		}
		return b, nil
	}
	return r.Site.Book.CurrentBar(r.Context())
}

func book(w http.ResponseWriter, r *site.Request) error {
	b, err := ruleBook(r)
	if err != nil {
		return err
	}
	return bookPage.Render(w, r, http.StatusOK, Book{Bar: b, Refs: bars.Refs()})
}

// Leaves are the rows of a table that end in an outcome.
func (Book) Leaves(t *bar.Table) []*bar.Row {
	return slices.DeleteFunc(slices.Clone(t.Rows), func(r *bar.Row) bool { return r.Outcome == "" })
}

// Row is one line of the bar.
type Row struct {
	Bar     *bar.Bar
	Row     *bar.Row
	Section bar.Section
	Walk    string // the walk with the facts of this row
}

func row(w http.ResponseWriter, r *site.Request) error {
	b, err := ruleBook(r)
	if err != nil {
		return err
	}
	found := b.Row(r.PathValue("row"))
	if found == nil {
		return fault.New(fault.NotFound, "%s has no row %q", b.Ref(), r.PathValue("row")).Do("see all rows at /bar")
	}
	v := Row{Bar: b, Row: found, Section: b.Section(found.Section)}
	answers := url.Values{}
	if r.URL.Query().Get("bar") != "" {
		answers.Set("bar", b.Ref())
	}
	for point, values := range found.When {
		answers.Set(point, values[0])
	}
	v.Walk = "/bar/walk?" + answers.Encode()
	return rowPage.Render(w, r, http.StatusOK, v)
}

// Point is one question.
type Point struct {
	Bar      *bar.Bar
	Point    *bar.Point
	Mappings map[string][]bar.Mapping // by value
}

func point(w http.ResponseWriter, r *site.Request) error {
	b, err := ruleBook(r)
	if err != nil {
		return err
	}
	p, _ := b.Point(r.PathValue("point"))
	if p == nil {
		return fault.New(fault.NotFound, "%s has no decision point %q", b.Ref(), r.PathValue("point"))
	}
	v := Point{Bar: b, Point: p, Mappings: map[string][]bar.Mapping{}}
	for _, m := range b.Mappings {
		if m.Point == p.ID {
			v.Mappings[m.Value] = append(v.Mappings[m.Value], m)
		}
	}
	return pointPage.Render(w, r, http.StatusOK, v)
}

// Walk is the way through the questions, with the answers in its address.
type Walk struct {
	Bar      *bar.Bar
	Verdict  assess.Verdict
	Row      *bar.Row
	Answered []Answered
	Next     *Question
	Possible []Chance
	Share    string // the address of this very walk
	Embed    bool
	Markup   string // to embed it
}

// Answered is a question with its answer, and the address without it.
type Answered struct {
	Point   *bar.Point
	Value   *bar.Value
	Without string
}

// Question is the one to answer next; each value has the address that answers it.
type Question struct {
	Point   *bar.Point
	Answers []Answer
}

// Answer is a value and what it leaves possible.
type Answer struct {
	Value    bar.Value
	To       string
	Outcomes []string
}

// Chance is an outcome, and whether it is still possible.
type Chance struct {
	Outcome bar.Outcome
	Open    bool
}

func walk(w http.ResponseWriter, r *site.Request) error {
	b, err := ruleBook(r)
	if err != nil {
		return err
	}
	given := r.URL.Query()
	facts := assess.Facts{}
	for _, p := range b.Points {
		if value := given.Get(p.ID); value != "" && value != assess.Unknown {
			facts[p.ID] = assess.Fact{Values: []string{value}, Provenance: assess.Claimed}
		}
	}
	v, err := newWalk(b, facts, given)
	if err != nil {
		return err
	}
	if v.Embed { // anyone may show the walk on a page of theirs; it does nothing but answer
		w.Header().Del("X-Frame-Options")
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		w.Header().Set("Content-Security-Policy", strings.Replace(w.Header().Get("Content-Security-Policy"), "frame-ancestors 'none'", "frame-ancestors *", 1))
	}
	v.Share = r.Site.URL + r.URL.RequestURI()
	v.Markup = `<iframe src="` + r.Site.URL + "/bar/walk?embed=1" + `" width="640" height="720" title="AI bug bar"></iframe>`
	return walkPage.Render(w, r, http.StatusOK, v)
}

func newWalk(b *bar.Bar, facts assess.Facts, given url.Values) (Walk, error) {
	verdict, err := assess.Assess(b, facts)
	if err != nil {
		return Walk{}, fault.New(fault.Invalid, "%w", err)
	}
	v := Walk{Bar: b, Verdict: verdict, Row: b.Row(verdict.Row), Embed: given.Get("embed") != ""}
	for _, p := range b.Points {
		if fact, ok := facts[p.ID]; ok {
			v.Answered = append(v.Answered, Answered{Point: p, Value: p.Value(fact.Values[0]), Without: with(given, p.ID, "")})
		}
	}
	for _, o := range b.Outcomes {
		v.Possible = append(v.Possible, Chance{Outcome: o, Open: slices.Contains(verdict.Possible, o.ID)})
	}
	if verdict.Next != nil {
		v.Next, err = question(b, facts, given, verdict.Next)
	}
	return v, err
}

func question(b *bar.Bar, facts assess.Facts, given url.Values, next *assess.Question) (*Question, error) {
	p, _ := b.Point(next.Point)
	q := &Question{Point: p}
	for _, id := range next.Values {
		trial := assess.Facts{p.ID: {Values: []string{id}, Provenance: assess.Claimed}}
		for point, fact := range facts {
			trial[point] = fact
		}
		v, err := assess.Assess(b, trial)
		if err != nil {
			return nil, fault.New(fault.Internal, "%w", err)
		}
		q.Answers = append(q.Answers, Answer{Value: *p.Value(id), To: with(given, p.ID, id), Outcomes: v.Possible})
	}
	return q, nil
}

// with is the address of the walk with one answer set, or taken back.
func with(given url.Values, point, value string) string {
	next := url.Values{}
	for k, v := range given {
		next[k] = v
	}
	next.Del("done")
	next.Set(point, value)
	if value == "" {
		next.Del(point)
	}
	return "/bar/walk?" + next.Encode()
}

// Compare sets two editions beside each other.
type Compare struct {
	From, To string
	Refs     []string
	Changes  []bar.Change
	Chosen   bool
}

func compare(w http.ResponseWriter, r *site.Request) error {
	v := Compare{From: r.URL.Query().Get("from"), To: r.URL.Query().Get("to"), Refs: bars.Refs()}
	if v.From == "" || v.To == "" {
		return comparePage.Render(w, r, http.StatusOK, v)
	}
	from, err := r.Site.Book.Bar(v.From)
	if err != nil {
		return err
	}
	to, err := r.Site.Book.Bar(v.To)
	if err != nil {
		return err
	}
	v.Chosen, v.Changes = true, bar.Diff(from, to)
	return comparePage.Render(w, r, http.StatusOK, v)
}
