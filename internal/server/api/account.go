package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
)

// Me is who asks.
type Me struct {
	Anonymous bool     `json:"anonymous" doc:"Nobody said who they are."`
	Case      *ID      `json:"case,omitempty" doc:"The one report that a report's key opens."`
	Scopes    []string `json:"scopes,omitempty" doc:"What the token that was sent may do; left out for a person who is present."`
	Person    *Person  `json:"person,omitempty"`
}

// Credential is a way to prove who one is, without its secret.
type Credential struct {
	ID      string     `json:"id"`
	Kind    string     `json:"kind"`
	Label   string     `json:"label,omitempty"`
	Scopes  []string   `json:"scopes,omitempty"`
	With    string     `json:"with,omitempty" doc:"Of a session: how it began."`
	From    string     `json:"from,omitempty" doc:"Of a session: from which address."`
	Created time.Time  `json:"created"`
	Expires *time.Time `json:"expires,omitempty"`
	Used    *time.Time `json:"used,omitempty"`
}

// NewToken asks for a token.
type NewToken struct {
	Label  string   `json:"label" minLength:"1" maxLength:"200" doc:"What it is for."`
	Scopes []string `json:"scopes" minItems:"1" maxItems:"40" doc:"What it may do, such as read; never more than its owner may."`
	Days   int      `json:"days,omitempty" minimum:"1" maximum:"366" doc:"How long it lasts; 90 where it is left out."`
}

// MadeToken is a token with its secret.
type MadeToken struct {
	Token      string     `json:"token" doc:"Shown this once: only its digest is kept."`
	Credential Credential `json:"credential"`
}

type madeToken struct {
	Replayed string `header:"Idempotent-Replayed" doc:"true where the write was carried out before."`
	Body     MadeToken
}

// nothing is the answer to a write that leaves nothing to show.
type nothing struct {
	Replayed string `header:"Idempotent-Replayed" doc:"true where the write was carried out before."`
}

func credentialFrom(c casebook.Credential) Credential {
	return Credential{
		ID: c.ID, Kind: c.Kind, Label: c.Label, Scopes: each(c.Scopes, func(r casebook.Right) string { return string(r) }), With: c.With, From: c.From,
		Created: at(c.Created), Expires: atOf(c.Expires), Used: atOf(c.Used),
	}
}

