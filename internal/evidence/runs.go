package evidence

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"

	pqformat "github.com/parquet-go/parquet-go/format"
)

// content unpacks a page within what its header claims, and looks through its runs.
func (c *pageCheck) content(chunk columnChunk, p page) error {
	if err := c.levels(chunk, p); err != nil {
		return err
	}
	codec := chunk.Codec
	if p.plain {
		codec = pqformat.Uncompressed
	}
	body, err := c.unpack.page(codec, io.LimitReader(c.buffer, max(0, p.packed-p.levels[0]-p.levels[1])), p.unpacked)
	if err != nil || !p.data {
		return err
	}
	if !p.second {
		if body, err = chunk.skipLevels(body, p.values); err != nil {
			return err
		}
	}
	return checkRuns(p, body)
}

// levels looks through the levels that stand before the packed bytes of a page of version 2.
func (c *pageCheck) levels(chunk columnChunk, p page) error {
	for i, length := range p.levels {
		if length > p.packed {
			return errCutPage
		}
		runs, err := c.unpack.page(pqformat.Uncompressed, io.LimitReader(c.buffer, length), length)
		if err != nil {
			return err
		}
		if err := countRuns(runs, chunk.levelBits()[i], p.values); err != nil {
			return err
		}
	}
	return nil
}

// levelBits are the bits of a repetition and of a definition level.
func (c columnChunk) levelBits() [2]int {
	return [2]int{bits.Len(uint(c.MaxRepetitionLevel)), bits.Len(uint(c.MaxDefinitionLevel))}
}

// skipLevels walks over the repetition and definition levels that a page of version 1 begins with.
func (c columnChunk) skipLevels(body []byte, values int64) (rest []byte, err error) {
	for _, width := range c.levelBits() {
		if width == 0 {
			continue
		}
		var runs []byte
		if runs, body, err = sized(body); err != nil {
			return nil, err
		}
		if err := countRuns(runs, width, values); err != nil {
			return nil, err
		}
	}
	return body, nil
}

// sized parts bytes that begin with their length, in four bytes.
func sized(body []byte) (first, rest []byte, err error) {
	if len(body) < 4 || uint64(binary.LittleEndian.Uint32(body)) > uint64(len(body)-4) {
		return nil, nil, errCutPage
	}
	n := binary.LittleEndian.Uint32(body)
	return body[4 : 4+n], body[4+n:], nil
}

var errCutPage = errors.New("a page is cut off")

// checkRuns looks through encodings in which few bytes stand for many values.
func checkRuns(p page, body []byte) error {
	switch p.encoding {
	case plainDictionary, pqformat.RLEDictionary:
		if len(body) == 0 {
			return nil
		}
		return countRuns(body[1:], int(body[0]), p.values)
	case pqformat.RLE:
		runs, _, err := sized(body)
		if err != nil {
			return err
		}
		return countRuns(runs, 1, p.values)
	case pqformat.DeltaBinaryPacked, pqformat.DeltaLengthByteArray:
		return countDeltas(body, p.values)
	case pqformat.DeltaByteArray:
		return errors.New("encoding DELTA_BYTE_ARRAY, which unpacks without bound: write it plain or with a dictionary")
	}
	return nil
}

// plainDictionary is what older writers call pqformat.RLEDictionary.
const plainDictionary pqformat.Encoding = 2

// runPadding is how many values beyond its own the last run of a page may have.
const runPadding = 1024

// countRuns makes sure that runs of values of so many bits hold no more values than the page. A run is
// a value and how often it stands, or groups of eight values.
func countRuns(runs []byte, width int, values int64) error {
	for total := int64(0); len(runs) > 0; {
		header, n := binary.Uvarint(runs)
		if n <= 0 || header>>1 > uint64(values+runPadding) {
			return fmt.Errorf("a run of %d values in a page of %d", header>>1, values)
		}
		count, length := int64(header>>1), (width+7)/8
		if header&1 == 1 {
			length, count = int(count)*width, 8*count
		}
		if total += count; total > values+runPadding {
			return fmt.Errorf("runs of %d values in a page of %d", total, values)
		}
		if length > len(runs)-n {
			return errCutPage
		}
		runs = runs[n+length:]
	}
	return nil
}

// countDeltas makes sure that a block of differences claims no more values than the page. It begins with
// the size of a block, the number of its parts, and the number of values.
func countDeltas(body []byte, values int64) error {
	for field := range 3 {
		claim, n := binary.Uvarint(body)
		switch {
		case len(body) == 0 && values == 0:
			return nil
		case n <= 0:
			return errCutPage
		case field == 2 && claim > uint64(values):
			return fmt.Errorf("%d differences in a page of %d values", claim, values)
		}
		body = body[n:]
	}
	return nil
}
