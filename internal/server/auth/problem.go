package auth

import (
	"cmp"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
)

// Status is what HTTP calls an error of this package or of the casebook's proofs; 0 where it is neither.
func Status(err error) int {
	_, slow := errors.AsType[*casebook.TooSoonError](err)
	switch {
	case slow:
		return http.StatusTooManyRequests
	case errors.Is(err, casebook.ErrUnproven):
		return http.StatusUnauthorized
	case errors.Is(err, ErrStale):
		return http.StatusForbidden
	}
	return 0
}

// SetHeaders says beside an error what goes into headers: when to come back, and how to prove who one is.
func SetHeaders(h http.Header, err error) {
	if slow, ok := errors.AsType[*casebook.TooSoonError](err); ok {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(slow.Wait.Seconds()))))
	}
	if errors.Is(err, casebook.ErrUnproven) {
		h.Set("WWW-Authenticate", `Bearer realm="bugbar"`)
	}
}

// problem answers with an error as RFC 9457 has it.
func problem(w http.ResponseWriter, _ *http.Request, err error) {
	p := struct {
		Title  string `json:"title"`
		Status int    `json:"status"`
		Code   string `json:"code"`
		Detail string `json:"detail"`
		Hint   string `json:"hint,omitempty"`
		Field  string `json:"field,omitempty"`
	}{Status: cmp.Or(Status(err), fault.CodeOf(err).Status()), Code: string(fault.CodeOf(err)), Detail: err.Error()}
	if h, ok := errors.AsType[interface {
		error
		Hint() string
	}](err); ok {
		p.Hint = h.Hint()
	}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		p.Field = f.Field
	}
	switch {
	case errors.Is(err, ErrStale):
		p.Code = "stale"
	case p.Status == http.StatusTooManyRequests:
		p.Code = "limited"
	case p.Status == http.StatusInternalServerError:
		p.Detail = "a fault of the server"
	}
	p.Title = http.StatusText(p.Status)
	SetHeaders(w.Header(), err)
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client is gone
}
