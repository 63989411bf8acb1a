package report

import (
	"net/http"
	"slices"
	"strings"

	"bugbar/assess"
	"bugbar/bar"
	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/server/auth"
	"bugbar/internal/server/web/site"
)

func registerStatus(s *site.Site, p Pages) {
	s.Handle("GET /status", p.status)
	s.Handle("POST /status", p.enter)
	s.Handle("POST /status/leave", p.leave)
	s.Handle("POST /status/write", p.write)
	s.Handle("POST /status/appeal", p.appeal)
	s.Handle("GET /mine", p.mine)
	s.Handle("GET /mine/{id}", p.status)
	s.Handle("POST /mine/{id}/write", p.write)
	s.Handle("POST /mine/{id}/appeal", p.appeal)
}

// reporter is who asks: somebody with an account, or the one who came with a report's key.
func reporter(r *site.Request) (casebook.Actor, casebook.ID, error) {
	if text := r.PathValue("id"); text != "" {
		id, err := casebook.ParseID(text)
		return r.Actor, id, err
	}
	return r.Actor, r.Actor.Case, nil
}

// enter takes the key of a receipt.
func (p Pages) enter(w http.ResponseWriter, r *site.Request) error {
	if _, err := p.auth.SignInReportKey(w, r.Request, strings.TrimSpace(r.PostFormValue("key"))); err != nil {
		status := auth.Status(err)
		if status == 0 && !fault.Is(err, fault.NotFound) {
			return err
		}
		auth.SetHeaders(w.Header(), err)
		return keyPage.Render(w, r, max(status, http.StatusUnprocessableEntity), Key{Wrong: true})
	}
	return site.Back(w, r, "/status", "")
}

func (p Pages) leave(w http.ResponseWriter, r *site.Request) error {
	if err := p.auth.SignOut(w, r.Request); err != nil {
		return err
	}
	return site.Back(w, r, "/", "")
}

// Key asks for the key.
type Key struct{ Wrong bool }

// Status is a report as its reporter sees it.
type Status struct {
	Case     *casebook.Case
	Steps    []Step
	Messages []casebook.Message
	Findings []Decision // once there is a decision
	Decided  bool
	MayWrite bool
	Appeal   bool   // one is still possible
	Base     string // of the forms
	Account  bool
}

// Step is one of the five that a report goes through.
type Step struct {
	Name     string
	Done, At bool
}

// Decision is what became of a finding, and why.
type Decision struct {
	Title   string
	Outcome string
	Verdict assess.Verdict
	Row     *bar.Row
	Section bar.Section
}

func (p Pages) status(w http.ResponseWriter, r *site.Request) error {
	actor, id, err := reporter(r)
	if err != nil {
		return err
	}
	if id == 0 && r.SignedIn() && !r.Team() {
		return site.Back(w, r, "/mine", "") // a reporter with an account needs no key
	}
	if id == 0 {
		return keyPage.Render(w, r, http.StatusOK, Key{})
	}
	v, err := p.view(r, actor, id)
	if err != nil {
		return err
	}
	return statusPage.Render(w, r, http.StatusOK, v)
}

func (p Pages) view(r *site.Request, actor casebook.Actor, id casebook.ID) (Status, error) {
	book := r.Site.Book
	c, err := book.Case(r.Context(), actor, id)
	if err != nil {
		return Status{}, err
	}
	thread, err := book.Thread(r.Context(), actor, id, 0, casebook.MaxPage)
	if err != nil {
		return Status{}, err
	}
	v := Status{Case: c, Messages: thread, Steps: steps(r, c), Base: base(r), Account: r.PathValue("id") != "", MayWrite: book.May(actor, casebook.WriteReporter, c) == nil}
	state, _ := book.Process().State(c.State)
	v.Decided = state.Step >= 3
	if v.Decided {
		if v.Findings, err = decisions(book, c); err != nil {
			return Status{}, err
		}
	}
	for _, o := range book.Options(actor, c) {
		v.Appeal = v.Appeal || o.To == "triaging" && len(o.Obstacles) == 0
	}
	return v, nil
}

func base(r *site.Request) string {
	if id := r.PathValue("id"); id != "" {
		return "/mine/" + id
	}
	return "/status"
}

func steps(r *site.Request, c *casebook.Case) []Step {
	state, _ := r.Site.Book.Process().State(c.State)
	all := make([]Step, 5)
	for i := range all {
		all[i] = Step{Name: []string{"received", "looked-at", "judged", "mended", "done"}[i], Done: i+1 < state.Step, At: i+1 == state.Step}
	}
	return all
}

func decisions(book *casebook.Book, c *casebook.Case) ([]Decision, error) {
	rules, err := book.Bar(c.Bar)
	if err != nil {
		return nil, err
	}
	var all []Decision
	for n, f := range c.Findings {
		v, err := book.Verdict(c, n)
		if err != nil {
			return nil, err
		}
		row := rules.Row(v.Row)
		d := Decision{Title: f.Title, Outcome: f.Final(), Verdict: v, Row: row}
		if row != nil {
			d.Section = rules.Section(row.Section)
		}
		all = append(all, d)
	}
	return all, nil
}

func (p Pages) write(w http.ResponseWriter, r *site.Request) error {
	upload, err := site.ReadUpload(w, r)
	if err != nil {
		return err
	}
	actor, id, err := reporter(r)
	if err != nil {
		return err
	}
	post := casebook.Post{Visibility: casebook.ToReporter, Text: r.FormValue("text")}
	if err := r.Site.Book.MayAddFiles(r.Context(), actor, id, casebook.ToReporter); err != nil {
		return err
	}
	if post.Files, err = upload.Keep(r.Context(), p.files); err != nil {
		return err
	}
	if _, err := r.Site.Book.Write(r.Context(), casebook.Write{Actor: actor}, id, post); err != nil {
		return err
	}
	return site.Back(w, r, base(r), "sent")
}

func (p Pages) appeal(w http.ResponseWriter, r *site.Request) error {
	actor, id, err := reporter(r)
	if err != nil {
		return err
	}
	write := casebook.Write{Actor: actor}
	if _, err := r.Site.Book.Move(r.Context(), write, id, casebook.Step{To: "triaging", Reason: strings.TrimSpace(r.PostFormValue("reason")), Appeal: true}); err != nil {
		return err
	}
	return site.Back(w, r, base(r), "appealed")
}

// mine lists the reports of somebody with an account.
func (p Pages) mine(w http.ResponseWriter, r *site.Request) error {
	if !r.SignedIn() {
		return site.Back(w, r, "/sign-in?next=/mine", "")
	}
	page, err := r.Site.Book.List(r.Context(), r.Actor, casebook.Query{Order: casebook.ByArrival, Limit: casebook.MaxPage})
	if err != nil {
		return err
	}
	v := Mine{Cases: slices.DeleteFunc(page.Cases, func(casebook.Summary) bool { return r.Team() })}
	return minePage.Render(w, r, http.StatusOK, v)
}

// Mine is the reports of one reporter.
type Mine struct{ Cases []casebook.Summary }

var minePage = site.NewTemplate(folder, "mine.html")
