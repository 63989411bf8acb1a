package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"bugbar/assess"
	"bugbar/bar"
	"bugbar/internal/casebook"
	"bugbar/internal/dedupe"
	"bugbar/internal/fault"
	"bugbar/internal/findings"
	"bugbar/internal/suggest"
	"bugbar/internal/suggest/eval"
	"bugbar/internal/triage"
)

// Exit codes. The man page and README repeat this table.
const (
	exitOK          = 0
	exitInternal    = 1  // a fault of bugbar or of the machine
	exitInvalid     = 2  // the command line, a file or a fact is not as it should be
	exitNotFound    = 3  // a file, bar, case or person does not exist, or bar show finds no such row or decision point
	exitPartly      = 4  // the answer is complete but for some lines, which it names
	exitNotAccepted = 5  // the report is of material that is never accepted
	exitConflict    = 6  // a case has changed meanwhile, or its state does not allow this
	exitForbidden   = 7  // whoever asks may not do this
	exitUnavailable = 8  // the database, the disk or a service is out of reach; try again
	exitAltered     = 9  // verify: something is not as it was recorded
	exitLater       = 75 // as mail servers know it: the same shall be tried again
	exitInterrupted = 130
)

var exitMeanings = []struct {
	code    int
	meaning string
}{
	{exitOK, "success"},
	{exitInternal, "a fault of bugbar or of the machine"},
	{exitInvalid, "the command line, a file or a fact is not as it should be"},
	{exitNotFound, "a file, bar, case or person does not exist, or bar show finds no such row or decision point"},
	{exitPartly, "answered, but for some lines, which the answer names"},
	{exitNotAccepted, "the report is of material that is never accepted"},
	{exitConflict, "a case has changed meanwhile, or its state does not allow this"},
	{exitForbidden, "whoever asks may not do this"},
	{exitUnavailable, "the database, the disk or a service is out of reach; try again"},
	{exitAltered, "verify found something that is not as it was recorded"},
	{exitLater, "mail-in: the mail server shall try again later"},
	{exitInterrupted, "interrupted"},
}

// exitFaults says with what code a fault ends.
var exitFaults = map[fault.Code]int{
	fault.Invalid: exitInvalid, fault.NotFound: exitNotFound, fault.Conflict: exitConflict,
	fault.Forbidden: exitForbidden, fault.Unavailable: exitUnavailable, fault.Internal: exitInternal,
}

var (
	errPartly   = errors.New("some lines could not be read")
	errProblems = errors.New("the bar has problems")
	errAltered  = errors.New("the casebook is not as it was recorded")
	errAnswered = errors.New("answered with an exit code of its own")
)

// fail prints an error in the house style, message and hints on lines of their own, and returns its exit code.
func (a *app) fail(err error) int {
	code := exitCode(err)
	if code == exitOK || errors.Is(err, errAnswered) {
		return code
	}
	var out bytes.Buffer
	for line := range strings.Lines(triage.Visible(err.Error()) + "\n") {
		fmt.Fprintf(&out, "bugbar: %s", line)
	}
	for _, hint := range hints(err) {
		fmt.Fprintf(&out, "hint: %s\n", triage.Visible(hint))
	}
	_, _ = a.stderr.Write(out.Bytes())
	return code
}

func exitCode(err error) int {
	if err == nil {
		return exitOK
	}
	if errors.Is(err, triage.ErrNotAccepted) || errors.Is(err, casebook.ErrNeverAccepted) {
		return exitNotAccepted
	}
	if errors.Is(err, errAltered) {
		return exitAltered
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, triage.ErrLeft) {
		return exitInterrupted
	}
	if errors.Is(err, errPartly) {
		return exitPartly
	}
	if errors.Is(err, errLater) {
		return exitLater
	}
	if unknown, ok := errors.AsType[*bar.UnknownError](err); ok {
		if unknown.What == "bar" || unknown.What == "row or decision point" {
			return exitNotFound
		}
		return exitInvalid
	}
	if isA[*fault.Error](err) {
		return exitFaults[fault.CodeOf(err)]
	}
	if errors.Is(err, fs.ErrNotExist) {
		return exitNotFound
	}
	if invalid(err) {
		return exitInvalid
	}
	return exitInternal
}

// invalid says whether the input is to blame.
func invalid(err error) bool {
	for _, is := range []func(error) bool{
		isA[*usageError], isA[*assess.SyntaxError], isA[*assess.ProvenanceError],
		isA[bar.Problems], isA[*triage.ReportError], isA[*inputError], isA[*dedupe.FileError],
		isA[*eval.LineError], isA[*suggest.UnservedError], isA[*findings.FileError],
	} {
		if is(err) {
			return true
		}
	}
	return errors.Is(err, errProblems)
}

func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// hints collects what would do from an error and its causes.
func hints(err error) []string {
	if problems, ok := errors.AsType[bar.Problems](err); ok {
		return problemHints(problems)
	}
	if h, ok := errors.AsType[interface {
		error
		Hint() string
	}](err); ok && h.Hint() != "" {
		return []string{h.Hint()}
	}
	return machineHints(err)
}

// machineHints says what would do where the file system refuses.
func machineHints(err error) []string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return []string{"check the path; folders are not made"}
	case errors.Is(err, fs.ErrPermission):
		return []string{"take a file or folder that you may use, or have its rights changed"}
	case errors.Is(err, syscall.ENOSPC):
		return []string{"make room on the disk and try again"}
	}
	return nil
}

func problemHints(problems bar.Problems) []string {
	var all []string
	for _, p := range problems {
		if p.Hint != "" {
			all = append(all, fmt.Sprintf("%s: %s", p.File, p.Hint))
		}
	}
	return all
}

// inputError is an input that a command cannot use, with what would do.
type inputError struct{ text, hint string }

func (e *inputError) Error() string { return e.text }
func (e *inputError) Hint() string  { return e.hint }
