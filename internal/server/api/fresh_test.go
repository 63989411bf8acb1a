package api_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"bugbar/internal/fault"
	"bugbar/internal/server/api"
	"bugbar/internal/sqldb/sqldbtest"
)

// TestOldSessionTakesNothingAway: who did not prove lately who they are may end sessions, and takes away nothing else that
// opens the door.
func TestOldSessionTakesNothingAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.SQLite(t))
	made := decode[struct{ Credential api.Credential }](t, w.call("POST", path("me", "tokens"), `{"label":"l","scopes":["read"]}`, asHeader, "member"))
	a := api.New(api.Config{
		Book: w.book, Identify: w.identify,
		Confirm: func(*http.Request) error { return fault.New(fault.Forbidden, "sign in again") },
	})
	old := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, h := range []http.Header{r.Header, w.Header()} {
			h.Set("X-Request-Id", "one") // as the server has it
		}
		a.ServeHTTP(w, r)
	}))
	defer func(fresh *httptest.Server) { old.Close(); w.server = fresh }(w.server)
	w.server = old
	refuses(t, "a token", w.call("DELETE", path("me", "credentials", made.Credential.ID), "", asHeader, "member"), http.StatusForbidden)
	member := w.actor("member")
	if all, err := w.book.Credentials(t.Context(), member, member.ID); err != nil || len(all) != 1 {
		t.Errorf("%+v, %v", all, err)
	}
	refuses(t, "all sessions", w.call("DELETE", path("me", "sessions"), "", asHeader, "member"), http.StatusNoContent)
}
