package dedupe

import (
	"encoding/binary"
	"errors"
)

// record is one change of an index: a case put in, or one removed.
type record struct {
	id       string
	removed  bool
	fixed    bool
	identity Identity
	passages []uint32 // hashes, ascending
	terms    []term   // by hash, ascending
}

const (
	flagRemoved = 1 << iota
	flagFixed
)

// encode writes: flags, id, the four single fields, canaries, ids, passages, terms. Numbers and the
// lengths before strings and lists are varints; hashes are written as gaps, those of terms packed.
func (r *record) encode() []byte {
	flags := byte(0)
	if r.removed {
		flags |= flagRemoved
	}
	if r.fixed {
		flags |= flagFixed
	}
	b := appendStrings([]byte{flags}, r.id)
	if r.removed {
		return b
	}
	i := &r.identity
	b = appendStrings(b, i.Type, i.Target, i.Method, i.RootCause)
	for _, list := range [][]string{i.Canaries, i.IDs} {
		b = binary.AppendUvarint(b, uint64(len(list)))
		b = appendStrings(b, list...)
	}
	b = binary.AppendUvarint(b, uint64(len(r.passages)))
	last := uint32(0)
	for _, p := range r.passages {
		b = binary.AppendUvarint(b, uint64(p-last))
		last = p
	}
	b = binary.AppendUvarint(b, uint64(len(r.terms)))
	last = 0
	for _, t := range r.terms {
		b = binary.AppendUvarint(b, pack(t.hash-last, t.low))
		last = t.hash
	}
	return b
}

func appendStrings(b []byte, list ...string) []byte {
	for _, s := range list {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	return b
}

var errRecord = errors.New("not the record of a case")

// decodeRecord reads what encode wrote, and nothing else: what it takes encodes to the same bytes.
func decodeRecord(data []byte) (*record, error) {
	d := &recordReader{rest: data}
	flags := d.byte()
	r := &record{removed: flags&flagRemoved != 0, fixed: flags&flagFixed != 0, id: d.string()}
	if !r.removed {
		i := &r.identity
		i.Type, i.Target, i.Method, i.RootCause = d.string(), d.string(), d.string(), d.string()
		i.Canaries, i.IDs = d.strings(), d.strings()
		d.hashes(r)
	}
	if d.bad || len(d.rest) > 0 || flags > flagRemoved|flagFixed || r.id == "" || string(r.encode()) != string(data) {
		return nil, errRecord
	}
	return r, nil
}

// recordReader reads until something is bad, and from then on nothing.
type recordReader struct {
	rest []byte
	bad  bool
}

func (d *recordReader) byte() byte {
	if len(d.rest) == 0 {
		d.bad = true
		return 0
	}
	b := d.rest[0]
	d.rest = d.rest[1:]
	return b
}

func (d *recordReader) uvarint() uint64 {
	v, n := binary.Uvarint(d.rest)
	if n <= 0 {
		d.bad, d.rest = true, nil
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

// length reads a length that the rest can hold, so that a lie in it costs no memory.
func (d *recordReader) length() int {
	n := d.uvarint()
	if n > uint64(len(d.rest)) {
		d.bad, d.rest = true, nil
		return 0
	}
	return int(n)
}

func (d *recordReader) string() string {
	n := d.length()
	s := string(d.rest[:n])
	d.rest = d.rest[n:]
	return s
}

func (d *recordReader) strings() []string {
	n := d.length()
	if n == 0 {
		return nil
	}
	list := make([]string, 0, min(n, maxValues))
	for range n {
		if d.bad = d.bad || len(list) == maxValues; d.bad {
			return nil
		}
		list = append(list, d.string())
	}
	return list
}

// hashes reads passages and terms. They ascend, so a repeated one, or one past 32 bits, is bad.
func (d *recordReader) hashes(r *record) {
	last := uint64(0)
	for i := range d.length() {
		if d.bad = d.bad || i == maxTerms; d.bad {
			return
		}
		gap := d.uvarint()
		last += gap
		d.check(gap, last, i)
		r.passages = append(r.passages, uint32(last))
	}
	last = 0
	for i := range d.length() {
		if d.bad = d.bad || i == maxTerms; d.bad {
			return
		}
		packed := d.uvarint()
		last += packed >> 1
		d.check(packed>>1, last, i)
		r.terms = append(r.terms, term{uint32(last), packed&1 == 1})
	}
}

func (d *recordReader) check(gap, hash uint64, i int) {
	if i > 0 && gap == 0 || gap > 1<<32 || hash >= 1<<32 {
		d.bad = true
	}
}
