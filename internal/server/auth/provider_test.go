package auth_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"bugbar/internal/casebook"
	"bugbar/internal/server/auth"
)

// idp is a provider of identities: discovery, keys, authorisation code with PKCE, as OpenID Connect Core has them.
// A test says who is signed in there, and what it gets wrong.
type idp struct {
	*httptest.Server
	key    *rsa.PrivateKey
	mu     sync.Mutex
	codes  map[string]url.Values
	claims map[string]any              // of who is signed in at the provider
	forge  func(claims map[string]any) // changes what is signed
	signer *rsa.PrivateKey             // another key than the published one
	down   bool
}

const clientSecret = "the-client-secret-of-this-test"

func newIDP(t *testing.T) *idp {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &idp{key: key, codes: map[string]url.Values{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET /keys", p.keys)
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.down {
			http.Error(w, "maintenance", http.StatusBadGateway)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *idp) set(change func(p *idp)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

func (p *idp) as(claims map[string]any) {
	p.set(func(p *idp) { p.claims, p.forge, p.signer = claims, nil, nil })
}

func send(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func (p *idp) discovery(w http.ResponseWriter, _ *http.Request) {
	send(w, map[string]any{
		"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
		"id_token_signing_alg_values_supported": []string{"RS256"}, "response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
	})
}

func (p *idp) keys(w http.ResponseWriter, _ *http.Request) {
	send(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &p.key.PublicKey, KeyID: "k", Algorithm: "RS256", Use: "sig"}}})
}

func (p *idp) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("client_id") != "bugbar" || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || q.Get("state") == "" || q.Get("nonce") == "" || !strings.Contains(q.Get("scope"), "openid") || !strings.HasSuffix(q.Get("redirect_uri"), auth.CallbackPath) {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	code := rand.Text()
	p.codes[code] = q
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+url.Values{"code": {code}, "state": {q.Get("state")}, "iss": {p.URL}}.Encode(), http.StatusFound)
}

func (p *idp) token(w http.ResponseWriter, r *http.Request) {
	id, secret, ok := r.BasicAuth()
	q, known := p.codes[r.PostFormValue("code")]
	delete(p.codes, r.PostFormValue("code"))
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !ok || id != "bugbar" || secret != clientSecret || !known || r.PostFormValue("redirect_uri") != q.Get("redirect_uri") || base64.RawURLEncoding.EncodeToString(sum[:]) != q.Get("code_challenge") {
		w.WriteHeader(http.StatusBadRequest)
		send(w, map[string]string{"error": "invalid_grant"})
		return
	}
	now := time.Now()
	claims := map[string]any{"iss": p.URL, "aud": "bugbar", "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(), "nonce": q.Get("nonce")}
	if q.Has("max_age") {
		claims["auth_time"] = now.Unix()
	}
	maps.Copy(claims, p.claims)
	if p.forge != nil {
		p.forge(claims)
	}
	key := p.key
	if p.signer != nil {
		key = p.signer
	}
	send(w, map[string]any{"access_token": rand.Text(), "token_type": "Bearer", "id_token": signed(key, claims)})
}

func signed(key *rsa.PrivateKey, claims map[string]any) string {
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: "k"}}, nil)
	if err != nil {
		panic(err)
	}
	data, _ := json.Marshal(claims)
	jws, err := s.Sign(data)
	if err != nil {
		panic(err)
	}
	text, err := jws.CompactSerialize()
	if err != nil {
		panic(err)
	}
	return text
}

// withProvider runs a test on both databases against a server that knows a provider, with a rule or without.
func withProvider(t *testing.T, groups map[string][]casebook.Role, test func(s *site, p *idp)) {
	t.Helper()
	p := newIDP(t)
	var one sync.Mutex // the provider has one user at a time
	onBoth(t, func(c *auth.Config) {
		c.Provider = &auth.Provider{Issuer: p.URL, ClientID: "bugbar", ClientSecret: clientSecret, Scopes: []string{"profile", "email"}, GroupsClaim: "groups", Groups: groups}
	}, func(s *site) {
		one.Lock()
		defer one.Unlock()
		test(s, p)
	})
}

// visit goes to the provider and back, as a browser does, and returns the last answer.
func (b *browser) visit(query string) answer {
	b.Helper()
	there := b.must(303, "GET", "/auth/provider"+query, nil).header.Get("Location")
	back := b.away(there)
	return b.do("GET", back, nil)
}

