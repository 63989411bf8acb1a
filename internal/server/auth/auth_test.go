package auth_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"bugbar/internal/casebook"
	"bugbar/internal/server/auth"
	"bugbar/internal/sqldb/sqldbtest"
)

const goodPassword = "seven purple anvils whistle"

var system = casebook.Write{Actor: casebook.SystemActor}

// site is a server with authentication before a handler that says who asks.
type site struct {
	*testing.T
	book *casebook.Book
	auth *auth.Auth
	srv  *httptest.Server
	log  *syncBuffer
	mu   sync.Mutex
	now  time.Time
}

type syncBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (s *site) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *site) add(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

// onBoth runs a test against a server on each kind of database.
func onBoth(t *testing.T, change func(*auth.Config), test func(s *site)) {
	t.Helper()
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, fresh func() string) { test(newSite(t, fresh(), change)) })
}

func newSite(t *testing.T, database string, change func(*auth.Config)) *site {
	t.Helper()
	s := &site{T: t, log: &syncBuffer{}, now: time.Now()}
	var err error
	if s.book, err = casebook.Open(t.Context(), database, casebook.Options{Now: s.clock}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.book.Close() })
	mux := http.NewServeMux()
	var handler http.Handler
	s.srv = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(s.srv.Close)
	u, err := url.Parse(strings.Replace(s.srv.URL, "127.0.0.1", "bugbar.example", 1))
	if err != nil {
		t.Fatal(err)
	}
	c := auth.Config{
		Book: s.book, URL: u, Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		Log: slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	if change != nil {
		change(&c)
	}
	if s.auth, err = auth.New(c); err != nil {
		t.Fatal(err)
	}
	mux.Handle("/auth/", s.auth.Routes())
	mux.HandleFunc("/who", func(w http.ResponseWriter, r *http.Request) {
		who := auth.Of(r.Context())
		_ = json.NewEncoder(w).Encode(map[string]any{"handle": who.Actor.Handle, "case": who.Actor.Case, "session": who.Session != nil})
	})
	mux.Handle("/dangerous", s.auth.Confirm(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })))
	handler = s.auth.Handler(mux)
	return s
}

// browser is somebody at a browser.
type browser struct {
	*site
	client  *http.Client
	headers http.Header
}

func (s *site) browser() *browser {
	s.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.Fatal(err)
	}
	transport := s.srv.Client().Transport.(*http.Transport).Clone()
	transport.DialContext = dialer(s.srv.Listener.Addr().String())
	transport.TLSClientConfig.ServerName = "example.com" // whose certificate the test server has
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &browser{s, &http.Client{Transport: transport, Jar: jar, CheckRedirect: stay}, http.Header{"Sec-Fetch-Site": {"same-origin"}}}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) String() string { return string(a.body) }

// do sends a request; body is sent as it is where it is a string, as JSON otherwise.
func (b *browser) do(method, path string, body any) answer {
	b.Helper()
	text, raw := body.(string)
	if !raw && body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			b.Fatal(err)
		}
		text = string(data)
	}
	to := path
	if strings.HasPrefix(path, "/") {
		to = b.auth.URL.String() + path
	}
	req, err := http.NewRequestWithContext(b.Context(), method, to, strings.NewReader(text))
	if err != nil {
		b.Fatal(err)
	}
	req.Header = b.headers.Clone()
	if text != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := b.client.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		b.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, data}
}

// must is do, and the status that it has to have.
func (b *browser) must(status int, method, path string, body any) answer {
	b.Helper()
	got := b.do(method, path, body)
	if got.status != status {
		b.Fatalf("%s %s: %d, want %d: %s", method, path, got.status, status, got)
	}
	return got
}

// who is whom the server takes the browser's user for.
func (b *browser) who() string {
	b.Helper()
	var w struct{ Handle string }
	if err := json.Unmarshal(b.must(200, "GET", "/who", nil).body, &w); err != nil {
		b.Fatal(err)
	}
	return w.Handle
}

func (b *browser) signIn(handle string) *browser {
	b.Helper()
	b.must(200, "POST", "/auth/password", map[string]string{"handle": handle, "password": goodPassword})
	return b
}

