package evidence

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
)

// lineRows reads one JSON object per line; empty lines are passed over.
func lineRows(name string, in io.Reader, yield func(Row, error) bool) {
	scanner := bufio.NewScanner(in)
	scanner.Buffer(make([]byte, 64<<10), maxLine)
	names := newColumns()
	line := 0
	for scanner.Scan() {
		line++
		text := bytes.TrimSpace(bytes.TrimPrefix(scanner.Bytes(), []byte("\xef\xbb\xbf")))
		if len(text) == 0 {
			continue
		}
		cells, err := objectCells(text, names)
		if err != nil {
			err = &LineError{name, line, err.Error()}
		}
		if !yield(Row{File: name, Line: line, names: names, cells: cells}, err) {
			return
		}
	}
	err := scanner.Err()
	if errors.Is(err, bufio.ErrTooLong) {
		err = fmt.Errorf("a line of more than %d bytes", maxLine)
	}
	if err != nil {
		yield(Row{}, fmt.Errorf("%s:%d: %w", name, line+1, err))
	}
}

// objectCells is the cells of a JSON object: strings without their quotes, null as no value, and the rest
// as it stands.
func objectCells(text []byte, names *columns) ([]string, error) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(text, &object); err != nil {
		return nil, fmt.Errorf("no JSON object: %w", err)
	}
	cells := make([]string, len(names.names), len(names.names)+len(object))
	for _, key := range slices.Sorted(maps.Keys(object)) {
		i := names.at(normal(key))
		if i >= maxColumns {
			return nil, fmt.Errorf("more than %d different columns", maxColumns)
		}
		for len(cells) <= i {
			cells = append(cells, "")
		}
		cell, err := cellText(object[key])
		if err != nil {
			return nil, err
		}
		cells[i] = cell
	}
	return cells, nil
}

func cellText(value json.RawMessage) (string, error) {
	switch {
	case bytes.Equal(value, []byte("null")):
		return "", nil
	case value[0] == '"':
		var text string
		err := json.Unmarshal(value, &text)
		return text, err
	}
	return string(value), nil
}
