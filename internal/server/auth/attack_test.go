package auth_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"bugbar/internal/casebook"
	"bugbar/internal/server/auth"
)

// TestAttack01MassAssignment: a member that nobody asked for is refused, wherever something is sent.
func TestAttack01MassAssignment(t *testing.T) {
	onBoth(t, nil, func(s *site) {
		lee := s.person("lee")
		secret := map[string]any{"handle": "lee", "password": goodPassword}
		for _, member := range []string{"roles", "Roles", "role", "is_admin", "status", "elevated", "id", "scopes", "person"} {
			form := map[string]any{member: []string{"admin"}}
			for k, v := range secret {
				form[k] = v
			}
			s.browser().must(422, "POST", "/auth/password", form)
			s.browser().must(422, "POST", "/auth/setup", map[string]any{"secret": "x", "handle": "evil", "password": goodPassword, member: "admin"})
		}
		s.browser().must(422, "POST", "/auth/password", `{"handle":"lee","password":"`+goodPassword+`"}{"roles":["admin"]}`)
		b := s.browser().signIn("lee")
		b.must(422, "POST", "/auth/new-password", map[string]any{"password": "another good pass phrase", "roles": []string{"admin"}})
		b.must(422, "POST", "/auth/revoke", map[string]any{"id": "x", "person": s.person("other").ID})
		if who, err := s.book.PersonCalled(s.Context(), "lee"); err != nil || len(who.Roles) != 0 || who.ID != lee.ID {
			s.Errorf("%+v, %v", who, err)
		}
	})
}

// TestAttack07CrossSite: another site gets nothing changed, and a GET changes nothing.
func TestAttack07CrossSite(t *testing.T) {
	onBoth(t, nil, func(s *site) {
		lee := s.person("lee", casebook.Triager)
		b := s.browser().signIn("lee")
		for what, headers := range map[string]http.Header{
			"another site": {"Sec-Fetch-Site": {"cross-site"}},
			"a sister":     {"Sec-Fetch-Site": {"same-site"}},
			"an origin":    {"Origin": {"https://evil.example"}},
			"no origin":    {"Origin": {"null"}},
			"plain http":   {"Origin": {"http://bugbar.example.evil.example"}},
		} {
			b.headers = headers
			for _, path := range []string{"/dangerous", "/auth/sign-out", "/auth/revoke-others", "/auth/password", "/auth/setup", "/auth/link", "/auth/report", "/auth/passkey/begin", "/auth/passkey/new/begin"} {
				if got := b.do("POST", path, "{}"); got.status != http.StatusForbidden {
					s.Errorf("%s, %s: %d %s", what, path, got.status, got)
				}
			}
		}
		b.headers = http.Header{"Sec-Fetch-Site": {"same-origin"}}
		for _, path := range []string{"/auth/sign-out", "/auth/revoke-others", "/auth/new-password", "/auth/password?handle=lee&password=x", "/auth/link?code=x"} {
			if got := b.do("GET", path, nil); got.status != http.StatusMethodNotAllowed {
				s.Errorf("GET %s: %d", path, got.status)
			}
		}
		if b.who() != "lee" {
			s.Error("signed out")
		}
		// a form of another site sends no JSON
		req, err := http.NewRequestWithContext(s.Context(), "POST", s.auth.URL.String()+"/auth/password", strings.NewReader(`{"handle":"lee","password":"`+goodPassword+`"}`))
		if err != nil {
			s.Fatal(err)
		}
		req.Header.Set("Content-Type", "text/plain")
		res, err := b.client.Do(req)
		if err != nil {
			s.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusUnprocessableEntity {
			s.Errorf("as plain text: %d", res.StatusCode)
		}
		// a token is no cookie: no browser sends it by itself
		program := s.browser()
		program.headers = http.Header{"Origin": {"https://elsewhere.example"}, "Authorization": {"Bearer " + s.token(lee, casebook.ReadCase)}}
		program.must(204, "POST", "/dangerous", nil)
	})
}

// TestAttack11OpenRedirect: whoever signs in stays on this server.
func TestAttack11OpenRedirect(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"/", "/cases", "/cases?state=open&q=a%2Fb#top", "/a//b", "/cases/0K3V-9Q2XTA4MR", "/%2F%2Fevil.example"} {
		if got := auth.LocalPath(good, "/"); got != good {
			t.Errorf("%q became %q", good, got)
		}
	}
	for _, bad := range []string{
		"", "cases", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "\\/evil.example", "/\t/evil.example", "/\n/evil.example", " //evil.example",
		"https://evil.example", "http:evil.example", "javascript:alert(1)", "data:text/html,x", "/x\r\nSet-Cookie: a=b", "//evil.example/%2e%2e", "https:/evil.example", "/ /evil.example",
		"/\x00/evil", "/x\x7f", "mailto:a@b.c", "//user@evil.example", "/" + strings.Repeat("a", 3000), "%2F%2Fevil.example", "?x", "#x", "/%zz",
	} {
		if got := auth.LocalPath(bad, "/"); got != "/" {
			t.Errorf("%q became %q", bad, got)
		}
	}
}

