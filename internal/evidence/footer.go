package evidence

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// maxFooter is the longest Parquet footer that is read: thousands of columns in thousands of groups.
const maxFooter = 4 << 20

// checkFooter walks the footer of a Parquet file, a structure in Thrift's compact protocol, and holds each
// length that it claims to the bytes that are there. The library makes room for what a length claims
// before it reads, so that twenty bytes could ask for a hundred gigabytes.
func checkFooter(in *io.SectionReader) error {
	tail := make([]byte, 8)
	if _, err := in.ReadAt(tail, in.Size()-8); err != nil {
		return errors.New("cut off before the footer")
	}
	length := int64(binary.LittleEndian.Uint32(tail))
	if length > min(maxFooter, in.Size()-12) {
		return fmt.Errorf("a footer of %d bytes; at most %d are read, of %d in the file", length, maxFooter, in.Size())
	}
	text := make([]byte, length)
	if _, err := in.ReadAt(text, in.Size()-8-length); err != nil {
		return err
	}
	walk := thriftWalk{rest: text}
	if walk.structure(0); walk.bad {
		return errors.New("damaged footer")
	}
	return nil
}

// thriftWalk walks over values of the compact protocol without keeping any.
type thriftWalk struct {
	rest []byte
	bad  bool
}

const maxThriftDepth = 32

// The types of the compact protocol.
const (
	thriftTrue = 1 + iota
	thriftFalse
	thriftByte
	thriftInt16
	thriftInt32
	thriftInt64
	thriftDouble
	thriftBinary
	thriftList
	thriftSet
	_ // a map, of which Parquet has none
	thriftStruct
)

func (t *thriftWalk) skip(n uint64) {
	if n > uint64(len(t.rest)) {
		t.bad, n = true, uint64(len(t.rest))
	}
	t.rest = t.rest[n:]
}

func (t *thriftWalk) byte() (b byte) {
	if len(t.rest) > 0 {
		b = t.rest[0]
	}
	t.skip(1)
	return b
}

func (t *thriftWalk) varint() uint64 {
	v, n := binary.Uvarint(t.rest)
	if n <= 0 {
		t.bad = true
		return 0
	}
	t.skip(uint64(n))
	return v
}

func (t *thriftWalk) structure(depth int) {
	for !t.bad {
		header := t.byte()
		kind := header & 0x0f
		if kind == 0 {
			return
		}
		if header>>4 == 0 {
			t.varint() // the number of the field
		}
		if kind != thriftTrue && kind != thriftFalse { // whose value is in the type
			t.value(kind, depth)
		}
	}
}

func (t *thriftWalk) value(kind byte, depth int) {
	if depth > maxThriftDepth {
		t.bad = true
		return
	}
	switch kind {
	case thriftTrue, thriftFalse, thriftByte:
		t.skip(1)
	case thriftInt16, thriftInt32, thriftInt64:
		t.varint()
	case thriftDouble:
		t.skip(8)
	case thriftBinary:
		t.skip(t.varint())
	case thriftList, thriftSet:
		t.list(depth)
	case thriftStruct:
		t.structure(depth + 1)
	default:
		t.bad = true
	}
}

func (t *thriftWalk) list(depth int) {
	header := t.byte()
	size := uint64(header >> 4)
	if size == 15 {
		size = t.varint()
	}
	if size > uint64(len(t.rest)) { // each element takes at least one byte
		t.bad = true
	}
	for range size {
		if t.bad {
			return
		}
		t.value(header&0x0f, depth+1)
	}
}
