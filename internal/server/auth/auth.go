// Package auth finds out who asks: by a token, a browser's session, or the key of a report; and has people
// prove who they are, by passkey, password, a provider of identities, or a one-time code.
//
// It has no pages and no rules. What a person may do stands in package casebook, as does everything that is kept:
// here are cookies, headers and the ceremonies of browsers. Handlers that set cookies are plain functions,
// which the API and the pages call; Routes puts those that a script needs behind paths.
package auth

import (
	"cmp"
	"context"
	"crypto/subtle"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
)

// Config is what authentication works with.
type Config struct {
	Book *casebook.Book
	// URL is the public address of the server: its host is what passkeys are bound to, and https makes the
	// cookies' names begin with __Host-.
	URL *url.URL
	// Proxies are the networks of proxies whose X-Forwarded-For is believed.
	Proxies []netip.Prefix
	Limits  Limits
	// Provider is where people sign in who have an identity elsewhere; nil for nowhere.
	Provider *Provider
	Log      *slog.Logger // slog.Default where it is nil
	// FailAfter is the least time after which a wrong password is answered, so that the time tells nothing.
	FailAfter time.Duration
}

// Auth finds out who asks.
type Auth struct {
	Config
	passkeys *webauthn.WebAuthn
	csrf     *http.CrossOriginProtection
	limits   limiters
}

// New makes the authentication of a server.
func New(c Config) (*Auth, error) {
	if c.URL == nil || c.URL.Host == "" {
		return nil, fault.New(fault.Invalid, "the server's public address is not known").In("url").Do("such as https://bugbar.example.org")
	}
	a := &Auth{Config: c, csrf: http.NewCrossOriginProtection(), limits: newLimiters(c.Limits)}
	if a.Log == nil {
		a.Log = slog.Default()
	}
	origin := c.URL.Scheme + "://" + c.URL.Host
	if err := a.csrf.AddTrustedOrigin(origin); err != nil {
		return nil, fault.New(fault.Invalid, "%w", err).In("url")
	}
	var err error
	if a.passkeys, err = relyingParty(c.URL.Hostname(), origin); err != nil {
		return nil, fault.New(fault.Invalid, "%s is no domain, and passkeys are bound to one", c.URL.Hostname()).In("url").Because(err).
			Do("such as https://bugbar.example.org, or http://localhost:8080 on this machine")
	}
	return a, nil
}

// Who is who asks, and how that is known.
type Who struct {
	Actor   casebook.Actor
	Session *casebook.Session // nil where it is no browser's session
	secret  string            // of the session
}

type whoKey struct{}

// Of is who asks, where Handler has found out; nobody otherwise.
func Of(ctx context.Context) Who {
	who, _ := ctx.Value(whoKey{}).(Who)
	return who
}

// ReportKeyHeader carries the key of a report. A key never stands in an address.
const ReportKeyHeader = "Report-Key"

// Identify says who asks. A token or key that is none is an error, also where the request would be answered
// without one. What a browser sends on behalf of another site is refused.
func (a *Auth) Identify(r *http.Request) (casebook.Actor, error) {
	who, err := a.who(r)
	return who.Actor, err
}

func (a *Auth) who(r *http.Request) (Who, error) {
	if who, known := r.Context().Value(whoKey{}).(Who); known {
		return who, nil
	}
	if header := r.Header.Get("Authorization"); header != "" {
		return a.byToken(r.Context(), header)
	}
	if err := a.sameOrigin(r); err != nil {
		return Who{}, err
	}
	if key := r.Header.Get(ReportKeyHeader); key != "" {
		return a.byReportKey(r, key)
	}
	cookie, err := r.Cookie(a.cookieName(sessionCookie))
	if err != nil {
		return Who{}, nil //nolint:nilerr // there is none
	}
	actor, session, err := a.Book.Session(r.Context(), cookie.Value)
	if err != nil {
		return Who{}, err
	}
	return Who{Actor: actor, Session: &session, secret: cookie.Value}, nil
}

func (a *Auth) byToken(ctx context.Context, header string) (Who, error) {
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return Who{}, fault.New(fault.Forbidden, "unknown way to prove who one is").In("Authorization").Because(casebook.ErrUnproven).Do("Authorization: Bearer TOKEN")
	}
	actor, err := a.Book.ByToken(ctx, strings.TrimSpace(token))
	return Who{Actor: actor}, err
}

