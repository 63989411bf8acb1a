// Package batch assesses facts line by line: a flat JSON object in, a verdict out, in order, in
// constant memory.
//
// A line that cannot be read is answered with an "error" that names the line, the field, the value
// and what would do; the rest goes on. Blank lines are passed over. Two limits hold: a line has at
// most MaxLine bytes, and its id is kept as it stands.
package batch

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"runtime"

	"bugbar/bar"
)

// MaxLine is the length of the longest line that is read, in bytes.
const MaxLine = 1 << 20

// chunkBytes is how much a worker takes at once.
const chunkBytes = 1 << 18

// Run answers every line of r on w, and returns how many lines there were and how many of them
// could not be read. The error is that of reading or writing.
func Run(ctx context.Context, b *bar.Bar, r io.Reader, w io.Writer) (lines, failed int, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	workers := runtime.GOMAXPROCS(0)
	jobs := make(chan *chunk, workers)
	ordered := make(chan *chunk, 2*workers)
	for range workers {
		go work(b, jobs)
	}
	read := make(chan error, 1)
	go func() {
		defer close(ordered)
		defer close(jobs)
		read <- split(r, func(c *chunk) bool {
			select {
			case ordered <- c:
				jobs <- c
				return true
			case <-ctx.Done():
				return false
			}
		})
	}()
	for {
		c, more := next(ctx, ordered)
		if !more {
			break
		}
		lines, failed = lines+c.answered, failed+c.failed
		if err = c.err; err == nil {
			_, err = w.Write(c.out)
		}
		if err != nil {
			return lines, failed, err
		}
	}
	if ctx.Err() != nil {
		return lines, failed, context.Cause(ctx)
	}
	return lines, failed, <-read
}

// next waits for the answers of the next chunk. It does not wait for input after an interruption:
// a reader may block for ever.
func next(ctx context.Context, ordered <-chan *chunk) (*chunk, bool) {
	select {
	case c, more := <-ordered:
		if more {
			<-c.done
		}
		return c, more
	case <-ctx.Done():
		return nil, false
	}
}

// chunk is a run of whole lines, and their answers.
type chunk struct {
	in               []byte
	first            int // number of the first line
	tooLong          bool
	out              []byte
	answered, failed int
	err              error
	done             chan struct{}
}

// split cuts the input into chunks of whole lines until emit says to stop. A line that is too long
// becomes a chunk without its text.
func split(r io.Reader, emit func(*chunk) bool) error {
	in := bufio.NewReaderSize(r, chunkBytes)
	if bom, _ := in.Peek(3); bytes.Equal(bom, []byte("\xef\xbb\xbf")) {
		_, _ = in.Discard(3)
	}
	next, number := newChunk(1), 1
	for {
		line, tooLong, err := readLine(in)
		if tooLong || len(next.in)+len(line) > chunkBytes {
			if len(next.in) > 0 && !emit(next) {
				return nil
			}
			next = newChunk(number)
		}
		if tooLong {
			next.tooLong = true
			if !emit(next) {
				return nil
			}
			next = newChunk(number + 1)
		}
		next.in = append(next.in, line...)
		number++
		if err == nil && in.Buffered() == 0 { // nobody shall wait for an answer while we wait for more
			if !emit(next) {
				return nil
			}
			next = newChunk(number)
		}
		if err != nil {
			if len(next.in) > 0 {
				emit(next)
			}
			if errors.Is(err, io.EOF) {
				return nil
			}
			return fmt.Errorf("reading line %d: %w", number-1, err)
		}
	}
}

func newChunk(first int) *chunk {
	return &chunk{first: first, done: make(chan struct{})}
}

// readLine returns the next line with its line feed. Of one that is longer than MaxLine it keeps
// nothing.
func readLine(in *bufio.Reader) (line []byte, tooLong bool, err error) {
	line, err = in.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		return line, false, err
	}
	long := bytes.Clone(line)
	for errors.Is(err, bufio.ErrBufferFull) {
		line, err = in.ReadSlice('\n')
		if len(long)+len(line) > MaxLine {
			tooLong = true
			continue
		}
		long = append(long, line...)
	}
	if tooLong {
		return nil, true, err
	}
	return long, false, err
}

func work(b *bar.Bar, jobs <-chan *chunk) {
	decoder, encoder := NewDecoder(b), newEncoder(b)
	for c := range jobs {
		c.run(decoder, encoder)
		close(c.done)
	}
}

func (c *chunk) run(d *Decoder, e *encoder) {
	if c.tooLong {
		c.fail(&Record{}, &LineError{Line: c.first, Err: fmt.Errorf("longer than %d bytes", MaxLine)})
		return
	}
	number := c.first
	c.out = make([]byte, 0, 8*len(c.in))
	for line := range c.lines() {
		if len(line) > 0 {
			c.line(d, e, line, number)
		}
		number++
	}
}

// lines yields the lines of a chunk without the space around them. One that is too long is a
// single line of nothing.
func (c *chunk) lines() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if c.tooLong {
			yield(nil)
			return
		}
		for line := range bytes.Lines(c.in) {
			if !yield(bytes.TrimSpace(line)) {
				return
			}
		}
	}
}

func (c *chunk) line(d *Decoder, e *encoder, line []byte, number int) {
	record, err := d.Decode(line, number)
	if fault, ok := errors.AsType[*LineError](err); ok {
		c.fail(record, fault)
		return
	}
	c.answered++
	c.out = e.answer(c.out, record)
}

func (c *chunk) fail(r *Record, fault *LineError) {
	c.answered++
	c.failed++
	out, err := appendFault(c.out, r, fault)
	c.out, c.err = out, errors.Join(c.err, err)
}
