package evidence

import (
	"fmt"
	"io"
)

// Array is a numeric array of a file, held as the file's own bytes and decoded where it is read.
type Array struct {
	header
	name string // the file, and the array in it
	raw  []byte
}

// Shape is the length of each axis.
func (a *Array) Shape() []int { return a.shape }

// rowLength is how many elements a row has.
func (a *Array) rowLength() int {
	length := 1
	for _, d := range a.shape[min(1, len(a.shape)):] {
		length *= d
	}
	return length
}

// Row decodes what lies at one index of the first axis, later axes varying fastest, into a slice of
// that length. Rows may be read concurrently.
func (a *Array) Row(i int, into []float64) {
	if !a.fortran || len(a.shape) < 2 {
		a.decode(a.raw[i*len(into)*a.size:], into)
		return
	}
	for j := range into {
		a.decode(a.raw[(i+a.rows()*a.transposed(j))*a.size:], into[j:j+1])
	}
}

// transposed maps a place in a row, last axis fastest, to the place with the second axis fastest.
func (a *Array) transposed(place int) int {
	index, stride := 0, a.rowLength()
	for axis := len(a.shape) - 1; axis > 0; axis-- {
		d := a.shape[axis]
		stride /= d
		index += place % d * stride
		place /= d
	}
	return index
}

// Floats decodes the whole array.
func (a *Array) Floats() []float64 {
	values, length := make([]float64, a.elements()), a.rowLength()
	for i := 0; i < len(values); i += length {
		a.Row(i/length, values[i:i+length])
	}
	return values
}

// TruthRow decodes a row of truth values, which checkTruth has seen. Rows may be read concurrently.
func (a *Array) TruthRow(i int, into []bool) {
	if !a.fortran && a.size == 1 {
		for j, b := range a.raw[i*len(into) : (i+1)*len(into)] {
			into[j] = b != 0
		}
		return
	}
	row := make([]float64, len(into))
	a.Row(i, row)
	for j, v := range row {
		into[j] = v != 0
	}
}

// checkTruth makes sure that the array holds zeros and ones, of any type.
func (a *Array) checkTruth() error {
	if a.kind == 'b' {
		return a.checkTruthBytes()
	}
	row := make([]float64, a.rowLength())
	for i := range a.rows() {
		a.Row(i, row)
		for _, v := range row {
			if v != 0 && v != 1 {
				return fmt.Errorf("%s: %w", a.name, invalid("%g in row %d; only 0 and 1 are truth values", v, i))
			}
		}
	}
	return nil
}

func (a *Array) checkTruthBytes() error {
	all := byte(0)
	for _, b := range a.raw {
		all |= b
	}
	if all > 1 {
		return fmt.Errorf("%s: %w", a.name, invalid("a truth value other than 0 and 1"))
	}
	return nil
}

// Bools decodes an array of truth values.
func (a *Array) Bools() ([]bool, error) {
	values, length := make([]bool, a.elements()), a.rowLength()
	for i := 0; i < len(values); i += length {
		a.TruthRow(i/length, values[i:i+length])
	}
	return values, a.checkTruth()
}

// blockElements is how much of an array Each holds at a time.
const blockElements = 1 << 13

// each decodes an array from its file in blocks, in the file's order, never holding more than one.
func (h *header) each(r io.Reader, visit func([]float64) error) error {
	raw, block := make([]byte, blockElements*h.size), make([]float64, blockElements)
	for left := h.elements(); left > 0; {
		n := min(left, blockElements)
		if _, err := io.ReadFull(r, raw[:n*h.size]); err != nil {
			return h.cutOff(err)
		}
		h.decode(raw, block[:n])
		if err := visit(block[:n]); err != nil {
			return err
		}
		left -= n
	}
	return h.atEnd(r)
}

// load reads the whole array. The caller has made sure that the file is large enough for it.
func (h *header) load(r io.Reader) ([]byte, error) {
	raw := make([]byte, h.bytes())
	if _, err := io.ReadFull(r, raw); err != nil {
		return nil, h.cutOff(err)
	}
	return raw, h.atEnd(r)
}

func (h *header) cutOff(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return invalid("cut off before the %d bytes that its shape %v needs", h.bytes(), h.shape)
	}
	return err
}

// atEnd makes sure that nothing follows, which also lets an archive check its checksum.
func (h *header) atEnd(r io.Reader) error {
	switch n, err := r.Read(make([]byte, 1)); {
	case n > 0:
		return invalid("bytes beyond the %d that its shape %v needs", h.bytes(), h.shape)
	case err != io.EOF && err != nil:
		return err
	}
	return nil
}
