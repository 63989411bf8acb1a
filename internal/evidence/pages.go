package evidence

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	pqformat "github.com/parquet-go/parquet-go/format"
)

// The library believes what a page's header and the runs in it claim, and makes room for gigabytes on
// the word of a few bytes. So every page is looked through before the library sees it.

const (
	usualHeader   = 16 << 10
	maxPageHeader = 1 << 20   // it may hold the column's least and greatest text
	maxOpenPages  = 512 << 20 // bytes that one page of each column takes when unpacked
	maxListValues = 1 << 24   // numbers that the lists of one row group hold
	valueBytes    = 8         // what the library keeps of a value beside the page: levels, an offset or an index
)

// pageCheck looks through the pages of a Parquet file.
type pageCheck struct {
	in               *io.SectionReader
	buffer           *bufio.Reader
	unpack           unpacker
	packed, unpacked int64 // bytes so far
	lists            int64 // values in the lists of this row group
}

// chunk is the part of a row group that holds one column.
type columnChunk struct {
	parquet.LeafColumn
	pqformat.ColumnMetaData
}

func checkPages(in *io.SectionReader, file *parquet.File) error {
	check := &pageCheck{in: in, buffer: bufio.NewReaderSize(nil, 2*maxPageHeader)}
	paths := file.Schema().Columns()
	for _, group := range file.Metadata().RowGroups {
		if len(group.Columns) != len(paths) {
			return fmt.Errorf("a row group of %d columns; there are %d", len(group.Columns), len(paths))
		}
		check.lists = 0
		open := int64(0)
		for i, path := range paths {
			leaf, _ := file.Schema().Lookup(path...)
			largest, err := check.column(columnChunk{leaf, group.Columns[i].MetaData})
			if err != nil {
				return fmt.Errorf("column %s: %w", path[0], err)
			}
			if open += largest; open > maxOpenPages {
				return fmt.Errorf("pages of more than %d bytes when unpacked: write smaller ones", maxOpenPages)
			}
		}
	}
	return nil
}

// column checks the pages of a column chunk and returns the bytes that the largest takes.
func (c *pageCheck) column(chunk columnChunk) (largest int64, err error) {
	start, left := chunk.DataPageOffset, chunk.TotalCompressedSize
	if chunk.DictionaryPageOffset != 0 {
		start = chunk.DictionaryPageOffset
	}
	if start < 0 || left < 0 || start > c.in.Size()-left || left > c.in.Size()-c.packed {
		return 0, errors.New("it claims bytes that are not there")
	}
	c.packed += left
	c.buffer.Reset(io.NewSectionReader(c.in, start, left))
	values := int64(0)
	for left > 0 {
		header, length, err := c.header()
		if err != nil {
			return 0, err
		}
		page := pageOf(header)
		left -= length + page.packed
		if err := c.claims(chunk, page, left, &values); err != nil {
			return 0, err
		}
		largest = max(largest, page.bytes())
		if err := c.content(chunk, page); err != nil {
			return 0, err
		}
	}
	return largest, nil
}

// header reads the header of a page once its lengths are known to be true, and returns its own length.
func (c *pageCheck) header() (header pqformat.PageHeader, length int64, err error) {
	text, n, err := c.walkHeader(usualHeader)
	if n == 0 && err == nil {
		text, n, err = c.walkHeader(maxPageHeader)
	}
	if n == 0 && err == nil {
		err = errors.New("damaged page header")
	}
	if err != nil {
		return header, 0, err
	}
	if err := thrift.Unmarshal(&thrift.CompactProtocol{}, text[:n], &header); err != nil {
		return header, 0, fmt.Errorf("damaged page header: %w", err)
	}
	_, err = c.buffer.Discard(n)
	return header, int64(n), err
}

// walkHeader returns the header within so many bytes, and its length, 0 if it is damaged or longer.
func (c *pageCheck) walkHeader(most int) (text []byte, n int, err error) {
	text, err = c.buffer.Peek(most)
	if err != nil && err != io.EOF {
		return nil, 0, err
	}
	walk := thriftWalk{rest: text}
	if walk.structure(0); walk.bad {
		return nil, 0, nil
	}
	return text, len(text) - len(walk.rest), nil
}

// claims holds what a page's header claims to the limits.
func (c *pageCheck) claims(chunk columnChunk, p page, left int64, values *int64) error {
	c.unpacked += p.unpacked
	if p.data {
		*values += p.values
	}
	if chunk.MaxRepetitionLevel > 0 {
		c.lists += p.values
	}
	switch {
	case p.packed < 0 || p.unpacked < 0 || p.values < 0 || min(p.levels[0], p.levels[1]) < 0:
		return errors.New("a page claims a negative size")
	case c.unpacked > maxUnpacked:
		return fmt.Errorf("more than %d bytes when unpacked", int64(maxUnpacked))
	case p.bytes() > maxOpenPages:
		return fmt.Errorf("a page of %d bytes and %d values; at most %d bytes are unpacked at once", p.unpacked, p.values, maxOpenPages)
	case chunk.MaxRepetitionLevel == 0 && *values > maxRows:
		return fmt.Errorf("more than %d rows", maxRows)
	case c.lists > maxListValues:
		return fmt.Errorf("lists of more than %d numbers in one row group: write smaller groups, or an npz archive", maxListValues)
	case left < 0:
		return errors.New("a page claims bytes that are not there")
	}
	return nil
}

// page is what a header says of its page.
type page struct {
	packed, unpacked, values int64
	levels                   [2]int64 // bytes of repetition and definition levels before the packed bytes: version 2 only
	data                     bool     // as against a dictionary
	second                   bool     // a data page of version 2
	plain                    bool     // never packed, whatever the column says: version 2 only
	encoding                 pqformat.Encoding
}

func pageOf(h pqformat.PageHeader) page {
	p := page{packed: int64(h.CompressedPageSize), unpacked: int64(h.UncompressedPageSize)}
	switch h.Type {
	case pqformat.DataPage:
		p.data, p.values, p.encoding = true, int64(h.DataPageHeader.V.NumValues), h.DataPageHeader.V.Encoding
	case pqformat.DictionaryPage:
		p.values, p.encoding = int64(h.DictionaryPageHeader.V.NumValues), h.DictionaryPageHeader.V.Encoding
	case pqformat.DataPageV2:
		v := h.DataPageHeaderV2.V
		p.data, p.second, p.values, p.encoding = true, true, int64(v.NumValues), v.Encoding
		p.levels = [2]int64{int64(v.RepetitionLevelsByteLength), int64(v.DefinitionLevelsByteLength)}
		p.plain = v.IsCompressed.Valid && !v.IsCompressed.V
	}
	return p
}

func (p page) bytes() int64 { return p.unpacked + valueBytes*p.values }