// person adds somebody who has goodPassword.
func (s *site) person(handle string, roles ...casebook.Role) casebook.Actor {
	s.Helper()
	p, err := s.book.AddPerson(s.Context(), system, handle, roles, casebook.Identity{})
	if err != nil {
		s.Fatal(err)
	}
	if err := s.book.SetPassword(s.Context(), system, p.ID, goodPassword, ""); err != nil {
		s.Fatal(err)
	}
	a, err := p.Actor()
	if err != nil {
		s.Fatal(err)
	}
	return a
}

func (s *site) token(of casebook.Actor, scopes ...casebook.Right) string {
	s.Helper()
	token, _, err := s.book.MakeToken(s.Context(), casebook.Write{Actor: of}, of.ID, "test", scopes, 0)
	if err != nil {
		s.Fatal(err)
	}
	return token
}

func TestSignInAndOut(t *testing.T) {
	onBoth(t, nil, func(s *site) {
		s.person("lee", casebook.Triager)
		b := s.browser()
		if b.who() != "" {
			s.Error("somebody is signed in")
		}
		got := b.must(200, "POST", "/auth/password", map[string]string{"handle": "lee", "password": goodPassword})
		for _, cookie := range got.header.Values("Set-Cookie") {
			for _, want := range []string{"__Host-bugbar", "; Path=/", "; HttpOnly", "; Secure", "; SameSite=Lax"} {
				if !strings.Contains(cookie, want) || strings.Contains(cookie, "Domain") {
					s.Errorf("the cookie %q is not %q", cookie, want)
				}
			}
		}
		if b.who() != "lee" {
			s.Error("nobody is signed in")
		}
		cookie := b.client.Jar.Cookies(s.auth.URL)
		b.must(204, "POST", "/auth/sign-out", nil)
		if b.who() != "" {
			s.Error("still signed in")
		}
		b.client.Jar.SetCookies(s.auth.URL, cookie)
		if b.who() != "" {
			s.Error("the old cookie still works")
		}
	})
}

// TestSignInAgainRotates: no secret from before a sign-in is of use after it.
func TestSignInAgainRotates(t *testing.T) {
	onBoth(t, nil, func(s *site) {
		s.person("lee", casebook.Triager)
		b := s.browser().signIn("lee")
		before := b.client.Jar.Cookies(s.auth.URL)
		b.signIn("lee")
		old := s.browser()
		old.client.Jar.SetCookies(s.auth.URL, before)
		if b.who() != "lee" || old.who() != "" {
			s.Errorf("now %q, before %q", b.who(), old.who())
		}
	})
}

func TestConfirm(t *testing.T) {
	onBoth(t, nil, func(s *site) {
		lee := s.person("lee", casebook.Triager)
		b := s.browser()
		b.must(401, "POST", "/dangerous", nil)
		b.signIn("lee").must(204, "POST", "/dangerous", nil)
		s.add(auth.Fresh + time.Second)
		if got := b.must(403, "POST", "/dangerous", nil); !strings.Contains(got.String(), "prove again who you are") {
			s.Error(got)
		}
		b.must(403, "POST", "/auth/new-password", map[string]string{"password": "another good pass phrase"})
		b.must(403, "POST", "/auth/passkey/new/begin", nil)
		b.signIn("lee").must(204, "POST", "/dangerous", nil)
		program := s.browser()
		program.headers.Set("Authorization", "Bearer "+s.token(lee, casebook.ReadCase))
		program.must(204, "POST", "/dangerous", nil) // its scopes were given under the same condition
		program.must(403, "POST", "/auth/new-password", map[string]string{"password": "another good pass phrase"})
		program.must(403, "POST", "/auth/passkey/new/begin", nil)
	})
}

