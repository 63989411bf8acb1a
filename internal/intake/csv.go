package intake

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
)

// csvHeader returns the first row when the text looks like CSV of two columns or more.
func csvHeader(text []byte) []string {
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma = delimiter(text)
	row, err := r.Read()
	if err != nil || len(row) < 2 {
		return nil
	}
	return row
}

// delimiter tells a comma from what spreadsheets write in some countries, by what the first row has
// most of outside of quotes.
func delimiter(text []byte) rune {
	const candidates = ",;\t"
	var seen [len(candidates)]int
	quoted := false
	for _, c := range text {
		if c == '"' {
			quoted = !quoted
		}
		if c == '\n' && !quoted {
			break
		}
		if at := strings.IndexByte(candidates, c); at >= 0 && !quoted {
			seen[at]++
		}
	}
	best := 0
	for at := range seen {
		if seen[at] > seen[best] {
			best = at
		}
	}
	return rune(candidates[best])
}

// row is one row of a CSV file; cells are asked for by the name of their column.
type row struct {
	at    int // line of the file on which the row begins
	cells []string
	index map[string]int
}

// get returns the cell in the first of the named columns that the file has.
func (r row) get(columns ...string) string {
	for _, c := range columns {
		if i, ok := r.index[strings.ToLower(c)]; ok && i < len(r.cells) {
			return r.cells[i]
		}
	}
	return ""
}

// rows reads a CSV file and calls each for every row after the header. A row that is damaged, or has
// another number of cells than the header, is lost and the rest read.
func (f *file) rows(each func(row)) error {
	in := csv.NewReader(f)
	in.Comma = delimiter(f.head.text)
	in.FieldsPerRecord = -1
	header, err := in.Read()
	if err != nil {
		return err
	}
	index := map[string]int{}
	for i, name := range header {
		if name = strings.ToLower(strings.TrimSpace(name)); !has(index, name) {
			index[name] = i
		}
	}
	for {
		cells, err := in.Read()
		var syntax *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &syntax):
			f.lose(syntax.StartLine, "row with a stray or open quote", "quotes doubled and closed")
			continue
		case err != nil:
			return err
		}
		at, _ := in.FieldPos(0)
		if len(cells) != len(header) {
			f.lose(at, "row with another number of cells than the header", "one cell per column")
			continue
		}
		each(row{at, cells, index})
	}
}

func has(index map[string]int, name string) bool {
	_, ok := index[name]
	return ok
}
