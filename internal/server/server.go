// Package server is bugbar over HTTP: the API, the pages beside it, and what every request goes through.
//
// A request gets an id, is counted and logged without its secrets, is bounded in size and time, and is
// answered by the API below /api/v1, by the probes and metrics, or by the pages. A panic becomes a problem
// and a line in the log.
package server

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"bugbar/internal/blob"
	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/server/api"
	"bugbar/internal/server/auth"
	"bugbar/internal/work"
)

// Config is what a server works with. Book is needed, and one of Auth and Identify.
type Config struct {
	Book  *casebook.Book
	Store blob.Store   // of attachments; nil where none are taken
	Work  *work.Worker // does what takes long; nil where this server does not
	// URL is the public address, such as https://bugs.example.org.
	URL string
	// Auth lets people sign in, says who asks, and bounds how often.
	Auth *auth.Auth
	// Identify says who asks, in place of Auth and without limits.
	Identify func(*http.Request) (casebook.Actor, error)
	// Pages answer what is not the API's, nor a probe.
	Pages http.Handler
	// MetricsToken lets somebody read /metrics who is not on this machine.
	MetricsToken string
	// Log is where requests are logged; slog.Default() where it is nil.
	Log *slog.Logger
}

// Server answers requests.
type Server struct {
	config   Config
	api      *api.API
	spec     [2][]byte // OpenAPI 3.1 and 3.0
	metrics  *metrics
	routes   *http.ServeMux
	handler  http.Handler
	stopping atomic.Bool
}

// New makes a server.
func New(c Config) (*Server, error) {
	described := api.Config{Book: c.Book, Store: c.Store, Work: c.Work, URL: c.URL, Identify: c.Identify}
	switch {
	case c.Identify != nil:
	case c.Auth != nil:
		described.Identify, described.Confirm, described.AllowReport = c.Auth.Admit, c.Auth.Confirmed, c.Auth.AllowReport
	default:
		return nil, fault.New(fault.Invalid, "nobody says who asks").In("Auth")
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	s := &Server{config: c, metrics: newMetrics(c.Book, c.Work), routes: http.NewServeMux(), api: api.New(described)}
	var err, err30 error
	s.spec[0], err = s.api.OpenAPI()
	s.spec[1], err30 = s.api.OpenAPI30()
	if err := errors.Join(err, err30); err != nil {
		return nil, err
	}
	s.route()
	s.handler = s.wrap(s.routes)
	return s, nil
}

// route says who answers what.
func (s *Server) route() {
	s.routes.Handle("/api/", s.api)
	if a := s.config.Auth; a != nil {
		s.routes.Handle("/auth/", a.Handler(a.Routes()))
	}
	s.routes.HandleFunc("GET /healthz", s.healthy)
	s.routes.HandleFunc("GET /readyz", s.ready)
	s.routes.HandleFunc("GET /metrics", s.showMetrics)
	s.routes.HandleFunc("GET /openapi.json", s.describe(0))
	s.routes.HandleFunc("GET /openapi-3.0.json", s.describe(1))
	if s.config.Pages != nil {
		s.routes.Handle("/", s.config.Pages)
		return
	}
	s.routes.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		api.WriteProblem(w, r, &api.Problem{Status: http.StatusNotFound, Code: "not-found", Detail: "there is nothing at this path", Hint: "GET /openapi.json describes the API"})
	})
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// describe answers with a description of the API.
func (s *Server) describe(which int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/vnd.oai.openapi+json")
		_, _ = w.Write(s.spec[which]) // the client is gone where it fails
	}
}

// The times that a connection is bounded by. Bodies and streams have limits of their own.
const (
	headerTime = 10 * time.Second
	idleTime   = 2 * time.Minute
	readTime   = time.Minute
	writeTime  = 2 * time.Minute
	maxHeader  = 32 << 10
)

// Ending is how a server stops once it is told to.
type Ending struct {
	// Notice is for how long /readyz says so before requests are refused, for a proxy that asks it.
	Notice time.Duration
	// Grace is how long requests that run then may still take.
	Grace time.Duration
}

// Serve answers on a listener until the context ends, and then as long as its ending takes. Streams would never end by
// themselves: they end where the grace of other requests begins.
func (s *Server) Serve(ctx context.Context, on net.Listener, end Ending) error {
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	h := &http.Server{
		Handler: s, ReadHeaderTimeout: headerTime, ReadTimeout: readTime, WriteTimeout: writeTime, IdleTimeout: idleTime, MaxHeaderBytes: maxHeader,
		BaseContext: func(net.Listener) context.Context { return base },
		ErrorLog:    slog.NewLogLogger(s.config.Log.Handler(), slog.LevelWarn),
	}
	h.RegisterOnShutdown(s.api.EndStreams)
	done := make(chan error, 1)
	go func() { done <- h.Serve(on) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	s.stopping.Store(true) // /readyz says so from now on
	select {
	case err := <-done:
		return err
	case <-time.After(end.Notice):
	}
	last, stop := context.WithTimeout(base, end.Grace)
	defer stop()
	if err := h.Shutdown(last); err != nil {
		return errors.Join(err, h.Close())
	}
	return nil
}
