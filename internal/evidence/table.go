package evidence

import (
	"bytes"
	"fmt"
	"io"
	"iter"
)

// format is what the first bytes of a file say it is.
type format string

const (
	formatText    format = "csv"
	formatLines   format = "jsonl"
	formatParquet format = "parquet"
	formatNPY     format = "npy"
	formatZip     format = "npz"
)

var magics = []struct {
	bytes  string
	format format
}{{"PAR1", formatParquet}, {"\x93NUMPY", formatNPY}, {"PK\x03\x04", formatZip}, {"PK\x05\x06", formatZip}}

// sniff tells a format by the first bytes.
func sniff(head []byte) format {
	for _, magic := range magics {
		if bytes.HasPrefix(head, []byte(magic.bytes)) {
			return magic.format
		}
	}
	if text := bytes.TrimLeft(head, "\xef\xbb\xbf \t\r\n"); bytes.HasPrefix(text, []byte("{")) {
		return formatLines
	}
	return formatText
}

// head is the first bytes of a file, as many as there are.
func head(in *io.SectionReader) ([]byte, error) {
	first := make([]byte, 4096)
	n, err := in.ReadAt(first, 0)
	if err != nil && err != io.EOF {
		return nil, err
	}
	return first[:n], nil
}

// rows yields the rows of a table. A *LineError is one row that cannot be read, and rows go on after it;
// any other error is the last. order names the columns of a text file without a header, which a header is
// known by: it holds at least one of the known names.
func rows(name string, in *io.SectionReader, order []string, known map[string]bool) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		first, err := head(in)
		if err != nil {
			yield(Row{}, fmt.Errorf("%s: %w", name, err))
			return
		}
		switch f := sniff(first); f {
		case formatLines:
			lineRows(name, in, yield)
		case formatParquet:
			parquetRows(name, in, yield)
		case formatText:
			textRows(name, in, first, order, known, yield)
		default:
			yield(Row{}, fmt.Errorf("%s: %s holds arrays, and this kind wants a table: CSV, JSON lines or Parquet", name, f))
		}
	}
}
