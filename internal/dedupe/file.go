package dedupe

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"os"
	"path/filepath"
)

// File is an index that is kept in a file. The file is a journal: the line "bugbar dedupe 1", and then for
// each change the length of a record and its CRC-32C, four bytes each, little-endian, and the record as Add
// returns it. Opening repeats the changes. Rebuild writes a file anew.
//
// A change is one write at the end, so two processes that add at once both keep their cases. A
// record that was cut off at the end, by a crash, is dropped and overwritten.
type File struct {
	*Index
	file *os.File
}

const header = "bugbar dedupe 1\n"

// maxRecord bounds a record in bytes: terms, passages and fields, all as long as they can be.
const maxRecord = 64 << 10

// FileError says what is wrong with the file of an index, and where.
type FileError struct {
	File   string
	Offset int64 // of the record; 0 for the file as a whole
	Text   string
}

func (e *FileError) Error() string {
	if e.Offset == 0 {
		return e.File + ": " + e.Text
	}
	return fmt.Sprintf("%s: offset %d: %s", e.File, e.Offset, e.Text)
}

// Hint says what would do.
func (e *FileError) Hint() string {
	return "name another file, or rebuild it from the reports with --rebuild"
}

// Open reads an index and keeps its file open for what comes. A file that does not exist is an empty
// index. Its error is a *FileError, or that of reading.
func Open(name string) (*File, error) {
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	f := &File{New(), file}
	if err := f.load(name); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return f, nil
}

func (f *File) load(name string) error {
	in := bufio.NewReaderSize(f.file, 1<<20)
	if err := f.readHeader(name, in); err != nil {
		return err
	}
	for at := int64(len(header)); ; {
		data, err := readRecord(in)
		switch {
		case errors.Is(err, io.EOF):
			return f.file.Truncate(at)
		case err != nil && !errors.Is(err, errRecord):
			return err
		case err == nil:
			err = f.Apply(data)
		}
		if err != nil {
			return &FileError{name, at, err.Error()}
		}
		at += int64(frameSize + len(data))
	}
}

// readHeader checks the first line, and writes it into a file that is empty.
func (f *File) readHeader(name string, in *bufio.Reader) error {
	head := make([]byte, len(header))
	n, err := io.ReadFull(in, head)
	switch {
	case n == 0 && errors.Is(err, io.EOF):
		_, err = f.file.WriteString(header)
		return err
	case string(head) != header:
		return &FileError{name, 0, "not an index of this version"}
	}
	return nil
}

// readRecord reads one record. Its error is io.EOF where none is left, or only a part of one.
func readRecord(in io.Reader) ([]byte, error) {
	var head [frameSize]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return nil, torn(err)
	}
	length, sum := binary.LittleEndian.Uint32(head[:]), binary.LittleEndian.Uint32(head[4:])
	if length > maxRecord {
		return nil, errRecord
	}
	data := make([]byte, length)
	if _, err := io.ReadFull(in, data); err != nil {
		return nil, torn(err)
	}
	if crc32.Checksum(data, castagnoli) != sum {
		return nil, errRecord
	}
	return data, nil
}

// torn takes a record that was cut off for none.
func torn(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return io.EOF
	}
	return err
}

// frameSize is what stands before a record, in bytes.
const frameSize = 8

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// frame puts length and checksum before a record.
func frame(record []byte) []byte {
	framed := binary.LittleEndian.AppendUint32(make([]byte, 0, frameSize+len(record)), uint32(len(record)))
	framed = binary.LittleEndian.AppendUint32(framed, crc32.Checksum(record, castagnoli))
	return append(framed, record...)
}

// Add takes a case in, and keeps it. Where it cannot be kept, the index in memory is ahead of the file.
func (f *File) Add(c *Case) error {
	record, err := f.Index.Add(c)
	if err != nil {
		return err
	}
	_, err = f.file.Write(frame(record))
	return err
}

// Remove forgets a case for good. It says whether it was known.
func (f *File) Remove(id string) (bool, error) {
	record := f.Index.Remove(id)
	if record == nil {
		return false, nil
	}
	_, err := f.file.Write(frame(record))
	return true, err
}

// Close closes the file, once all is on the disk.
func (f *File) Close() error {
	return errors.Join(f.file.Sync(), f.file.Close())
}

// Rebuild writes the file of an index anew from all cases that are to be known. The old file stays until
// the new one is complete.
func Rebuild(name string, cases iter.Seq[*Case]) error {
	temp, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name()) // fails once it has its name
	out := bufio.NewWriterSize(temp, 1<<20)
	_, _ = out.WriteString(header) // Flush tells of errors
	x := New()
	for c := range cases {
		record, err := x.Add(c)
		if err != nil {
			return errors.Join(err, temp.Close())
		}
		_, _ = out.Write(frame(record))
	}
	if err := errors.Join(out.Flush(), temp.Sync(), temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), name)
}
