package admin

import (
	"net/http"
	"strings"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/server/web/site"
)

var (
	webhooksPage = site.NewTemplate(folder, "webhooks.html")
	secretPage   = site.NewTemplate(folder, "secret.html")
)

// Webhooks is who outside is told of events.
type Webhooks struct {
	Hooks []Hook
	Kinds []string
	Wrong string
	URL   string
}

// Hook is a webhook with its latest delivery.
type Hook struct {
	casebook.Webhook
	Last *casebook.Delivery
}

func (p Pages) webhooks(w http.ResponseWriter, r *site.Request) error {
	return showWebhooks(w, r, http.StatusOK, Webhooks{})
}

func showWebhooks(w http.ResponseWriter, r *site.Request, status int, v Webhooks) error {
	if err := r.Site.Book.May(r.Actor, casebook.ManageSystem, nil); err != nil {
		return err
	}
	all, err := r.Site.Book.Webhooks(r.Context(), r.Actor)
	if err != nil {
		return err
	}
	v.Kinds = casebook.Kinds()
	for _, h := range all {
		last, err := r.Site.Book.Deliveries(r.Context(), r.Actor, h.ID, 1)
		if err != nil {
			return err
		}
		hook := Hook{Webhook: h}
		if len(last) > 0 {
			hook.Last = &last[0]
		}
		v.Hooks = append(v.Hooks, hook)
	}
	return webhooksPage.Render(w, r, status, v)
}

// Secret shows what a new webhook's deliveries are signed with, once.
type Secret struct{ URL, Secret string }

func (p Pages) addWebhook(w http.ResponseWriter, r *site.Request) error {
	if p.auth.Confirmed(r.Request) != nil {
		return site.Back(w, r, "/sign-in?next=/admin/webhooks", "")
	}
	h := casebook.Webhook{Owner: r.Actor.ID, URL: strings.TrimSpace(r.PostFormValue("url")), Kinds: r.PostForm["kind"]}
	if len(h.Kinds) == 0 {
		h.Kinds = []string{"*"}
	}
	made, err := p.work.NewWebhook(r.Context(), r.Write(), h)
	if fault.Is(err, fault.Invalid) {
		return showWebhooks(w, r, http.StatusUnprocessableEntity, Webhooks{Wrong: err.Error(), URL: h.URL})
	}
	if err != nil {
		return err
	}
	return secretPage.Render(w, r, http.StatusCreated, Secret{made.URL, made.Secret})
}

// setWebhook pauses, resumes or removes a webhook.
func setWebhook(r *site.Request) (string, error) {
	id, err := casebook.ParseID(r.PostFormValue("webhook"))
	if err != nil {
		return "", err
	}
	if r.PostFormValue("status") == "removed" {
		return "webhook", r.Site.Book.RemoveWebhook(r.Context(), r.Write(), id)
	}
	return "webhook", r.Site.Book.SetWebhook(r.Context(), r.Write(), id, r.PostFormValue("status"))
}
