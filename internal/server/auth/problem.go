package auth

import (
	"cmp"
	"errors"
	"math"
	"net/http"
	"strconv"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/server/api"
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

// problem answers with an error in the API's own form.
func (a *Auth) problem(w http.ResponseWriter, r *http.Request, err error) {
	p := &api.Problem{Status: cmp.Or(Status(err), fault.CodeOf(err).Status()), Code: string(fault.CodeOf(err)), Detail: err.Error()}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		p.Hint, p.Field = f.Hint(), f.Field
	}
	switch {
	case p.Status == http.StatusTooManyRequests:
		p.Code = "limited"
	case p.Status == http.StatusInternalServerError:
		a.Log.ErrorContext(r.Context(), "internal error", "request_id", r.Header.Get("X-Request-Id"), "error", err)
		p = api.Broken()
	}
	SetHeaders(w.Header(), err)
	w.Header().Set("Cache-Control", "no-store")
	api.WriteProblem(w, r, p)
}
