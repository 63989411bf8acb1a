// Package about is the front door and what an outsider needs to know: what is taken and how it is handled, who
// is thanked, security.txt (RFC 9116), and the keys that help those who triage all day.
package about

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"

	"bugbar/internal/fault"
	"bugbar/internal/process"
	"bugbar/internal/server/web/site"
)

//go:embed *.html policy.md
var folder embed.FS

// Style is the page's own.
//
//go:embed about.css
var Style []byte

var (
	homePage   = site.NewTemplate(folder, "home.html")
	policyPage = site.NewTemplate(folder, "policy.html")
	thanksPage = site.NewTemplate(folder, "thanks.html")
	keysPage   = site.NewTemplate(folder, "keys.html")
)

// Templates are the page's.
var Templates = []*site.Template{homePage, policyPage, thanksPage, keysPage}

// Register puts the pages at their addresses.
func Register(s *site.Site) {
	s.Handle("GET /{$}", home)
	s.Handle("GET /policy", policy)
	s.Handle("GET /thanks", thanks)
	s.Handle("GET /keys", keys)
	s.Handle("GET /.well-known/security.txt", securityTxt)
	s.Handle("GET /", nothing)
}

func nothing(http.ResponseWriter, *site.Request) error {
	return fault.New(fault.NotFound, "there is no such page")
}

// Home is the front door.
type Home struct{}

// home leads the team to its queue.
func home(w http.ResponseWriter, r *site.Request) error {
	if r.Team() {
		return site.Back(w, r, "/queue", "")
	}
	return homePage.Render(w, r, http.StatusOK, Home{})
}

// Policy is what the operator says, and the clocks that run.
type Policy struct {
	Text      template.HTML
	Deadlines []process.Deadline
}

// settings of the operator that these pages show.
const (
	policySetting  = "policy"
	contactSetting = "contact"
)

func policy(w http.ResponseWriter, r *site.Request) error {
	text, err := r.Site.Book.Setting(r.Context(), policySetting)
	if err != nil {
		return err
	}
	if text == "" {
		own, err := folder.ReadFile("policy.md")
		if err != nil {
			return err
		}
		text = string(own)
	}
	html, err := markdown(text)
	if err != nil {
		return err
	}
	return policyPage.Render(w, r, http.StatusOK, Policy{Text: html, Deadlines: r.Site.Book.Process().Deadlines})
}

// sanitizer lets an operator's text have structure and links. Pictures it cannot have: they come from elsewhere.
var sanitizer = func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "hr", "h1", "h2", "h3", "h4", "ul", "ol", "li", "strong", "em", "code", "pre", "blockquote")
	p.AllowAttrs("href").OnElements("a")
	p.AllowStandardURLs()
	return p
}()

// markdown renders what an operator wrote. Raw HTML is off, and what comes out is cleaned once more.
func markdown(text string) (template.HTML, error) {
	var out bytes.Buffer
	if err := goldmark.Convert([]byte(text), &out); err != nil {
		return "", fault.New(fault.Internal, "the policy: %w", err)
	}
	return template.HTML(sanitizer.Sanitize(out.String())), nil //nolint:gosec // sanitised
}

// Thanks is who wants to be thanked.
type Thanks struct{ Names []string }

func thanks(w http.ResponseWriter, r *site.Request) error {
	names, err := r.Site.Book.Thanked(r.Context())
	if err != nil {
		return err
	}
	return thanksPage.Render(w, r, http.StatusOK, Thanks{names})
}

// Keys is the help on keys.
type Keys struct{ Groups []site.ShortcutGroup }

func keys(w http.ResponseWriter, r *site.Request) error {
	own, err := r.Site.Book.Shortcuts(r.Context(), r.Actor)
	if err != nil {
		return err
	}
	return keysPage.Render(w, r, http.StatusOK, Keys{site.Chosen(own)})
}

// securityTxt says where to report, for machines. It is valid for a year from each request.
func securityTxt(w http.ResponseWriter, r *site.Request) error {
	contact, err := r.Site.Book.Setting(r.Context(), contactSetting)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	var out strings.Builder
	fmt.Fprintf(&out, "Contact: %s/report\n", r.Site.URL)
	if contact != "" {
		fmt.Fprintf(&out, "Contact: %s\n", strings.NewReplacer("\r", "", "\n", "").Replace(contact))
	}
	fmt.Fprintf(&out, "Expires: %s\n", r.Site.Book.Now().UTC().AddDate(0, 11, 0).Truncate(24*time.Hour).Format(time.RFC3339))
	fmt.Fprintf(&out, "Policy: %s/policy\nAcknowledgments: %s/thanks\nPreferred-Languages: en\nCanonical: %s/.well-known/security.txt\n", r.Site.URL, r.Site.URL, r.Site.URL)
	_, err = w.Write([]byte(out.String()))
	return err
}
