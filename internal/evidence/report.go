package evidence

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"bugbar/measure"
)

// Options say how evidence is to be read. The zero value will do for files with the usual columns.
type Options struct {
	Control string              // the value of column arm or group that marks the control; empty for the usual names
	Before  []string            // trials: files of the run before a change
	Scale   measure.VectorScale // reconstruction of vectors; zero fields take the defaults
	Attack  string              // membership: the name of an attack that the evidence allows, or all; empty for the usual one
	Target  string              // membership: the number of the attacked model, or all
	// RMIA: a ratio counts when above Gamma, 0 for 2; the slope of the offline approximation, nil for 0.3;
	// and the models that are references, all but the target if empty.
	Gamma      float64
	OfflineA   *float64
	References []int
	Direction  string // membership: high or low, which scores mean member; empty to go by the name of the column
	// Progress is told how many bytes of a file are read, and how far an attack is; it may be nil. When all that
	// it was told of is done, the metrics are worked out.
	Progress func(what string, done, total int64)
}

// Source is one file that was read.
type Source struct {
	File   string `json:"file"`
	Digest string `json:"digest"` // "sha256:" and 64 hexadecimal digits; of a directory, as docs/measure/membership.md says
	Rows   int    `json:"rows,omitempty"`
	Bad    int    `json:"bad_rows,omitempty"`
}

// Report is what a body of evidence says and where it came from.
type Report struct {
	Source []Source `json:"source"`
	measure.Result
}

// kinds are the measurements by name.
var kinds = map[string]func(*reading) (measure.Result, error){
	"trials":           trials,
	"perturbation":     perturbation,
	"attribute":        attribute,
	"reconstruction":   reconstruction,
	"property":         property,
	"theft":            theft,
	"input-extraction": inputExtraction,
	"membership":       membership,
}

// Kinds are the names of all measurements, in order.
func Kinds() []string { return slices.Sorted(maps.Keys(kinds)) }

// Measure reads files as one body of evidence of a kind and measures it. Errors are ErrFormat unless a
// file cannot be opened.
func Measure(kind string, files []string, options Options) (Report, error) {
	of, known := kinds[kind]
	if !known {
		return Report{}, invalid("no kind %q: use one of %s", kind, strings.Join(Kinds(), ", "))
	}
	if len(files) == 0 {
		return Report{}, invalid("%s: no file", kind)
	}
	r := &reading{files: files, options: options}
	result, err := of(r)
	if unread := r.settle(); err == nil {
		err = unread
	}
	if err != nil {
		return Report{}, r.explain(err)
	}
	result.Warnings = append(r.warnings, result.Warnings...)
	return Report{Source: r.sources, Result: result}, nil
}

// asInvalid makes an error one of what a file holds, unless it could not be opened.
func asInvalid(err error) error {
	if _, unopened := errors.AsType[*fs.PathError](err); unopened || errors.Is(err, ErrFormat) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrFormat, err)
}

// explain names the files in an error of package measure, and the rows that it was not given.
func (r *reading) explain(err error) error {
	if _, unopened := errors.AsType[*fs.PathError](err); unopened || errors.Is(err, ErrFormat) {
		return err
	}
	err = fmt.Errorf("%w: %s: %w", ErrFormat, strings.Join(r.files, ", "), err)
	if len(r.warnings) > 0 {
		err = fmt.Errorf("%w; %s", err, strings.Join(r.warnings, "; "))
	}
	return err
}
