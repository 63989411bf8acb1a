package intake

import (
	"encoding/json"
	"errors"
	"runtime"
	"strings"

	"bugbar/internal/intake/jsonl"
)

// maxWorkers bounds the buffers that lines of 16 MiB can make large.
const maxWorkers = 4

// workers is how many parse lines at a time.
func workers() int { return min(runtime.GOMAXPROCS(0), maxWorkers) }

// decode fills v from one part of a document; when it cannot, the part is lost.
func (f *file) decode(p jsonl.Part, v any) bool {
	err := jsonl.Decode(p.Value, v)
	if err != nil {
		f.lose(p.Index, strings.TrimSpace(p.Path+" "+lineFlaw(err)), "the types that the tool writes")
	}
	return err == nil
}

// records reads documents of one kind: one alone, one per line, or a list of them, alone or in the
// member that list names.
func records[T any](f *file, list string, each func(at int, record T)) error {
	path := ""
	switch {
	case f.head.doc("[]"):
		path = "[]"
	case list != "" && f.head.doc(list+"[]"):
		path = list + "[]"
	case f.head.jsonLines:
		return eachLine(f, each)
	}
	return f.walk([]string{path}, func(p jsonl.Part) error {
		var record T
		if f.decode(p, &record) {
			each(p.Index, record)
		}
		return nil
	})
}

// eachLine reads one record per line.
func eachLine[T any](f *file, each func(at int, record T)) error {
	newParser := func() func([]byte) lineOf[T] { return decodeLine[T] }
	return jsonl.Lines(f, workers(), newParser, func(l jsonl.Line[lineOf[T]]) error {
		if err := firstError(l.Err, l.Value.err); err != nil {
			f.lose(l.Number, lineFlaw(err), "one record per line")
			return nil
		}
		each(l.Number, l.Value.value)
		return nil
	})
}

// lineOf is a decoded line, or why it could not be.
type lineOf[T any] struct {
	value T
	err   error
}

func decodeLine[T any](line []byte) (l lineOf[T]) {
	l.err = jsonl.Decode(line, &l.value)
	return l
}

// lineFlaw says what is wrong with a value, without any words of it.
func lineFlaw(err error) string {
	var wrong *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &wrong) && wrong.Field == "":
		return "is a " + wrong.Value
	case errors.As(err, &wrong):
		return "field " + wrong.Field + " is a " + wrong.Value
	case errors.As(err, &syntax):
		return "no valid JSON"
	}
	return err.Error()
}

// canonical writes a value with its members sorted, as a key.
func canonical(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(text)
}

// text is a JSON string, number or null, as text; tools disagree on which they write.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	if s, ok := jsonl.String(b); ok {
		*t = text(s)
		return nil
	}
	if jsonl.Null(b) {
		return nil
	}
	if _, ok := jsonl.Number(b); !ok {
		return &json.UnmarshalTypeError{Value: "object or array", Type: nil}
	}
	*t = text(b)
	return nil
}

// list is a JSON list of texts, or one text alone.
type list []string

func (l *list) UnmarshalJSON(b []byte) error {
	if s, ok := jsonl.String(b); ok {
		*l = list{s}
		return nil
	}
	var many []text
	if err := json.Unmarshal(b, &many); err != nil {
		return err
	}
	for _, s := range many {
		*l = append(*l, string(s))
	}
	return nil
}
