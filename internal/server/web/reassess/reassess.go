// Package reassess shows what another edition of the bar would make of the open cases, before anybody adopts it.
package reassess

import (
	"embed"
	"net/http"

	"bugbar/bars"
	"bugbar/internal/casebook"
	"bugbar/internal/server/auth"
	"bugbar/internal/server/web/site"
	"bugbar/internal/work"
)

//go:embed reassess.html
var folder embed.FS

var page = site.NewTemplate(folder, "reassess.html")

// Templates are the page's.
var Templates = []*site.Template{page}

// maxShown bounds the cases on the page.
const maxShown = 500

// Pages re-assesses.
type Pages struct {
	auth *auth.Auth
	work *work.Worker
}

// Register puts the page at its address.
func Register(s *site.Site, a *auth.Auth, w *work.Worker) {
	p := Pages{a, w}
	s.HandleTeam("GET /reassess", p.show)
	s.HandleTeam("POST /reassess", p.adopt)
}

// View is what would change.
type View struct {
	Refs    []string
	Bar     string
	Now     string
	Changes []casebook.Rejudgement
	More    int
	Chosen  bool
}

func (p Pages) show(w http.ResponseWriter, r *site.Request) error {
	rules, err := r.Site.Book.CurrentBar(r.Context())
	if err != nil {
		return err
	}
	v := View{Refs: bars.Refs(), Bar: r.URL.Query().Get("bar"), Now: rules.Ref()}
	if v.Bar != "" {
		v.Chosen = true
		err := r.Site.Book.WouldChange(r.Context(), r.Actor, v.Bar, func(change casebook.Rejudgement) error {
			if len(v.Changes) < maxShown {
				v.Changes = append(v.Changes, change)
			} else {
				v.More++
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return page.Render(w, r, http.StatusOK, v)
}

// adopt makes the edition the one in force and moves the open cases to it, in the background.
func (p Pages) adopt(w http.ResponseWriter, r *site.Request) error {
	if p.auth.Confirmed(r.Request) != nil {
		return site.Back(w, r, "/sign-in?next=/reassess", "")
	}
	task, err := p.work.Reassess(r.Context(), r.Write(), work.ReassessAsked{Bar: r.PostFormValue("bar")})
	if err != nil {
		return err
	}
	return site.Back(w, r, "/reassess?bar="+r.PostFormValue("bar")+"&task="+task.ID.String(), "adopted")
}