// TestAttack11OpenRedirectByProvider: nor does the way to the provider and back lead elsewhere.
func TestAttack11OpenRedirectByProvider(t *testing.T) {
	withProvider(t, nil, func(s *site, p *idp) {
		s.person("lee")
		if err := s.book.LinkSubject(s.Context(), system, s.id("lee"), casebook.Subject{Issuer: p.URL, Subject: "1"}); err != nil {
			s.Fatal(err)
		}
		p.as(map[string]any{"sub": "1"})
		for _, back := range []string{"https://evil.example", "//evil.example", "/\\evil.example", "/ok"} {
			got := s.browser().visit("?back=" + url.QueryEscape(back))
			if to := got.header.Get("Location"); to != "/" && to != "/ok" {
				s.Errorf("%q leads to %q", back, to)
			}
		}
	})
}

// TestAttack13EnumerationByAnswer: the answer to a failed sign-in is the same to the byte, and so are its headers,
// whoever is tried; it comes no sooner than it is meant to.
func TestAttack13EnumerationByAnswer(t *testing.T) {
	least := 40 * time.Millisecond
	onBoth(t, func(c *auth.Config) { c.FailAfter = least }, func(s *site) {
		s.person("lee", casebook.Admin)
		answers := map[string][]string{}
		for i, handle := range []string{"lee", "nobody", "LEE", "lee\x00", "'--", strings.Repeat("x", 300), ""} {
			b := s.browser()
			b.headers.Set("X-Forwarded-For", fmt.Sprint("203.0.113.", i))
			began := time.Now()
			got := b.must(401, "POST", "/auth/password", map[string]string{"handle": handle, "password": "wrong wrong wrong"})
			if took := time.Since(began); took < least {
				s.Errorf("answered after %s", took)
			}
			got.header.Del("Date")
			answers[fmt.Sprint(got.header, got)] = append(answers[fmt.Sprint(got.header, got)], handle)
		}
		if len(answers) != 1 {
			s.Errorf("%d different answers: %q", len(answers), answers)
		}
		// there is no other way to ask: no reset by mail, no list of passkeys for a name
		for _, path := range []string{"/auth/reset", "/auth/forgot", "/auth/password/reset"} {
			s.browser().must(404, "POST", path, map[string]string{"handle": "lee"})
		}
		b := s.browser()
		if begun := b.must(200, "POST", "/auth/passkey/begin", map[string]string{"handle": "lee"}); strings.Contains(begun.String(), "allowCredentials") {
			s.Errorf("passkeys are listed: %s", begun)
		}
	})
}

