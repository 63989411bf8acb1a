package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"bugbar/internal/casebook"
	"bugbar/internal/outbound"
	"bugbar/internal/server/api"
	"bugbar/internal/server/auth"
	"bugbar/internal/server/web"
	"bugbar/internal/sqldb/sqldbtest"
	"bugbar/internal/work"
)

// open makes a server over a new casebook; set changes how.
func open(t *testing.T, set func(*Config)) (*Server, *casebook.Book) {
	t.Helper()
	b, err := casebook.Open(t.Context(), sqldbtest.SQLite(t), casebook.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() }) // some tests close it themselves
	c := Config{Book: b, Log: slog.New(slog.DiscardHandler), Auth: signIn(t, b, auth.Limits{})}
	if set != nil {
		set(&c)
	}
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s, b
}

func signIn(t *testing.T, b *casebook.Book, limits auth.Limits) *auth.Auth {
	t.Helper()
	a, err := auth.New(auth.Config{Book: b, URL: &url.URL{Scheme: "http", Host: "localhost"}, Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// ask sends a request from an address; headers are name, value, ...
func ask(s http.Handler, from, method, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, http.NoBody)
	r.RemoteAddr = from
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func TestRates(t *testing.T) {
	t.Parallel()
	s, _ := open(t, func(c *Config) {
		c.Auth = signIn(t, c.Book, auth.Limits{Anonymous: auth.Rate{PerSecond: 0.01, Burst: 6}})
		c.Pages = web.New(web.Config{Book: c.Book, Auth: c.Auth, Log: c.Log})
	})
	for i := range 6 {
		if w := ask(s, "192.0.2.1:1000", "GET", "/api/v1/bars"); w.Code != http.StatusOK {
			t.Fatalf("request %d: %d", i, w.Code)
		}
	}
	w := ask(s, "192.0.2.1:1001", "GET", "/api/v1/bars")
	var p api.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != http.StatusTooManyRequests || p.Code != "limited" || w.Header().Get("Retry-After") != "100" {
		t.Errorf("%d %s %v", w.Code, w.Body, w.Header())
	}
	if w := ask(s, "192.0.2.1:1002", "GET", "/bar"); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "100" || !strings.Contains(w.Body.String(), "too many requests") {
		t.Errorf("a page: %d %s %v", w.Code, w.Body, w.Header())
	}
	if w := ask(s, "192.0.2.2:1000", "GET", "/api/v1/bars"); w.Code != http.StatusOK {
		t.Errorf("somebody else: %d", w.Code)
	}
	if w := ask(s, "192.0.2.2:1000", "GET", "/bar"); w.Code != http.StatusOK {
		t.Errorf("somebody else's page: %d", w.Code)
	}
	for range 2 { // secrets that are none count as well
		ask(s, "192.0.2.3:1", "GET", "/api/v1/bars", "Authorization", "Bearer bbt_none")
	}
	if w := ask(s, "192.0.2.3:1", "POST", "/api/v1/cases"); w.Code != http.StatusTooManyRequests { // a write counts five times
		t.Errorf("a write too many: %d", w.Code)
	}
	if w := ask(s, "192.0.2.4:1", "POST", "/api/v1/cases"); w.Code == http.StatusTooManyRequests {
		t.Error("the first write of somebody is one too many")
	}
}

// TestAttack32ReportsOfStrangers: a network's reports without an account are counted together, on whichever way they
// come, before anything of them is read.
func TestAttack32ReportsOfStrangers(t *testing.T) {
	t.Parallel()
	s, b := open(t, func(c *Config) {
		c.Auth = signIn(t, c.Book, auth.Limits{Report: auth.Rate{PerSecond: 0.01, Burst: 3}})
		c.Pages = web.New(web.Config{Book: c.Book, Auth: c.Auth, Log: c.Log})
	})
	send := func(from, path, kind, body string, headers ...string) int {
		r := httptest.NewRequest("POST", path, strings.NewReader(body))
		r.RemoteAddr = from
		r.Header.Set("Content-Type", kind)
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if slow := w.Code == http.StatusTooManyRequests; slow != (w.Header().Get("Retry-After") != "") {
			t.Errorf("%s: %d, come back in %q", path, w.Code, w.Header().Get("Retry-After"))
		}
		return w.Code
	}
	const report = `{"never_accepted":false,"title":"t","product":"p","text":"x"}`
	json := func(from string, headers ...string) int {
		return send(from, "/api/v1/cases", "application/json", report, headers...)
	}
	page := func(from string) int {
		return send(from, "/report/send", "application/x-www-form-urlencoded", "title=t")
	}
	parts := func(from string) int {
		return send(from, "/api/v1/cases", `multipart/form-data; boundary=x`, "--x\r\nContent-Disposition: form-data; name=\"report\"\r\n\r\n"+report+"\r\n--x--\r\n")
	}
	if got := []int{json("192.0.2.1:1"), page("192.0.2.1:2"), parts("192.0.2.1:3")}; got[0] != 201 || got[1] == 429 || got[2] != 201 {
		t.Errorf("the first three: %v", got)
	}
	if got := []int{json("192.0.2.1:4"), page("192.0.2.1:5"), parts("192.0.2.1:6")}; got[0] != 429 || got[1] != 429 || got[2] != 429 {
		t.Errorf("those after: %v", got)
	}
	if got := json("192.0.2.2:1"); got != http.StatusCreated {
		t.Errorf("from elsewhere: %d", got)
	}
	system := casebook.Write{Actor: casebook.SystemActor}
	lee, err := b.AddPerson(t.Context(), system, "lee", []casebook.Role{casebook.Triager}, casebook.Identity{})
	if err != nil {
		t.Fatal(err)
	}
	a, err := lee.Actor()
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := b.MakeToken(t.Context(), casebook.Write{Actor: a}, lee.ID, "x", []casebook.Right{casebook.Submit}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if got := json("192.0.2.1:7", "Authorization", "Bearer "+token); got != http.StatusCreated {
		t.Errorf("somebody who is known, from there: %d", got)
	}
	var n int
	if err := b.DB().Reader().QueryRowContext(t.Context(), "SELECT COUNT(*) FROM cases").Scan(&n); err != nil || n != 4 {
		t.Errorf("%d cases, %v", n, err)
	}
}

func TestMetricsAreForTheOperator(t *testing.T) {
	t.Parallel()
	s, _ := open(t, func(c *Config) { c.MetricsToken = "watch" })
	for _, test := range []struct {
		from    string
		headers []string
		want    int
	}{
		{"127.0.0.1:5", nil, 200},
		{"[::1]:5", nil, 200},
		{"127.0.0.1:5", []string{"X-Forwarded-For", "192.0.2.1"}, 403}, // through a proxy on this machine
		{"192.0.2.1:5", nil, 403},
		{"192.0.2.1:5", []string{"Authorization", "Bearer watch"}, 200},
		{"192.0.2.1:5", []string{"Authorization", "Bearer watc"}, 403},
	} {
		if w := ask(s, test.from, "GET", "/metrics", test.headers...); w.Code != test.want {
			t.Errorf("from %s with %v: %d", test.from, test.headers, w.Code)
		}
	}
	ask(s, "192.0.2.1:5", "GET", "/api/v1/cases/0K3V-9Q2XTA4MR", "Report-Key", "x")
	ask(s, "192.0.2.1:5", "BREW", "/pots")
	body := ask(s, "127.0.0.1:5", "GET", "/metrics").Body.String()
	if !strings.Contains(body, `route="/api/v1/cases/{id}",status="401"`) || strings.Contains(body, "0K3V") || strings.Contains(body, "BREW") || !strings.Contains(body, "bugbar_ledger_lag_seconds 0") {
		t.Error(body)
	}
	none, _ := open(t, nil)
	if w := ask(none, "192.0.2.1:5", "GET", "/metrics", "Authorization", "Bearer "); w.Code != 403 {
		t.Errorf("without a token: %d", w.Code)
	}
}

// TestAttack34MetricsTellNothing: what is not done is counted by kind, state and queue, on either database, and nothing
// in the metrics says what it is about.
func TestAttack34MetricsTellNothing(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, fresh func() string) {
		b, err := casebook.Open(t.Context(), fresh(), casebook.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = b.Close() })
		worker, err := work.Open(t.Context(), work.Config{Book: b, Calls: outbound.New(outbound.Policy{}, nil)})
		if err != nil {
			t.Fatal(err)
		}
		system := casebook.Write{Actor: casebook.SystemActor}
		if _, err := b.AddWebhook(t.Context(), system, casebook.Webhook{URL: "https://hooks.example.org/SECRET", Kinds: []string{"*"}}); err != nil {
			t.Fatal(err)
		}
		rules, err := b.CurrentBar(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		receipt, _, err := b.Submit(t.Context(), casebook.Write{}, casebook.Submission{Title: "SECRET", Product: "SECRET", Bar: rules, Findings: []casebook.Finding{{}}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.SetEmbargo(t.Context(), system, receipt.ID, casebook.Embargo{Status: casebook.EmbargoActive, Until: b.Now().Add(time.Hour).UnixMilli()}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		s, err := New(Config{Book: b, Work: worker, Auth: signIn(t, b, auth.Limits{}), Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		body := ask(s, "127.0.0.1:5", "GET", "/metrics").Body.String()
		var told []string
		for line := range strings.Lines(body) {
			if strings.HasPrefix(line, "bugbar_jobs") || strings.HasPrefix(line, "bugbar_outbox") {
				name, _, _ := strings.Cut(line, " ")
				told = append(told, name)
			}
		}
		want := []string{
			`bugbar_jobs{kind="alike",state="available"}`, `bugbar_jobs{kind="webhook",state="available"}`,
			`bugbar_jobs_oldest_seconds{kind="alike"}`, `bugbar_jobs_oldest_seconds{kind="webhook"}`, `bugbar_outbox{queue="mail"}`, `bugbar_outbox{queue="webhooks"}`,
		}
		if !slices.Equal(told, want) {
			t.Errorf("told %v, want %v", told, want)
		}
		if strings.Contains(body, "SECRET") || strings.Contains(body, receipt.ID.String()) || strings.Contains(body, strconv.FormatInt(int64(receipt.ID), 10)) {
			t.Errorf("the metrics tell of a case:\n%s", body)
		}
	})
}

// TestProblemsOfSigningIn: what signs people in tells of trouble as the API does, and the router's own words do not come
// through.
func TestProblemsOfSigningIn(t *testing.T) {
	t.Parallel()
	s, b := open(t, nil)
	for _, test := range []struct {
		method, path string
		want         int
		code, allow  string
	}{
		{"GET", "/auth/nothing", 404, "not-found", ""},
		{"GET", "/auth/password", 405, "invalid", "POST"},
		{"POST", "/auth/password", 422, "invalid", ""},
		{"GET", "/auth/provider", 404, "not-found", ""},
		{"GET", "/auth/credentials", 401, "forbidden", ""},
		{"GET", "/auth/credentials", 503, "unavailable", ""}, // without a database
	} {
		var headers []string
		if test.path == "/auth/credentials" {
			headers = []string{"Authorization", "Bearer bbt_none"}
		}
		if test.want == http.StatusServiceUnavailable {
			if err := b.Close(); err != nil {
				t.Fatal(err)
			}
		}
		w := ask(s, "192.0.2.1:5", test.method, test.path, headers...)
		var p api.Problem
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s: %d %s %s", test.method, test.path, w.Code, w.Header().Get("Content-Type"), w.Body)
			continue
		}
		if w.Code != test.want || p.Status != test.want || p.Type != "about:blank" || p.Title != http.StatusText(test.want) || p.Code != test.code ||
			p.ID == "" || p.ID != w.Header().Get("X-Request-Id") || w.Header().Get("Allow") != test.allow {
			t.Errorf("%s %s: %d %s %v", test.method, test.path, w.Code, w.Body, w.Header())
		}
	}
}

// TestPanic: what breaks is a problem to the client, a line in the log for the operator, and the end of nothing else.
func TestPanic(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s, _ := open(t, func(c *Config) {
		c.Pages = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("the works") })
		c.Log = slog.New(slog.NewTextHandler(&log, nil))
	})
	w := ask(s, "192.0.2.1:5", "GET", "/page")
	if w.Code != http.StatusInternalServerError || w.Header().Get("Content-Type") != "application/problem+json" || strings.Contains(w.Body.String(), "works") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if !strings.Contains(log.String(), "the works") || !strings.Contains(log.String(), w.Header().Get("X-Request-Id")) {
		t.Error(log.String())
	}
	if w := ask(s, "192.0.2.1:5", "GET", "/healthz"); w.Code != http.StatusOK {
		t.Errorf("%d", w.Code)
	}
}

// TestGone: what fails because whoever asked went away is no error of the server.
func TestGone(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s, _ := open(t, func(c *Config) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	ctx, leave := context.WithCancel(t.Context())
	leave()
	s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "GET", api.Base+"/bars", http.NoBody))
	if !strings.Contains(log.String(), "status=499") || strings.Contains(log.String(), "level=ERROR") {
		t.Error(log.String())
	}
	if body := ask(s, "127.0.0.1:5", "GET", "/metrics").Body.String(); strings.Contains(body, `status="5`) {
		t.Error(body)
	}
}

// TestReady: a server says when it cannot work, and which part of it cannot.
func TestReady(t *testing.T) {
	t.Parallel()
	s, b := open(t, nil)
	if w := ask(s, "192.0.2.1:5", "GET", "/readyz"); w.Code != http.StatusOK {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if w := ask(s, "192.0.2.1:5", "GET", "/readyz"); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), `"database":"does not answer"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := ask(s, "192.0.2.1:5", "GET", "/healthz"); w.Code != http.StatusOK {
		t.Errorf("%d", w.Code)
	}
	if w := ask(s, "192.0.2.1:5", "GET", "/api/v1/bars"); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || strings.Contains(w.Body.String(), "sql") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if body := ask(s, "127.0.0.1:5", "GET", "/metrics").Body.String(); !strings.Contains(body, "bugbar_database_up 0") {
		t.Error(body)
	}
}

// TestServeStops: a server that shall stop finishes what it has begun, however long past its first second, and ends
// streams.
func TestServeStops(t *testing.T) {
	t.Parallel()
	begun := make(chan struct{})
	s, _ := open(t, func(c *Config) {
		c.Pages = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			close(begun)
			text, err := io.ReadAll(r.Body) // to its end, which is sent once the server stops
			if err = errors.Join(err, r.Context().Err()); err != nil {
				text = []byte(err.Error())
			}
			_, _ = w.Write(text)
		})
		c.Identify = func(*http.Request) (casebook.Actor, error) { return casebook.SystemActor, nil }
	})
	at, stop, served := serve(t, s, Ending{Grace: time.Minute})
	stream, err := http.Get(at + api.Base + "/events/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Body.Close()
	body, send := io.Pipe()
	answered := make(chan string, 1)
	go func() {
		resp, err := http.Post(at+"/page", "text/plain", body)
		if err != nil {
			answered <- err.Error()
			return
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			text = []byte(err.Error())
		}
		answered <- string(text)
	}()
	<-begun
	stop()
	if _, err := io.Copy(io.Discard, stream.Body); err != nil { // it ends, and ends well
		t.Error(err)
	}
	if _, err := io.WriteString(send, "whole"); err != nil {
		t.Error(err)
	}
	_ = send.Close()
	if got := <-answered; got != "whole" {
		t.Errorf("the answer is %q", got)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// TestServeGivesNotice: behind a proxy that asks /readyz a server says that it stops while it still takes requests.
func TestServeGivesNotice(t *testing.T) {
	t.Parallel()
	s, _ := open(t, nil)
	at, stop, _ := serve(t, s, Ending{Notice: time.Hour})
	stop()
	get := func(path string) (int, string) {
		resp, err := http.Get(at + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(text)
	}
	for !s.stopping.Load() {
		time.Sleep(time.Millisecond)
	}
	if code, text := get("/readyz"); code != http.StatusServiceUnavailable || !strings.Contains(text, `"status":"stopping"`) {
		t.Errorf("/readyz says %d %s", code, text)
	}
	if code, text := get(api.Base + "/bars"); code != http.StatusOK {
		t.Errorf("a request meanwhile: %d %s", code, text)
	}
}

// serve has a server listen; stop tells it to stop, and served says that it has.
func serve(t *testing.T, s *Server, end Ending) (at string, stop func(), served <-chan error) {
	t.Helper()
	on, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = on.Close() }) // ends one that is still giving notice
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, on, end) }()
	return "http://" + on.Addr().String(), stop, done
}
