// Package report is where reporters come: the question that stands before everything, the form with the verdict
// so far, the receipt, and with its key the status, the thread and the decision. No account is needed, and no
// script.
package report

import (
	"embed"
	"net/http"
	"strings"

	"bugbar/assess"
	"bugbar/bar"
	"bugbar/internal/blob"
	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/intake"
	"bugbar/internal/server/auth"
	"bugbar/internal/server/web/site"
	"bugbar/internal/server/web/texts"
)

//go:embed *.html
var folder embed.FS

// Style is the page's own.
//
//go:embed report.css
var Style []byte

var (
	startPage   = site.NewTemplate(folder, "start.html")
	refusedPage = site.NewTemplate(folder, "refused.html")
	formPage    = site.NewTemplate(folder, "form.html")
	receiptPage = site.NewTemplate(folder, "receipt.html")
	keyPage     = site.NewTemplate(folder, "key.html")
	statusPage  = site.NewTemplate(folder, "status.html")
)

// Templates are the page's.
var Templates = []*site.Template{startPage, refusedPage, formPage, receiptPage, keyPage, statusPage, minePage}

// Pages takes reports in.
type Pages struct {
	files blob.Store
	auth  *auth.Auth
}

// Register puts the pages at their addresses. Files go into the store.
func Register(s *site.Site, files blob.Store, a *auth.Auth) {
	p := Pages{files, a}
	s.Handle("GET /report", p.start)
	s.Handle("POST /report", p.begin)
	s.Handle("GET /report/form", p.form)
	s.Handle("POST /report/so-far", p.soFar)
	s.Handle("POST /report/send", p.send)
	registerStatus(s, p)
}

// Start asks the question that comes before any text.
type Start struct {
	Notice *bar.Notice
}

func (p Pages) start(w http.ResponseWriter, r *site.Request) error {
	b, err := r.Site.Book.CurrentBar(r.Context())
	if err != nil {
		return err
	}
	return startPage.Render(w, r, http.StatusOK, Start{b.Notice})
}

// begin leads to the form, or shows the operator's text and keeps nothing but that it happened.
func (p Pages) begin(w http.ResponseWriter, r *site.Request) error {
	b, err := r.Site.Book.CurrentBar(r.Context())
	if err != nil {
		return err
	}
	switch r.PostFormValue("never-accepted") {
	case "no":
		return site.Back(w, r, "/report/form", "")
	case "yes":
		return p.refuse(w, r, b)
	}
	return fault.New(fault.Invalid, "the question must be answered").In("never-accepted")
}

func (p Pages) refuse(w http.ResponseWriter, r *site.Request, b *bar.Bar) error {
	_, _, err := r.Site.Book.Submit(r.Context(), casebook.Write{Actor: r.Actor}, casebook.Submission{Refused: true, Bar: b})
	if err != nil && !fault.Is(err, fault.Invalid) {
		return err
	}
	return refusedPage.Render(w, r, http.StatusUnavailableForLegalReasons, Start{b.Notice})
}

// Form is what a reporter fills in, with what the bar says so far.
type Form struct {
	Bar      *bar.Bar
	Sent     Sent
	Facts    []Question
	Verdict  assess.Verdict
	Row      *bar.Row
	NextAsk  *bar.Point
	Wrong    map[string]string // by field
	WrongAll string
	Key      string // makes a second sending of the same form harmless
}

// Sent is what was typed.
type Sent struct {
	Title, Product, Model, What, Steps, Transcript, Successes, Attempts, Judge string
	Name, Email, Credit, Others, AI                                            string
	Facts                                                                      map[string]string
}

// Question is a decision point that a reporter may answer.
type Question struct {
	Point  *bar.Point
	Chosen string
	Asked  bool // the bar needs it now
}

func (p Pages) form(w http.ResponseWriter, r *site.Request) error {
	b, err := r.Site.Book.CurrentBar(r.Context())
	if err != nil {
		return err
	}
	return p.show(w, r, http.StatusOK, b, Sent{Facts: map[string]string{}}, nil)
}

// soFar shows the form with what the bar says so far; htmx takes only that part of it.
func (p Pages) soFar(w http.ResponseWriter, r *site.Request) error {
	b, err := r.Site.Book.CurrentBar(r.Context())
	if err != nil {
		return err
	}
	return p.show(w, r, http.StatusOK, b, read(r, b), nil)
}

// label is what the form calls a field.
func label(field string) string {
	key := "report.f." + field
	if text := texts.English().T(key); text != key {
		return text
	}
	return field
}

func (p Pages) show(w http.ResponseWriter, r *site.Request, status int, b *bar.Bar, sent Sent, wrong error) error {
	v := Form{Bar: b, Sent: sent, Wrong: map[string]string{}, Key: r.FormValue("key")}
	if v.Key == "" {
		v.Key = site.Nonce()
	}
	if wrong != nil {
		v.WrongAll = wrong.Error()
		if e, ok := wrong.(*fault.Error); ok && e.Field != "" {
			what := strings.TrimPrefix(wrong.Error(), e.Field+": ")
			v.Wrong[e.Field], v.WrongAll = what, label(e.Field)+": "+what
		}
	}
	facts := sent.facts(b)
	verdict, err := assess.Assess(b, facts)
	if err != nil {
		return fault.New(fault.Invalid, "%w", err)
	}
	v.Verdict, v.Row = verdict, b.Row(verdict.Row)
	if verdict.Next != nil {
		v.NextAsk, _ = b.Point(verdict.Next.Point)
	}
	for _, point := range b.Points {
		asked := v.NextAsk != nil && v.NextAsk.ID == point.ID
		if sent.Facts[point.ID] != "" || asked {
			v.Facts = append(v.Facts, Question{Point: point, Chosen: sent.Facts[point.ID], Asked: asked})
		}
	}
	return formPage.Render(w, r, status, v)
}