// TestAttack22MutableEmail: who has somebody's address at the provider, or at another one, is not that person.
func TestAttack22MutableEmail(t *testing.T) {
	withProvider(t, map[string][]casebook.Role{"psirt": {casebook.Triager}}, func(s *site, p *idp) {
		s.person("ada", casebook.Admin)
		ada := s.id("ada")
		if _, err := s.book.SetIdentity(s.Context(), system, ada, casebook.Identity{Name: "Ada", Email: "ada@corp.example"}); err != nil {
			s.Fatal(err)
		}
		if err := s.book.LinkSubject(s.Context(), system, ada, casebook.Subject{Issuer: p.URL, Subject: "ada-1"}); err != nil {
			s.Fatal(err)
		}
		// the same issuer and address, another subject
		p.as(map[string]any{"sub": "mallory", "email": "ada@corp.example", "email_verified": true, "preferred_username": "ada", "name": "Ada", "upn": "ada@corp.example"})
		b := s.browser()
		if got := b.visit(""); got.status != http.StatusUnauthorized || b.who() != "" {
			s.Errorf("taken over: %d %s, %q", got.status, got, b.who())
		}
		// and let in by a rule, they are somebody else
		p.as(map[string]any{"sub": "mallory", "email": "ada@corp.example", "email_verified": true, "preferred_username": "ada", "groups": []string{"psirt"}})
		b = s.browser()
		if b.visit(""); b.who() != "ada-2" {
			s.Errorf("signed in as %q", b.who())
		}
		// another issuer with the same subject
		if _, err := s.book.SignInSubject(s.Context(), casebook.Caller{}, casebook.Subject{Issuer: p.URL + "/", Subject: "ada-1"}, time.Time{}, nil); err == nil {
			s.Error("another issuer's subject signs in")
		}
		// the right subject with another address is still that person
		p.as(map[string]any{"sub": "ada-1", "email": "renamed@elsewhere.example"})
		b = s.browser()
		if b.visit(""); b.who() != "ada" {
			s.Errorf("signed in as %q", b.who())
		}
	})
}

// TestAttack23SecretsInTheLog uses every kind of secret over HTTP, and looks for each in what is logged and in
// what is answered.
func TestAttack23SecretsInTheLog(t *testing.T) {
	withProvider(t, nil, func(s *site, p *idp) {
		lee := s.person("lee", casebook.Triager)
		if err := s.book.LinkSubject(s.Context(), system, lee.ID, casebook.Subject{Issuer: p.URL, Subject: "1"}); err != nil {
			s.Fatal(err)
		}
		p.as(map[string]any{"sub": "1"})
		secrets := []string{goodPassword, clientSecret, "a mistyped password", "typed into the wrong field"}
		var seen strings.Builder
		note := func(a answer) { seen.WriteString(a.String()) }
		b := s.browser()
		note(b.do("POST", "/auth/password", map[string]string{"handle": "lee", "password": "a mistyped password"}))
		note(b.do("POST", "/auth/password", map[string]string{"handle": "typed into the wrong field", "password": "a mistyped password"}))
		note(b.do("POST", "/auth/password", `{"handle":"lee","password":"`+goodPassword+`",}`))
		note(b.do("POST", "/auth/password", `{"handle":"lee","`+goodPassword+`":1}`))
		b.signIn("lee")
		token := s.token(lee, casebook.ReadCase)
		code, err := s.book.IssueLink(s.Context(), system, lee.ID, 0)
		if err != nil {
			s.Fatal(err)
		}
		receipt := s.report()
		secrets = append(secrets, token, token+"x", code, code+"x", receipt.Key, receipt.Key+"x")
		other := s.browser()
		for _, value := range []string{token, token + "x"} {
			other.headers.Set("Authorization", "Bearer "+value)
			note(other.do("GET", "/who", nil))
		}
		other.headers.Del("Authorization")
		for _, value := range []string{code, code + "x"} {
			note(other.do("POST", "/auth/link", map[string]string{"code": value}))
		}
		for _, value := range []string{receipt.Key, receipt.Key + "x"} {
			note(other.do("POST", "/auth/report", map[string]string{"key": value}))
		}
		d := s.device()
		b.register(d)
		d.key.Counter = 1
		note(other.do("POST", "/auth/passkey/finish", other.assertion(d)))
		note(other.visit(""))
		for _, client := range []*browser{b, other} {
			for _, c := range client.client.Jar.Cookies(s.auth.URL) {
				secrets = append(secrets, c.Value)
			}
		}
		p.set(func(p *idp) { p.forge = func(c map[string]any) { c["nonce"] = "x" } })
		note(other.visit(""))
		s.log.mu.Lock()
		defer s.log.mu.Unlock()
		if !strings.Contains(s.log.String(), "signed in") || !strings.Contains(s.log.String(), "refused") {
			s.Errorf("nothing is logged: %s", s.log)
		}
		for _, secret := range secrets {
			for where, text := range map[string]string{"log": s.log.String(), "answers": seen.String()} {
				if len(secret) < 10 || strings.Contains(strings.ToLower(text), strings.ToLower(secret)) {
					s.Errorf("%q is in the %s", secret, where)
				}
			}
		}
	})
}

