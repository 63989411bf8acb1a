package server

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"bugbar/internal/server/api"
)

// seen is a response while it is written: what of it is counted and logged.
type seen struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// Unwrap lets http.ResponseController reach the connection.
func (s *seen) Unwrap() http.ResponseWriter { return s.ResponseWriter }

func (s *seen) WriteHeader(status int) {
	if s.status == 0 {
		s.status = status
	}
	s.ResponseWriter.WriteHeader(status)
}

func (s *seen) Write(b []byte) (int, error) {
	if s.status == 0 {
		s.status = http.StatusOK
	}
	n, err := s.ResponseWriter.Write(b)
	s.bytes += int64(n)
	return n, err
}

// Flush sends what was written so far.
func (s *seen) Flush() { _ = http.NewResponseController(s.ResponseWriter).Flush() }

// wrap is what every request goes through.
func (s *Server) wrap(next http.Handler) http.Handler {
	foreign := http.NewCrossOriginProtection() // a page of somebody else writes nothing in a browser's name
	foreign.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		api.WriteProblem(w, r, &api.Problem{Status: http.StatusForbidden, Code: "forbidden", Detail: "a page of another site asks for this", Hint: "go to the server's own pages"})
	}))
	guarded := foreign.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		r.Header.Set("X-Request-Id", rand.Text()) // ours: what was sent under the name is not trusted
		out := &seen{ResponseWriter: w}
		secure(out.Header(), r)
		r.Body = http.MaxBytesReader(out, r.Body, api.MaxUpload) // most routes have a smaller limit of their own
		route := s.pattern(r)
		s.metrics.running.Inc()
		defer s.metrics.running.Dec()
		defer func() {
			trouble := recover()
			s.answered(out, r, route, start, trouble)
			if trouble == http.ErrAbortHandler { //nolint:errorlint // as net/http compares it
				panic(trouble)
			}
		}()
		guarded.ServeHTTP(out, r)
	})
}

// secure sets the headers that every answer has, in the one place for them. Pages loosen the policy of content for what is
// theirs, and files tighten it.
func secure(h http.Header, r *http.Request) {
	h.Set("X-Request-Id", r.Header.Get("X-Request-Id"))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	if r.TLS != nil {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// pattern is the route of a request: what is counted and logged of its path, so that neither has ids or searches.
func (s *Server) pattern(r *http.Request) string {
	_, pattern := s.routes.Handler(r)
	if pattern == "/api/" {
		if pattern = s.api.Pattern(r); pattern == "" {
			return "none"
		}
	}
	if _, path, found := strings.Cut(pattern, " "); found {
		return path
	}
	return pattern
}

// answered counts and logs a request, and answers one that panicked.
func (s *Server) answered(out *seen, r *http.Request, route string, start time.Time, trouble any) {
	if trouble != nil && trouble != http.ErrAbortHandler { //nolint:errorlint // as net/http compares it
		s.config.Log.ErrorContext(r.Context(), "panic", "request_id", r.Header.Get("X-Request-Id"), "route", route, "panic", trouble, "stack", string(debug.Stack()))
		if out.status == 0 {
			api.WriteProblem(out, r, api.Broken())
		}
	}
	if out.status == 0 {
		out.status = http.StatusOK
	}
	if out.status >= 500 && trouble == nil && r.Context().Err() != nil { // what failed had nobody to wait for it
		out.status = api.StatusGone
	}
	took := time.Since(start)
	s.metrics.request(route, r.Method, out.status, took)
	level := slog.LevelInfo
	if out.status >= 500 {
		level = slog.LevelError
	}
	if probe(route) {
		level = slog.LevelDebug
	}
	s.config.Log.LogAttrs(context.WithoutCancel(r.Context()), level, "request", slog.String("request_id", r.Header.Get("X-Request-Id")), slog.String("method", methodOf(r.Method)),
		slog.String("route", route), slog.Int("status", out.status), slog.Int64("bytes", out.bytes), slog.Duration("took", took))
}

func probe(route string) bool {
	return route == "/healthz" || route == "/readyz" || route == "/metrics"
}

// methodOf is a method that is fit for a log and a metric: one that HTTP has.
func methodOf(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "other"
}
