package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
)

// reading collects, beside the rows of one body of evidence, what is to be said of its files.
type reading struct {
	files    []string
	options  Options
	sources  []Source
	warnings []string
	noted    []noted
	telling  sync.Mutex // of Options.Progress, which files are read beside each other for
}

// noted is a source whose digest is being computed.
type noted struct {
	source    int
	digest    <-chan digested
	closeFile func() error
}

// table is the layout of a kind's rows: the order of columns where a text file has no header, and all
// other names by which a header is known.
type table struct {
	order []string
	other []string
}

func (t table) known() map[string]bool {
	known := map[string]bool{}
	for _, name := range append(t.order[:len(t.order):len(t.order)], t.other...) {
		known[name] = true
	}
	return known
}

// load reads all rows of files, the bad ones left out, counted and named in a warning.
func load[R any](r *reading, files []string, t table, parse func(Row) (R, error)) (all []R, err error) {
	for _, name := range files {
		if all, err = loadFile(r, name, t, all, parse); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func loadFile[R any](r *reading, name string, t table, all []R, parse func(Row) (R, error)) ([]R, error) {
	in, closeFile, err := open(name)
	if err != nil {
		return nil, err
	}
	defer closeFile()
	digest := startDigest(in)
	source := Source{File: name}
	var bad []string
	for row, err := range rows(name, r.watch(name, in), t.order, t.known()) {
		var parsed R
		if err == nil {
			parsed, err = parse(row)
		}
		switch {
		case err == nil && len(all) == maxRows:
			return nil, invalid("%s: more than %d rows", name, maxRows)
		case err == nil:
			all = append(all, parsed)
			source.Rows++
		case errors.As(err, new(*LineError)):
			source.Bad++
			if len(bad) < shownErrors {
				bad = append(bad, err.Error())
			}
		default:
			return nil, asInvalid(err)
		}
	}
	return all, r.finish(source, bad, <-digest)
}

// finish notes a file that has been read, unless nothing of it can be used.
func (r *reading) finish(source Source, bad []string, sum digested) error {
	switch {
	case source.Rows == 0 && source.Bad > 0:
		return invalid("no row of %d can be used; the first: %s", source.Bad, bad[0])
	case source.Rows == 0:
		return invalid("%s: no rows", source.File)
	case sum.err != nil:
		return fmt.Errorf("%s: %w", source.File, sum.err)
	case source.Bad > 0:
		r.warnings = append(r.warnings, fmt.Sprintf("%d of %d rows are left out: %s",
			source.Bad, source.Bad+source.Rows, strings.Join(bad, "; ")))
	}
	source.Digest = sum.digest
	r.sources = append(r.sources, source)
	return nil
}

// note adds a file that is read as arrays to the sources. Its digest is computed meanwhile.
func (r *reading) note(name string) error {
	in, closeFile, err := open(name)
	if err != nil {
		return err
	}
	r.noted = append(r.noted, noted{len(r.sources), startDigest(r.watch(name, in)), closeFile})
	r.sources = append(r.sources, Source{File: name})
	return nil
}

// settle waits for the digests of noted files.
func (r *reading) settle() (err error) {
	for _, n := range r.noted {
		sum := <-n.digest
		n.closeFile()
		if sum.err != nil && err == nil {
			err = fmt.Errorf("%s: %w", r.sources[n.source].File, sum.err)
		}
		r.sources[n.source].Digest = sum.digest
	}
	return err
}

// fileFormat is what a file's first bytes say it is.
func fileFormat(name string) (format, error) {
	in, closeFile, err := open(name)
	if err != nil {
		return "", err
	}
	defer closeFile()
	first, err := head(in)
	return sniff(first), err
}

// open gives a regular file as a section, which several readers can use at once.
func open(name string) (*io.SectionReader, func() error, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, nil, err
	}
	if err := checkRegular(name, info); err != nil {
		return nil, nil, err
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	return io.NewSectionReader(file, 0, info.Size()), file.Close, nil
}

// checkRegular is to be asked before a file is opened, as opening a pipe waits for somebody to write.
func checkRegular(name string, info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s: %w", name, invalid("not a regular file"))
	}
	return nil
}

// digestPrefix names the algorithm of a digest.
const digestPrefix = "sha256:"

type digested struct {
	digest string
	err    error
}

// startDigest computes the digest of a file while its rows are read.
func startDigest(in *io.SectionReader) <-chan digested {
	done := make(chan digested, 1)
	go func() {
		hash := sha256.New()
		_, err := io.Copy(hash, io.NewSectionReader(in, 0, in.Size()))
		done <- digested{digestPrefix + hex.EncodeToString(hash.Sum(nil)), err}
	}()
	return done
}

// watch tells Options.Progress how far the reading of a file is.
func (r *reading) watch(name string, in *io.SectionReader) *io.SectionReader {
	if r.options.Progress == nil {
		return in
	}
	return io.NewSectionReader(&watched{in, name, 0, r.tell}, 0, in.Size())
}

// tell tells Options.Progress, if there is one, how far something is.
func (r *reading) tell(what string, done, total int64) {
	if r.options.Progress == nil {
		return
	}
	r.telling.Lock()
	defer r.telling.Unlock()
	r.options.Progress(what, done, total)
}

// teller is tell of one thing.
func (r *reading) teller(what string) func(done, total int64) {
	return func(done, total int64) { r.tell(what, done, total) }
}

type watched struct {
	*io.SectionReader
	name string
	read int64
	tell func(file string, read, total int64)
}

func (w *watched) ReadAt(p []byte, at int64) (int, error) {
	n, err := w.SectionReader.ReadAt(p, at)
	w.read += int64(n)
	w.tell(w.name, min(w.read, w.Size()), w.Size())
	return n, err
}
