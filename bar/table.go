package bar

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Table is one table of a bar. Its rows decide every combination of its inputs exactly once.
type Table struct {
	ID     string   `json:"id"`
	Inputs []string `json:"inputs"` // ids of decision points
	Rows   []*Row   `json:"rows"`

	file string
}

// Row is one line of a table. It ends in an outcome, or leads on to another table.
type Row struct {
	ID      string              `json:"id,omitempty"`
	When    map[string][]string `json:"when"` // point id -> values; a point that is absent may have any
	Outcome string              `json:"outcome,omitempty"`
	Table   string              `json:"table,omitempty"`
	Section string              `json:"section,omitempty"`
	Text    string              `json:"text,omitempty"`
	// BaseOutcome is what the extended bar says of this row, where this bar overrides it.
	BaseOutcome string `json:"base_outcome,omitempty"`
	Because     string `json:"because,omitempty"` // why it is overridden
	// Layers is what the bars below say of an overridden row, the one that stands by itself first.
	// The outcome of the last is BaseOutcome.
	Layers []Layer `json:"layers,omitempty"`

	sets []Set // one for each input of the table
	code int   // place of Outcome in the bar's outcomes
	line int
}

// Layer is what one bar of a chain says of a row.
type Layer struct {
	Bar     string `json:"bar"` // NAME@EDITION
	Outcome string `json:"outcome"`
	Because string `json:"because,omitempty"` // empty for the bar that stands by itself
}

// Code is the place of the row's outcome in Bar.Outcomes.
func (r *Row) Code() int { return r.code }

// Columns of a table's file that are not inputs: row first, the others last.
var tailColumns = []string{"outcome", "table", "section", "text"}

// readTable parses a table; its cells are resolved to sets by resolve.
func readTable(id, file string, r io.Reader, report func(Problem)) *Table {
	t := &Table{ID: id, file: file}
	records := csv.NewReader(r)
	header, err := records.Read()
	if err != nil {
		report(csvProblem(file, err))
		return nil
	}
	n := len(header) - len(tailColumns)
	if n < 2 || header[0] != "row" || !slices.Equal(header[n:], tailColumns) {
		report(Problem{
			File: file, Line: 1, Text: "the header is " + strings.Join(header, ","),
			Hint: "row,<one decision point or more>," + strings.Join(tailColumns, ","),
		})
		return nil
	}
	t.Inputs = header[1:n]
	for len(t.Rows) < maxRows {
		record, err := records.Read()
		if errors.Is(err, io.EOF) {
			return t
		}
		if err != nil {
			report(csvProblem(file, err))
			return nil
		}
		line, _ := records.FieldPos(0)
		t.Rows = append(t.Rows, newRow(t.Inputs, record, line))
	}
	report(Problem{File: file, Text: fmt.Sprintf("more than %d rows", maxRows), Hint: "split the table"})
	return nil
}

func newRow(inputs, record []string, line int) *Row {
	n := len(inputs) + 1
	r := &Row{
		ID: record[0], Outcome: record[n], Table: record[n+1], Section: record[n+2], Text: record[n+3],
		When: map[string][]string{}, line: line,
	}
	for i, cell := range record[1:n] {
		if cell != "*" {
			r.When[inputs[i]] = strings.Split(cell, "|")
		}
	}
	return r
}

// csvProblem keeps the line that encoding/csv knows.
func csvProblem(file string, err error) Problem {
	var parse *csv.ParseError
	switch {
	case errors.As(err, &parse):
		return Problem{File: file, Line: parse.Line, Text: parse.Err.Error()}
	case errors.Is(err, io.EOF):
		return Problem{File: file, Text: "the table is empty", Hint: "a header and at least one row"}
	}
	return Problem{File: file, Text: err.Error()}
}

// resolve turns the cells of a table into sets and reports what the bar does not know.
func (b *Bar) resolve(t *Table, report func(Problem)) {
	at := func(line int, text, hint string) {
		report(Problem{File: t.file, Line: line, Text: text, Hint: hint})
	}
	for i, id := range t.Inputs {
		if _, _, err := b.findPoint(id); err != nil {
			at(1, err.Error(), hintOf(err))
		} else if slices.Contains(t.Inputs[:i], id) {
			at(1, fmt.Sprintf("decision point %q stands twice in the header", id), "")
		}
	}
	for _, r := range t.Rows {
		b.resolveRow(t, r, at)
	}
}

func (b *Bar) resolveRow(t *Table, r *Row, at func(line int, text, hint string)) {
	r.sets = make([]Set, len(t.Inputs))
	for i, input := range t.Inputs {
		_, set, err := b.SetOf(input, r.When[input])
		if unknown, ok := errors.AsType[*UnknownError](err); ok && unknown.What != "decision point" {
			at(r.line, err.Error(), unknown.Hint())
		}
		r.sets[i] = set
	}
	_, known := b.outcomeIndex[r.Outcome]
	switch {
	case (r.Outcome == "") == (r.Table == ""):
		at(r.line, "a row needs an outcome or a table to go on with, and not both", "")
	case r.Outcome != "" && !known:
		err := &UnknownError{What: "outcome", Got: r.Outcome, Choices: b.outcomeIDs()}
		at(r.line, err.Error(), err.Hint())
	case r.Outcome != "" && r.ID == "":
		at(r.line, "a row with an outcome needs an id", b.Prefix+"-...")
	case r.Table != "" && b.table(r.Table) == nil:
		err := &UnknownError{What: "table", Got: r.Table, Choices: b.tableIDs()}
		at(r.line, err.Error(), err.Hint())
	}
}

func (b *Bar) table(id string) *Table {
	for _, t := range b.Tables {
		if t.ID == id {
			return t
		}
	}
	return nil
}

func (b *Bar) tableIDs() []string {
	ids := make([]string, len(b.Tables))
	for i, t := range b.Tables {
		ids[i] = t.ID
	}
	return ids
}

func (b *Bar) outcomeIDs() []string {
	ids := make([]string, len(b.Outcomes))
	for i, o := range b.Outcomes {
		ids[i] = o.ID
	}
	return ids
}

func hintOf(err error) string {
	if unknown, ok := errors.AsType[*UnknownError](err); ok {
		return unknown.Hint()
	}
	return ""
}