func TestSessionsAreListedAndRevoked(t *testing.T) {
	onBoth(t, nil, func(s *site) {
		s.person("lee", casebook.Triager)
		one, two := s.browser(), s.browser()
		two.headers.Set("User-Agent", "Other/2.0")
		two.headers.Set("X-Forwarded-For", "203.0.113.7")
		one.signIn("lee")
		two.signIn("lee")
		var list struct {
			Credentials []casebook.Credential
			Current     string
		}
		if err := json.Unmarshal(one.must(200, "GET", "/auth/credentials", nil).body, &list); err != nil {
			s.Fatal(err)
		}
		other := ""
		for _, c := range list.Credentials {
			if c.Kind == "session" && c.Label == "Other/2.0" && c.From == "203.0.113.7" && c.Created != 0 && c.With == "password" {
				other = c.ID
			}
		}
		if other == "" || list.Current == "" || other == list.Current {
			s.Fatalf("%+v", list)
		}
		s.add(auth.Fresh + time.Minute) // to end a session asks for nothing more
		one.must(204, "POST", "/auth/revoke", map[string]string{"id": other})
		if one.who() != "lee" || two.who() != "" {
			s.Errorf("%q and %q", one.who(), two.who())
		}
		two.signIn("lee").must(204, "POST", "/auth/revoke-others", nil)
		if one.who() != "" || two.who() != "lee" {
			s.Errorf("%q and %q", one.who(), two.who())
		}
		one.must(403, "POST", "/auth/revoke-others", nil)
		for _, c := range list.Credentials {
			if c.Kind == "password" {
				s.add(auth.Fresh + time.Minute)
				two.must(403, "POST", "/auth/revoke", map[string]string{"id": c.ID})
			}
		}
	})
}

func TestReportKey(t *testing.T) {
	onBoth(t, nil, func(s *site) {
		receipt := s.report()
		b := s.browser()
		b.headers.Set("Report-Key", receipt.Key)
		if got := b.must(200, "GET", "/who", nil); !strings.Contains(got.String(), receipt.ID.String()) {
			s.Error(got)
		}
		b.headers.Set("Report-Key", "WRONG")
		b.must(401, "GET", "/who", nil)
		b.headers.Del("Report-Key")
		b.must(401, "POST", "/auth/report", map[string]string{"key": "WRONG"})
		b.must(200, "POST", "/auth/report", map[string]string{"key": strings.ToLower(receipt.Key)})
		if got := b.must(200, "GET", "/who", nil); !strings.Contains(got.String(), receipt.ID.String()) {
			s.Error(got)
		}
		if got := s.browser().must(200, "GET", "/who?key="+receipt.Key+"&report_key="+receipt.Key, nil); strings.Contains(got.String(), receipt.ID.String()) {
			s.Error("a key in an address is taken")
		}
		b.must(401, "POST", "/dangerous", nil)
		b.must(204, "POST", "/auth/sign-out", nil)
		if got := b.must(200, "GET", "/who", nil); strings.Contains(got.String(), receipt.ID.String()) {
			s.Error("still signed in")
		}
	})
}

func TestSetUp(t *testing.T) {
	onBoth(t, nil, func(s *site) {
		secret, err := s.book.SetupSecret(s.Context())
		if err != nil {
			s.Fatal(err)
		}
		b := s.browser()
		form := map[string]string{"secret": "bbx_guess", "handle": "lee", "name": "Lee", "password": goodPassword}
		b.must(401, "POST", "/auth/setup", form)
		form["secret"] = secret
		b.must(200, "POST", "/auth/setup", form)
		if b.who() != "lee" {
			s.Error(b.who())
		}
		form["handle"] = "second"
		s.browser().must(401, "POST", "/auth/setup", form)
	})
}

func TestLink(t *testing.T) {
	onBoth(t, nil, func(s *site) {
		lee := s.person("lee")
		code, err := s.book.IssueLink(s.Context(), system, lee.ID, 0)
		if err != nil {
			s.Fatal(err)
		}
		b := s.browser()
		b.must(200, "POST", "/auth/link", map[string]string{"code": code})
		s.browser().must(401, "POST", "/auth/link", map[string]string{"code": code})
		b.must(204, "POST", "/auth/new-password", map[string]string{"password": "another good pass phrase"})
		b.must(422, "POST", "/auth/new-password", map[string]string{"password": "password1234"})
		if b.who() != "lee" {
			s.Error("signed out by a new password")
		}
		s.browser().must(200, "POST", "/auth/password", map[string]string{"handle": "lee", "password": "another good pass phrase"})
	})
}
