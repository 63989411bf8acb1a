package casebook_test

import (
	"fmt"
	"slices"
	"strings"

	"bugbar/internal/casebook"
	"bugbar/internal/sqldb"
)

// hand is somebody with the database open, who takes its triggers off first.
type hand struct{ *world }

func (w *world) byHand() hand {
	h := hand{w}
	if w.DB().Dialect == sqldb.SQLite {
		h.do("DROP TRIGGER events_stay")
		h.do("DROP TRIGGER events_remain")
	} else {
		h.do("DROP TRIGGER events_stay ON events")
	}
	return h
}

func (h hand) do(query string, args ...any) {
	h.Helper()
	if _, err := h.DB().Writer().ExecContext(h.Context(), query, args...); err != nil {
		h.Fatalf("%s: %v", query, err)
	}
}

// try changes a table in every way, and puts it back each time.
func (h hand) try(table string) {
	h.Helper()
	columns := h.columns(table)
	rows := h.rows("SELECT " + strings.Join(columns, ", ") + " FROM " + table + " ORDER BY 1, 2")
	if len(rows) == 0 {
		h.Errorf("%s has no rows here: add some to everything()", table)
		return
	}
	row := rows[len(rows)/2]
	h.tryColumns(table, columns, row)
	lacks := func(r []any) bool { return slices.Contains(r, nil) }
	empty, full := slices.IndexFunc(rows, lacks), slices.IndexFunc(rows, func(r []any) bool { return !lacks(r) })
	if empty >= 0 && full >= 0 {
		h.tryColumns(table, columns, rows[empty])
		h.tryColumns(table, columns, rows[full])
		h.tryEmptying(table, columns, rows[full], rows[empty])
	}
	if _, exempt := unverified[table+" -"]; !exempt {
		h.detects(table, "a row of "+table+" is deleted", func() {
			where, args := equal(columns, row)
			h.do("DELETE FROM "+table+" WHERE "+where, args...)
		})
	}
	if table == "answers" {
		return
	}
	h.detects(table, "a row is added to "+table, func() {
		added := slices.Clone(row)
		for i := range added {
			if keyColumn(columns[i]) {
				added[i] = other(added[i])
			}
		}
		marks := make([]string, len(columns))
		for i := range marks {
			marks[i] = fmt.Sprintf("$%d", i+1)
		}
		h.do("INSERT INTO "+table+" ("+strings.Join(columns, ", ")+") VALUES ("+strings.Join(marks, ", ")+")", added...)
	})
}

// tryColumns changes each column of a row.
func (h hand) tryColumns(table string, columns []string, row []any) {
	h.Helper()
	for i, column := range columns {
		if _, exempt := unverified[table+"."+column]; exempt {
			continue
		}
		h.detects(table, table+"."+column+" is changed", func() {
			where, args := equal(columns, row)
			args = append(args, other(row[i]))
			h.do(fmt.Sprintf("UPDATE %s SET %s = $%d WHERE %s", table, column, len(args), where), args...)
		})
	}
}

// tryEmptying empties each column of a row that is empty in another.
func (h hand) tryEmptying(table string, columns []string, full, other []any) {
	h.Helper()
	for i, column := range columns {
		if other[i] == nil {
			h.detects(table, table+"."+column+" is emptied", func() {
				where, args := equal(columns, full)
				h.do("UPDATE "+table+" SET "+column+" = NULL WHERE "+where, args...)
			})
		}
	}
}

// keyColumn names columns that have to differ for a row to be another one.
func keyColumn(name string) bool {
	return slices.Contains([]string{"id", "seq", "no", "pos", "person", "name", "digest", "case_id", "ref", "handle", "state"}, name)
}

func (h hand) columns(table string) []string {
	query := "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position"
	if h.DB().Dialect == sqldb.SQLite {
		query = "SELECT name FROM pragma_table_info($1)"
	}
	var names []string
	for _, row := range h.rows(query, table) {
		names = append(names, row[0].(string))
	}
	return names
}

func equal(columns []string, row []any) (string, []any) {
	var where []string
	var args []any
	for i, c := range columns {
		if row[i] == nil {
			where = append(where, c+" IS NULL")
			continue
		}
		args = append(args, row[i])
		where = append(where, fmt.Sprintf("%s = $%d", c, len(args)))
	}
	return strings.Join(where, " AND "), args
}

// other is another value of the same type.
func other(v any) any {
	switch v := v.(type) {
	case int64:
		return v + 1_000_000
	case string:
		return v + " "
	}
	return "7"
}

// detects changes a table by hand, wants it to be told, and puts the table back.
func (h hand) detects(table, what string, change func()) {
	h.Helper()
	h.do("CREATE TABLE put_back AS SELECT * FROM " + table)
	change()
	report, err := h.Verify(h.Context(), casebook.Check{})
	if err != nil {
		h.Errorf("%s: %v", what, err)
	} else if report.Whole() {
		h.Errorf("%s, and nobody is told", what)
	}
	h.do("DELETE FROM " + table)
	h.do("INSERT INTO " + table + " SELECT * FROM put_back")
	h.do("DROP TABLE put_back")
}

// forge recomputes what an attacker can: the hashes of a stream from an event on.
func (h hand) forge(stream casebook.ID, from int64, payload string) {
	h.Helper()
	events := must[[]casebook.Event](h.world)(h.History(h.Context(), casebook.SystemActor, stream, 0, 1000))
	prev := ""
	for _, e := range events {
		if e.Seq == from {
			e.Payload = []byte(payload)
		}
		e.Prev = prev
		sum, err := casebook.Digest(e)
		if err != nil {
			h.Fatal(err)
		}
		h.do("UPDATE events SET payload = $1, prev = $2, hash = $3 WHERE stream = $4 AND seq = $5", string(e.Payload), prev, sum, int64(stream), e.Seq)
		prev = sum
	}
	h.do("UPDATE cases SET head = $1 WHERE id = $2", prev, int64(stream))
}
