package auth

import (
	"context"
	"errors"
	"net/http"
	"time"

	"bugbar/internal/casebook"
)

// allow keeps the limit of attempts to prove who one is, and refuses those that another site lets a browser make.
func (a *Auth) allow(r *http.Request) (casebook.Caller, error) {
	from := a.Caller(r)
	if err := a.sameOrigin(r); err != nil {
		return from, err
	}
	return from, a.limits.proof.take(from.Network, 1)
}

// entered gives the browser its session, and ends the one that it had: no secret from before a sign-in is of use
// after it.
func (a *Auth) entered(w http.ResponseWriter, r *http.Request, in casebook.SignIn) casebook.Actor {
	if old := a.cookie(r, sessionCookie); old != "" {
		if err := a.Book.SignOut(r.Context(), old); err != nil {
			a.Log.WarnContext(r.Context(), "an earlier session could not be ended", "person", in.Actor.ID, "error", err)
		}
	}
	a.keep(w, sessionCookie, in.Secret, in.Session.Expires.Sub(a.Book.Now()))
	if in.Device != "" {
		a.keep(w, deviceCookie, in.Device, deviceTime)
	}
	a.Log.InfoContext(r.Context(), "signed in", "person", in.Actor.ID, "with", in.Session.With)
	return in.Actor
}

// refused logs that somebody could not sign in: how, not who, and nothing of what was typed.
func (a *Auth) refused(r *http.Request, with string, err error) error {
	a.Log.InfoContext(r.Context(), "sign-in refused", "with", with, "network", a.Caller(r).Network, "status", Status(err))
	return err
}

// SignInPassword signs somebody in by handle and password. Whoever signs in again while signed in has Confirmed.
func (a *Auth) SignInPassword(w http.ResponseWriter, r *http.Request, handle, password string) (casebook.Actor, error) {
	began := time.Now()
	from, err := a.allow(r)
	if err != nil {
		return casebook.Actor{}, err
	}
	in, err := a.Book.SignInPassword(r.Context(), from, handle, password)
	if errors.Is(err, casebook.ErrUnproven) {
		wait(r.Context(), a.FailAfter-time.Since(began))
	}
	if err != nil {
		return casebook.Actor{}, a.refused(r, "password", err)
	}
	return a.entered(w, r, in), nil
}

// wait waits, but not for those who left.
func wait(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// SignInLink signs somebody in by a one-time code.
func (a *Auth) SignInLink(w http.ResponseWriter, r *http.Request, code string) (casebook.Actor, error) {
	return a.signIn(w, r, "link", func(from casebook.Caller) (casebook.SignIn, error) {
		return a.Book.SignInLink(r.Context(), from, code)
	})
}

// SignInReportKey lets a reporter without an account see their report, by its key.
func (a *Auth) SignInReportKey(w http.ResponseWriter, r *http.Request, key string) (casebook.Actor, error) {
	return a.signIn(w, r, "report", func(from casebook.Caller) (casebook.SignIn, error) {
		return a.Book.SignInReportKey(r.Context(), from, key)
	})
}

// SetUp makes the first account, by the secret that the server's terminal shows, and signs it in.
func (a *Auth) SetUp(w http.ResponseWriter, r *http.Request, secret, handle string, identity casebook.Identity, password string) (casebook.Actor, error) {
	return a.signIn(w, r, "setup", func(from casebook.Caller) (casebook.SignIn, error) {
		return a.Book.Found(r.Context(), from, secret, handle, identity, password)
	})
}

func (a *Auth) signIn(w http.ResponseWriter, r *http.Request, with string, proof func(casebook.Caller) (casebook.SignIn, error)) (casebook.Actor, error) {
	from, err := a.allow(r)
	if err != nil {
		return casebook.Actor{}, err
	}
	in, err := proof(from)
	if err != nil {
		return casebook.Actor{}, a.refused(r, with, err)
	}
	return a.entered(w, r, in), nil
}

// SignOut ends the browser's session.
func (a *Auth) SignOut(w http.ResponseWriter, r *http.Request) error {
	if err := a.sameOrigin(r); err != nil {
		return err
	}
	secret := a.cookie(r, sessionCookie)
	a.forget(w, sessionCookie)
	if secret == "" {
		return nil
	}
	return a.Book.SignOut(r.Context(), secret)
}

// Credentials lists the sessions and other credentials of whoever asks, and says which session is this one.
func (a *Auth) Credentials(r *http.Request) (all []casebook.Credential, current string, err error) {
	who, err := a.who(r)
	if err != nil {
		return nil, "", err
	}
	if who.Session != nil {
		current = who.Session.ID
	}
	all, err = a.Book.Credentials(r.Context(), who.Actor, who.Actor.ID)
	return all, current, err
}

// Revoke ends a session or another credential of whoever asks. To end a session asks for nothing more; to take
// away another credential asks to have Confirmed.
func (a *Auth) Revoke(r *http.Request, id string) error {
	all, _, err := a.Credentials(r)
	if err != nil {
		return err
	}
	who, err := a.who(r)
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.ID == id && c.Kind != "session" {
			if who, err = a.present(r); err != nil {
				return err
			}
		}
	}
	return a.Book.Revoke(r.Context(), casebook.Write{Actor: who.Actor}, who.Actor.ID, id)
}

// RevokeOthers ends all sessions of whoever asks but this one.
func (a *Auth) RevokeOthers(r *http.Request) error {
	who, err := a.who(r)
	if err != nil {
		return err
	}
	keep := ""
	if who.Session != nil {
		keep = who.Session.ID
	}
	return a.Book.RevokeSessions(r.Context(), casebook.Write{Actor: who.Actor}, who.Actor.ID, keep)
}

// SetPassword gives whoever asks another password, and ends their other sessions.
func (a *Auth) SetPassword(r *http.Request, password string) error {
	who, err := a.present(r)
	if err != nil {
		return err
	}
	return a.Book.SetPassword(r.Context(), casebook.Write{Actor: who.Actor}, who.Actor.ID, password, who.Session.ID)
}
