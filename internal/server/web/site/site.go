// Package site is what all pages share: the frame around them, the parts that they are put together from,
// the words, and the way from a request to an answer.
//
// A page is a folder beside this one: handlers, a template, a style. It gets a Site, registers its handlers
// with Handle, and renders a struct of its own. Handlers return an error, which becomes the error page with the
// status of its fault code. Pages work without script; with it, htmx swaps the parts that a form names.
package site

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/server/auth"
	"bugbar/internal/server/web/assets"
	"bugbar/internal/server/web/texts"
)

// Site is what every page works with.
type Site struct {
	Book *casebook.Book
	// Who is behind a request; an actor without id and case for nobody.
	Who func(*http.Request) (casebook.Actor, error)
	// URL is the public address, without a slash at its end.
	URL    string
	Log    *slog.Logger
	Assets *assets.Set
	// Routes are the patterns of all handlers, as they were registered.
	Routes []string
	mux    *http.ServeMux
}

// New makes a site without pages.
func New(book *casebook.Book, who func(*http.Request) (casebook.Actor, error), url string, log *slog.Logger) *Site {
	return &Site{Book: book, Who: who, URL: strings.TrimSuffix(url, "/"), Log: log, mux: http.NewServeMux()}
}

// Request is a request with who makes it.
type Request struct {
	*http.Request
	Actor casebook.Actor
	Site  *Site
}

// SignedIn says whether somebody of the programme or a reporter with an account asks.
func (r *Request) SignedIn() bool { return r.Actor.ID != 0 }

// Team says whether somebody of the team asks.
func (r *Request) Team() bool { return len(r.Actor.Roles) > 0 }

// Write is how this request changes something.
func (r *Request) Write() casebook.Write { return casebook.Write{Actor: r.Actor} }

// Handler answers a request, or says why not.
type Handler func(w http.ResponseWriter, r *Request) error

// maxForm bounds a form without files, in bytes.
const maxForm = 12 << 20

// Handle registers a handler for a pattern of http.ServeMux.
func (s *Site) Handle(pattern string, h Handler) {
	s.Routes = append(s.Routes, pattern)
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		actor, err := s.Who(r)
		request := &Request{Request: r, Actor: actor, Site: s}
		if err == nil {
			if r.Method == http.MethodPost && !strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
				r.Body = http.MaxBytesReader(w, r.Body, maxForm)
				if err = r.ParseForm(); err != nil {
					err = fault.New(fault.Invalid, "the form cannot be read: %w", err)
				}
				endLines(r.PostForm)
				endLines(r.Form)
			}
			if err == nil {
				err = h(w, request)
			}
		}
		if err != nil {
			s.fail(w, request, err)
		}
	})
}

// HandleTeam registers a handler for the team; others are asked to sign in, or told that there is nothing.
func (s *Site) HandleTeam(pattern string, h Handler) {
	s.Handle(pattern, func(w http.ResponseWriter, r *Request) error {
		if !r.SignedIn() {
			if len(typedIn(r)) > 0 {
				return fault.New(fault.Forbidden, "your session is over").Do("sign in again, and send once more what you wrote")
			}
			http.Redirect(w, r.Request, "/sign-in?next="+queryEscape(comeBack(r)), http.StatusSeeOther)
			return nil
		}
		if !r.Team() {
			return fault.New(fault.NotFound, "there is no such page")
		}
		return h(w, r)
	})
}

// comeBack is where somebody wants to be after they signed in: a form leads to where it would have led.
func comeBack(r *Request) string {
	if r.Method == http.MethodPost {
		return auth.LocalPath(r.PostFormValue("back"), "/")
	}
	return r.URL.RequestURI()
}

// ServeHTTP answers with a page or an asset.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, assets.Prefix) {
		s.Assets.ServeHTTP(w, r)
		return
	}
	loosen(w.Header())
	s.mux.ServeHTTP(w, r)
}

// loosen lets a page have what is its own; what every answer has was set before. Nothing runs, loads or frames a page
// from elsewhere.
func loosen(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// fail shows what went wrong and what would do.
func (s *Site) fail(w http.ResponseWriter, r *Request, err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	code := string(fault.CodeOf(err))
	status := cmp.Or(auth.Status(err), fault.CodeOf(err).Status())
	switch {
	case status == http.StatusTooManyRequests:
		code = "limited"
	case status >= http.StatusInternalServerError:
		s.Log.Error("page", "path", r.URL.Path, "error", err)
	}
	page := errorPage{Code: code, Title: texts.English().T("error." + code), Text: err.Error()}
	if status == http.StatusInternalServerError {
		page.Text = texts.English().T("error.internal.text")
	}
	if h, ok := errors.AsType[interface {
		error
		Hint() string
	}](err); ok {
		page.Hint = h.Hint()
	}
	auth.SetHeaders(w.Header(), err)
	page.Yours = typedIn(r)
	if renderErr := errorTemplate.Render(w, r, status, page); renderErr != nil {
		s.Log.Error("error page", "error", renderErr)
	}
}

// texted are the fields of forms in which people write sentences.
var texted = []string{"text", "reason", "question", "why", "criterion", "body"}

// typedIn is what somebody wrote into a form that failed. It goes back to them alone.
func typedIn(r *Request) []string {
	var all []string
	for _, name := range texted {
		if text := strings.TrimSpace(r.PostForm.Get(name)); text != "" {
			all = append(all, text)
		}
	}
	return all
}

// Back leads to a local address after a form; done names the message that is shown there.
func Back(w http.ResponseWriter, r *Request, to, done string) error {
	if done != "" {
		sep := "?"
		if strings.Contains(to, "?") {
			sep = "&"
		}
		path, fragment, has := strings.Cut(to, "#")
		to = path + sep + "done=" + queryEscape(done)
		if has {
			to += "#" + fragment
		}
	}
	http.Redirect(w, r.Request, to, http.StatusSeeOther)
	return nil
}
