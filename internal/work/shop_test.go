package work

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"bugbar/assess"
	"bugbar/bars"
	"bugbar/bars/barstest"
	"bugbar/internal/blob"
	"bugbar/internal/casebook"
	"bugbar/internal/outbound"
	"bugbar/internal/post"
	"bugbar/internal/post/posttest"
	"bugbar/internal/sqldb/sqldbtest"
)

// shop is a casebook with everything that works in the background, on a clock that the test sets.
type shop struct {
	*testing.T
	*Worker
	smtp     *posttest.Server
	database string
	mu       sync.Mutex
	past     time.Duration
}

func each(t *testing.T, test func(s *shop)) {
	t.Helper()
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, fresh func() string) { test(openShop(t, fresh())) })
}

func openShop(t *testing.T, database string) *shop {
	t.Helper()
	s := &shop{T: t, smtp: posttest.Start(t), database: database}
	s.Worker = s.process()
	return s
}

// process opens the casebook as one process does.
func (s *shop) process() *Worker {
	s.Helper()
	book, err := casebook.Open(s.Context(), s.database, casebook.Options{Now: s.now, Bar: barstest.Load})
	if err != nil {
		s.Fatal(err)
	}
	blobs, err := blob.Open(s.Context(), filepath.Join(s.TempDir(), "files"))
	if err != nil {
		s.Fatal(err)
	}
	sender, err := post.NewSender(s.smtp.URL, "")
	if err != nil {
		s.Fatal(err)
	}
	mail, err := post.New(s.Context(), book, blobs, post.Options{Address: "reports@example.org", Pages: "https://bugs.example.org", Sender: sender})
	if err != nil {
		s.Fatal(err)
	}
	w, err := Open(s.Context(), Config{
		Book: book, Blobs: blobs, Post: mail, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Calls: outbound.New(outbound.Policy{}, nil),
	})
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { _ = errors.Join(blobs.Close(), book.Close()) })
	return w
}

func (s *shop) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Add(s.past)
}

func (s *shop) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.past += d
}

// run works until the test ends, or until stop is called.
func (s *shop) run(w *Worker) (stop func()) {
	s.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.Context()))
	var all sync.WaitGroup
	all.Go(func() {
		if err := w.Run(ctx); err != nil && !errors.Is(err, context.Canceled) {
			s.Errorf("run: %v", err)
		}
	})
	all.Go(func() { _ = w.Book.Run(ctx) })
	var once sync.Once
	stop = func() { once.Do(func() { cancel(); all.Wait() }) }
	s.Cleanup(stop)
	return stop
}

// eventually waits until something holds.
func (s *shop) eventually(what string, holds func() bool) {
	s.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if holds() {
			return
		}
	}
	s.Fatalf("it did not come about that %s", what)
}

var sys = casebook.Write{Actor: casebook.SystemActor}

func (s *shop) person(handle string, roles ...casebook.Role) casebook.Write {
	s.Helper()
	p, err := s.Book.AddPerson(s.Context(), sys, handle, roles, casebook.Identity{Name: handle, Email: handle + "@example.org"})
	if err != nil {
		s.Fatal(err)
	}
	a, err := p.Actor()
	if err != nil {
		s.Fatal(err)
	}
	return casebook.Write{Actor: a}
}

func (s *shop) submit(title string) casebook.ID {
	s.Helper()
	rules, err := bars.Load("msrc-ai")
	if err != nil {
		s.Fatal(err)
	}
	r, _, err := s.Book.Submit(s.Context(), casebook.Write{}, casebook.Submission{
		Title: title, Source: "form", Bar: rules, Text: "text of " + title, Contact: &casebook.Identity{Email: "ann@example.com"},
		Findings: []casebook.Finding{{Facts: assess.Claim("type", "prompt-injection")}},
	})
	if err != nil {
		s.Fatal(err)
	}
	return r.ID
}

func (s *shop) must(_ *casebook.Case, err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *shop) write(id casebook.ID, visibility, text string) {
	s.Helper()
	s.must(s.Book.Write(s.Context(), sys, id, casebook.Post{Visibility: visibility, Text: text}))
}

func (s *shop) settle() {
	s.Helper()
	if _, err := s.Book.Settle(s.Context()); err != nil {
		s.Fatal(err)
	}
}

// jobs counts jobs of a kind, in any state.
func (s *shop) jobs(kind string) int {
	s.Helper()
	var n int
	if err := s.Book.DB().Reader().QueryRowContext(s.Context(), "SELECT COUNT(*) FROM river_job WHERE kind = $1", kind).Scan(&n); err != nil {
		s.Fatal(err)
	}
	return n
}

// receiver is the other end of a webhook.
type receiver struct {
	mu     sync.Mutex
	got    []call
	status int
}

type call struct {
	header http.Header
	body   string
	whose  string
}

func (r *receiver) all() []call {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]call{}, r.got...)
}

func (r *receiver) answer(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

// receive starts a receiver that the worker may call, and returns its address.
func (s *shop) receive(w *Worker) (*receiver, string) {
	s.Helper()
	r := &receiver{status: http.StatusNoContent}
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		body, err := io.ReadAll(in.Body)
		if err != nil {
			s.Error(err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.got = append(r.got, call{in.Header, string(body), in.URL.Query().Get("for")})
		out.WriteHeader(r.status)
	}))
	s.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	if err != nil {
		s.Fatal(err)
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil {
		s.Fatal(err)
	}
	w.Calls = outbound.New(outbound.Policy{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Ports: []uint16{uint16(port)}, Plain: true}, nil)
	return r, server.URL + "/hook?key=hidden"
}

func (s *shop) hook(by casebook.Write, h casebook.Webhook) casebook.Webhook {
	s.Helper()
	h, err := s.NewWebhook(s.Context(), by, h)
	if err != nil {
		s.Fatal(err)
	}
	s.hooks.read = time.Time{}
	return h
}

// verify holds the casebook against its events.
func (s *shop) verify() {
	s.Helper()
	s.settle()
	report, err := s.Book.Verify(s.Context(), casebook.Check{})
	if err != nil || !report.Whole() {
		s.Errorf("verify: %v, %v", report.Problems, err)
	}
}

// retryNow has jobs that wait for another attempt take it at once.
func (s *shop) retryNow() {
	s.Helper()
	s.eventually("a job waits for another attempt", func() bool {
		var n int64
		err := s.Book.DB().Tx(s.Context(), func(tx *sql.Tx) error {
			past := any(time.Now().Add(-time.Minute).UTC())
			if s.Book.DB().Dialect == "sqlite" {
				past = time.Now().Add(-time.Minute).UTC().Format("2006-01-02 15:04:05.000")
			}
			done, err := tx.ExecContext(s.Context(), "UPDATE river_job SET state = 'available', scheduled_at = $1 WHERE state IN ('retryable', 'scheduled')", past)
			if err == nil {
				n, err = done.RowsAffected()
			}
			return err
		})
		return err == nil && n > 0
	})
}

// idle says whether every job is over.
func (s *shop) idle() bool {
	var n int
	err := s.Book.DB().Reader().QueryRowContext(s.Context(), "SELECT COUNT(*) FROM river_job WHERE state IN ('available', 'running', 'retryable', 'scheduled')").Scan(&n)
	return err == nil && n == 0
}
