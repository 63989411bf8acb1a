package intake

import (
	"bytes"
	"strings"

	"bugbar/internal/intake/jsonl"
)

const (
	headSize  = 128 << 10
	headLines = 50
)

// A head is the first part of a file, and what can be told from it about the format.
type head struct {
	format string // the name of the format that was recognised
	text   []byte
	json   []map[string]string // see outline: of the document, or of the first lines
	csv    []string            // the header row, or nil

	jsonLines bool // the first value stands alone on its line and another follows, or it ends there
}

func newHead(text []byte) *head {
	h := &head{text: text}
	if first := bytes.TrimLeft(text, " \t\r\n"); len(first) > 0 && (first[0] == '{' || first[0] == '[') {
		h.json, h.jsonLines = outlines(first)
		if first[0] == '[' { // as in "[target] prompt", a column of promptfoo's CSV
			h.csv = csvHeader(text)
		}
		return h
	}
	h.json = laterOutlines(text)
	h.csv = csvHeader(text)
	return h
}

// outlines returns the outline of the first value, and those of the lines that follow it when the
// text is one value per line.
func outlines(text []byte) (found []map[string]string, perLine bool) {
	line, rest, _ := bytes.Cut(text, []byte{'\n'})
	if whole := bytes.TrimSpace(line); len(whole) > 1 && jsonl.Closed(whole) {
		return append([]map[string]string{jsonl.Outline(line)}, laterOutlines(rest)...), true
	}
	return append([]map[string]string{jsonl.Outline(text)}, laterOutlines(rest)...), false
}

// laterOutlines looks at lines that are objects, so that a file whose first line is torn is still
// recognised.
func laterOutlines(text []byte) []map[string]string {
	var found []map[string]string
	for range headLines {
		line, rest, more := bytes.Cut(text, []byte{'\n'})
		if bytes.HasPrefix(line, []byte("{")) {
			found = append(found, jsonl.Outline(line))
		}
		if text = rest; !more {
			break
		}
	}
	return found
}

// doc reports whether the document, or its first line, has all the members. A member is written as
// a path, "overview.errored", or as a path and a string value, "data_type=AVID".
func (h *head) doc(members ...string) bool {
	return len(h.json) > 0 && hasAll(h.json[0], members)
}

// line reports whether any of the first lines has all the members.
func (h *head) line(members ...string) bool {
	for _, outline := range h.json {
		if hasAll(outline, members) {
			return true
		}
	}
	return false
}

func hasAll(outline map[string]string, members []string) bool {
	for _, member := range members {
		path, want, valued := strings.Cut(member, "=")
		if got, ok := outline[path]; !ok || (valued && got != want) {
			return false
		}
	}
	return true
}

// columns reports whether the text is CSV with all these columns, compared without case.
func (h *head) columns(names ...string) bool {
	for _, name := range names {
		if h.column(name) < 0 {
			return false
		}
	}
	return len(h.csv) > 0
}

// column is the index of a column in the header row, or -1.
func (h *head) column(name string) int {
	for i, c := range h.csv {
		if strings.EqualFold(strings.TrimSpace(c), name) {
			return i
		}
	}
	return -1
}