// away visits another site, and returns where it sends the browser.
func (b *browser) away(to string) string {
	b.Helper()
	client := &http.Client{CheckRedirect: b.client.CheckRedirect}
	req, err := http.NewRequestWithContext(context.WithoutCancel(b.Context()), "GET", to, nil)
	if err != nil {
		b.Fatal(err)
	}
	res, err := client.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusFound {
		b.Fatalf("the provider answers %d", res.StatusCode)
	}
	return res.Header.Get("Location")
}

func TestProvider(t *testing.T) {
	withProvider(t, nil, func(s *site, p *idp) {
		s.person("lee", casebook.Triager)
		p.as(map[string]any{"sub": "00u1", "email": "lee@corp.example"})
		if got := s.browser().visit(""); got.status != http.StatusUnauthorized {
			s.Fatalf("somebody unknown: %d %s", got.status, got)
		}
		if people, err := s.book.People(s.Context(), casebook.SystemActor); len(people) != 1 || err != nil {
			s.Fatalf("somebody was made: %v %v", people, err)
		}
		b := s.browser().signIn("lee")
		if got := b.visit("?link&back=/settings"); got.status != http.StatusSeeOther || got.header.Get("Location") != "/settings" {
			s.Fatalf("linking: %d %s", got.status, got)
		}
		b = s.browser()
		if got := b.visit("?back=" + url.QueryEscape("/cases?state=open")); got.header.Get("Location") != "/cases?state=open" || b.who() != "lee" {
			s.Fatalf("signing in: %d %s", got.status, got)
		}
		// the provider did not say when the person proved it: what is dangerous asks for it, and then it does
		b.must(403, "POST", "/dangerous", nil)
		if b.visit(""); b.who() != "lee" {
			s.Fatal(b.who())
		}
		b.must(204, "POST", "/dangerous", nil)
		// an identity that is linked is nobody else's
		s.person("max")
		if got := s.browser().signIn("max").visit("?link"); got.status != http.StatusConflict {
			s.Errorf("linked twice: %d %s", got.status, got)
		}
		if _, err := s.book.SetStatus(s.Context(), system, s.id("lee"), casebook.Disabled); err != nil {
			s.Fatal(err)
		}
		if got := s.browser().visit(""); got.status != http.StatusUnauthorized {
			s.Errorf("disabled: %d %s", got.status, got)
		}
	})
}

func (s *site) id(handle string) casebook.ID {
	s.Helper()
	p, err := s.book.PersonCalled(s.Context(), handle)
	if err != nil {
		s.Fatal(err)
	}
	return p.ID
}

// TestProviderRule: the operator's rule lets members of a group in, as what it says and no more.
func TestProviderRule(t *testing.T) {
	withProvider(t, map[string][]casebook.Role{"psirt": {casebook.Triager}, "bosses": {casebook.Admin}}, func(s *site, p *idp) {
		s.person("lee", casebook.Admin)
		p.as(map[string]any{"sub": "1", "groups": []string{"everybody"}, "preferred_username": "one"})
		if got := s.browser().visit(""); got.status != http.StatusUnauthorized {
			s.Errorf("not in the group: %d %s", got.status, got)
		}
		p.as(map[string]any{"sub": "2", "groups": []string{"psirt", "everybody"}, "preferred_username": "Lee", "name": "Lee 2", "email": "lee@corp.example", "roles": []string{"admin"}, "admin": true})
		b := s.browser()
		for range 2 {
			if b.visit(""); b.who() != "lee-2" {
				s.Fatalf("signed in as %q", b.who())
			}
		}
		who, err := s.book.PersonCalled(s.Context(), "lee-2")
		if err != nil || len(who.Roles) != 1 || who.Roles[0] != casebook.Triager || who.Identity.Email != "lee@corp.example" {
			s.Errorf("%+v, %v", who, err)
		}
		p.as(map[string]any{"sub": "3", "groups": "bosses", "preferred_username": "boss"})
		if got := s.browser().visit(""); got.status != http.StatusUnprocessableEntity {
			s.Errorf("a rule makes an administrator: %d %s", got.status, got)
		}
	})
}

