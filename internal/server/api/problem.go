package api

import (
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
)

// Problem is trouble as RFC 9457 has it.
type Problem struct {
	Type   string         `json:"type" doc:"Always about:blank: the code says which kind of trouble it is." example:"about:blank"`
	Title  string         `json:"title" doc:"The words of the status."`
	Status int            `json:"status" doc:"The HTTP status."`
	Code   string         `json:"code" enum:"invalid,not-found,conflict,forbidden,limited,unavailable,internal" doc:"Which kind of trouble it is."`
	Detail string         `json:"detail" doc:"What was wrong."`
	Hint   string         `json:"hint,omitempty" doc:"What would do."`
	Field  string         `json:"field,omitempty" doc:"The part of the request that it is about."`
	Errors []FieldProblem `json:"errors,omitempty" doc:"Where several parts of the request are wrong, all of them."`
	ID     string         `json:"request_id,omitempty" doc:"Finds the request in the server's log."`
	header http.Header
}

// FieldProblem is what is wrong with one part of a request.
type FieldProblem struct {
	At   string `json:"at" doc:"Where, for instance body.facts.impact."`
	Text string `json:"text" doc:"What was wrong."`
}

func (p *Problem) Error() string { return p.Detail }

// GetStatus is its HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders are headers that go with it.
func (p *Problem) GetHeaders() http.Header { return p.header }

// ContentType is that of problems.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// codes names what a status that HTTP itself brings about comes to.
func codeOf(status int) fault.Code {
	switch {
	case status == http.StatusNotFound:
		return fault.NotFound
	case status == http.StatusTooManyRequests:
		return "limited"
	case status >= 500:
		return fault.Internal
	}
	return fault.Invalid
}

// ready is the problem that an error is or stands for, whoever asks; nil where it depends.
func ready(err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	if slow, ok := errors.AsType[*casebook.TooSoonError](err); ok {
		return &Problem{
			Status: http.StatusTooManyRequests, Code: "limited", Detail: "too many requests", Hint: "wait as many seconds as Retry-After says",
			header: http.Header{"Retry-After": {strconv.Itoa(int(math.Ceil(slow.Wait.Seconds())))}},
		}
	}
	return nil
}

// problem turns an error into what is answered.
func problem(r *request, err error) *Problem {
	p := told(r, err)
	p.finish(r.w.Header())
	return p
}

// told is what is told of an error. What is bugbar's own fault is logged and not told.
func told(r *request, err error) *Problem {
	if p := ready(err); p != nil {
		return p
	}
	code := fault.CodeOf(err)
	p := &Problem{Status: code.Status(), Code: string(code), Detail: err.Error(), ID: r.http.Header.Get("X-Request-Id"), header: http.Header{}}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		p.Hint, p.Field = f.Hint(), f.Field
	}
	switch {
	case r.http.Context().Err() != nil && code.Status() >= http.StatusInternalServerError:
		p.Status, p.Code, p.Detail, p.Hint = StatusGone, string(fault.Invalid), "the answer was not waited for", ""
	case code == fault.Internal:
		slog.ErrorContext(r.http.Context(), "internal error", "request_id", p.ID, "route", r.http.Pattern, "error", err)
		p.Detail, p.Hint, p.Field = "something went wrong on our side", "try again; where it stays so, tell the operator the request_id", ""
	case code == fault.Unavailable:
		slog.WarnContext(r.http.Context(), "unavailable", "request_id", p.ID, "route", r.http.Pattern, "error", err)
		p.Detail, p.Hint = "the casebook cannot be reached at the moment", "try again"
		p.header.Set("Retry-After", "5")
	case errors.Is(err, casebook.ErrStale):
		p.Status = http.StatusPreconditionFailed
	case code == fault.Forbidden && nobody(r.actor):
		p.Status, p.Hint = http.StatusUnauthorized, "send a token: Authorization: Bearer TOKEN"
		p.header.Set("WWW-Authenticate", `Bearer realm="bugbar"`)
	}
	return p
}

// StatusGone is for the log and the metrics: whoever asked went away, and gets no answer. nginx calls it so.
const StatusGone = 499

// nobody says whether the one who asks did not say who they are.
func nobody(a casebook.Actor) bool { return a.ID == 0 && a.Case == 0 }

// unidentified is the answer to a credential that is none.
func unidentified(err error) *Problem {
	if p := ready(err); p != nil {
		return p
	}
	if fault.Is(err, fault.Unavailable) || fault.Is(err, fault.Internal) {
		return &Problem{Status: http.StatusServiceUnavailable, Code: string(fault.Unavailable), Detail: "it cannot be checked who you are at the moment", Hint: "try again", header: http.Header{"Retry-After": {"5"}}}
	}
	return &Problem{
		Status: http.StatusUnauthorized, Code: string(fault.Forbidden), Detail: "the token, session or key is not valid, or no longer", Hint: "get a new one, or send none",
		header: http.Header{"Www-Authenticate": {`Bearer realm="bugbar", error="invalid_token"`}},
	}
}

// newProblem words what huma finds wrong with a request. Values are not repeated: they may be secret.
func newProblem(status int, detail string, errs ...error) *Problem {
	p := &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: string(codeOf(status)), Detail: detail}
	for _, err := range errs {
		var d huma.ErrorDetailer
		switch {
		case err == nil:
		case errors.As(err, &d):
			e := d.ErrorDetail()
			p.Errors = append(p.Errors, FieldProblem{At: e.Location, Text: e.Message})
		default:
			p.Errors = append(p.Errors, FieldProblem{At: "body", Text: wordsOf(err)})
		}
	}
	return p
}

// wordsOf keeps what a decoder says of a body, and not the body.
func wordsOf(err error) string {
	if errors.Is(err, errDepth) {
		return errDepth.Error()
	}
	text, _, _ := strings.Cut(err.Error(), ":")
	return text
}

// WriteProblem answers a request with a problem.
func WriteProblem(w http.ResponseWriter, r *http.Request, p *Problem) {
	for name, values := range p.header {
		w.Header()[name] = values
	}
	p.finish(w.Header())
	data, err := json.Marshal(p)
	if err != nil {
		panic(err) // texts and numbers
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(p.Status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(data)
	}
}

// finish fills in what every problem has.
func (p *Problem) finish(h http.Header) {
	p.Type, p.Title, p.ID = "about:blank", http.StatusText(p.Status), h.Get("X-Request-Id")
}

// Broken is the answer to a request on which the server failed.
func Broken() *Problem {
	return &Problem{
		Status: http.StatusInternalServerError, Code: string(fault.Internal), Detail: "something went wrong on our side",
		Hint: "try again; where it stays so, tell the operator the request_id",
	}
}
