// Package lifecycle takes a case through its whole life with a client that a public generator made of the API's
// description.
package lifecycle

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ogen-go/ogen/ogenerrors"

	"bugbar/clients/casebook"
	"bugbar/internal/blob"
	book "bugbar/internal/casebook"
	"bugbar/internal/server"
	"bugbar/internal/server/auth"
)

// as sends a token or the key of a report, as the generated client asks for it.
type as struct{ token, key string }

func (a as) Token(context.Context, casebook.OperationName) (casebook.Token, error) {
	if a.token == "" {
		return casebook.Token{}, ogenerrors.ErrSkipClientSecurity
	}
	return casebook.Token{Token: a.token}, nil
}

func (a as) ReportKey(context.Context, casebook.OperationName) (casebook.ReportKey, error) {
	if a.key == "" {
		return casebook.ReportKey{}, ogenerrors.ErrSkipClientSecurity
	}
	return casebook.ReportKey{APIKey: a.key}, nil
}

func (as) Session(context.Context, casebook.OperationName) (casebook.Session, error) {
	return casebook.Session{}, ogenerrors.ErrSkipClientSecurity
}

// setting is a server with a triager, a reviewer and an auditor, each with a token.
type setting struct {
	t      *testing.T
	url    string
	tokens map[string]string
	ids    map[string]string
}

func newSetting(t *testing.T) *setting {
	t.Helper()
	ctx := t.Context()
	b, err := book.Open(ctx, filepath.Join(t.TempDir(), "bugbar.db"), book.Options{})
	if err != nil {
		t.Fatal(err)
	}
	store, err := blob.Open(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	who, err := auth.New(auth.Config{Book: b, URL: &url.URL{Scheme: "http", Host: "localhost"}})
	if err != nil {
		t.Fatal(err)
	}
	h, err := server.New(server.Config{Book: b, Store: store, Auth: who, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan error)
	go func() { done <- b.Run(running) }()
	s := httptest.NewServer(h)
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
		stop()
		if err := errors.Join(<-done, b.Close()); err != nil {
			t.Error(err)
		}
	})
	out := &setting{t: t, url: s.URL, tokens: map[string]string{}, ids: map[string]string{}}
	for handle, roles := range map[string][]book.Role{"lee": {book.Triager}, "kim": {book.Reviewer}, "ada": {book.Auditor}} {
		out.person(b, handle, roles)
	}
	return out
}

func (s *setting) person(b *book.Book, handle string, roles []book.Role) {
	s.t.Helper()
	p, err := b.AddPerson(s.t.Context(), book.Write{Actor: book.SystemActor}, handle, roles, book.Identity{})
	if err != nil {
		s.t.Fatal(err)
	}
	scopes := map[string][]book.Right{
		"lee": {book.ReadCase, book.ReadIdentity, book.WriteReporter, book.WriteTeam, book.AddEvidence, book.EditFacts, book.AssessCase, book.MoveCase, book.Assign},
		"kim": {book.ReadCase, book.ApproveOverride}, "ada": {book.ReadCase, book.ReadAudit},
	}[handle]
	a, err := p.Actor()
	if err != nil {
		s.t.Fatal(err)
	}
	s.tokens[handle], _, err = b.MakeToken(s.t.Context(), book.Write{Actor: a}, p.ID, "lifecycle", scopes, time.Hour)
	if err != nil {
		s.t.Fatal(err)
	}
	s.ids[handle] = p.ID.String()
}

