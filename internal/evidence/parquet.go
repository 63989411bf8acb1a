package evidence

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// parquetRows reads a Parquet file; a column below another has its outermost name, and a repeated one is
// read as a JSON array. The library trusts some of what a file claims, so that a panic in it is an error.
func parquetRows(name string, in *io.SectionReader, yield func(Row, error) bool) {
	stopped := false
	report := func(row Row, err error) bool {
		stopped = !yield(row, err)
		return !stopped
	}
	err := guarded(func() error { return readParquet(name, in, report) })
	if err != nil && !stopped {
		yield(Row{}, fmt.Errorf("%s: %w", name, err))
	}
}

// guarded turns a panic of the function into an error.
func guarded(read func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("damaged file: %v", p)
		}
	}()
	return read()
}

func readParquet(name string, in *io.SectionReader, yield func(Row, error) bool) error {
	if err := checkFooter(in); err != nil {
		return err
	}
	file, err := parquet.OpenFile(in, in.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return err
	}
	if file.NumRows() > maxRows || file.NumRows() < 0 {
		return fmt.Errorf("%d rows; at most %d are read", file.NumRows(), maxRows)
	}
	if columns := len(file.Schema().Columns()); columns > maxColumns {
		return fmt.Errorf("%d columns; at most %d are read", columns, maxColumns)
	}
	if err := checkPages(in, file); err != nil {
		return err
	}
	leaves := parquetLeaves(file.Schema())
	for _, group := range file.RowGroups() {
		if done, err := leaves.readGroup(name, group, yield); done || err != nil {
			return err
		}
	}
	return nil
}

// leaves are the columns of a Parquet file that hold values.
type leaves struct {
	names    *columns
	place    []int  // in names, by leaf
	repeated []bool // by leaf
	line     int    // rows read so far
	text     int    // bytes of their cells
}

func parquetLeaves(schema *parquet.Schema) *leaves {
	l := &leaves{names: newColumns()}
	for _, path := range schema.Columns() {
		leaf, _ := schema.Lookup(path...)
		l.place = append(l.place, l.names.at(normal(path[0])))
		l.repeated = append(l.repeated, leaf.MaxRepetitionLevel > 0)
	}
	return l
}

func (l *leaves) readGroup(name string, group parquet.RowGroup, yield func(Row, error) bool) (done bool, err error) {
	rows := group.Rows()
	defer rows.Close()
	buffer := make([]parquet.Row, 64)
	for {
		n, err := rows.ReadRows(buffer)
		for _, row := range buffer[:n] {
			read := Row{File: name, Line: l.line + 1, names: l.names, cells: l.cells(row)}
			if l.line++; l.text > maxText {
				return false, fmt.Errorf("more than %d bytes of text when unpacked, in %d rows", maxText, l.line)
			}
			if !yield(read, nil) {
				return true, nil
			}
		}
		switch {
		case err == io.EOF:
			return false, nil
		case err != nil:
			return false, err
		case n == 0:
			return false, io.ErrNoProgress
		}
	}
}

func (l *leaves) cells(row parquet.Row) []string {
	cells := make([]string, len(l.names.names))
	lists := map[int][]string{}
	for _, value := range row {
		i := l.place[value.Column()]
		switch {
		case value.IsNull():
		case l.repeated[value.Column()]:
			lists[i] = append(lists[i], listItem(value))
		default:
			cells[i] = value.String()
		}
	}
	for i, items := range lists {
		cells[i] = "[" + strings.Join(items, ",") + "]"
	}
	for _, cell := range cells {
		l.text += len(cell)
	}
	return cells
}

// listItem is a value as it stands in a JSON array.
func listItem(value parquet.Value) string {
	if kind := value.Kind(); kind != parquet.ByteArray && kind != parquet.FixedLenByteArray {
		return value.String()
	}
	text, _ := json.Marshal(value.String()) // of a string it never fails
	return string(text)
}