// read takes the form as it was sent.
func read(r *site.Request, b *bar.Bar) Sent {
	get := func(name string) string { return strings.TrimSpace(r.FormValue(name)) }
	s := Sent{
		Title: get("title"), Product: get("product"), Model: get("model"), What: get("what"), Steps: get("steps"), Transcript: get("transcript"),
		Successes: get("successes"), Attempts: get("attempts"), Judge: get("judge"), Name: get("name"), Email: get("email"), Credit: get("credit"),
		Others: get("others"), AI: get("ai"), Facts: map[string]string{},
	}
	for _, p := range b.Points {
		if value := get("fact-" + p.ID); value != "" && value != assess.Unknown {
			s.Facts[p.ID] = value
		}
	}
	return s
}

func (s Sent) facts(b *bar.Bar) assess.Facts {
	facts := assess.Facts{}
	for _, p := range b.Points {
		if value := s.Facts[p.ID]; value != "" {
			facts[p.ID] = assess.Fact{Values: []string{value}, Provenance: assess.Claimed, By: "reporter"}
		}
	}
	return facts
}

// text is the report as one text, under the headings of the form.
func (s Sent) text() string {
	var out strings.Builder
	for _, part := range []struct{ head, text string }{
		{"What happens", s.What}, {"Steps", s.Steps}, {"Transcript", s.Transcript}, {"Who else knows", s.Others}, {"Use of AI in this report", s.AI},
	} {
		if part.text != "" {
			out.WriteString("## " + part.head + "\n\n" + part.text + "\n\n")
		}
	}
	return strings.TrimSpace(out.String()) + "\n"
}

// send takes the report in and shows the receipt, once.
func (p Pages) send(w http.ResponseWriter, r *site.Request) error {
	b, err := r.Site.Book.CurrentBar(r.Context())
	if err != nil {
		return err
	}
	if err := p.auth.AllowReport(r.Request, r.Actor); err != nil {
		return err
	}
	upload, err := site.ReadUpload(w, r)
	if err != nil {
		return err
	}
	sent := read(r, b)
	if n := b.Notice; n != nil && sent.Facts[n.Point] == n.Value || intake.RefusedText(sent.Title, sent.text()) {
		return p.refuse(w, r, b)
	}
	submission, err := sent.submission(b)
	if err == nil {
		submission.Files, err = upload.Keep(r.Context(), p.files)
	}
	if fault.Is(err, fault.Invalid) {
		return p.show(w, r, http.StatusUnprocessableEntity, b, sent, err)
	}
	if err != nil {
		return err
	}
	if r.SignedIn() && !r.Team() { // it is among their own reports from now on
		submission.Reporter, submission.Contact = r.Actor.ID, nil
	}
	write := casebook.Write{Actor: r.Actor, Key: r.FormValue("key"), Request: submission.Digest()}
	receipt, c, err := r.Site.Book.Submit(r.Context(), write, submission)
	if fault.Is(err, fault.Invalid) {
		return p.show(w, r, http.StatusUnprocessableEntity, b, sent, err)
	}
	if err != nil {
		return err
	}
	return receiptPage.Render(w, r, http.StatusCreated, Receipt{Receipt: receipt, Case: c})
}

// Receipt is what a reporter takes along.
type Receipt struct {
	casebook.Receipt
	Case *casebook.Case
}

func (s Sent) submission(b *bar.Bar) (casebook.Submission, error) {
	sub := casebook.Submission{Title: s.Title, Product: s.Product, Model: s.Model, Source: "form", Text: s.text(), Bar: b}
	for _, field := range []struct{ name, value string }{{"title", s.Title}, {"product", s.Product}, {"what", s.What}, {"steps", s.Steps}} {
		if field.value == "" {
			return sub, fault.New(fault.Invalid, "must be given").In(field.name)
		}
	}
	trials, err := s.trials()
	if err != nil {
		return sub, err
	}
	sub.Findings = []casebook.Finding{{Facts: s.facts(b), Trials: trials}}
	if s.Name+s.Email+s.Credit != "" {
		sub.Contact = &casebook.Identity{Name: s.Name, Email: s.Email, Credit: s.Credit}
	}
	return sub, nil
}

func (s Sent) trials() (*casebook.Trials, error) {
	if s.Successes == "" && s.Attempts == "" {
		return nil, nil
	}
	k, err := site.Number("successes", s.Successes)
	if err != nil {
		return nil, err
	}
	t := &casebook.Trials{Successes: k, Judge: s.Judge}
	if s.Attempts == "" {
		return t, nil
	}
	n, err := site.Number("attempts", s.Attempts)
	if err != nil {
		return nil, err
	}
	if k > n {
		return nil, fault.New(fault.Invalid, "it cannot have worked %d times of %d", k, n).In("successes")
	}
	t.Attempts = &n
	return t, nil
}
