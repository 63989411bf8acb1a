// Package admin is the running of a casebook: people and their roles, the bar in force, what outsiders read, the state
// of the chain, and how intake and background work are doing. The audit of everything that happened is here too.
package admin

import (
	"embed"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"bugbar/bars"
	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/server/auth"
	"bugbar/internal/server/web/site"
	"bugbar/internal/work"
)

//go:embed *.html
var folder embed.FS

// Style is the page's own.
//
//go:embed admin.css
var Style []byte

var (
	adminPage = site.NewTemplate(folder, "admin.html")
	linkPage  = site.NewTemplate(folder, "link.html")
	auditPage = site.NewTemplate(folder, "audit.html")
)

// Templates are the page's.
var Templates = []*site.Template{adminPage, linkPage, auditPage, healthPage, webhooksPage, secretPage}

// Pages administers.
type Pages struct {
	auth *auth.Auth
	work *work.Worker
}

// Register puts the pages at their addresses.
func Register(s *site.Site, a *auth.Auth, w *work.Worker) {
	p := Pages{a, w}
	s.HandleTeam("GET /admin", p.show)
	s.HandleTeam("POST /admin/people", p.confirmed("/admin", addPerson))
	s.HandleTeam("POST /admin/roles", p.confirmed("/admin", setRoles))
	s.HandleTeam("POST /admin/status", p.confirmed("/admin", setStatus))
	s.HandleTeam("POST /admin/link", p.link)
	s.HandleTeam("POST /admin/setting", p.confirmed("/admin", setSetting))
	s.HandleTeam("GET /admin/webhooks", p.webhooks)
	s.HandleTeam("POST /admin/webhooks", p.addWebhook)
	s.HandleTeam("POST /admin/webhooks/set", p.confirmed("/admin/webhooks", setWebhook))
	s.HandleTeam("GET /health", health)
	s.HandleTeam("GET /audit", audit)
}

// confirmed asks for a fresh proof of who does something dangerous, and leads back to a page.
func (p Pages) confirmed(page string, do func(r *site.Request) (done string, err error)) site.Handler {
	return func(w http.ResponseWriter, r *site.Request) error {
		if p.auth.Confirmed(r.Request) != nil {
			http.Redirect(w, r.Request, "/sign-in?next="+page, http.StatusSeeOther)
			return nil
		}
		done, err := do(r)
		if err != nil {
			return err
		}
		return site.Back(w, r, page, done)
	}
}

// View is the state of the casebook.
type View struct {
	People  []*casebook.Person
	Roles   []casebook.Role
	Bar     string
	Refs    []string
	Policy  string
	Contact string
	Head    casebook.Head
	Lag     time.Duration
	Refused int64 // sign-ins with a handle that nobody has
	Backup  string
}

func (p Pages) show(w http.ResponseWriter, r *site.Request) error {
	book := r.Site.Book
	if book.May(r.Actor, casebook.ManageMembers, nil) != nil && book.May(r.Actor, casebook.ManageSystem, nil) != nil {
		return fault.New(fault.NotFound, "there is no such page")
	}
	v := View{Roles: casebook.Roles, Refs: bars.Refs()}
	var err error
	if v.People, err = book.People(r.Context(), r.Actor); err != nil {
		return err
	}
	rules, err := book.CurrentBar(r.Context())
	if err != nil {
		return err
	}
	v.Bar = rules.Ref()
	for name, value := range map[string]*string{"policy": &v.Policy, "contact": &v.Contact, "backup": &v.Backup} {
		if *value, err = book.Setting(r.Context(), name); err != nil {
			return err
		}
	}
	if v.Head, err = book.Head(r.Context()); err != nil {
		return err
	}
	if v.Lag, err = book.Lag(r.Context()); err != nil {
		return err
	}
	if v.Refused, err = book.UnknownSignIns(r.Context()); err != nil {
		return err
	}
	return adminPage.Render(w, r, http.StatusOK, v)
}

func roles(r *site.Request) []casebook.Role {
	var all []casebook.Role
	for _, text := range r.PostForm["role"] {
		all = append(all, casebook.Role(text))
	}
	return all
}

