package server

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"bugbar/internal/fault"
	"bugbar/internal/server/api"
)

const (
	probeTime = 5 * time.Second
	// maxLag is how far the ledger may be behind before a server says that it is not ready.
	maxLag = time.Minute
)

// healthy says that the process answers.
func (s *Server) healthy(w http.ResponseWriter, _ *http.Request) {
	state(w, http.StatusOK, map[string]string{"status": "ok"})
}

// ready says whether the server can do its work, and if not, which part of it.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	ctx, stop := context.WithTimeout(r.Context(), probeTime)
	defer stop()
	found := map[string]string{"status": "ok", "database": "ok", "ledger": "ok", "attachments": "ok"}
	status := http.StatusOK
	fail := func(part, why string) {
		found[part], found["status"], status = why, "unavailable", http.StatusServiceUnavailable
	}
	if err := s.config.Book.Ping(ctx); err != nil {
		fail("database", "does not answer")
	}
	if lag, err := s.config.Book.Lag(ctx); err != nil {
		fail("ledger", "cannot be read")
	} else if lag > maxLag {
		fail("ledger", "more than a minute behind")
	}
	if why := s.storeTrouble(ctx); why != "" {
		fail("attachments", why)
	}
	if s.stopping.Load() {
		fail("status", "stopping")
		found["status"] = "stopping"
	}
	state(w, status, found)
}

// absent is the digest of a file that no store has.
var absent = strings.Repeat("0", 64)

// storeTrouble asks the store of attachments for a file that it does not have: that it says so shows that it answers.
func (s *Server) storeTrouble(ctx context.Context) string {
	if s.config.Store == nil {
		return ""
	}
	file, err := s.config.Store.Open(ctx, absent)
	if err == nil {
		return errors.Join(errors.New("has what it cannot have"), file.Close()).Error()
	}
	if !fault.Is(err, fault.NotFound) {
		return "cannot be read"
	}
	return ""
}

func state(w http.ResponseWriter, status int, v map[string]string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the client is gone where it fails
}

// showMetrics answers those on this machine, and those with the token. A request that came through a proxy is not
// from this machine, even where the proxy is.
func (s *Server) showMetrics(w http.ResponseWriter, r *http.Request) {
	given, isToken := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	known := isToken && s.config.MetricsToken != "" && subtle.ConstantTimeCompare([]byte(given), []byte(s.config.MetricsToken)) == 1
	forwarded := r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != "" || r.Header.Get("Via") != "" || r.Header.Get("X-Real-Ip") != ""
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	here := err == nil && peer.Addr().Unmap().IsLoopback() && !forwarded
	if !known && !here {
		api.WriteProblem(w, r, &api.Problem{Status: http.StatusForbidden, Code: "forbidden", Detail: "metrics are for this machine alone", Hint: "ask with the metrics token as Authorization: Bearer TOKEN"})
		return
	}
	s.metrics.handler.ServeHTTP(w, r)
}
