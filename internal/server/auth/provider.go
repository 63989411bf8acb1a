package auth

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
)

// CallbackPath is where the provider sends people back to; it is registered there, behind the server's URL.
const CallbackPath = "/auth/provider/callback"

// providerTime bounds how long the provider may take to answer.
const providerTime = 10 * time.Second

// Provider is where people have their identities (OpenID Connect). Accounts are linked with its name for a person,
// issuer and subject, and with nothing else: mail addresses change hands.
type Provider struct {
	Issuer       string
	ClientID     string
	ClientSecret string
	Scopes       []string // beside openid
	// GroupsClaim names the claim with the groups of a person, and Groups who becomes what: who is in one of them
	// gets an account at their first sign-in. Where Groups is empty, nobody does.
	GroupsClaim string
	Groups      map[string][]casebook.Role
	Client      *http.Client // http.DefaultClient where it is nil

	mu    sync.Mutex
	found *oidc.Provider
}

// journey is what is remembered while somebody is at the provider.
type journey struct {
	State    string      `json:"state"`
	Nonce    string      `json:"nonce"`
	Verifier string      `json:"verifier"`
	Back     string      `json:"back"`
	Link     casebook.ID `json:"link,omitempty"` // the person who is to be linked
}

// discover reads what the provider says of itself, when it is first needed: the server starts without it.
func (p *Provider) discover(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	found, err := oidc.NewProvider(ctx, p.Issuer)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "the provider of identities does not answer: %w", err).Do("sign in with a passkey or a password")
	}
	p.found = found
	return found, nil
}

// context is for requests to the provider.
func (p *Provider) context(ctx context.Context) (context.Context, context.CancelFunc) {
	client := p.Client
	if client == nil {
		client = http.DefaultClient
	}
	return context.WithTimeout(oidc.ClientContext(ctx, client), providerTime)
}

func (a *Auth) oauth(found *oidc.Provider) oauth2.Config {
	return oauth2.Config{
		ClientID: a.Provider.ClientID, ClientSecret: a.Provider.ClientSecret, Endpoint: found.Endpoint(),
		RedirectURL: a.URL.Scheme + "://" + a.URL.Host + CallbackPath, Scopes: append([]string{oidc.ScopeOpenID}, a.Provider.Scopes...),
	}
}

