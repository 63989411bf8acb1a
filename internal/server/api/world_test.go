package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"bugbar/assess"
	"bugbar/bars"
	"bugbar/internal/blob"
	"bugbar/internal/casebook"
	"bugbar/internal/outbound"
	"bugbar/internal/server"
	"bugbar/internal/server/api"
	"bugbar/internal/server/auth"
	"bugbar/internal/work"
)

// asHeader lets a test be somebody who is present: what a session does in a browser.
const asHeader = "Test-As"

// world is a casebook behind a server, with somebody of every kind.
type world struct {
	t      *testing.T
	book   *casebook.Book
	store  blob.Store
	work   *work.Worker // which is not run
	auth   *auth.Auth
	server *httptest.Server
	people map[string]*casebook.Person // by handle
	file   string                      // SHA-256 of the file that every case has
	log    *bytes.Buffer
	mu     sync.Mutex
	passed map[string]bool // operations that were answered with success
}

// roles are the people of a world: their handles and what they are to the programme.
var roles = map[string][]casebook.Role{
	"reporter": nil, "other": nil, "guest": nil, "target": {casebook.Editor},
	"intake": {casebook.Intake}, "triager": {casebook.Triager}, "member": {casebook.Triager}, "analyst": {casebook.Analyst}, "invited": {casebook.Analyst},
	"reviewer": {casebook.Reviewer}, "editor": {casebook.Editor}, "publisher": {casebook.Publisher}, "manager": {casebook.Manager},
	"auditor": {casebook.Auditor}, "admin": {casebook.Admin}, "custodian": {casebook.Custodian}, "service": {casebook.Service},
}

func newWorld(t *testing.T, database string) *world {
	t.Helper()
	book, err := casebook.Open(t.Context(), database, casebook.Options{})
	if err != nil {
		t.Fatal(err)
	}
	store, err := blob.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	content, err := store.Put(t.Context(), strings.NewReader("<svg onload=alert(1)>"), 100)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, book: book, store: store, file: content.SHA256, people: map[string]*casebook.Person{}, log: &bytes.Buffer{}, passed: map[string]bool{}}
	if w.work, err = work.Open(t.Context(), work.Config{Book: book, Blobs: store, Calls: outbound.New(outbound.Policy{}, nil)}); err != nil {
		t.Fatal(err)
	}
	if w.auth, err = auth.New(auth.Config{Book: book, URL: &url.URL{Scheme: "http", Host: "localhost"}}); err != nil {
		t.Fatal(err)
	}
	s, err := server.New(server.Config{
		Book: book, Store: store, Work: w.work, Identify: w.identify, MetricsToken: "watcher",
		Log: slog.New(slog.NewTextHandler(&locked{w: w.log, mu: &w.mu}, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	w.server = httptest.NewServer(s)
	t.Cleanup(func() {
		w.server.CloseClientConnections()
		w.server.Close()
		if err := book.Close(); err != nil {
			t.Error(err)
		}
	})
	for handle, has := range roles {
		p, err := book.AddPerson(t.Context(), casebook.Write{Actor: casebook.SystemActor}, handle, has, casebook.Identity{Email: handle + "@example.org"})
		if err != nil {
			t.Fatal(err)
		}
		w.people[handle] = p
	}
	return w
}

// locked lets the server log while the test reads.
type locked struct {
	w  io.Writer
	mu *sync.Mutex
}

func (l *locked) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(b)
}

func (w *world) identify(r *http.Request) (casebook.Actor, error) {
	if handle := r.Header.Get(asHeader); handle != "" {
		p, err := w.book.PersonCalled(r.Context(), handle)
		if err != nil {
			return casebook.Actor{}, err
		}
		return p.Actor()
	}
	return w.auth.Identify(r)
}

// actor is one of the world's people, to act without the API.
func (w *world) actor(handle string) casebook.Actor {
	a, err := w.people[handle].Actor()
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

// reply is an answer of the server.
type reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// decode reads a reply's body.
func decode[T any](t *testing.T, r reply) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(r.Body, &v); err != nil {
		t.Fatalf("%v in %s", err, r.Body)
	}
	return v
}

// call sends a request and checks the answer against the description. headers are name, value, ...; Test-As names who asks.
func (w *world) call(method, path, body string, headers ...string) reply {
	w.t.Helper()
	ctx, stop := context.WithTimeout(w.t.Context(), 30*time.Second)
	defer stop()
	r, err := http.NewRequestWithContext(ctx, method, w.server.URL+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i+1] != "" {
			r.Header.Set(headers[i], headers[i+1])
		}
	}
	resp, err := w.server.Client().Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	out := reply{Status: resp.StatusCode, Header: resp.Header}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		out.Body = make([]byte, 64)
		n, _ := resp.Body.Read(out.Body)
		out.Body = out.Body[:n]
	} else if out.Body, err = io.ReadAll(resp.Body); err != nil {
		w.t.Fatal(err)
	}
	if strings.HasPrefix(path, api.Base) {
		w.conforms(method, path, out)
	}
	return out
}

