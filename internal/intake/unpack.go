package intake

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// What an archive may cost. A log of attempts packs about 10 to 30 times.
const (
	maxUnpacked   = 8 << 30 // bytes out of all archives of one Read
	freeUnpacked  = 64 << 20
	maxRatio      = 200 // unpacked to packed, once more than freeUnpacked has come out
	maxEntries    = 100_000
	maxNesting    = 4
	maxSpool      = 4 << 30 // bytes of an archive that has to be copied to disk to be read
	zstdWindow    = 128 << 20
	zipMethodZstd = 93
)

var (
	errLimit  = errors.New("limit")
	errPacked = errors.New("damaged archive")
)

// An unpacker reads the inputs of one call, with the limits that remain.
type unpacker struct {
	ctx      context.Context
	opts     Options
	out      *collector
	depth    int   // archives that the present input is in
	packed   int64 // bytes read of the outermost input
	unpacked int64
	entries  int
	attached bool // the present input came with a report
}

func newUnpacker(ctx context.Context, opts Options) *unpacker {
	return &unpacker{ctx: ctx, opts: opts, out: newCollector()}
}

// opener reads everything inside one kind of archive.
type opener func(u *unpacker, name string, r io.Reader, disk string) error

// container recognises an archive by its first bytes.
func container(text []byte) opener {
	switch {
	case bytes.HasPrefix(text, []byte{0x1f, 0x8b}):
		return openGzip
	case bytes.HasPrefix(text, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return openZstd
	case bytes.HasPrefix(text, []byte("PK\x03\x04")), bytes.HasPrefix(text, []byte("PK\x05\x06")):
		return openZip
	case len(text) > 262 && string(text[257:262]) == "ustar":
		return openTar
	case bytes.HasPrefix(text, []byte("BZh")), bytes.HasPrefix(text, []byte("\xfd7zXZ\x00")), bytes.HasPrefix(text, []byte("7z\xbc\xaf'\x1c")):
		return openUnknown
	}
	return nil
}

func openUnknown(*unpacker, string, io.Reader, string) error {
	return fmt.Errorf("%w: packed as bzip2, xz or 7z; pack it as zip, gzip or zstd", errPacked)
}

// inside runs open one level deeper. Its errors are records, since one bad archive among others
// must not end the reading.
func (u *unpacker) inside(name string, open func() error) error {
	if u.depth == maxNesting {
		return u.settle(name, fmt.Errorf("%w: archives inside archives, more than %d deep", errLimit, maxNesting))
	}
	u.depth++
	defer func() { u.depth-- }()
	return u.settle(name, open())
}

func openGzip(u *unpacker, name string, r io.Reader, _ string) error {
	z, err := gzip.NewReader(r)
	if err != nil {
		return fmt.Errorf("%w: %w", errPacked, err)
	}
	defer z.Close()
	return u.stream(strings.TrimSuffix(name, ".gz"), u.limit(z), "")
}

func openZstd(u *unpacker, name string, r io.Reader, _ string) error {
	z, err := newZstd(r)
	if err != nil {
		return fmt.Errorf("%w: %w", errPacked, err)
	}
	defer z.Close()
	return u.stream(strings.TrimSuffix(name, ".zst"), u.limit(z), "")
}

func newZstd(r io.Reader) (*zstd.Decoder, error) {
	return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(zstdWindow), zstd.WithDecoderLowmem(true))
}

func openTar(u *unpacker, name string, r io.Reader, _ string) error {
	for t := tar.NewReader(r); ; {
		entry, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: %w", errPacked, err)
		}
		if entry.Typeflag != tar.TypeReg {
			continue
		}
		if err := u.entry(); err != nil {
			return err
		}
		if err := u.stream(path.Join(name, entryName(entry.Name)), u.limit(t), ""); err != nil {
			return err
		}
	}
}

func openZip(u *unpacker, name string, r io.Reader, disk string) error {
	archive, done, err := u.spool(r, disk)
	if err != nil {
		return err
	}
	defer done()
	info, err := archive.Stat()
	if err != nil {
		return err
	}
	if disk != "" {
		u.packed += info.Size() // read past the meter
	}
	z, err := zip.NewReader(archive, info.Size())
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) { // names are never used as paths
		return fmt.Errorf("%w: %w", errPacked, err)
	}
	z.RegisterDecompressor(zipMethodZstd, func(r io.Reader) io.ReadCloser {
		d, err := newZstd(r)
		if err != nil {
			return io.NopCloser(&failing{err})
		}
		return d.IOReadCloser()
	})
	if isInspect(z) {
		return readInspectZip(u, name, z)
	}
	for _, entry := range z.File {
		if entry.Mode().IsRegular() {
			if err := u.zipEntry(path.Join(name, entryName(entry.Name)), entry); err != nil {
				return err
			}
		}
	}
	return nil
}

func (u *unpacker) zipEntry(name string, entry *zip.File) error {
	if err := u.entry(); err != nil {
		return err
	}
	r, err := entry.Open()
	if err != nil {
		return u.settle(name, fmt.Errorf("%w: %w", errPacked, err))
	}
	defer r.Close()
	return u.stream(name, u.limit(r), "")
}

// entryName makes a name out of an archive harmless; it is shown, never opened.
func entryName(name string) string {
	return strings.TrimPrefix(path.Clean("/"+strings.ReplaceAll(name, `\`, "/")), "/")
}

func (u *unpacker) entry() error {
	if u.entries++; u.entries > maxEntries {
		return fmt.Errorf("%w: more than %d files in archives", errLimit, maxEntries)
	}
	return nil
}

// spool returns the archive as a file that can be read at any place: the one on disk, or a copy.
func (u *unpacker) spool(r io.Reader, disk string) (archive *os.File, done func(), err error) {
	if disk != "" {
		archive, err = os.Open(disk)
		return archive, func() { archive.Close() }, err
	}
	archive, err = os.CreateTemp("", "bugbar-*")
	if err != nil {
		return nil, nil, err
	}
	done = func() { archive.Close(); os.Remove(archive.Name()) }
	n, err := io.Copy(archive, io.LimitReader(r, maxSpool+1))
	if err == nil && n > maxSpool {
		err = fmt.Errorf("%w: larger than %d GiB; unpack it first", errLimit, maxSpool>>30)
	}
	if err != nil {
		done()
		return nil, nil, err
	}
	return archive, done, nil
}

// limit guards what comes out of an archive.
func (u *unpacker) limit(r io.Reader) io.Reader { return &limited{r: r, u: u} }

type limited struct {
	r io.Reader
	u *unpacker
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	l.u.unpacked += int64(n)
	switch {
	case l.u.unpacked > maxUnpacked:
		return 0, fmt.Errorf("%w: archives unpack to more than %d GiB", errLimit, maxUnpacked>>30)
	case l.u.unpacked > freeUnpacked && l.u.unpacked > maxRatio*max(l.u.packed, 1):
		return 0, fmt.Errorf("%w: unpacks to more than %d times its size", errLimit, maxRatio)
	case err != nil && !errors.Is(err, io.EOF) && !isStop(err):
		err = fmt.Errorf("%w: %w", errPacked, err)
	}
	return n, err
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }
