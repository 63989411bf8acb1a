package batch

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"bugbar/assess"
	"bugbar/bar"
)

// Record is one line of facts: a flat object, resolved against a bar.
type Record struct {
	ID   jsontext.Value // the "id" of the line as it stands there, or nil
	Sets []bar.Set      // one for each point of the bar
}

// LineError says what is wrong with a line, and what would do.
type LineError struct {
	Line  int    // 1-based
	Field string // empty where the line as a whole is meant
	Value string
	Err   error
}

func (e *LineError) Error() string {
	switch {
	case e.Field == "":
		return fmt.Sprintf("line %d: %v", e.Line, e.Err)
	case e.Value == "":
		return fmt.Sprintf("line %d: field %q: %v", e.Line, e.Field, e.Err)
	}
	return fmt.Sprintf("line %d: field %q: value %q: %v", e.Line, e.Field, e.Value, e.Err)
}

func (e *LineError) Unwrap() error { return e.Err }

// Hint says what would do, where the cause knows it.
func (e *LineError) Hint() string {
	if h, ok := errors.AsType[interface {
		error
		Hint() string
	}](e.Err); ok {
		return h.Hint()
	}
	return `an object of facts, for instance {"type":"prompt-injection","impact":["data-exfiltration","privileged-action"]}`
}

// maxShown is how much of a wrong value an error repeats, in bytes.
const maxShown = 100

// Decoder reads lines of facts. It is reused from line to line and is not safe for concurrent use.
type Decoder struct {
	bar    *bar.Bar
	reader bytes.Reader
	json   *jsontext.Decoder
	record Record
}

// NewDecoder returns a decoder for the facts of a bar.
func NewDecoder(b *bar.Bar) *Decoder {
	d := &Decoder{bar: b, record: Record{Sets: make([]bar.Set, len(b.Points))}}
	d.json = jsontext.NewDecoder(&d.reader)
	return d
}

// Decode reads one line. The record is valid until the next call. Its error is a *LineError;
// the record then still has the id, where the line had one before the fault.
func (d *Decoder) Decode(line []byte, number int) (*Record, error) {
	d.record.ID = nil
	for i, p := range d.bar.Points {
		d.record.Sets[i] = p.All()
	}
	d.reader.Reset(line)
	d.json.Reset(&d.reader)
	if field, value, err := d.object(); err != nil {
		return &d.record, &LineError{Line: number, Field: field, Value: value, Err: plain(err, line)}
	}
	return &d.record, nil
}

// object reads the line's object and returns the field and value at fault. It reads on behind a
// fault in a field, so that an id that stands there is not lost.
func (d *Decoder) object() (field, value string, err error) {
	token, err := d.json.ReadToken()
	if err != nil {
		return "", "", err
	}
	if token.Kind() != '{' {
		return "", "", fmt.Errorf("found %s, not an object of facts", kindName(token.Kind()))
	}
	for d.json.PeekKind() == '"' {
		name, readErr := d.json.ReadToken()
		if readErr != nil {
			return first(field, value, err, "", "", readErr)
		}
		key := name.String()
		if err != nil && key != "id" {
			_ = d.json.SkipValue()
			continue
		}
		at := d.json.InputOffset()
		if wrong, fault := d.fact(key); fault != nil {
			field, value, err = first(field, value, err, key, wrong, fault)
			if d.leave(at) != nil {
				return field, value, err
			}
		}
	}
	if _, readErr := d.json.ReadToken(); readErr != nil {
		return first(field, value, err, "", "", readErr)
	}
	if _, readErr := d.json.ReadToken(); !errors.Is(readErr, io.EOF) {
		return first(field, value, err, "", "", errors.New("more than one object on the line"))
	}
	return field, value, err
}

// leave reads on to the end of a value in which a fault was found at its start or within.
func (d *Decoder) leave(start int64) error {
	if d.json.InputOffset() == start {
		return d.json.SkipValue()
	}
	for d.json.StackDepth() > 1 {
		if _, err := d.json.ReadToken(); err != nil {
			return err
		}
	}
	return nil
}

// first keeps an earlier fault over a later one.
func first(field, value string, err error, laterField, laterValue string, later error) (string, string, error) {
	if err != nil {
		return field, value, err
	}
	return laterField, laterValue, later
}

// fact reads the value of one field and returns the part of it that is at fault.
func (d *Decoder) fact(field string) (string, error) {
	if field == "id" {
		id, err := d.json.ReadValue()
		d.record.ID = append(jsontext.Value(nil), id...)
		return "", err
	}
	i, full, err := d.bar.SetOf(field, nil)
	if err != nil {
		return "", err
	}
	p := d.bar.Points[i]
	switch d.json.PeekKind() {
	case '"':
		set, value, err := d.value(p)
		d.record.Sets[i] = set
		return value, err
	case 'n':
		d.record.Sets[i] = full
		_, err := d.json.ReadToken()
		return "", err
	case '[':
		return d.values(i, p)
	}
	found := kindName(d.json.PeekKind())
	raw, err := d.json.ReadValue()
	if err != nil {
		return "", err
	}
	return string(raw[:min(len(raw), maxShown)]), fmt.Errorf("found %s, not a value or a list of values", found)
}

// values reads a list: several values are still possible. An empty list is the full set.
func (d *Decoder) values(i int, p *bar.Point) (string, error) {
	if _, err := d.json.ReadToken(); err != nil {
		return "", err
	}
	var set bar.Set
	for d.json.PeekKind() == '"' {
		one, value, err := d.value(p)
		if err != nil {
			return value, err
		}
		set |= one
	}
	if kind := d.json.PeekKind(); kind != ']' && kind != 0 {
		return "", fmt.Errorf("found %s in a list of values", kindName(kind))
	}
	if set != 0 {
		d.record.Sets[i] = set
	}
	_, err := d.json.ReadToken()
	return "", err
}

// value reads one name. An empty one, and "unknown", is the full set.
func (d *Decoder) value(p *bar.Point) (bar.Set, string, error) {
	token, err := d.json.ReadToken()
	if err != nil {
		return p.All(), "", err
	}
	name := token.String()
	if name == "" || name == assess.Unknown {
		return p.All(), "", nil
	}
	if len(name) > maxShown {
		return p.All(), name[:maxShown], fmt.Errorf("%d bytes are no value of %s", len(name), p.ID)
	}
	set, err := p.Set(name)
	return set, name, err
}

func kindName(k jsontext.Kind) string {
	switch k {
	case '"':
		return "a string"
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '0':
		return "a number"
	case 't', 'f':
		return "true or false"
	case 'n':
		return "null"
	}
	return "no valid JSON"
}

// plain words the decoder's errors for people, and names the offset in the line.
func plain(err error, line []byte) error {
	if !utf8.Valid(line) {
		return errors.New("not valid UTF-8")
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return errors.New("the JSON ends too early")
	}
	if s, ok := errors.AsType[*jsontext.SyntacticError](err); ok && errors.Is(err, jsontext.ErrDuplicateName) {
		return fmt.Errorf("field %.100q stands twice", s.JSONPointer.LastToken())
	}
	if s, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return fmt.Errorf("no valid JSON at byte %d: %w", s.ByteOffset+1, s.Err)
	}
	return err
}