func account(a *API) {
	const tag = "People"
	plain(a, route{id: "get-me", method: http.MethodGet, path: "/me", tag: tag, public: true, summary: "Who you are to the casebook"}, a.me)
	plain(a, route{id: "set-my-identity", method: http.MethodPut, path: "/me/identity", tag: tag, summary: "Change your name, address and how you are thanked"},
		func(ctx context.Context, actor casebook.Actor, in *struct {
			Terms
			Body Identity
		},
		) (*onePerson, error) {
			if err := known(actor); err != nil {
				return nil, err
			}
			return a.personWrite(ctx, in.Terms, in.Body, func(w casebook.Write) (*casebook.Person, error) {
				return a.Book.SetIdentity(ctx, w, actor.ID, casebook.Identity(in.Body))
			})
		})
	plain(a, route{id: "break-glass", fresh: true, method: http.MethodPost, path: "/me/elevation", tag: tag, summary: "See every case for an hour, with a reason", text: "It is recorded, and every manager is told. A token cannot do it."},
		func(ctx context.Context, actor casebook.Actor, in *struct {
			Terms
			Body Reason
		},
		) (*onePerson, error) {
			if err := known(actor); err != nil {
				return nil, err
			}
			return a.personWrite(ctx, in.Terms, in.Body, func(w casebook.Write) (*casebook.Person, error) {
				return a.Book.BreakGlass(ctx, w, in.Body.Reason)
			})
		})
	plain(a, route{id: "list-credentials", method: http.MethodGet, path: "/me/credentials", tag: tag, summary: "Your tokens, sessions and other ways to sign in"},
		func(ctx context.Context, actor casebook.Actor, _ *struct{}) (*listed[Credential], error) {
			if err := known(actor); err != nil {
				return nil, err
			}
			all, err := a.Book.Credentials(ctx, actor, actor.ID)
			return list(each(all, credentialFrom)), err
		})
	plain(a, route{id: "make-token", fresh: true, method: http.MethodPost, path: "/me/tokens", tag: tag, status: http.StatusCreated, summary: "Make a token", text: "A token cannot make another one: sign in yourself, or use bugbar token."}, a.makeToken)
	plain(a, route{id: "revoke-credential", method: http.MethodDelete, path: "/me/credentials/{credential}", tag: tag, status: http.StatusNoContent, summary: "End a token or session at once"},
		func(ctx context.Context, actor casebook.Actor, in *struct {
			Terms
			Credential string `path:"credential" maxLength:"64" doc:"Its id."`
		},
		) (*nothing, error) {
			if err := known(actor); err != nil {
				return nil, err
			}
			if err := a.mayEnd(ctx, actor, in.Credential); err != nil {
				return nil, err
			}
			w, err := in.write(ctx, nil)
			if err != nil {
				return nil, err
			}
			err = a.Book.Revoke(ctx, w, actor.ID, in.Credential)
			return &nothing{replayed(w)}, err
		})
	plain(a, route{id: "end-sessions", method: http.MethodDelete, path: "/me/sessions", tag: tag, status: http.StatusNoContent, summary: "End all your sessions at once"},
		func(ctx context.Context, actor casebook.Actor, in *struct{ Terms }) (*nothing, error) {
			if err := known(actor); err != nil {
				return nil, err
			}
			w, err := in.write(ctx, nil)
			if err != nil {
				return nil, err
			}
			err = a.Book.RevokeSessions(ctx, w, actor.ID, "")
			return &nothing{replayed(w)}, err
		})
}

// known says whether somebody has an account: there is nothing of their own to see or change for those who have none.
func known(actor casebook.Actor) error {
	if actor.ID == 0 {
		return fault.New(fault.Forbidden, "this needs an account")
	}
	return nil
}

func (a *API) me(ctx context.Context, actor casebook.Actor, _ *struct{}) (*shown[Me], error) {
	out := Me{Anonymous: nobody(actor), Case: idOf(actor.Case)}
	if actor.Scopes != nil {
		out.Scopes = each(actor.Scopes, func(r casebook.Right) string { return string(r) })
	}
	if actor.ID != 0 {
		p, err := a.Book.Person(ctx, casebook.Actor{ID: actor.ID}, actor.ID)
		if err != nil {
			return nil, err
		}
		shown := a.personFor(actor, p)
		out.Person = &shown
	}
	return &shown[Me]{out}, nil
}

// mayEnd asks who takes away another credential than a session to have proved lately who they are, as the pages do: a
// session that was left open must not lock its owner out.
func (a *API) mayEnd(ctx context.Context, actor casebook.Actor, credential string) error {
	all, err := a.Book.Credentials(ctx, actor, actor.ID)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(all, func(c casebook.Credential) bool { return c.ID == credential && c.Kind != "session" }) {
		return a.confirmed(ctx)
	}
	return nil
}

func (a *API) makeToken(ctx context.Context, actor casebook.Actor, in *struct {
	Terms
	Body NewToken
},
) (*madeToken, error) {
	if err := known(actor); err != nil {
		return nil, err
	}
	w, err := in.write(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	scopes := each(in.Body.Scopes, func(s string) casebook.Right { return casebook.Right(s) })
	token, made, err := a.Book.MakeToken(ctx, w, actor.ID, in.Body.Label, scopes, time.Duration(in.Body.Days)*24*time.Hour)
	if err != nil {
		return nil, err
	}
	return &madeToken{Replayed: replayed(w), Body: MadeToken{token, credentialFrom(made)}}, nil
}
