package jsonl

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A Part is one wanted value of a document.
type Part struct {
	Path  string // as asked for, such as "results.results[]"
	Index int    // of the array element, counted from 1 as lines are; 0 for members
	Value []byte // valid during the call only
	Err   error  // ErrTooLong or ErrTooDeep: the value was read past
}

// Walk reads one JSON document and calls each for every value at a wanted path, in the order of
// the document. A path is a chain of member names; "[]" stands for every element of an array, so
// "[]" alone wants the elements of a document that is an array, and "" the whole document. What
// stands at a wanted path is not searched for other paths. An error names the byte where reading
// ended; the parts before it have been delivered.
func Walk(r io.Reader, paths []string, each func(Part) error) error {
	w := &walker{in: bufio.NewReaderSize(r, 64<<10), wanted: map[string]bool{}, onTheWay: map[string]bool{}, each: each}
	for _, path := range paths {
		w.wanted[path] = true
		for p := path; p != ""; {
			p = parent(p)
			w.onTheWay[p] = true
		}
	}
	err := w.value("", 0)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = ErrCut
	}
	if err == nil {
		err = w.end()
	}
	if err != nil {
		return fmt.Errorf("byte %d: %w", w.at, err)
	}
	return nil
}

// parent cuts the last step off a path.
func parent(path string) string {
	if p, isArray := strings.CutSuffix(path, "[]"); isArray {
		return p
	}
	return path[:max(strings.LastIndexByte(path, '.'), strings.LastIndexByte(path, ']')+1, 0)]
}

type walker struct {
	in               *bufio.Reader
	at               int64 // bytes read
	wanted, onTheWay map[string]bool
	each             func(Part) error
	kept             []byte
}

// value reads the value at path, whatever is made of it.
func (w *walker) value(path string, index int) error {
	c, err := w.next()
	if err != nil {
		return err
	}
	switch {
	case w.wanted[path]:
		return w.take(path, index, c)
	case w.onTheWay[path] && c == '{':
		return w.object(path)
	case w.onTheWay[path] && c == '[':
		return w.array(path)
	}
	_, err = w.consume(c, false)
	return err
}

func (w *walker) take(path string, index int, first byte) error {
	flaw, err := w.consume(first, true)
	if err != nil {
		return err
	}
	return w.each(Part{Path: path, Index: index, Value: w.kept, Err: flaw})
}

func (w *walker) object(path string) error {
	for first := true; ; first = false {
		c, err := w.next()
		if err != nil {
			return err
		}
		if c == '}' && first {
			return nil
		}
		if c != '"' {
			return fmt.Errorf("%q where a key belongs", c)
		}
		if _, err := w.consume(c, true); err != nil {
			return err
		}
		key, _ := String(w.kept)
		if err := w.expect(':'); err != nil {
			return err
		}
		if err := w.value(join(path, key), 0); err != nil {
			return err
		}
		if more, err := w.comma('}'); err != nil || !more {
			return err
		}
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func (w *walker) array(path string) error {
	c, err := w.next()
	if err != nil || c == ']' {
		return err
	}
	w.unread()
	for index := 1; ; index++ {
		if err := w.value(path+"[]", index); err != nil {
			return err
		}
		if more, err := w.comma(']'); err != nil || !more {
			return err
		}
	}
}

// comma reads the separator after an item; more is false after the closing bracket.
func (w *walker) comma(closing byte) (more bool, err error) {
	c, err := w.next()
	if err != nil {
		return false, err
	}
	if c != ',' && c != closing {
		return false, fmt.Errorf("%q where a comma or %q belongs", c, closing)
	}
	return c == ',', nil
}

func (w *walker) expect(want byte) error {
	c, err := w.next()
	if err == nil && c != want {
		err = fmt.Errorf("%q where %q belongs", c, want)
	}
	return err
}

// consume reads to the end of the value whose first byte has been read. With keep, its bytes are
// in w.kept afterwards, unless flaw says why not.
func (w *walker) consume(first byte, keep bool) (flaw, err error) {
	w.kept = append(w.kept[:0], first)
	depth := 0
	for c := first; ; {
		switch class[c] {
		case quote:
			if err := w.consumeString(keep && flaw == nil); err != nil {
				return nil, err
			}
			if len(w.kept) > MaxPart {
				flaw = ErrTooLong
			}
		case opening:
			if depth++; depth > MaxDepth {
				flaw = ErrTooDeep
			}
		case closing:
			depth--
		}
		if depth < 0 {
			return nil, fmt.Errorf("%q where a value belongs", c)
		}
		if depth == 0 && (class[c] != scalar || w.scalarEnds()) {
			return flaw, nil
		}
		if c, err = w.readByte(); err != nil {
			return nil, err
		}
		if len(w.kept) > MaxPart {
			flaw = ErrTooLong
		}
		if keep && flaw == nil {
			w.kept = append(w.kept, c)
		}
	}
}

// scalarEnds looks ahead: a number or word has no closing byte of its own.
func (w *walker) scalarEnds() bool {
	next, err := w.in.Peek(1)
	return err != nil || class[next[0]] != scalar
}

// consumeString reads past the closing quote.
func (w *walker) consumeString(keep bool) error {
	for escaped := 0; ; {
		part, err := w.in.ReadSlice('"')
		w.at += int64(len(part))
		if keep && len(w.kept) <= MaxPart {
			w.kept = append(w.kept, part...)
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
		text, closed := bytes.CutSuffix(part, []byte{'"'})
		run := len(text) - len(bytes.TrimRight(text, `\`))
		if run == len(text) {
			run += escaped // the backslashes go on from the part before
		}
		if closed && run%2 == 0 {
			return nil
		}
		if escaped = run % 2; closed {
			escaped = 0
		}
	}
}

// next returns the first byte that is not space.
func (w *walker) next() (byte, error) {
	for {
		c, err := w.readByte()
		if err != nil || (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
			return c, err
		}
	}
}

func (w *walker) readByte() (byte, error) {
	c, err := w.in.ReadByte()
	if err == nil {
		w.at++
	}
	return c, err
}

func (w *walker) unread() {
	_ = w.in.UnreadByte() // always follows a readByte
	w.at--
}

// end refuses a second value after the document.
func (w *walker) end() error {
	c, err := w.next()
	if err != nil {
		return ignoreEOF(err)
	}
	return fmt.Errorf("%q after the end of the document", c)
}
