package evidence

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

const (
	maxArrays = 4096
	// deflateRatio is the most that deflate can shrink anything.
	deflateRatio = 1032
	// bombRatio is the most that an array over bombFloor bytes may have been shrunk.
	bombRatio, bombFloor = 200, 64 << 20
)

// Arrays are the arrays of one npz archive, or the one of an npy file, which is called "".
type Arrays struct {
	path    string
	file    *os.File
	size    int64
	entries map[string]*zip.File // nil for an npy file
}

// OpenArrays opens an npz or npy file, which it tells apart by their content. Nothing but the
// archive's directory is read until an array is asked for.
func OpenArrays(path string) (*Arrays, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return openArrays(path, file)
}

func openArrays(path string, file *os.File) (*Arrays, error) {
	a := &Arrays{path: path, file: file}
	if err := a.readDirectory(); err != nil {
		file.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return a, nil
}

// Close closes the file. Arrays that were loaded stay usable.
func (a *Arrays) Close() error { return a.file.Close() }

func (a *Arrays) readDirectory() error {
	info, err := a.file.Stat()
	if err != nil {
		return err
	}
	a.size = info.Size()
	begin := make([]byte, len(magic))
	if n, _ := a.file.ReadAt(begin, 0); string(begin[:n]) == magic {
		return nil
	}
	archive, err := zip.NewReader(a.file, a.size)
	if err != nil {
		return invalid("neither an npy array nor a readable npz archive (%v)", err)
	}
	if len(archive.File) > maxArrays {
		return invalid("an archive of %d files; at most %d are read", len(archive.File), maxArrays)
	}
	a.entries = make(map[string]*zip.File, len(archive.File))
	for _, entry := range archive.File {
		name := strings.TrimSuffix(entry.Name, ".npy")
		if a.entries[name] != nil {
			return invalid("two arrays named %.40q", name)
		}
		a.entries[name] = entry
	}
	return nil
}

// Names are the names of the arrays, in alphabetical order.
func (a *Arrays) Names() []string {
	names := []string{}
	for name := range a.entries {
		names = append(names, name)
	}
	if a.entries == nil {
		names = append(names, "")
	}
	slices.Sort(names)
	return names
}

// Has tells whether there is an array of that name.
func (a *Arrays) Has(name string) bool { return slices.Contains(a.Names(), name) }

// Load reads one array into memory, in the type that the file has it in.
func (a *Arrays) Load(name string) (*Array, error) {
	array := &Array{name: a.label(name)}
	err := a.open(name, func(h *header, r io.Reader) (err error) {
		array.header = *h
		array.raw, err = h.load(r)
		return err
	})
	return array, err
}

// Each streams one array to visit, in blocks and in the file's order. The block is reused.
func (a *Arrays) Each(name string, visit func([]float64) error) error {
	return a.open(name, func(h *header, r io.Reader) error { return h.each(r, visit) })
}

// header returns what the file says about one array, without reading it.
func (a *Arrays) header(name string) (*header, error) {
	var found *header
	err := a.open(name, func(h *header, _ io.Reader) error {
		found = h
		return nil
	})
	return found, err
}

func (a *Arrays) label(name string) string {
	if a.entries == nil {
		return a.path
	}
	return a.path + ": " + name
}

// open reads the header of an array, believes it as far as the file can bear it out, and hands on.
func (a *Arrays) open(name string, use func(*header, io.Reader) error) error {
	r, room, err := a.content(name)
	if err != nil {
		return fmt.Errorf("%s: %w", a.label(name), err)
	}
	defer r.Close()
	h, err := readHeader(r)
	if err == nil && int64(h.bytes()) > room {
		err = invalid("a shape of %v needs %d bytes, more than the file can hold", h.shape, h.bytes())
	}
	if err == nil {
		err = use(h, r)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", a.label(name), described(err))
	}
	return nil
}

// described gives the archive reader's errors the words of this package.
func described(err error) error {
	switch {
	case errors.Is(err, zip.ErrChecksum), errors.Is(err, zip.ErrFormat):
		return invalid("damaged: %v", err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return invalid("cut off")
	}
	return err
}

// content opens the bytes of an array; no more than room of them can be there.
func (a *Arrays) content(name string) (r io.ReadCloser, room int64, err error) {
	if a.entries == nil {
		return io.NopCloser(io.NewSectionReader(a.file, 0, a.size)), a.size, nil
	}
	entry := a.entries[name]
	if entry == nil {
		return nil, 0, invalid("no such array; there are %s", strings.Join(a.Names(), ", "))
	}
	if room, err = a.room(entry); err != nil {
		return nil, 0, err
	}
	r, err = entry.Open()
	if err != nil {
		return nil, 0, invalid("%v", err)
	}
	return r, room, nil
}

// room is how many bytes an entry can hold, by the bytes that the archive has for it.
func (a *Arrays) room(entry *zip.File) (int64, error) {
	packed := entry.CompressedSize64
	switch {
	case packed > uint64(a.size):
		return 0, invalid("its %d bytes are more than the file's %d", packed, a.size)
	case entry.Method == zip.Store:
		return int64(packed), nil
	case entry.UncompressedSize64 > max(bombFloor, bombRatio*packed):
		return 0, invalid("it unpacks %d bytes to %d; at most %d-fold is unpacked", packed, entry.UncompressedSize64, bombRatio)
	}
	return min(int64(entry.UncompressedSize64), deflateRatio*int64(packed)), nil
}