// TestProviderForged: what the provider did not sign for this very journey proves nothing.
func TestProviderForged(t *testing.T) {
	withProvider(t, nil, func(s *site, p *idp) {
		s.person("lee", casebook.Triager)
		if err := s.book.LinkSubject(s.Context(), system, s.id("lee"), casebook.Subject{Issuer: p.URL, Subject: "00u1"}); err != nil {
			s.Fatal(err)
		}
		lee := map[string]any{"sub": "00u1"}
		stranger, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			s.Fatal(err)
		}
		for what, change := range map[string]func(p *idp){
			"nonce":    func(p *idp) { p.forge = func(c map[string]any) { c["nonce"] = "other" } },
			"no nonce": func(p *idp) { p.forge = func(c map[string]any) { delete(c, "nonce") } },
			"audience": func(p *idp) { p.forge = func(c map[string]any) { c["aud"] = "another client" } },
			"for others": func(p *idp) {
				p.forge = func(c map[string]any) { c["aud"] = []string{"bugbar", "another"}; c["azp"] = "another" }
			},
			"issuer":        func(p *idp) { p.forge = func(c map[string]any) { c["iss"] = "https://evil.example" } },
			"over":          func(p *idp) { p.forge = func(c map[string]any) { c["exp"] = time.Now().Add(-time.Hour).Unix() } },
			"no subject":    func(p *idp) { p.forge = func(c map[string]any) { delete(c, "sub") } },
			"empty subject": func(p *idp) { p.forge = func(c map[string]any) { c["sub"] = "" } },
			"another key":   func(p *idp) { p.signer = stranger },
		} {
			p.as(lee)
			p.set(change)
			b := s.browser()
			if got := b.visit(""); got.status != http.StatusUnauthorized && got.status != http.StatusUnprocessableEntity || b.who() != "" {
				s.Errorf("%s: %d %s", what, got.status, got)
			}
		}
		p.as(lee)
		// the state of another journey, a code that was used, a journey of another browser
		b := s.browser()
		there := b.must(303, "GET", "/auth/provider", nil).header.Get("Location")
		back := b.away(there)
		wrong := strings.Replace(back, "state=", "state=x", 1)
		if got := b.do("GET", wrong, nil); got.status != http.StatusUnauthorized {
			s.Errorf("another state: %d %s", got.status, got)
		}
		if got := b.do("GET", back, nil); got.status != http.StatusNotFound {
			s.Errorf("begun once, finished twice: %d %s", got.status, got)
		}
		b = s.browser()
		back = b.away(b.must(303, "GET", "/auth/provider", nil).header.Get("Location"))
		if got := s.browser().do("GET", back, nil); got.status != http.StatusNotFound {
			s.Errorf("another browser: %d %s", got.status, got)
		}
		if got := b.do("GET", strings.Replace(back, "iss=", "iss=https%3A%2F%2Fevil.example", 1), nil); got.status != http.StatusUnauthorized {
			s.Errorf("another provider: %d %s", got.status, got)
		}
		b = s.browser()
		back = b.away(b.must(303, "GET", "/auth/provider", nil).header.Get("Location"))
		if got := b.do("GET", back, nil); got.status != http.StatusSeeOther || b.who() != "lee" {
			s.Errorf("and rightly: %d %s", got.status, got)
		}
	})
}

// TestProviderDown: break-glass accounts sign in by password while the provider is down, and the server starts
// without it.
func TestProviderDown(t *testing.T) {
	withProvider(t, nil, func(s *site, p *idp) {
		s.person("break-glass", casebook.Admin)
		p.set(func(p *idp) { p.down = true })
		defer p.set(func(p *idp) { p.down = false })
		b := s.browser()
		if got := b.do("GET", "/auth/provider", nil); got.status != http.StatusServiceUnavailable {
			s.Errorf("%d %s", got.status, got)
		}
		if b.signIn("break-glass"); b.who() != "break-glass" {
			s.Error("locked out")
		}
		p.set(func(p *idp) { p.down = false })
		there := b.must(303, "GET", "/auth/provider?link", nil).header.Get("Location")
		back := b.away(there)
		p.set(func(p *idp) { p.down = true })
		if got := b.do("GET", back, nil); got.status != http.StatusServiceUnavailable {
			s.Errorf("%d %s", got.status, got)
		}
	})
}
