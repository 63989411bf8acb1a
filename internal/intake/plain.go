package intake

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Plain reports: Markdown and text. The words are kept as they came; only claims that stand in fields,
// tables and counts are picked out, each with its line (claims.go).

const maxText = 4 << 20 // bytes of one plain report

// sniffText accepts what reads as text and is not the start of some other format.
func sniffText(h *head) bool {
	start := bytes.TrimSpace(h.text)
	switch {
	case len(start) == 0, start[0] == '{', start[0] == '[' && len(h.json) > 0, start[0] == '<' && !bytes.HasPrefix(start, []byte("<!--")):
		return false
	case bytes.HasPrefix(start, []byte("evalId:")), bytes.HasPrefix(start, []byte("%PDF")):
		return false // promptfoo's YAML; a document that needs its own reader
	case isTable(h):
		return false // rows of a tool that is not known are no report
	}
	return !isBinary(start)
}

// isTable tells CSV from prose with commas: three columns or more, and the next row has as many.
func isTable(h *head) bool {
	if len(h.csv) < 3 {
		return false
	}
	rows := csv.NewReader(bytes.NewReader(h.text))
	rows.Comma = delimiter(h.text)
	_, first := rows.Read()
	_, second := rows.Read()
	return first == nil && second == nil
}

// isBinary finds control characters that no text has.
func isBinary(b []byte) bool {
	for _, c := range b {
		if c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != 0x1b {
			return true
		}
	}
	return false
}

func readText(f *file) error {
	raw, err := io.ReadAll(io.LimitReader(f, maxText+1))
	if err != nil {
		return err
	}
	if len(raw) > maxText {
		raw = raw[:maxText]
		f.lose(0, fmt.Sprintf("text after the first %d MiB", maxText>>20), "a shorter report with attachments")
	}
	r := f.plainReport(utf8Text(raw))
	r.Title = firstWord(r.Title, "(no title)")
	f.report(r)
	return nil
}

// Text decodes the bytes of a plain report as an import does: UTF-16, UTF-8, or else Windows-1252. It
// is false for bytes that are in none of them.
func Text(b []byte) (string, bool) {
	decoded, err := io.ReadAll(decodeUTF(bytes.NewReader(b), b))
	if err != nil || (!utf8.Valid(decoded) && isBinary(decoded)) {
		return "", false
	}
	return utf8Text(decoded), true
}

// utf8Text reads bytes that are no UTF-8 as Windows-1252, which old mailers and editors write.
func utf8Text(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	text, err := charmap.Windows1252.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	return string(text)
}

// plainReport makes a report of a text and says what in it is hidden from the eye.
func (f *file) plainReport(text string) Report {
	r := Report{Text: text}
	f.prose(&r)
	return r
}

// prose picks claims out of a report's text, and what its sender's form left open.
func (f *file) prose(r *Report) {
	r.Text = strings.ReplaceAll(r.Text, "\r\n", "\n")
	readClaims(r)
	if n := countInvisible(r.Text); n > 0 {
		f.warn("the text holds %d invisible characters", n)
	}
	if n := strings.Count(r.Text, "<!--"); n > 0 {
		f.warn("the text holds %d hidden comments", n)
	}
}

// countInvisible counts tag characters, bidirectional controls and zero-width characters.
func countInvisible(text string) (n int) {
	for _, c := range text {
		if invisible(c) {
			n++
		}
	}
	return n
}

func invisible(c rune) bool {
	switch {
	case c >= 0xE0000 && c <= 0xE007F, c >= 0x202A && c <= 0x202E, c >= 0x2066 && c <= 0x2069:
		return true
	case c == 0xFEFF, c >= 0x200B && c <= 0x200F, c == 0x2060, c == 0xAD:
		return true
	}
	return unicode.Is(unicode.Co, c)
}
