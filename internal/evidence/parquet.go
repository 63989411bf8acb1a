package evidence

import (
	"fmt"
	"io"
	"strconv"
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
	if err := checkParquet(file); err != nil {
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

// checkParquet holds what the footer claims to the limits before anything is unpacked.
func checkParquet(file *parquet.File) error {
	if file.NumRows() > maxRows || file.NumRows() < 0 {
		return fmt.Errorf("%d rows; at most %d are read", file.NumRows(), maxRows)
	}
	unpacked := int64(0)
	for _, group := range file.Metadata().RowGroups {
		for _, column := range group.Columns {
			size := column.MetaData.TotalUncompressedSize
			if size < 0 || size > maxUnpacked-unpacked {
				return fmt.Errorf("more than %d bytes when unpacked", int64(maxUnpacked))
			}
			unpacked += size
		}
	}
	if columns := len(file.Schema().Columns()); columns > maxColumns {
		return fmt.Errorf("%d columns; at most %d are read", columns, maxColumns)
	}
	return nil
}

func (l *leaves) readGroup(name string, group parquet.RowGroup, yield func(Row, error) bool) (done bool, err error) {
	rows := group.Rows()
	defer rows.Close()
	buffer := make([]parquet.Row, 64)
	for {
		n, err := rows.ReadRows(buffer)
		for _, row := range buffer[:n] {
			l.line++
			if !yield(Row{File: name, Line: l.line, names: l.names, cells: l.cells(row)}, nil) {
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
	return cells
}

func listItem(value parquet.Value) string {
	if kind := value.Kind(); kind == parquet.ByteArray || kind == parquet.FixedLenByteArray {
		return strconv.Quote(value.String())
	}
	return value.String()
}
