package casebook

import (
	"database/sql"
	"errors"
	"strings"
)

// chunk is how many rows are read at once.
const chunk = 500

// rowsOf reads a table in the order of the streams that its rows belong to, a chunk at a time.
type rowsOf[T any] struct {
	columns []string
	query   string // ends with its condition on the last key, ORDER BY and LIMIT
	keys    func(T) []any
	of      func(T) ID
	scan    func(*sql.Rows) (T, error)
	rows    []T
	last    []any
	ended   bool
}

// fill reads the next chunk where nothing is left of the last.
func (r *rowsOf[T]) fill(v *verifier) error {
	if len(r.rows) > 0 || r.ended {
		return nil
	}
	err := v.each(r.query, append(append([]any{}, r.last...), chunk), func(rows *sql.Rows) error {
		row, err := r.scan(rows)
		r.rows = append(r.rows, row)
		return err
	})
	if err != nil {
		return err
	}
	if r.ended = len(r.rows) < chunk; len(r.rows) > 0 {
		r.last = r.keys(r.rows[len(r.rows)-1])
	}
	return nil
}

// take returns the rows of a stream; stray is told of those before it, which belong to no stream that there is.
func (r *rowsOf[T]) take(v *verifier, stream ID, stray func(T)) ([]T, error) {
	var own []T
	for {
		if err := r.fill(v); err != nil || len(r.rows) == 0 {
			return own, err
		}
		switch first := r.rows[0]; {
		case r.of(first) > stream:
			return own, nil
		case r.of(first) == stream:
			own = append(own, first)
		default:
			stray(first)
		}
		r.rows = r.rows[1:]
	}
}

// wide is a row of many columns.
type wide []any

func (w wide) id() ID { return ID(w[0].(int64)) }

// scanWide reads a row of whole numbers and texts.
func scanWide(rows *sql.Rows) (wide, error) {
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	row, into := make(wide, len(names)), make([]any, len(names))
	for i := range row {
		into[i] = &row[i]
	}
	if err := rows.Scan(into...); err != nil {
		return nil, err
	}
	for i, value := range row {
		if text, ok := value.([]byte); ok {
			row[i] = string(text)
		}
	}
	if len(row) == 0 || row[0] == nil {
		return nil, errors.New("a row without a key")
	}
	return row, nil
}

// wideRows reads all columns of a table with one key.
func wideRows(table, key string, columns ...string) *rowsOf[wide] {
	return &rowsOf[wide]{
		columns: columns,
		query:   "SELECT " + strings.Join(columns, ", ") + " FROM " + table + " WHERE " + key + " > $1 ORDER BY " + key + " LIMIT $2",
		keys:    func(w wide) []any { return []any{w[0]} },
		of:      wide.id,
		scan:    scanWide,
		last:    []any{int64(-1) << 62},
	}
}

// manyRows reads all columns of a table whose key is made of several, the first of which is the stream.
func manyRows(table string, least []any, keys int, columns ...string) *rowsOf[wide] {
	key := strings.Join(columns[:keys], ", ")
	query := "SELECT " + strings.Join(columns, ", ") + " FROM " + table + " WHERE (" + key + ") > ($1"
	for i := 1; i < keys; i++ {
		query += ", $" + string(rune('1'+i))
	}
	return &rowsOf[wide]{
		columns: columns,
		query:   query + ") ORDER BY " + key + " LIMIT $" + string(rune('1'+keys)),
		keys:    func(w wide) []any { return w[:keys] },
		of:      wide.id,
		scan:    scanWide,
		last:    least,
	}
}