func (s *setting) client(a as) *casebook.Client {
	s.t.Helper()
	c, err := casebook.NewClient(s.url, a)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// life is a case on its way, with the ETag of the last answer.
type life struct {
	*testing.T
	c    *casebook.Client
	id   string
	etag string
}

func (l *life) took(answer *casebook.CaseHeaders, err error) *casebook.Case {
	l.Helper()
	if err != nil {
		l.Fatal(describe(err))
	}
	l.etag = answer.ETag.Value
	return &answer.Response
}

func (l *life) move(c *casebook.Client, to string, also func(*casebook.Move)) {
	l.Helper()
	m := &casebook.Move{To: to}
	if also != nil {
		also(m)
	}
	got := l.took(c.Move(l.Context(), m, casebook.MoveParams{ID: l.id, IfMatch: casebook.NewOptString(l.etag)}))
	if got.State != to {
		l.Fatalf("the case is %s, not %s", got.State, to)
	}
}

func (l *life) fact(point, value string) *casebook.Case {
	l.Helper()
	return l.took(l.c.SetFact(l.Context(), &casebook.Answer{Values: []string{value}}, casebook.SetFactParams{ID: l.id, Number: 1, Point: point}))
}

func describe(err error) string {
	if p, ok := errors.AsType[*casebook.ProblemStatusCode](err); ok {
		return p.Response.Detail + " (" + p.Response.Hint.Value + ")"
	}
	return err.Error()
}

// TestWholeLife: a stranger reports, the team judges, mends and closes, and everybody reads what they may.
func TestWholeLife(t *testing.T) {
	t.Parallel()
	s := newSetting(t)
	ctx := t.Context()
	stranger := s.client(as{})
	intake, err := stranger.GetIntake(ctx)
	if err != nil || intake.Question == "" {
		t.Fatal(err)
	}
	report := &casebook.Report{NeverAccepted: false, Title: casebook.NewOptString("Mail makes the assistant send files"), Text: casebook.NewOptString("Steps ...")}
	once := casebook.SubmitReportParams{IdempotencyKey: casebook.NewOptString("my-report-1")}
	sent, err := stranger.SubmitReport(ctx, report, once)
	if err != nil {
		t.Fatal(describe(err))
	}
	again, err := stranger.SubmitReport(ctx, report, once)
	if err != nil || again.Response.ID != sent.Response.ID || again.Response.Key != sent.Response.Key || again.IdempotentReplayed.Value != "true" {
		t.Fatalf("sent twice: %+v, %v", again, err)
	}
	reporter := s.client(as{key: sent.Response.Key.Value})
	lee, kim, ada := s.client(as{token: s.tokens["lee"]}), s.client(as{token: s.tokens["kim"]}), s.client(as{token: s.tokens["ada"]})
	l := &life{T: t, c: lee, id: sent.Response.ID}
	file, err := reporter.AddFile(ctx, casebook.AddFileReq{Data: strings.NewReader("proof")}, casebook.AddFileParams{ID: l.id, Name: "poc.txt"})
	if err != nil {
		t.Fatal(describe(err))
	}
	l.took(lee.PostMessage(ctx, &casebook.NewMessage{Visibility: "reporter", Text: "Thank you, we are looking at it."}, casebook.PostMessageParams{ID: l.id}))
	l.took(lee.PostMessage(ctx, &casebook.NewMessage{Visibility: "team", Text: "Looks real."}, casebook.PostMessageParams{ID: l.id}))
	l.took(lee.Assign(ctx, &casebook.Assignment{To: casebook.NewOptString(s.ids["lee"])}, casebook.AssignParams{ID: l.id}))
	l.took(lee.SetTrack(ctx, &casebook.Track{Track: "security"}, casebook.SetTrackParams{ID: l.id}))
	l.move(lee, "screening", nil)
	l.move(lee, "triaging", nil)
	judge(l)
	l.took(kim.Approve(ctx, casebook.ApproveParams{ID: l.id, IfMatch: casebook.NewOptString(l.etag)}))
	mend(l)
	told(t, reporter, l.id, file.Response.SHA256)
	audited(t, ada, l.id)
}

// judge answers the questions that the bar asks, until the outcome is settled.
func judge(l *life) {
	l.Helper()
	answers := map[string]string{"type": "prompt-injection", "impact": "data-exfiltration", "interaction": "none"}
	for range len(answers) {
		v, err := l.c.GetVerdict(l.Context(), casebook.GetVerdictParams{ID: l.id, Number: 1})
		if err != nil {
			l.Fatal(describe(err))
		}
		if v.Next.Set {
			l.fact(v.Next.Value.Point, answers[v.Next.Value.Point])
		}
	}
	stale := l.etag
	got := l.fact("interaction", "none")
	if got.Outcome != "critical" {
		l.Fatalf("the outcome is %s", got.Outcome)
	}
	_, err := l.c.Move(l.Context(), &casebook.Move{To: "assessed"}, casebook.MoveParams{ID: l.id, IfMatch: casebook.NewOptString(stale)})
	if p, ok := errors.AsType[*casebook.ProblemStatusCode](err); !ok || p.StatusCode != http.StatusPreconditionFailed {
		l.Fatalf("a decision on what has changed: %v", err)
	}
	l.move(l.c, "assessed", nil)
}

// mend accepts the case, takes it through fix and retest, and closes it.
func mend(l *life) {
	l.Helper()
	ctx := l.Context()
	l.move(l.c, "accepted", func(m *casebook.Move) {
		m.Plan = casebook.NewOptPlan(casebook.Plan{Owner: casebook.NewOptString("mail team"), Target: casebook.NewOptDateTime(time.Now().Add(30 * 24 * time.Hour))})
	})
	l.took(l.c.SetCriterion(ctx, &casebook.Criterion{Criterion: "the canary arrives", Planned: 10}, casebook.SetCriterionParams{ID: l.id, Number: 1}))
	l.move(l.c, "remediating", func(m *casebook.Move) { m.Reason = casebook.NewOptString("links are not followed any more") })
	l.move(l.c, "fix-ready", func(m *casebook.Move) {
		m.Plan = casebook.NewOptPlan(casebook.Plan{Fix: casebook.NewOptString("2026-12-01")})
	})
	l.move(l.c, "retest", nil)
	l.took(l.c.RecordRun(ctx, &casebook.NewRun{Successes: 0, Attempts: 10}, casebook.RecordRunParams{ID: l.id, Number: 1}))
	l.move(l.c, "resolved", nil)
	l.took(l.c.PostMessage(ctx, &casebook.NewMessage{Visibility: "reporter", Text: "It is mended."}, casebook.PostMessageParams{ID: l.id}))
	l.move(l.c, "closed", nil)
}

// told is what the reporter can see in the end.
func told(t *testing.T, reporter *casebook.Client, id, file string) {
	t.Helper()
	ctx := t.Context()
	c, err := reporter.GetCase(ctx, casebook.GetCaseParams{ID: id})
	if err != nil {
		t.Fatal(describe(err))
	}
	seen, ok := c.(*casebook.CaseHeaders)
	if !ok || seen.Response.State != "closed" || seen.Response.Step != 5 || seen.Response.Outcome != "critical" || seen.Response.Assignee.Set {
		t.Errorf("%+v", c)
	}
	thread, err := reporter.GetThread(ctx, casebook.GetThreadParams{ID: id})
	if err != nil || len(thread.Response.Items) != 3 {
		t.Errorf("%+v, %v", thread, err)
	}
	got, err := reporter.GetFile(ctx, casebook.GetFileParams{ID: id, SHA256: file})
	if err != nil {
		t.Fatal(describe(err))
	}
	if content, err := io.ReadAll(got); err != nil || string(content) != "proof" {
		t.Errorf("%q, %v", content, err)
	}
}

// audited is what the auditor can see in the end: every step, by whom.
func audited(t *testing.T, ada *casebook.Client, id string) {
	t.Helper()
	steps := 0
	for after, deadline := int64(0), time.Now().Add(10*time.Second); time.Now().Before(deadline) && steps < 9; time.Sleep(50 * time.Millisecond) {
		page, err := ada.Audit(t.Context(), casebook.AuditParams{Stream: casebook.NewOptString(id), Kind: casebook.NewOptString("moved"), After: casebook.NewOptInt64(after)})
		if err != nil {
			t.Fatal(describe(err))
		}
		steps = len(page.Response.Items)
	}
	if steps != 9 {
		t.Errorf("%d moves in the audit, want 9", steps)
	}
	head, err := ada.GetLedgerHead(t.Context())
	if err != nil || head.Hash == "" {
		t.Errorf("%+v, %v", head, err)
	}
}