// StartProvider returns the address at the provider to send a browser to, to come back to a path here. Whoever is
// signed in proves there again who they are, and with link has that identity linked with their account.
func (a *Auth) StartProvider(w http.ResponseWriter, r *http.Request, back string, link bool) (string, error) {
	if a.Provider == nil {
		return "", fault.New(fault.NotFound, "there is no provider of identities")
	}
	if _, err := a.allow(r); err != nil {
		return "", err
	}
	ctx, cancel := a.Provider.context(r.Context())
	defer cancel()
	found, err := a.Provider.discover(ctx)
	if err != nil {
		return "", err
	}
	j := journey{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Back: LocalPath(back, "/")}
	options := []oauth2.AuthCodeOption{oidc.Nonce(j.Nonce), oauth2.S256ChallengeOption(j.Verifier)}
	if link {
		who, err := a.present(r)
		if err != nil {
			return "", err
		}
		j.Link = who.Actor.ID
	}
	if who, err := a.who(r); err == nil && who.Session != nil {
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	config := a.oauth(found)
	return config.AuthCodeURL(j.State, options...), a.begin(w, r, toLink, j)
}

// claims are what is read of an ID token, beside who it is about.
type claims struct {
	Azp      string         `json:"azp"`
	AuthTime int64          `json:"auth_time"`
	Username string         `json:"preferred_username"`
	Name     string         `json:"name"`
	Email    string         `json:"email"`
	Others   map[string]any `json:"-"`
}

// FinishProvider signs in whom the provider sent back, and returns the path to go on to.
func (a *Auth) FinishProvider(w http.ResponseWriter, r *http.Request) (string, error) {
	if a.Provider == nil {
		return "", fault.New(fault.NotFound, "there is no provider of identities")
	}
	var j journey
	if err := a.began(w, r, toLink, &j); err != nil {
		return "", err
	}
	token, c, err := a.redeem(r, j)
	if err != nil {
		return "", a.refused(r, "oidc", err)
	}
	subject := casebook.Subject{Issuer: token.Issuer, Subject: token.Subject}
	if j.Link != 0 {
		return j.Back, a.link(r, j.Link, subject)
	}
	var proven time.Time
	if c.AuthTime > 0 {
		proven = time.Unix(c.AuthTime, 0)
	}
	_, err = a.signIn(w, r, "oidc", func(from casebook.Caller) (casebook.SignIn, error) {
		return a.Book.SignInSubject(r.Context(), from, subject, proven, a.Provider.newcomer(c))
	})
	return j.Back, err
}

// redeem turns the code that the browser brought into a token that the provider signed for this very journey.
func (a *Auth) redeem(r *http.Request, j journey) (*oidc.IDToken, claims, error) {
	query := r.URL.Query()
	if !same(query.Get("state"), j.State) {
		return nil, claims{}, fault.New(fault.Forbidden, "this answer belongs to another sign-in").Because(casebook.ErrUnproven).Do("begin again")
	}
	if code := query.Get("error"); code != "" || query.Get("code") == "" {
		return nil, claims{}, fault.New(fault.Forbidden, "the provider did not sign anybody in").Because(errors.Join(casebook.ErrUnproven, errors.New(code))).Do("begin again")
	}
	ctx, cancel := a.Provider.context(r.Context())
	defer cancel()
	found, err := a.Provider.discover(ctx)
	if err != nil {
		return nil, claims{}, err
	}
	if iss := query.Get("iss"); iss != "" && iss != a.Provider.Issuer {
		return nil, claims{}, fault.New(fault.Forbidden, "this answer is another provider's").Because(casebook.ErrUnproven)
	}
	config := a.oauth(found)
	got, err := config.Exchange(ctx, query.Get("code"), oauth2.VerifierOption(j.Verifier))
	if err != nil {
		return nil, claims{}, exchangeTrouble(err)
	}
	return a.verifyToken(ctx, found, got, j)
}

// exchangeTrouble tells a provider that refuses from one that does not answer. What it says is not repeated: it
// may hold a secret.
func exchangeTrouble(err error) error {
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok && refused.Response.StatusCode < 500 {
		return fault.New(fault.Forbidden, "the provider refuses the code").Because(casebook.ErrUnproven).Do("begin again")
	}
	if _, ok := errors.AsType[*url.Error](err); ok {
		return fault.New(fault.Unavailable, "the provider of identities does not answer").Do("sign in with a passkey or a password")
	}
	return fault.New(fault.Unavailable, "the provider of identities answers with an error").Do("sign in with a passkey or a password")
}

func (a *Auth) verifyToken(ctx context.Context, found *oidc.Provider, got *oauth2.Token, j journey) (*oidc.IDToken, claims, error) {
	bad := func(why error) (*oidc.IDToken, claims, error) {
		return nil, claims{}, fault.New(fault.Forbidden, "the provider's answer proves nothing").Because(errors.Join(casebook.ErrUnproven, why))
	}
	raw, _ := got.Extra("id_token").(string)
	token, err := found.VerifierContext(ctx, &oidc.Config{ClientID: a.Provider.ClientID, Now: a.Book.Now}).Verify(ctx, raw)
	if err != nil {
		return bad(err)
	}
	var c claims
	if err := errors.Join(token.Claims(&c), token.Claims(&c.Others)); err != nil {
		return bad(err)
	}
	if !same(token.Nonce, j.Nonce) || len(token.Audience) > 1 && c.Azp != a.Provider.ClientID {
		return bad(errors.New("nonce or azp"))
	}
	return token, c, nil
}

// newcomer is who somebody unknown becomes by the operator's rule; nil where it lets nobody in.
func (p *Provider) newcomer(c claims) *casebook.Newcomer {
	var roles []casebook.Role
	in := false
	for _, g := range groups(c.Others[p.GroupsClaim]) {
		if given, ok := p.Groups[g]; ok {
			in, roles = true, append(roles, given...)
		}
	}
	if !in {
		return nil
	}
	slices.Sort(roles)
	return &casebook.Newcomer{Handle: c.Username, Identity: casebook.Identity{Name: c.Name, Email: c.Email}, Roles: slices.Compact(roles)}
}

// groups reads a claim that is a list of names, or one name.
func groups(claim any) []string {
	switch v := claim.(type) {
	case string:
		return []string{v}
	case []any:
		var names []string
		for _, one := range v {
			if name, ok := one.(string); ok {
				names = append(names, name)
			}
		}
		return names
	}
	return nil
}

// link links the identity with the person who began to, and who is still there.
func (a *Auth) link(r *http.Request, person casebook.ID, s casebook.Subject) error {
	who, err := a.present(r)
	if err != nil {
		return err
	}
	if who.Actor.ID != person {
		return fault.New(fault.Forbidden, "somebody else began this").Because(casebook.ErrUnproven).Do("begin again")
	}
	return a.Book.LinkSubject(r.Context(), casebook.Write{Actor: who.Actor}, person, s)
}
