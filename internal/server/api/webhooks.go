package api

import (
	"context"
	"net/http"
	"time"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
)

// Webhook tells somebody outside of events, as far as its owner may know of them.
type Webhook struct {
	ID       ID        `json:"id"`
	Owner    *ID       `json:"owner,omitempty"`
	Case     *ID       `json:"case,omitempty" doc:"That case alone; where it is left out, all that are not restricted."`
	URL      string    `json:"url"`
	Kinds    []string  `json:"kinds" doc:"Of events; * for all."`
	Status   string    `json:"status" enum:"active,paused,failing" doc:"failing: switched off after too many failures in a row."`
	Failures int64     `json:"failures" doc:"In a row."`
	Created  time.Time `json:"created"`
	Secret   string    `json:"secret,omitempty" doc:"With which deliveries are signed (Standard Webhooks). Shown when the webhook is made, and not again."`
}

// NewWebhook asks for a webhook.
type NewWebhook struct {
	URL   string   `json:"url" minLength:"1" maxLength:"2000" doc:"https, and no address inside the server's own network."`
	Kinds []string `json:"kinds" minItems:"1" maxItems:"50" doc:"Of events, such as received, moved or message-added; * for all."`
	Case  *ID      `json:"case,omitempty" doc:"That case alone, also while it is under embargo."`
}

// WebhookSwitch pauses a webhook, or switches it on again.
type WebhookSwitch struct {
	Status string `json:"status" enum:"active,paused"`
}

// Delivery is one attempt to tell a webhook of an event.
type Delivery struct {
	Case    ID        `json:"case"`
	Number  int64     `json:"number" doc:"Of the event in its case."`
	Attempt int       `json:"attempt"`
	At      time.Time `json:"at"`
	Status  int       `json:"status,omitempty" doc:"The HTTP status that was answered."`
	Error   string    `json:"error,omitempty"`
}

func webhookFrom(h casebook.Webhook) Webhook {
	return Webhook{ID: ID(h.ID), Owner: idOf(h.Owner), Case: idOf(h.Case), URL: h.URL, Kinds: some(h.Kinds), Status: h.Status, Failures: h.Failures, Created: at(h.Created)}
}

type oneWebhook struct {
	Replayed string `header:"Idempotent-Replayed" doc:"true where the write was carried out before."`
	Body     Webhook
}

// OfWebhook is the part of a request that names a webhook.
type OfWebhook struct {
	Webhook string `path:"webhook" maxLength:"40" doc:"Its id."`
}

func (o OfWebhook) id() (casebook.ID, error) {
	id, err := casebook.ParseID(o.Webhook)
	if err != nil {
		return 0, fault.New(fault.NotFound, "there is no such webhook")
	}
	return id, nil
}

func webhooks(a *API) {
	const tag = "Webhooks"
	plain(a, route{id: "list-webhooks", method: http.MethodGet, path: "/webhooks", tag: tag, summary: "The webhooks that you may change"},
		func(ctx context.Context, actor casebook.Actor, _ *struct{}) (*listed[Webhook], error) {
			all, err := a.Book.Webhooks(ctx, actor)
			return list(each(all, webhookFrom)), err
		})
	plain(a, route{
		id: "add-webhook", method: http.MethodPost, path: "/webhooks", tag: tag, status: http.StatusCreated, fresh: true, summary: "Make a webhook",
		text: "One for a single case is for those who may invite others to it; one for all cases is the administrators'. Nobody is told of a look at a case, nor of what is in quarantine.",
	}, a.addWebhook)
	plain(a, route{id: "set-webhook", method: http.MethodPut, path: "/webhooks/{webhook}/status", tag: tag, status: http.StatusNoContent, summary: "Pause a webhook, or switch it on again"},
		func(ctx context.Context, _ casebook.Actor, in *struct {
			OfWebhook
			Terms
			Body WebhookSwitch
		},
		) (*nothing, error) {
			return in.changeWebhook(ctx, in.OfWebhook, in.Body, func(w casebook.Write, id casebook.ID) error { return a.Book.SetWebhook(ctx, w, id, in.Body.Status) })
		})
	plain(a, route{id: "remove-webhook", method: http.MethodDelete, path: "/webhooks/{webhook}", tag: tag, status: http.StatusNoContent, summary: "End a webhook"},
		func(ctx context.Context, _ casebook.Actor, in *struct {
			OfWebhook
			Terms
		},
		) (*nothing, error) {
			return in.changeWebhook(ctx, in.OfWebhook, nil, func(w casebook.Write, id casebook.ID) error { return a.Book.RemoveWebhook(ctx, w, id) })
		})
	plain(a, route{id: "list-deliveries", method: http.MethodGet, path: "/webhooks/{webhook}/deliveries", tag: tag, summary: "The latest attempts to tell a webhook"},
		func(ctx context.Context, actor casebook.Actor, in *struct {
			OfWebhook
			Limit int `query:"limit" minimum:"1" maximum:"200" default:"50"`
		},
		) (*listed[Delivery], error) {
			id, err := in.id()
			if err != nil {
				return nil, err
			}
			all, err := a.Book.Deliveries(ctx, actor, id, in.Limit)
			return list(each(all, func(d casebook.Delivery) Delivery {
				return Delivery{ID(d.Event), d.Seq, d.Attempt, at(d.At), d.Status, d.Error}
			})), err
		})
}

// changeWebhook carries out a write to a webhook.
func (t Terms) changeWebhook(ctx context.Context, of OfWebhook, body any, work func(casebook.Write, casebook.ID) error) (*nothing, error) {
	id, err := of.id()
	if err != nil {
		return nil, err
	}
	return t.change(ctx, body, func(w casebook.Write) error { return work(w, id) })
}

func (a *API) addWebhook(ctx context.Context, _ casebook.Actor, in *struct {
	Terms
	Body NewWebhook
},
) (*oneWebhook, error) {
	if a.Work == nil {
		return nil, noWorker()
	}
	w, err := in.write(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	asked := casebook.Webhook{URL: in.Body.URL, Kinds: in.Body.Kinds}
	if in.Body.Case != nil {
		asked.Case = casebook.ID(*in.Body.Case)
	}
	made, err := a.Work.NewWebhook(ctx, w, asked)
	if err != nil {
		return nil, err
	}
	out := &oneWebhook{Replayed: replayed(w), Body: webhookFrom(made)}
	out.Body.Secret = made.Secret
	return out, nil
}

func noWorker() error {
	return fault.New(fault.Unavailable, "this server does no background work").Do("ask another server of this casebook")
}
