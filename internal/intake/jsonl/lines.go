package jsonl

import (
	"bytes"
	"errors"
	"io"
)

const (
	chunkSize = 1 << 20
	// inFlight chunks bound the memory: inFlight * chunkSize, plus MaxValue per very long line.
	inFlight = 8
)

// Line is what a parser made of one line. Err is ErrTooLong when the line was not handed to it.
type Line[T any] struct {
	Number int // counted from 1
	Value  T
	Err    error
}

// chunk is a run of whole lines on its way from the reader over a worker to the caller.
type chunk[T any] struct {
	text    []byte
	tooLong bool // the text is the head of one line above MaxValue
	lines   []Line[T]
	count   int
	parsed  chan struct{}
}

// Lines splits r into lines, parses them with the given number of workers, and calls each with the
// results in the order of the file. newParser is called once per worker, so that a parser may keep
// buffers; a line is valid during the call only. Blank lines are skipped but counted.
// An error of each, or of r, ends the reading; lines before a read error have been delivered.
func Lines[T any](r io.Reader, workers int, newParser func() func([]byte) T, each func(Line[T]) error) error {
	todo := make(chan *chunk[T], inFlight)
	ordered := make(chan *chunk[T], inFlight)
	stop := make(chan struct{})
	free := make(chan []byte, inFlight+1)
	for range workers {
		go parseChunks(todo, newParser())
	}
	var readErr error
	go func() {
		defer close(ordered)
		defer close(todo)
		readErr = splitLines(r, free, func(text []byte, tooLong bool) bool {
			c := &chunk[T]{text: text, tooLong: tooLong, parsed: make(chan struct{})}
			select {
			case ordered <- c:
				todo <- c
				return true
			case <-stop:
				return false
			}
		})
	}()
	err := deliver(ordered, free, each)
	close(stop)
	for range ordered { // lets the reader and the workers finish before the caller closes r
	}
	return errors.Join(err, readErr)
}

func parseChunks[T any](todo <-chan *chunk[T], parse func([]byte) T) {
	for c := range todo {
		c.parse(parse)
		close(c.parsed)
	}
}

func (c *chunk[T]) parse(parse func([]byte) T) {
	if c.tooLong {
		c.count = 1
		c.lines = append(c.lines, Line[T]{Number: 1, Err: ErrTooLong})
		return
	}
	for rest := c.text; len(rest) > 0; {
		line, after, _ := bytes.Cut(rest, []byte{'\n'})
		rest = after
		c.count++
		switch line = bytes.TrimSpace(line); {
		case len(line) > MaxValue:
			c.lines = append(c.lines, Line[T]{Number: c.count, Err: ErrTooLong})
		case len(line) > 0:
			c.lines = append(c.lines, Line[T]{Number: c.count, Value: parse(line)})
		}
	}
}

// deliver hands out the parsed lines in order, with numbers counted from the start of the file.
func deliver[T any](ordered <-chan *chunk[T], free chan<- []byte, each func(Line[T]) error) error {
	before := 0
	for c := range ordered {
		<-c.parsed
		for _, line := range c.lines {
			line.Number += before
			if err := each(line); err != nil {
				return err
			}
		}
		before += c.count
		recycle(free, c.text)
	}
	return nil
}

func recycle(free chan<- []byte, buf []byte) {
	if cap(buf) > 2*chunkSize {
		return // made for one long line; not worth keeping
	}
	select {
	case free <- buf[:0]:
	default:
	}
}

// splitLines reads r into chunks that end at a line's end and emits each. A line above MaxValue is
// emitted once, as its head, marked; the rest of it is read past. It stops when emit returns false.
func splitLines(r io.Reader, free <-chan []byte, emit func(text []byte, tooLong bool) bool) error {
	var tail []byte // the start of a line whose end has not been read
	skipping := false
	for {
		buf, err := fill(r, takeBuffer(free), tail)
		if skipping {
			buf, skipping = dropLine(buf)
		}
		end := bytes.LastIndexByte(buf, '\n') + 1
		if err != nil {
			end = len(buf)
		}
		tail = append(tail[:0], buf[end:]...)
		if end > 0 && !emit(buf[:end], false) {
			return nil
		}
		if len(tail) > MaxValue {
			if !emit(nil, true) {
				return nil
			}
			tail, skipping = nil, true
		}
		if err != nil {
			return ignoreEOF(err)
		}
	}
}

// dropLine removes the rest of a line that has been reported as too long.
func dropLine(buf []byte) (rest []byte, still bool) {
	n := bytes.IndexByte(buf, '\n')
	if n < 0 {
		return buf[:0], true
	}
	return buf[n+1:], false
}

func takeBuffer(free <-chan []byte) []byte {
	select {
	case buf := <-free:
		return buf
	default:
		return make([]byte, 0, chunkSize)
	}
}

// fill appends one chunk of r to the tail of the chunk before. The buffer doubles with a long
// line, so that its bytes are copied a bounded number of times.
func fill(r io.Reader, buf, tail []byte) ([]byte, error) {
	want := len(tail) + max(chunkSize/2, len(tail))
	want = max(want, chunkSize)
	if cap(buf) < want {
		buf = make([]byte, 0, want)
	}
	buf = append(buf[:0], tail...)
	n, err := io.ReadFull(r, buf[len(buf):want])
	buf = buf[:len(buf)+n]
	if err == io.ErrUnexpectedEOF { // ReadFull's own; a wrapped one is a truncated archive
		err = io.EOF
	}
	return buf, err
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