// TestAttack24StolenCookie: a cookie is no token, and is of no use once the person has signed out elsewhere.
func TestAttack24StolenCookie(t *testing.T) {
	onBoth(t, nil, func(s *site) {
		lee := s.person("lee", casebook.Triager)
		b := s.browser().signIn("lee")
		thief := s.browser()
		for _, c := range b.client.Jar.Cookies(s.auth.URL) {
			thief.headers.Set("Authorization", "Bearer "+c.Value)
			thief.must(401, "GET", "/who", nil)
			thief.headers.Del("Authorization")
			thief.headers.Set("Report-Key", c.Value)
			thief.must(401, "GET", "/who", nil)
			thief.headers.Del("Report-Key")
		}
		thief.client.Jar.SetCookies(s.auth.URL, []*http.Cookie{{Name: "__Host-bugbar", Value: s.token(lee, casebook.ReadCase), Path: "/", Secure: true}})
		if thief.who() != "" {
			s.Error("a token is taken for a session")
		}
		thief.client.Jar.SetCookies(s.auth.URL, b.client.Jar.Cookies(s.auth.URL))
		if thief.who() != "lee" {
			s.Fatal("the stolen cookie does not work")
		}
		s.add(auth.Fresh + time.Second) // what is dangerous it does not do for long
		thief.must(403, "POST", "/dangerous", nil)
		b.must(204, "POST", "/auth/sign-out", nil)
		if thief.who() != "" {
			s.Error("the stolen cookie outlives the session")
		}
	})
}

// TestAttack32Flood: each limit ends a flood, says when to come back, and leaves others alone.
func TestAttack32Flood(t *testing.T) {
	limits := auth.Limits{
		Anonymous: auth.Rate{PerSecond: 0.01, Burst: 5}, Person: auth.Rate{PerSecond: 0.01, Burst: 7}, Token: auth.Rate{PerSecond: 0.01, Burst: 6},
		Proof: auth.Rate{PerSecond: 0.01, Burst: 4}, Network: auth.Rate{PerSecond: 0.01, Burst: 40},
	}
	onBoth(t, func(c *auth.Config) { c.Limits = limits }, func(s *site) {
		lee := s.person("lee")
		at := func(network string) *browser {
			b := s.browser()
			b.headers.Set("X-Forwarded-For", "10.0.0.1, "+network)
			return b
		}
		passes := func(b *browser, send func() answer) (n int) {
			for ; n < 100; n++ {
				got := send()
				if got.status == http.StatusTooManyRequests {
					if wait := got.header.Get("Retry-After"); wait == "" || wait == "0" {
						s.Errorf("come back in %q", wait)
					}
					return n
				}
			}
			return n
		}
		b := at("203.0.113.1")
		if n := passes(b, func() answer { return b.do("GET", "/who", nil) }); n != 5 {
			s.Errorf("anonymous: %d", n)
		}
		b = at("203.0.113.2")
		b.headers.Set("Authorization", "Bearer wrong")
		if n := passes(b, func() answer { return b.do("GET", "/who", nil) }); n != 4 {
			s.Errorf("wrong tokens: %d", n)
		}
		b = at("203.0.113.3")
		b.headers.Set("Authorization", "Bearer "+s.token(lee, casebook.ReadCase))
		if n := passes(b, func() answer { return b.do("GET", "/who", nil) }); n != 6 {
			s.Errorf("tokens: %d", n)
		}
		b = at("203.0.113.4").signIn("lee")
		if n := passes(b, func() answer { return b.do("GET", "/who", nil) }); n != 7 {
			s.Errorf("a person: %d", n)
		}
		b = at("203.0.113.5")
		if n := passes(b, func() answer { return b.do("POST", "/auth/passkey/begin", nil) }); n != 4 {
			s.Errorf("ceremonies: %d", n)
		}
		// a household of IPv6 is one network; another is another
		b = at("2001:db8:0:1::1")
		passes(b, func() answer { return b.do("GET", "/who", nil) })
		at("2001:db8:0:2::7").must(429, "GET", "/who", nil)
		at("2001:db8:0:100::7").must(200, "GET", "/who", nil)
		// what the client itself writes into the header is not believed
		b = at("203.0.113.1")
		b.headers.Set("X-Forwarded-For", "192.0.2.77, 203.0.113.1")
		b.must(429, "GET", "/who", nil)
	})
}