func addPerson(r *site.Request) (string, error) {
	who := casebook.Identity{Name: strings.TrimSpace(r.PostFormValue("name")), Email: strings.TrimSpace(r.PostFormValue("email"))}
	_, err := r.Site.Book.AddPerson(r.Context(), r.Write(), strings.TrimSpace(r.PostFormValue("handle")), roles(r), who)
	return "person", err
}

func person(r *site.Request) (casebook.ID, error) { return casebook.ParseID(r.PostFormValue("person")) }

func setRoles(r *site.Request) (string, error) {
	id, err := person(r)
	if err != nil {
		return "", err
	}
	_, err = r.Site.Book.SetRoles(r.Context(), r.Write(), id, roles(r))
	return "roles", err
}

func setStatus(r *site.Request) (string, error) {
	id, err := person(r)
	if err != nil {
		return "", err
	}
	_, err = r.Site.Book.SetStatus(r.Context(), r.Write(), id, r.PostFormValue("status"))
	return "status", err
}

// settings are those that this page may make.
var settings = []string{"bar", "policy", "contact"}

func setSetting(r *site.Request) (string, error) {
	name := r.PostFormValue("name")
	if !slices.Contains(settings, name) {
		return "", fault.New(fault.Invalid, "unknown setting %q", name).In("name")
	}
	value := strings.TrimSpace(r.PostFormValue("value"))
	if name == "bar" {
		if _, err := r.Site.Book.Bar(value); err != nil {
			return "", err
		}
	}
	return "setting", r.Site.Book.Set(r.Context(), r.Write(), name, value, false)
}

// Link shows a one-time code, once.
type Link struct{ Handle, Code string }

const linkTime = 24 * time.Hour

func (p Pages) link(w http.ResponseWriter, r *site.Request) error {
	if p.auth.Confirmed(r.Request) != nil {
		return site.Back(w, r, "/sign-in?next=/admin", "")
	}
	id, err := person(r)
	if err != nil {
		return err
	}
	code, err := r.Site.Book.IssueLink(r.Context(), r.Write(), id, linkTime)
	if err != nil {
		return err
	}
	return linkPage.Render(w, r, http.StatusCreated, Link{r.Site.Book.HandleOf(r.Context(), id), code})
}

// Audit is everything that happened, as far as its reader may know it.
type Audit struct {
	Entries []Entry
	Head    casebook.Head
	Next    int64
	Query   casebook.AuditQuery
	Actor   string
	Stream  string
}

// Entry is an event as people read it.
type Entry struct {
	casebook.Event
	Text string
}

const auditPageSize = 100

func audit(w http.ResponseWriter, r *site.Request) error {
	get := r.URL.Query().Get
	v := Audit{Query: casebook.AuditQuery{Kind: get("kind"), Limit: auditPageSize}, Actor: get("actor"), Stream: get("stream")}
	v.Query.After, _ = strconv.ParseInt(get("after"), 10, 64) // anything else is the beginning
	if v.Actor != "" {
		p, err := r.Site.Book.PersonCalled(r.Context(), v.Actor)
		if err != nil {
			return err
		}
		v.Query.Actor = p.ID
	}
	if v.Stream != "" {
		id, err := casebook.ParseID(v.Stream)
		if err != nil {
			return err
		}
		v.Query.Stream = id
	}
	head, err := r.Site.Book.Head(r.Context())
	if err != nil {
		return err
	}
	v.Head = head
	if !r.URL.Query().Has("after") && v.Query.Actor == 0 && v.Query.Stream == 0 && v.Query.Kind == "" {
		v.Query.After = max(0, head.Pos-auditPageSize) // what happened last
	}
	page, err := r.Site.Book.Audit(r.Context(), r.Actor, v.Query)
	if err != nil {
		return err
	}
	for _, e := range page.Events {
		v.Entries = append(v.Entries, Entry{e, site.Describe(r, e)})
	}
	v.Next = page.Next
	return auditPage.Render(w, r, http.StatusOK, v)
}