// conforms holds an answer to what the description says of it.
func (w *world) conforms(method, path string, r reply) {
	w.t.Helper()
	if r.Status >= 400 && len(r.Body) > 0 {
		p := decode[api.Problem](w.t, r)
		if p.Type != "about:blank" || p.Title != http.StatusText(r.Status) || p.Status != r.Status || p.ID == "" || p.ID != r.Header.Get("X-Request-Id") {
			w.t.Errorf("%s %s: the problem lacks what every problem has: %d %s", method, path, r.Status, r.Body)
		}
	}
	op := described().find(method, strings.Split(path, "?")[0])
	if op == nil {
		if r.Status != http.StatusNotFound && r.Status != http.StatusMethodNotAllowed {
			w.t.Errorf("%s %s: no operation describes the answer %d", method, path, r.Status)
		}
		return
	}
	if err := op.accepts(r); err != nil {
		w.t.Errorf("%s: %s %s answers %d %s, which its description does not say: %v", op.ID, method, path, r.Status, r.Body, err)
	}
	if r.Status < 300 {
		w.mu.Lock()
		w.passed[op.ID] = true
		w.mu.Unlock()
	}
}

// fixture is a case in a world, with what tests need to know of it.
type fixture struct {
	ID   casebook.ID
	Key  string
	File string // SHA-256 of a file of it
}

// newCase opens a case by its reporter, with a guest, an analyst and a member named, and takes it to a state.
func (w *world) newCase(title string) fixture {
	w.t.Helper()
	b, err := bars.Load("msrc-ai")
	if err != nil {
		w.t.Fatal(err)
	}
	ctx := w.t.Context()
	file := casebook.File{SHA256: w.file, Name: "poc.svg", Type: "image/svg+xml", Size: 21}
	receipt, _, err := w.book.Submit(ctx, casebook.Write{}, casebook.Submission{
		Title: title, Text: "the report of " + title, Bar: b, Source: "api", Reporter: w.people["reporter"].ID,
		Findings: []casebook.Finding{{Facts: assess.Claim("type", "prompt-injection", "impact", "privileged-action", "interaction", "none")}, {Title: "another", Facts: assess.Claim("type", "prompt-injection", "impact", "privileged-action", "interaction", "none")}}, Files: []casebook.File{file},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	for handle, role := range map[string]string{"guest": "guest", "invited": "analyst", "member": "member"} {
		if _, err := w.book.Name(ctx, casebook.Write{Actor: casebook.SystemActor}, receipt.ID, casebook.Participant{Person: w.people[handle].ID, Role: role}); err != nil {
			w.t.Fatal(err)
		}
	}
	return fixture{ID: receipt.ID, Key: receipt.Key, File: file.SHA256}
}

// as does something as one of the people, without the API.
func (w *world) as(handle string) casebook.Write { return casebook.Write{Actor: w.actor(handle)} }

// must fails the test where a step of its preparation fails.
func (w *world) must(c *casebook.Case, err error) *casebook.Case {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// triaging takes a case that was just opened to the state triaging.
func (w *world) triaging(f fixture) {
	w.t.Helper()
	ctx := w.t.Context()
	w.must(w.book.Acknowledge(ctx, w.as("triager"), f.ID))
	w.must(w.book.SetTrack(ctx, w.as("triager"), f.ID, "security"))
	w.must(w.book.Move(ctx, w.as("triager"), f.ID, casebook.Step{To: "screening"}))
	w.must(w.book.Move(ctx, w.as("triager"), f.ID, casebook.Step{To: "triaging"}))
}

// assessed takes a case from triaging to assessed, with a critical outcome that waits for approval, and says that the
// weakness is attacked.
func (w *world) assessed(f fixture) {
	w.t.Helper()
	ctx := w.t.Context()
	for point, value := range map[string]string{"type": "prompt-injection", "impact": "privileged-action", "interaction": "none"} {
		for finding := range 2 {
			w.must(w.book.SetFact(ctx, w.as("triager"), f.ID, finding, point, assess.Fact{Values: []string{value}}))
		}
	}
	w.must(w.book.Move(ctx, w.as("triager"), f.ID, casebook.Step{To: "assessed"}))
	w.must(w.book.SetFlags(ctx, w.as("triager"), f.ID, casebook.Flags{Attacks: true}))
}

// embargoed puts a case under embargo.
func (w *world) embargoed(f fixture) {
	w.t.Helper()
	until := w.book.Now().Add(24 * time.Hour).UnixMilli()
	w.must(w.book.SetEmbargo(w.t.Context(), w.as("member"), f.ID, casebook.Embargo{Status: casebook.EmbargoActive, Until: until}))
}

// quarantined puts a case in quarantine.
func (w *world) quarantined(f fixture) {
	w.t.Helper()
	w.must(w.book.Quarantine(w.t.Context(), w.as("member"), f.ID, "seen in passing"))
}

// settle brings the ledger up to date.
func (w *world) settle() {
	w.t.Helper()
	if _, err := w.book.Settle(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// path is a path of the API.
func path(parts ...any) string {
	var b strings.Builder
	b.WriteString(api.Base)
	for _, p := range parts {
		fmt.Fprintf(&b, "/%v", p)
	}
	return b.String()
}
