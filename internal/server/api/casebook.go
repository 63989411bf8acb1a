package api

import (
	"context"
	"net/http"
	"time"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
)

// Settings are those of the casebook that the API has.
type Settings struct {
	Bar string `json:"bar" doc:"The bar by which new reports are judged, NAME@EDITION."`
}

// NewBar chooses the bar in force.
type NewBar struct {
	Bar string `json:"bar" minLength:"1" maxLength:"200" doc:"NAME@EDITION. Cases that exist keep theirs."`
}

type settingsAnswer struct {
	Replayed string `header:"Idempotent-Replayed" doc:"true where the write was carried out before."`
	Body     Settings
}

// timeOf reads a time of a request.
func timeOf(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, fault.New(fault.Invalid, "%q is no time with its zone", text).In("until").Do("such as 2027-03-01T09:00:00Z")
	}
	return t, nil
}

func casebookWide(a *API) {
	const tag = "Casebook"
	plain(a, route{id: "get-settings", method: http.MethodGet, path: "/settings", tag: tag, public: true, summary: "Settings of the casebook"},
		func(ctx context.Context, _ casebook.Actor, _ *struct{}) (*settingsAnswer, error) { return a.settings(ctx, "") })
	plain(a, route{id: "set-bar", method: http.MethodPut, path: "/settings/bar", tag: tag, summary: "Choose the bar by which new reports are judged"},
		func(ctx context.Context, _ casebook.Actor, in *struct {
			terms
			Body NewBar
		}) (*settingsAnswer, error) {
			w, err := in.write(ctx, in.Body)
			if err != nil {
				return nil, err
			}
			b, err := a.Book.Bar(in.Body.Bar)
			if err != nil {
				return nil, fault.New(fault.Invalid, "%w", err).In("bar")
			}
			if err := a.Book.Set(ctx, w, "bar", b.Ref(), false); err != nil {
				return nil, err
			}
			return a.settings(ctx, replayed(w))
		})
}

func (a *API) settings(ctx context.Context, old string) (*settingsAnswer, error) {
	b, err := a.Book.CurrentBar(ctx)
	if err != nil {
		return nil, err
	}
	return &settingsAnswer{Replayed: old, Body: Settings{Bar: b.Ref()}}, nil
}
