package jsonl

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"sync"
)

const (
	// chunkSize fits the cache of a core: the worker that reads a chunk parses it.
	chunkSize = 256 << 10
	// inFlight chunks are parsed and wait for the caller.
	inFlight = 16
)

// Line is what a parser made of one line. Err is ErrTooLong when the line was not handed to it.
type Line[T any] struct {
	Number int // counted from 1
	Value  T
	Err    error
}

// chunk holds what became of a run of whole lines.
type chunk[T any] struct {
	lines  []Line[T]
	count  int
	parsed chan struct{}
}

// Lines splits r into lines, parses them with the given number of workers, and calls each with the
// results in the order of the file. newParser is called once per worker, so that a parser may keep
// buffers; a line is valid during the call only. Blank lines are skipped but counted.
// An error of each, or of r, ends the reading; lines before a read error have been delivered.
func Lines[T any](r io.Reader, workers int, newParser func() func([]byte) T, each func(Line[T]) error) error {
	q := &queue[T]{splitter: splitter{r: r}, ordered: make(chan *chunk[T], inFlight), stop: make(chan struct{})}
	var working sync.WaitGroup
	for range workers {
		working.Go(func() { q.work(newParser()) })
	}
	go func() {
		working.Wait()
		close(q.ordered)
	}()
	err := deliver(q.ordered, each)
	close(q.stop)
	for range q.ordered { // lets the workers finish before the caller closes r
	}
	return errors.Join(err, ignoreEOF(q.err))
}

// queue is where the workers take turns: each reads a chunk and takes its place in the order, so that
// one reads while the others parse.
type queue[T any] struct {
	sync.Mutex
	splitter
	ordered chan *chunk[T]
	stop    chan struct{}
}

func (q *queue[T]) work(parse func([]byte) T) {
	var buf []byte
	for usual := 0; ; {
		c, text, tooLong := q.next(buf)
		if c == nil {
			return
		}
		c.lines = make([]Line[T], 0, usual)
		c.parse(text, tooLong, parse)
		usual = len(c.lines)
		close(c.parsed)
		buf = fit(text)
	}
}

// next is the chunk that follows in the file, or nil.
func (q *queue[T]) next(buf []byte) (c *chunk[T], text []byte, tooLong bool) {
	q.Lock()
	defer q.Unlock()
	text, tooLong = q.split(buf)
	if len(text) == 0 && !tooLong {
		return nil, nil, false
	}
	c = &chunk[T]{parsed: make(chan struct{})}
	select {
	case q.ordered <- c:
		return c, text, tooLong
	case <-q.stop:
		return nil, nil, false
	}
}

// parse fills the chunk; tooLong stands for one line above MaxValue, of which there is no text.
func (c *chunk[T]) parse(text []byte, tooLong bool, parse func([]byte) T) {
	if tooLong {
		c.count = 1
		c.lines = append(c.lines, Line[T]{Number: 1, Err: ErrTooLong})
		return
	}
	for rest := text; len(rest) > 0; {
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
func deliver[T any](ordered <-chan *chunk[T], each func(Line[T]) error) error {
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
	}
	return nil
}

// splitter cuts r into chunks that end at a line's end.
type splitter struct {
	r        io.Reader
	tail     []byte // the start of a line whose end has not been read
	skipping bool   // that line was too long
	err      error  // of r; nothing is read after it
}

// split reads the next chunk into buf. A line above MaxValue is handed out as tooLong, without text,
// and read past. After the last chunk there is neither.
func (s *splitter) split(buf []byte) (text []byte, tooLong bool) {
	buf = append(buf[:0], s.tail...)
	s.tail = fit(s.tail)
	for s.err == nil {
		searched := len(buf)
		buf, s.err = fill(s.r, buf)
		if s.skipping {
			buf, s.skipping = dropLine(buf)
			searched = 0
		}
		end := searched + bytes.LastIndexByte(buf[searched:], '\n') + 1
		switch {
		case s.err != nil:
			return buf, false
		case end > searched:
			s.tail = append(s.tail, buf[end:]...)
			return buf[:end], false
		case len(buf) > MaxValue:
			s.skipping = true
			return nil, true
		}
	}
	return nil, false
}

// fit empties a buffer for use again, unless it was made for one long line.
func fit(buf []byte) []byte {
	if cap(buf) > 2*chunkSize {
		return nil
	}
	return buf[:0]
}

// dropLine removes the rest of a line that has been reported as too long.
func dropLine(buf []byte) (rest []byte, still bool) {
	n := bytes.IndexByte(buf, '\n')
	if n < 0 {
		return buf[:0], true
	}
	return buf[n+1:], false
}

// fill appends one chunk of r. What it reads grows with a long line, so that its bytes are copied a
// bounded number of times.
func fill(r io.Reader, buf []byte) ([]byte, error) {
	want := max(chunkSize, len(buf)+max(chunkSize, len(buf))/2)
	buf = slices.Grow(buf, want-len(buf))
	n, err := io.ReadFull(r, buf[len(buf):want])
	if err == io.ErrUnexpectedEOF { // ReadFull's own; a wrapped one is a truncated archive
		err = io.EOF
	}
	return buf[:len(buf)+n], err
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
