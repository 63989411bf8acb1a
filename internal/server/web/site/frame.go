package site

import (
	"net/http"
	"time"

	"bugbar/internal/casebook"
	"bugbar/internal/server/auth"
	"bugbar/internal/server/web/texts"
)

// Frame is what a template works with: the page's own data, and what depends on who asks.
type Frame struct {
	Page    any
	Request *Request
	Now     time.Time
}

// NewFrame puts a page's data into the frame of a request.
func NewFrame(r *Request, page any) Frame {
	return Frame{Page: page, Request: r, Now: r.Site.Book.Now()}
}

// Asset is where an asset is served.
func (f Frame) Asset(name string) (string, error) { return f.Request.Site.Assets.Path(name) }

// Time is a time in milliseconds as pages show it.
func (f Frame) Time(ms int64) Moment { return moment(ms, f.Now) }

// Person is how the team calls somebody; you, for who asks.
func (f Frame) Person(id casebook.ID) string {
	if id != 0 && id == f.Request.Actor.ID {
		return texts.English().T("person.you")
	}
	return f.Request.Site.Book.HandleOf(f.Request.Context(), id)
}

// Handle is what somebody is called by, also for who asks.
func (f Frame) Handle(id casebook.ID) string {
	return f.Request.Site.Book.HandleOf(f.Request.Context(), id)
}

// May says whether who asks may do something to a case, or at all where c is nil.
func (f Frame) May(right string, c *casebook.Case) bool {
	return f.Request.Site.Book.May(f.Request.Actor, casebook.Right(right), c) == nil
}

// Here is the address of this page, to come back to.
func (f Frame) Here() string { return f.Request.URL.RequestURI() }

// At says whether a section of the site is open.
func (f Frame) At(prefix string) bool {
	path := f.Request.URL.Path
	return path == prefix || len(path) > len(prefix) && path[:len(prefix)] == prefix && path[len(prefix)] == '/'
}

// Bare says that a page is shown within somebody else's, who must not be able to steal a click: it has no forms.
func (f Frame) Bare() bool {
	return f.Request.URL.Path == "/bar/walk" && f.Request.URL.Query().Get("embed") != ""
}

// Done is the message of what was just done, or nothing.
func (f Frame) Done() string {
	key := "done." + f.Request.URL.Query().Get("done")
	if text := texts.English().T(key); text != key {
		return text
	}
	return ""
}

// Theme is the reader's choice of light or dark; empty to follow the system.
func (f Frame) Theme() string {
	c, err := f.Request.Cookie(themeCookie)
	if err != nil || c.Value != "light" && c.Value != "dark" {
		return ""
	}
	return c.Value
}

const themeCookie = "theme"

// SetTheme keeps the reader's choice.
func SetTheme(w http.ResponseWriter, r *Request) error {
	theme := r.PostFormValue("theme")
	http.SetCookie(w, &http.Cookie{Name: themeCookie, Value: theme, Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	return Back(w, r, auth.LocalPath(r.PostFormValue("back"), "/"), "")
}
