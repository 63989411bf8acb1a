package evidence

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
)

// textRows reads CSV or TSV. Quotes that do not match and rows of another length are bad rows.
func textRows(name string, in *io.SectionReader, first []byte, order []string, known map[string]bool, yield func(Row, error) bool) {
	if bytes.IndexByte(first, 0) >= 0 {
		yield(Row{}, fmt.Errorf("%s: a binary file or UTF-16: give CSV in UTF-8, JSON lines or Parquet", name))
		return
	}
	start := int64(0)
	if bytes.HasPrefix(first, []byte("\xef\xbb\xbf")) {
		start = 3
	}
	bounded := &lineLimit{in: io.NewSectionReader(in, start, in.Size()-start)}
	reader := csv.NewReader(bounded)
	reader.Comma = delimiter(first)
	reader.ReuseRecord = true
	var names *columns
	for {
		cells, err := reader.Read()
		bounded.read = 0
		switch {
		case err == io.EOF:
			return
		case errors.As(err, new(*csv.ParseError)):
			if !yield(Row{}, parseError(name, err)) {
				return
			}
			continue
		case err != nil:
			yield(Row{}, fmt.Errorf("%s: %w", name, err))
			return
		}
		line, _ := reader.FieldPos(0)
		if names == nil {
			header := isHeader(cells, known)
			if names, err = tableColumns(cells, order, header); err != nil {
				yield(Row{}, fmt.Errorf("%s:%d: %w", name, line, err))
				return
			}
			if header {
				continue
			}
		}
		if !yield(Row{File: name, Line: line, names: names, cells: cells}, nil) {
			return
		}
	}
}

func parseError(name string, err error) error {
	parse, _ := errors.AsType[*csv.ParseError](err)
	return &LineError{name, parse.Line, parse.Err.Error()}
}

// delimiter is a tab if the first line holds one, a semicolon if it holds no comma, and else a comma.
func delimiter(first []byte) rune {
	line, _, _ := bytes.Cut(first, []byte("\n"))
	switch {
	case bytes.IndexByte(line, '\t') >= 0:
		return '\t'
	case bytes.IndexByte(line, ';') >= 0 && bytes.IndexByte(line, ',') < 0:
		return ';'
	}
	return ','
}

func isHeader(cells []string, known map[string]bool) bool {
	return slices.ContainsFunc(cells, func(cell string) bool { return known[normal(cell)] })
}

func tableColumns(cells, order []string, header bool) (*columns, error) {
	if !header && order[0] == "id" && len(cells) == len(order)-1 {
		order = order[1:] // records need no name
	}
	switch {
	case len(cells) > maxColumns:
		return nil, fmt.Errorf("%d columns; at most %d are read", len(cells), maxColumns)
	case !header && len(cells) != len(order):
		return nil, fmt.Errorf("no header and %d columns: add a header, or give the columns %v", len(cells), order)
	case !header:
		return newColumns(order...), nil
	}
	names := newColumns()
	for _, cell := range cells {
		if _, twice := names.index[normal(cell)]; twice {
			return nil, fmt.Errorf("column %.40q stands twice in the header", cell)
		}
		names.at(normal(cell))
	}
	return names, nil
}

// lineLimit fails when a row, which may span lines in quotes, grows past maxLine.
type lineLimit struct {
	in   io.Reader
	read int // bytes since the last row
}

func (l *lineLimit) Read(p []byte) (int, error) {
	if l.read > maxLine {
		return 0, fmt.Errorf("a row of more than %d bytes; is a quote not closed?", maxLine)
	}
	n, err := l.in.Read(p)
	l.read += n
	return n, err
}
