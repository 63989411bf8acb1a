// Package eval measures suggesters on labelled reports: how often a proposal is right, how far its
// probability can be trusted, how much can be proposed at a wanted precision, and whether the
// proposed facts lead to the labelled outcome. Intervals are bootstrapped over the cases; all of it
// is deterministic.
//
// Cases come in as lines of JSON with id, title, text, facts and outcome; other keys are ignored.
package eval

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"bugbar/bar"
	"bugbar/internal/suggest"
)

// Folds is the number of parts in cross-validation.
const Folds = 5

// maxLine is the length of the longest line, in bytes.
const maxLine = 16 << 20

// Fold is the part of a case in cross-validation, by a hash of its id, so that it never changes.
func Fold(id string) int {
	h := sha256.Sum256([]byte(id))
	return int(binary.BigEndian.Uint32(h[:]) % Folds)
}

// LineError is a line that is no case.
type LineError struct {
	File string
	Line int // 1-based
	Text string
}

func (e *LineError) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Text) }

// Hint says what would do.
func (e *LineError) Hint() string {
	return `a line is an object with "id", "title", "text", "facts" and "outcome"`
}

// Load reads the cases of a file, or of all files in a folder whose names end in .jsonl.
func Load(b *bar.Bar, name string) ([]suggest.Case, error) {
	files := []string{name}
	if info, err := os.Stat(name); err != nil {
		return nil, err
	} else if info.IsDir() {
		if files, err = filepath.Glob(filepath.Join(name, "*.jsonl")); err != nil {
			return nil, err
		}
		if len(files) == 0 {
			return nil, &fs.PathError{Op: "open", Path: filepath.Join(name, "*.jsonl"), Err: fs.ErrNotExist}
		}
	}
	var cases []suggest.Case
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		list, err := Read(b, file, f)
		if err := errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
		cases = append(cases, list...)
	}
	return cases, nil
}

// Read reads cases line by line. A bad line is an error: a measurement that leaves lines out
// measures something else.
func Read(b *bar.Bar, file string, in io.Reader) ([]suggest.Case, error) {
	var cases []suggest.Case
	seen := map[string]bool{}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxLine)
	n := 0
	for lines.Scan() {
		n++
		c, err := readCase(b, lines.Bytes())
		if err == nil && seen[c.ID] {
			err = fmt.Errorf("the id %q stands twice", c.ID)
		}
		if err != nil {
			return nil, &LineError{file, n, err.Error()}
		}
		seen[c.ID] = true
		cases = append(cases, c)
	}
	if err := lines.Err(); err != nil {
		return nil, &LineError{file, n + 1, err.Error()}
	}
	if len(cases) == 0 {
		return nil, &LineError{file, 1, "there is no case"}
	}
	return cases, nil
}

func readCase(b *bar.Bar, line []byte) (suggest.Case, error) {
	var in struct {
		ID      string            `json:"id"`
		Title   string            `json:"title"`
		Text    string            `json:"text"`
		Facts   map[string]string `json:"facts"`
		Outcome string            `json:"outcome"`
	}
	if err := json.Unmarshal(line, &in); err != nil {
		return suggest.Case{}, err
	}
	c := suggest.Case{ID: in.ID, Text: in.Text, Facts: in.Facts, Outcome: in.Outcome}
	if in.Title != "" {
		c.Text = in.Title + "\n\n" + in.Text
	}
	if c.ID == "" || c.Text == "" || c.Facts[b.EntryPoint()] == "" {
		return c, fmt.Errorf("a case needs an id, a text and the fact %s", b.EntryPoint())
	}
	for point, value := range c.Facts {
		if _, _, err := b.SetOf(point, []string{value}); err != nil {
			return c, err
		}
	}
	if c.Outcome != bar.Undetermined {
		if err := b.CheckOutcome(c.Outcome); err != nil {
			return c, err
		}
	}
	return c, nil
}
