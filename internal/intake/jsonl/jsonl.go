// Package jsonl reads JSON that may be large, damaged or hostile.
//
// Job: hand out the lines of a JSON Lines file (Lines), the members of one object (Members), or
// chosen parts of one large document (Walk), without building what nobody asked for.
// Input: untrusted bytes. Output: slices into the input, valid until the callback returns.
// Limits: a line may hold MaxValue bytes, a kept part of a document MaxPart, nesting MaxDepth levels;
// what exceeds them is an error for that line or part, and the rest is read.
// Skipped values are checked for balanced brackets and closed strings only; whatever is kept must
// be decoded, and so validated, by the caller (Decode, Number, String). On amd64 they are skipped by
// blocks of 64 bytes, with the only assembly of this module; elsewhere, and where anything is wrong,
// byte by byte.
package jsonl

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
)

const (
	// MaxValue bounds one line of a file, in bytes.
	MaxValue = 16 << 20
	// MaxPart bounds one kept value of a document, in bytes.
	MaxPart = 64 << 20
	// MaxDepth bounds how deep arrays and objects may stand in each other.
	MaxDepth = 512
)

var (
	// ErrTooLong marks a line above MaxValue or a part above MaxPart.
	ErrTooLong = fmt.Errorf("longer than %d MiB a line, or %d MiB a part", MaxValue>>20, MaxPart>>20)
	// ErrTooDeep marks nesting above MaxDepth.
	ErrTooDeep = fmt.Errorf("nested deeper than %d levels", MaxDepth)
	// ErrCut marks a value that ends before its last bracket or quote.
	ErrCut = errors.New("cut short: a bracket or quote is not closed")
)

// Decode unmarshals b into v. Unlike encoding/json it accepts the NaN and Infinity that Python
// writes, as null.
func Decode(b []byte, v any) error {
	if bytes.Contains(b, []byte("NaN")) || bytes.Contains(b, []byte("Infinity")) {
		b = nullNonNumbers(b)
	}
	return json.Unmarshal(b, v)
}

// nullNonNumbers returns a copy of b in which the bare words NaN, Infinity and -Infinity are null.
func nullNonNumbers(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); {
		if b[i] == '"' {
			end, err := skipString(b, i)
			if err != nil {
				return append(out, b[i:]...)
			}
			out, i = append(out, b[i:end]...), end
			continue
		}
		if n := nonNumber(b[i:]); n > 0 {
			out, i = append(out, "null"...), i+n
			continue
		}
		out, i = append(out, b[i]), i+1
	}
	return out
}

func nonNumber(b []byte) int {
	for _, word := range []string{"NaN", "Infinity", "-Infinity"} {
		if bytes.HasPrefix(b, []byte(word)) {
			return len(word)
		}
	}
	return 0
}

// String returns the text of a JSON string, or false when v is something else or damaged.
func String(v []byte) (string, bool) {
	if len(v) < 2 || v[0] != '"' {
		return "", false
	}
	if plain(v[1 : len(v)-1]) {
		return string(v[1 : len(v)-1]), true
	}
	var s string
	err := json.Unmarshal(v, &s)
	return s, err == nil
}

// plain reports whether the inside of a string stands for itself.
func plain(b []byte) bool {
	for _, c := range b {
		if c < 0x20 || c == '"' || c == '\\' || c >= 0x80 {
			return false
		}
	}
	return true
}

// Number returns a finite JSON number; true and false count as 1 and 0, as they do in Python.
func Number(v []byte) (float64, bool) {
	switch string(v) {
	case "0.0", "0", "false":
		return 0, true
	case "1.0", "1", "true":
		return 1, true
	}
	if f, ok := fraction(v); ok {
		return f, true
	}
	if len(v) == 0 || (v[0] != '-' && (v[0] < '0' || v[0] > '9')) || !json.Valid(v) {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(v), 64)
	return f, err == nil && !math.IsInf(f, 0)
}

// tens holds the powers of ten by which a short fraction is divided.
var tens = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14}

// fraction reads a short score such as 0.25, which is most of the numbers there are. Both numbers of
// the division are exact, so its result is the nearest one, as that of strconv is.
func fraction(v []byte) (f float64, ok bool) {
	if len(v) < 3 || len(v) > len(tens)+1 || v[1] != '.' {
		return 0, false
	}
	n := 0
	for i, c := range v {
		if c >= '0' && c <= '9' {
			n = 10*n + int(c-'0')
		} else if i != 1 {
			return 0, false
		}
	}
	return float64(n) / tens[len(v)-2], true
}

// Null reports whether v is the word null.
func Null(v []byte) bool { return string(v) == "null" }
