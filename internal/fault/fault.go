// Package fault names what can go wrong in a few words that every surface understands: six codes, each
// mapped once to an HTTP status, here, and to an exit code, by the command line.
package fault

import (
	"errors"
	"fmt"
	"net/http"
)

// Code says what kind of trouble an error is.
type Code string

// The codes.
const (
	Invalid     Code = "invalid"     // what was sent is not as it should be
	NotFound    Code = "not-found"   // it does not exist, or the asker may not know that it does
	Conflict    Code = "conflict"    // it has changed meanwhile, or the state does not allow it
	Forbidden   Code = "forbidden"   // the asker may not do this
	Unavailable Code = "unavailable" // the database, disk or a service is out of reach; try again
	Internal    Code = "internal"    // a fault of bugbar
)

var statuses = map[Code]int{
	Invalid:     http.StatusUnprocessableEntity,
	NotFound:    http.StatusNotFound,
	Conflict:    http.StatusConflict,
	Forbidden:   http.StatusForbidden,
	Unavailable: http.StatusServiceUnavailable,
	Internal:    http.StatusInternalServerError,
}

// Status is what HTTP calls it.
func (c Code) Status() int { return statuses[c] }

// Error is trouble with a code, the field that it is about where there is one, and what would do.
type Error struct {
	Code  Code
	Field string
	text  string
	hint  string
	cause error
}

// New makes an error; its text is worded as fmt.Errorf words it, and a %w is its cause.
func New(code Code, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, text: err.Error(), cause: errors.Unwrap(err)}
}

// In names the field that the error is about.
func (e *Error) In(field string) *Error { e.Field = field; return e }

// Because names the cause without wording it.
func (e *Error) Because(cause error) *Error { e.cause = cause; return e }

// Do says what would do.
func (e *Error) Do(hint string) *Error { e.hint = hint; return e }

func (e *Error) Error() string {
	if e.Field == "" {
		return e.text
	}
	return e.Field + ": " + e.text
}

// Hint says what would do.
func (e *Error) Hint() string { return e.hint }

func (e *Error) Unwrap() error { return e.cause }

// CodeOf is the code of an error; Internal where it has none.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}

// Is says whether an error has a code.
func Is(err error, code Code) bool { return err != nil && CodeOf(err) == code }
