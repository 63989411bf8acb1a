package batch

import (
	"encoding/binary"
	"encoding/json"

	"bugbar/assess"
	"bugbar/bar"
)

// maxCached bounds the answers that an encoder keeps. The facts that a queue holds repeat themselves,
// and come to far fewer different answers.
const maxCached = 1 << 12

// encoder writes answers. The same facts have the same answer, so it keeps those it has written.
type encoder struct {
	bar    *bar.Bar
	engine assess.Engine
	cache  map[string][]byte
	key    []byte
}

func newEncoder(b *bar.Bar) *encoder {
	return &encoder{bar: b, engine: assess.NewEngine(b), cache: map[string][]byte{}}
}

// answer appends the verdict of a record to dst, as one line of JSON that begins with its id.
func (e *encoder) answer(dst []byte, r *Record) []byte {
	body := e.verdict(r.Sets)
	if r.ID != nil {
		dst = append(append(append(dst, `{"id":`...), r.ID...), ',')
		body = body[1:]
	}
	return append(append(dst, body...), '\n')
}

func (e *encoder) verdict(sets []bar.Set) []byte {
	e.key = e.key[:0]
	for _, s := range sets {
		e.key = binary.LittleEndian.AppendUint64(e.key, uint64(s))
	}
	if body, ok := e.cache[string(e.key)]; ok {
		return body
	}
	v := e.engine.Assess(sets)
	v.Facts = assess.Resolve(e.bar, sets, assess.Claimed)
	v.Weakest = v.Facts.Weakest(v.Used)
	body := v.AppendJSON(nil)
	if len(e.cache) == maxCached {
		clear(e.cache)
	}
	e.cache[string(e.key)] = body
	return body
}

// fault is the answer to a line that could not be read.
type fault struct {
	ID    json.RawMessage `json:"id,omitempty"`
	Line  int             `json:"line"`
	Field string          `json:"field,omitempty"`
	Value string          `json:"value,omitempty"`
	Error string          `json:"error"`
	Hint  string          `json:"hint"`
}

func appendFault(dst []byte, r *Record, err *LineError) ([]byte, error) {
	line, failed := json.Marshal(fault{
		ID: json.RawMessage(r.ID), Line: err.Line, Field: err.Field, Value: err.Value, Error: err.Error(), Hint: err.Hint(),
	})
	return append(append(dst, line...), '\n'), failed
}
