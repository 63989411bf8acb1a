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
		func(ctx context.Context, _ casebook.Actor, _ *struct{}) (*settingsAnswer, error) {
			return a.settings(ctx, "")
		})
	plain(a, route{id: "set-bar", fresh: true, method: http.MethodPut, path: "/settings/bar", tag: tag, summary: "Choose the bar by which new reports are judged"},
		func(ctx context.Context, _ casebook.Actor, in *struct {
			Terms
			Body NewBar
		},
		) (*settingsAnswer, error) {
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
	plain(a, route{
		id: "get-ledger-head", method: http.MethodGet, path: "/ledger/head", tag: tag, summary: "The last seal of the ledger",
		text: "Keep it outside: bugbar verify shows later whether anything up to it was changed, taken away or added. For those who may read the audit.",
	}, func(ctx context.Context, actor casebook.Actor, _ *struct{}) (*shown[Head], error) {
		if err := a.Book.May(actor, casebook.ReadAudit, nil); err != nil {
			return nil, err
		}
		h, err := a.Book.Head(ctx)
		return &shown[Head]{Head{h.Seal, h.Pos, at(h.At), h.Hash}}, err
	})
}

// Head is the last seal of the ledger.
type Head struct {
	Seal int64     `json:"seal" doc:"Its number, from 1; 0 where nothing is sealed yet."`
	Pos  int64     `json:"pos" doc:"The place of the last event that it closes."`
	At   time.Time `json:"at"`
	Hash string    `json:"hash" doc:"SHA-256 over the events that it closes and the seal before it."`
}

func (a *API) settings(ctx context.Context, old string) (*settingsAnswer, error) {
	b, err := a.Book.CurrentBar(ctx)
	if err != nil {
		return nil, err
	}
	return &settingsAnswer{Replayed: old, Body: Settings{Bar: b.Ref()}}, nil
}
