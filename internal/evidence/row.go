package evidence

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Row is one row of a table. Its cells are the text that stood in the file; a missing or empty cell has
// no value. A Row is valid until the next one is read.
type Row struct {
	File  string
	Line  int // 1 for the first line of the file, or for the first row where there are no lines
	names *columns
	cells []string
}

// columns are the names of a table in order of appearance.
type columns struct {
	index map[string]int
	names []string
}

func newColumns(names ...string) *columns {
	c := &columns{index: map[string]int{}}
	for _, name := range names {
		c.at(name)
	}
	return c
}

// at is the place of a column, which is new if need be.
func (c *columns) at(name string) int {
	i, known := c.index[name]
	if !known {
		i = len(c.names)
		c.index[name] = i
		c.names = append(c.names, name)
	}
	return i
}

// normal is a column's name in lower case, with underscores for spaces and hyphens.
func normal(name string) string {
	return strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(strings.TrimSpace(name)))
}

// LineError is a row that cannot be used.
type LineError struct {
	File string
	Line int
	What string
}

// Unwrap makes it an ErrFormat.
func (e *LineError) Unwrap() error { return ErrFormat }

func (e *LineError) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.What) }

func (r Row) bad(format string, args ...any) error {
	return &LineError{r.File, r.Line, fmt.Sprintf(format, args...)}
}

// Optional is the text of the first of the columns that has a value, or the empty string.
func (r Row) Optional(columns ...string) string {
	for _, name := range columns {
		if i, known := r.names.index[name]; known && i < len(r.cells) && r.cells[i] != "" {
			return r.cells[i]
		}
	}
	return ""
}

// Has tells whether one of the columns has a value.
func (r Row) Has(columns ...string) bool { return r.Optional(columns...) != "" }

// Text is the text of the first of the columns that has a value; what says what to record there.
func (r Row) Text(what string, columns ...string) (string, error) {
	if text := r.Optional(columns...); text != "" {
		return text, nil
	}
	return "", r.bad("no value in column %s: give %s", strings.Join(columns, " or "), what)
}

// Label is Text with numbers written in one way, so that 1 and 1.0 are the same answer.
func (r Row) Label(what string, columns ...string) (string, error) {
	text, err := r.Text(what, columns...)
	return label(text), err
}

func label(text string) string {
	if strings.Trim(text, "0123456789.eE+-") != "" {
		return text
	}
	if v, err := strconv.ParseFloat(text, 64); err == nil {
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return text
}

// Number is the finite number in a column.
func (r Row) Number(what string, columns ...string) (float64, error) {
	text, err := r.Text(what, columns...)
	if err != nil {
		return 0, err
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, r.bad("column %s: %.40q is not a finite number", strings.Join(columns, " or "), text)
	}
	return v, nil
}

// OptionalNumber is the finite number in a column, or NaN where there is no value.
func (r Row) OptionalNumber(columns ...string) (float64, error) {
	if !r.Has(columns...) {
		return math.NaN(), nil
	}
	return r.Number("a number", columns...)
}

// Bool is the truth in a column: true or false, 1 or 0, yes or no.
func (r Row) Bool(what string, columns ...string) (bool, error) {
	text, err := r.Text(what, columns...)
	if err != nil {
		return false, err
	}
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "true", "1", "1.0", "yes", "t", "y":
		return true, nil
	case "false", "0", "0.0", "no", "f", "n":
		return false, nil
	}
	return false, r.bad("column %s: %.40q is neither true nor false", strings.Join(columns, " or "), text)
}

// List is the items of a JSON array in a column, or nil where there is no array.
func (r Row) List(columns ...string) []string {
	text := r.Optional(columns...)
	var items []any
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if !strings.HasPrefix(text, "[") || decoder.Decode(&items) != nil {
		return nil
	}
	list := make([]string, len(items))
	for i, item := range items {
		list[i] = fmt.Sprint(item)
	}
	return list
}

// Words is the text of a column; recorded tokens, a JSON array, are put together with spaces.
func (r Row) Words(columns ...string) string {
	if tokens := r.List(columns...); tokens != nil {
		return strings.Join(tokens, " ")
	}
	return r.Optional(columns...)
}

// Vector is the numbers of a JSON array in a column.
func (r Row) Vector(what string, columns ...string) ([]float64, error) {
	text, err := r.Text(what, columns...)
	if err != nil {
		return nil, err
	}
	var vector []float64
	if err := json.Unmarshal([]byte(text), &vector); err != nil {
		return nil, r.bad("column %s is no array of numbers", strings.Join(columns, " or "))
	}
	return vector, nil
}
