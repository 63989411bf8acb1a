package dedupe

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Line is a case as it stands on a line of JSON, with the facts that it claims.
type Line struct {
	Case
	Number int                       `json:"-"` // 1-based
	Facts  map[string]jsontext.Value `json:"facts"`
}

// Claims says whether a line claims a value of a decision point, alone or among others.
func (l *Line) Claims(point, value string) bool {
	return bytes.Contains(l.Facts[point], fmt.Appendf(nil, "%q", value))
}

// LineError says what is wrong with a line.
type LineError struct {
	Line int // 1-based
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

func (e *LineError) Unwrap() error { return e.Err }

// Hint says what would do.
func (e *LineError) Hint() string {
	return `an object such as {"id":"case-1","title":"...","text":"..."}`
}

// MaxLine is the size of the longest line that is read, in bytes.
const MaxLine = 10 << 20

var errLong = fmt.Errorf("longer than %d MiB", MaxLine>>20)

// Read reads cases, one JSON object a line. Members that it does not know are ignored; a type may
// stand among the facts. A bad line is an error of its own, a *LineError, and the next follows; any
// other error ends the lines.
func Read(in io.Reader) iter.Seq2[*Line, error] {
	return func(yield func(*Line, error) bool) {
		lines := bufio.NewReaderSize(in, 1<<16)
		for number := 1; ; number++ {
			data, err := nextLine(lines)
			if errors.Is(err, io.EOF) {
				return
			}
			fatal := err != nil && !errors.Is(err, errLong)
			if fatal {
				yield(nil, err)
				return
			}
			if err == nil && len(bytes.TrimSpace(data)) == 0 {
				continue
			}
			line := &Line{Number: number}
			if err == nil {
				err = line.decode(data)
			}
			if err != nil {
				line, err = nil, &LineError{number, err}
			}
			if !yield(line, err) {
				return
			}
		}
	}
}

func (l *Line) decode(data []byte) error {
	if err := json.Unmarshal(data, l); err != nil {
		return err
	}
	if err := checkID(l.ID); err != nil {
		return err
	}
	if l.Type == "" {
		_ = json.Unmarshal(l.Facts["type"], &l.Type) // a list of types is no type
	}
	return nil
}

// nextLine reads a line. Of one that is too long nothing is kept, and its error is errLong.
func nextLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	long := false
	for {
		part, err := in.ReadSlice('\n')
		long = long || len(line)+len(part) > MaxLine
		if !long {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && (long || len(line) > 0), err == nil:
			if long {
				return nil, errLong
			}
			return line, nil
		}
		return nil, err
	}
}
