package intake

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Options say how to read; the zero value reads everything by the tools' own judgement.
type Options struct {
	// Threshold re-scores: an attack score at or above it is a success. Nil keeps the tool's own.
	Threshold *float64
	// Judge counts only the scores of this detector, scorer or metric.
	Judge string
	// Target names the target where a file does not.
	Target string
	// Worked is the value of an Inspect score that means the attack worked, such as "C" or "I".
	// Without it such scores stay unjudged, since tasks use them both ways.
	Worked string
	// Keep, if set, says where the bytes of a mail's attachment go while it is read; nil for nowhere.
	Keep func(name, kind string) (io.Writer, error)
	// Progress, if set, is called now and then, from another goroutine than the caller's.
	Progress func(Progress)
}

// Progress says how far a reading has come.
type Progress struct {
	Bytes              int64 // of the files as they are, packed or not
	Attempts, Findings int64
}

// Read reads the file or directory at path. Files of a directory are read in the order of their
// names and grouped together. The error tells what kept the whole from being read; what is wrong
// within files stands in Batch.Skipped.
func Read(ctx context.Context, path string, opts Options) (*Batch, error) {
	return ReadAll(ctx, []string{path}, nil, opts)
}

// ReadFrom reads one input from r; name stands for it in references.
func ReadFrom(ctx context.Context, name string, r io.Reader, opts Options) (*Batch, error) {
	u := newUnpacker(ctx, opts)
	if err := u.stream(name, r, ""); err != nil {
		return nil, err
	}
	return u.result()
}

// MailName stands in references for the message that ReadMail reads.
const MailName = "mail"

// ReadMail reads one message, whatever its first line looks like.
func ReadMail(ctx context.Context, r io.Reader, opts Options) (*Batch, error) {
	u := newUnpacker(ctx, opts)
	in := bufio.NewReaderSize(r, headSize)
	f := &file{Reader: in, name: MailName, head: newHead(nil), ctx: ctx, opts: opts, out: u.out, from: u}
	f.head.format = "mail"
	if err := u.settle(f.name, readMail(f)); err != nil {
		return nil, err
	}
	return u.result()
}

// ReadAll reads several files and directories as one batch; "-" stands for stdin. A single path is
// known by its last element in references, several by the paths as given.
func ReadAll(ctx context.Context, paths []string, stdin io.Reader, opts Options) (*Batch, error) {
	u := newUnpacker(ctx, opts)
	for _, path := range paths {
		name := filepath.ToSlash(filepath.Clean(path))
		if len(paths) == 1 {
			name = filepath.Base(path)
		}
		if err := u.path(path, name, len(paths) > 1, stdin); err != nil {
			return nil, err
		}
	}
	return u.result()
}

// result is the batch, unless the caller wanted to stop: half a batch would look like a whole one.
func (u *unpacker) result() (*Batch, error) {
	if err := u.ctx.Err(); err != nil {
		return nil, err
	}
	return u.out.finish(), nil
}

func (u *unpacker) path(path, name string, several bool, stdin io.Reader) error {
	if path == "-" {
		return u.stream("-", stdin, "")
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case !info.IsDir():
		return u.diskFile(path, name)
	case !several:
		name = ""
	}
	return u.directory(path, name)
}

// directory reads every regular file below root; links below it are not followed.
func (u *unpacker) directory(root, prefix string) error {
	root, err := filepath.EvalSymlinks(root)
	if err != nil {
		return err
	}
	files := 0
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		files++
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		return u.diskFile(path, filepath.ToSlash(filepath.Join(prefix, name)))
	})
	if err == nil && files == 0 {
		(&file{name: filepath.Base(root), out: u.out}).lose(0, "a folder without files", "a folder of runs or reports")
	}
	return err
}

func (u *unpacker) diskFile(path, name string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return u.stream(name, f, path)
}

// stream reads one input: what is packed is unpacked, what is recognised goes to its reader.
// disk is the path of the same bytes on disk, or "". Only cancelling and read errors come back.
func (u *unpacker) stream(name string, r io.Reader, disk string) error {
	in := bufio.NewReaderSize(&meter{r: r, u: u, outermost: u.depth == 0}, headSize)
	text, err := in.Peek(headSize)
	if err != nil && !errors.Is(err, io.EOF) && len(text) == 0 {
		if u.depth > 0 {
			return u.settle(name, err)
		}
		return fmt.Errorf("%s: %w", name, err)
	}
	if open := container(text); open != nil {
		return u.inside(name, func() error { return open(u, name, in, disk) })
	}
	decoded := bufio.NewReaderSize(decodeUTF(in, text), headSize)
	if text, err = decoded.Peek(headSize); err != nil && !errors.Is(err, io.EOF) && len(text) == 0 {
		return u.settle(name, err)
	}
	return u.document(&file{Reader: decoded, name: name, disk: disk, head: newHead(text)})
}

// document hands a file that is not packed to the reader of its format.
func (u *unpacker) document(f *file) error {
	f.ctx, f.opts, f.out, f.from = u.ctx, u.opts, u.out, u
	format, ok := recognise(f.head)
	if u.attached && (!ok || format.holds == words) {
		return nil // the attachment's hash is kept, its text is not a report of its own
	}
	if !ok && len(f.head.text) == 0 {
		f.lose(0, "an empty file", "")
		return nil
	}
	if !ok {
		f.lose(0, "format not recognised", "see docs/import for what is read")
		return nil
	}
	f.head.format = format.name
	if format.holds == attempts {
		f.countsTrials()
	}
	err := format.read(f)
	u.out.batch.Files = append(u.out.batch.Files, File{f.name, format.name, f.run})
	return u.settle(f.name, err)
}

// attachment reads a file that came with a report, if it is a scanner's output or holds one.
func (u *unpacker) attachment(name string, r io.Reader) error {
	before := u.attached
	u.attached = true
	defer func() { u.attached = before }()
	return u.inside(name, func() error { return u.stream(name, u.limit(r), "") })
}

// settle turns an error of one file into a record; cancelling goes up.
func (u *unpacker) settle(name string, err error) error {
	if err == nil {
		return nil
	}
	if cancelled := u.ctx.Err(); cancelled != nil {
		return cancelled
	}
	(&file{name: name, out: u.out}).lose(0, err.Error(), "")
	return nil
}

// decodeUTF takes a byte order mark off, and turns UTF-16, which some shells write, into UTF-8. Without
// a mark UTF-16 is known by the zeros in its first two characters, which ASCII begins with.
func decodeUTF(r io.Reader, text []byte) io.Reader {
	var zeros [4]bool
	for i := range min(len(text), len(zeros)) {
		zeros[i] = text[i] == 0
	}
	switch {
	case zeros == [4]bool{false, true, false, true}:
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Reader(r)
	case zeros == [4]bool{true, false, true, false}:
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder().Reader(r)
	case len(text) < 2 || (text[0] != 0xef && text[0] != 0xfe && text[0] != 0xff):
		return r
	}
	return transform.NewReader(r, unicode.BOMOverride(transform.Nop))
}

// meter counts what is read from one input, for the progress bar and for the ratio of unpacked to
// packed bytes, and notices when the caller wants to stop.
type meter struct {
	r         io.Reader
	u         *unpacker
	outermost bool
}

func (m *meter) Read(p []byte) (int, error) {
	if err := m.u.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := m.r.Read(p)
	if m.outermost {
		m.u.packed += int64(n)
		if m.u.opts.Progress != nil {
			m.u.opts.Progress(Progress{m.u.packed, m.u.out.attempts.Load(), m.u.out.groups.Load()})
		}
	}
	return n, err
}
