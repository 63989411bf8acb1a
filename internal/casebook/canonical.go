package casebook

import (
	"encoding"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

// canonical is the one way to write a value as JSON (RFC 8785). What most events consist of, which is plain
// members and texts, is written in order at once; anything else goes through the library, which reads again what
// encoding/json wrote and takes three times as long, a tenth of all that a submission needs.
func canonical(v any) ([]byte, error) {
	if value := reflect.ValueOf(v); value.IsValid() {
		if data, ok := writerOf(value.Type())(make([]byte, 0, 1024), value); ok {
			return data, nil
		}
	}
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	value := jsontext.Value(data)
	if err := value.Canonicalize(); err != nil {
		return nil, err
	}
	return value, nil
}

// writer appends a value of one type, which does not hold itself. It says false of what it leaves to the library.
type writer func([]byte, reflect.Value) ([]byte, bool)

var writers sync.Map // by reflect.Type

func writerOf(t reflect.Type) writer {
	if w, ok := writers.Load(t); ok {
		return w.(writer)
	}
	w := newWriter(t)
	writers.Store(t, w)
	return w
}

func toLibrary(data []byte, _ reflect.Value) ([]byte, bool) { return data, false }

var (
	idType        = reflect.TypeFor[ID]()
	marshaler     = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

func newWriter(t reflect.Type) writer {
	switch {
	case t == idType:
		return func(data []byte, v reflect.Value) ([]byte, bool) { return appendPlain(data, ID(v.Int()).String()) }
	case reflect.PointerTo(t).Implements(marshaler), reflect.PointerTo(t).Implements(textMarshaler), t == reflect.TypeFor[json.Number]():
		return toLibrary // a pointer has the methods of its value as well
	}
	switch t.Kind() {
	case reflect.String:
		return func(data []byte, v reflect.Value) ([]byte, bool) { return appendPlain(data, v.String()) }
	case reflect.Bool:
		return func(data []byte, v reflect.Value) ([]byte, bool) { return strconv.AppendBool(data, v.Bool()), true }
	case reflect.Int, reflect.Int64:
		return appendInteger
	case reflect.Pointer:
		return orNull(pointerWriter(t))
	case reflect.Slice:
		return orNull(sliceWriter(t))
	case reflect.Map:
		return orNull(mapWriter(t))
	case reflect.Struct:
		return structWriter(t)
	}
	return toLibrary
}

// appendPlain writes a text in which nothing is to be escaped.
func appendPlain(data []byte, text string) ([]byte, bool) {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c == '"' || c == '\\' || c > '~' {
			return appendText(data, text)
		}
	}
	return append(append(append(data, '"'), text...), '"'), true
}

// appendText leaves to the library what is not UTF-8: how much of it is replaced is decided there.
func appendText(data []byte, text string) ([]byte, bool) {
	data, err := jsontext.AppendQuote(data, text)
	return data, err == nil
}

// appendInteger writes the integers that a double can hold.
func appendInteger(data []byte, v reflect.Value) ([]byte, bool) {
	n := v.Int()
	return strconv.AppendInt(data, n, 10), -1<<53 < n && n < 1<<53
}

func orNull(w writer) writer {
	return func(data []byte, v reflect.Value) ([]byte, bool) {
		if v.IsNil() {
			return append(data, "null"...), true
		}
		return w(data, v)
	}
}

func pointerWriter(t reflect.Type) writer {
	to := writerOf(t.Elem())
	return func(data []byte, v reflect.Value) ([]byte, bool) { return to(data, v.Elem()) }
}

func sliceWriter(t reflect.Type) writer {
	if t.Elem().Kind() == reflect.Uint8 {
		return toLibrary
	}
	each := writerOf(t.Elem())
	return func(data []byte, v reflect.Value) ([]byte, bool) {
		ok := true
		data = append(data, '[')
		for i := 0; ok && i < v.Len(); i++ {
			if i > 0 {
				data = append(data, ',')
			}
			data, ok = each(data, v.Index(i))
		}
		return append(data, ']'), ok
	}
}

// mapWriter orders names by their bytes. RFC 8785 orders them by UTF-16, which is the same below U+E000.
func mapWriter(t reflect.Type) writer {
	if t.Key() != reflect.TypeFor[string]() {
		return toLibrary
	}
	each := writerOf(t.Elem())
	return func(data []byte, v reflect.Value) ([]byte, bool) {
		names := v.MapKeys()
		slices.SortFunc(names, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		ok := true
		data = append(data, '{')
		for i, name := range names {
			if strings.ContainsFunc(name.String(), func(r rune) bool { return r >= 0xe000 }) {
				return data, false
			}
			if i > 0 {
				data = append(data, ',')
			}
			if data, ok = appendPlain(data, name.String()); !ok {
				return data, false
			}
			if data, ok = each(append(data, ':'), v.MapIndex(name)); !ok {
				return data, false
			}
		}
		return append(data, '}'), true
	}
}

// member is a field of a struct as JSON has it.
type member struct {
	name      string
	start     string // the name in quotes, and a colon
	at        int
	omitEmpty bool
	write     writer
}

// structWriter writes structs without embedded ones, whose fields have a tag with at most omitempty.
func structWriter(t reflect.Type) writer {
	members, ok := membersOf(t)
	if !ok {
		return toLibrary
	}
	return func(data []byte, v reflect.Value) ([]byte, bool) {
		data = append(data, '{')
		open := len(data)
		for i := range members {
			m := &members[i]
			field := v.Field(m.at)
			if m.omitEmpty && isEmpty(field) {
				continue
			}
			if len(data) > open {
				data = append(data, ',')
			}
			var ok bool
			if data, ok = m.write(append(data, m.start...), field); !ok {
				return data, false
			}
		}
		return append(data, '}'), true
	}
}

// membersOf are the members in the order of their names.
func membersOf(t reflect.Type) (members []member, ok bool) {
	for i := range t.NumField() {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Anonymous || !field.IsExported() || name == "" || name == "-" || options != "" && options != "omitempty" {
			return nil, false
		}
		members = append(members, member{name, strconv.Quote(name) + ":", i, options != "", writerOf(field.Type)})
	}
	slices.SortFunc(members, func(a, b member) int { return strings.Compare(a.name, b.name) })
	return members, true
}

// isEmpty is what omitempty leaves out (encoding/json).
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map, reflect.String:
		return v.Len() == 0
	case reflect.Struct, reflect.Array:
		return false
	}
	return v.IsZero()
}
