package admin

import (
	"net/http"

	"bugbar/internal/casebook"
	"bugbar/internal/server/web/site"
)

var healthPage = site.NewTemplate(folder, "health.html")

// Health is how intake is doing.
type Health struct {
	casebook.Health
	Mail []Count
	Hook []casebook.Webhook // empty for those who may not change them
}

// Count is how often something happened.
type Count struct {
	Key string
	N   int
}

// fates are what can become of mail, in the order in which the page tells of it.
var fates = []string{"case", "message", "note", "sent", "refused", "loop", "bounce", "empty"}

func health(w http.ResponseWriter, r *site.Request) error {
	h, err := r.Site.Book.Health(r.Context(), r.Actor)
	if err != nil {
		return err
	}
	v := Health{Health: h}
	for _, fate := range fates {
		v.Mail = append(v.Mail, Count{fate, h.Mail[fate]})
	}
	if r.Site.Book.May(r.Actor, casebook.ManageSystem, nil) == nil {
		if v.Hook, err = r.Site.Book.Webhooks(r.Context(), r.Actor); err != nil {
			return err
		}
	}
	return healthPage.Render(w, r, http.StatusOK, v)
}
