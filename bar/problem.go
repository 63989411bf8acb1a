package bar

import (
	"fmt"
	"strings"

	"bugbar/internal/spelling"
)

// Problem is one thing that is wrong with a bar's files.
type Problem struct {
	File string `json:"file"`
	Line int    `json:"line,omitempty"` // 1-based; 0 where the file as a whole is meant
	Text string `json:"problem"`
	Hint string `json:"hint,omitempty"` // what would do
}

func (p Problem) String() string {
	if p.Line == 0 {
		return p.File + ": " + p.Text
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text)
}

// Problems is the error of Load.
type Problems []Problem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// UnknownError is an id that the bar does not know: a decision point, a value of one, a row.
type UnknownError struct {
	What    string   // "decision point", "value of impact", "row"
	Got     string   // as given
	Choices []string // what would do
}

func (e *UnknownError) Error() string { return fmt.Sprintf("unknown %s %q", e.What, e.Got) }

// Hint names the nearest valid id, or all of them where nothing is near.
func (e *UnknownError) Hint() string {
	if near := spelling.Nearest(e.Got, e.Choices); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(e.Choices) == 0 {
		return ""
	}
	return "one of: " + strings.Join(e.Choices, ", ")
}

// findPoint is Point with an *UnknownError.
func (b *Bar) findPoint(id string) (*Point, int, error) {
	if p, i := b.Point(id); p != nil {
		return p, i, nil
	}
	ids := make([]string, len(b.Points))
	for i, p := range b.Points {
		ids[i] = p.ID
	}
	return nil, -1, &UnknownError{What: "decision point", Got: id, Choices: ids}
}

// SetOf returns the place of a point and the set of the named values. An empty list is the full
// set: unknown. A point or value that the bar does not have is an *UnknownError.
func (b *Bar) SetOf(point string, values []string) (int, Set, error) {
	p, i, err := b.findPoint(point)
	if err != nil {
		return -1, 0, err
	}
	if len(values) == 0 {
		return i, p.All(), nil
	}
	var s Set
	for _, v := range values {
		one, err := p.Set(v)
		if err != nil {
			return -1, 0, err
		}
		s |= one
	}
	return i, s, nil
}

// Set returns the set of one value, or an *UnknownError.
func (p *Point) Set(value string) (Set, error) {
	code := p.lookup.find(value)
	if code < 0 {
		return 0, p.unknown(value)
	}
	return 1 << code, nil
}

func (p *Point) unknown(value string) error {
	return &UnknownError{What: "value of " + p.ID, Got: value, Choices: p.Names(p.All())}
}