// byReportKey counts wrong keys as it does wrong passwords.
func (a *Auth) byReportKey(r *http.Request, key string) (Who, error) {
	actor, err := a.Book.ByReportKey(r.Context(), key)
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.Forbidden, "no report has this key").Because(casebook.ErrUnproven)
	}
	return Who{Actor: actor}, err
}

// sameOrigin refuses what another site lets a browser send.
func (a *Auth) sameOrigin(r *http.Request) error {
	if err := a.csrf.Check(r); err != nil {
		return fault.New(fault.Forbidden, "the request comes from another site").Because(err).Do("use the server's own pages, or a token")
	}
	return nil
}

// Admit says who asks, unless they ask too often. Secrets that are none are an error, and count as well.
func (a *Auth) Admit(r *http.Request) (casebook.Actor, error) {
	who, err := a.who(r)
	return who.Actor, a.bound(r, who, err, costOf(r))
}

// AdmitVisitor is Admit for a page: whose session is over is nobody, and can sign in again. What is sent counts like what
// is read: a form that helps to fill itself in sends much and keeps nothing.
func (a *Auth) AdmitVisitor(r *http.Request) (casebook.Actor, error) {
	who, err := a.who(r)
	if over(r, err) {
		who, err = Who{}, nil
	}
	return who.Actor, a.bound(r, who, err, 1)
}

// over says whether an error means that a browser's session has ended.
func over(r *http.Request, err error) bool {
	return errors.Is(err, casebook.ErrUnproven) && r.Header.Get("Authorization") == "" && r.Header.Get(ReportKeyHeader) == ""
}

// bound keeps the limit of whoever asks: those who are known by who they are, and everybody else by where they ask
// from. What was wrong with who they are stays the error, unless they ask too often.
func (a *Auth) bound(r *http.Request, who Who, wrong error, cost int) error {
	from := a.Caller(r).Network
	if wrong == nil {
		return a.limits.of(who, from, cost)
	}
	return cmp.Or(a.limits.anonymous.take(from, cost), wrong)
}

// Handler finds out who asks before next is asked, and keeps the limits of signing in. A session that is over leaves a
// person signed out; anything else that proves nothing is turned away.
func (a *Auth) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := a.limits.network.take(a.Caller(r).Network, 1); err != nil {
			a.problem(w, r, err)
			return
		}
		who, err := a.who(r)
		if over(r, err) {
			a.forget(w, sessionCookie)
			who, err = Who{}, nil
		}
		if errors.Is(err, casebook.ErrUnproven) {
			err = cmp.Or(a.limits.proof.take(a.Caller(r).Network, 1), err)
		}
		err = a.bound(r, who, err, 1) // a write of these is not kept for ever
		if err != nil {
			a.problem(w, r, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), whoKey{}, who)))
	})
}

// Fresh is for how long somebody who proved who they are may do what is dangerous.
const Fresh = 15 * time.Minute

// ErrStale marks that the person has to prove again who they are.
var ErrStale = errors.New("prove again who you are")

// Confirmed says whether somebody in a browser proved within the last minutes who they are: roles, tokens, broken
// glass and credentials ask for it. A program's token was made under the same condition and has its scopes.
func (a *Auth) Confirmed(r *http.Request) error {
	who, err := a.who(r)
	switch {
	case err != nil:
		return err
	case who.Actor.ID == 0:
		return fault.New(fault.Forbidden, "nobody is signed in").Because(casebook.ErrUnproven).Do("sign in")
	case who.Session != nil && a.Book.Now().Sub(who.Session.Proven) > Fresh:
		return fault.New(fault.Forbidden, "this asks that you prove again who you are").Because(ErrStale).Do("sign in again, by passkey, password or provider")
	}
	return nil
}

// Confirm lets next be asked by those only who have Confirmed.
func (a *Auth) Confirm(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := a.Confirmed(r); err != nil {
			a.problem(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// present is the person who is there with a session and has Confirmed.
func (a *Auth) present(r *http.Request) (Who, error) {
	if err := a.Confirmed(r); err != nil {
		return Who{}, err
	}
	who, err := a.who(r)
	if err == nil && who.Session == nil {
		err = fault.New(fault.Forbidden, "a token cannot do this").Do("sign in yourself")
	}
	return who, err
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
