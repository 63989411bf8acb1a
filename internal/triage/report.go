package triage

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"bugbar/assess"
	"bugbar/bar"
	"bugbar/internal/intake"
	"bugbar/internal/suggest"
)

// MaxReport is the size of the largest report that is read, in bytes.
const MaxReport = 10 << 20

// maxFindings bounds the findings that one report may claim.
const maxFindings = 100

// Report is a report as it was sent: its text, and what it claims of itself.
type Report struct {
	Source
	Received string    // the whole file as UTF-8, front matter included
	Text     string    // the body
	Findings []Finding // at least one
	// Suggested is what a suggester makes of the text, or nil. It never becomes a fact by itself.
	Suggested *suggest.Result
}

// Proposal is what was proposed for a point of finding i, or nil. Where the suggester does not tell
// the same findings apart, its first one stands for all.
func (r *Report) Proposal(i int, point string) *suggest.Proposal {
	if r.Suggested == nil {
		return nil
	}
	if len(r.Suggested.Findings) != len(r.Findings) {
		i = 0
	}
	return r.Suggested.Findings[i].Proposal(point)
}

// Finding is one weakness that a report claims, with the facts that it states.
type Finding struct {
	Title  string
	Facts  assess.Facts
	Trials *Trials // of a scanner; nil otherwise
}

// ReportError says what is wrong with a report, and what would do.
type ReportError struct {
	File string
	Line int // 1-based; 0 where the file as a whole is meant
	Text string
	hint string
}

func (e *ReportError) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Text
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Text)
}

// Hint says what would do.
func (e *ReportError) Hint() string { return e.hint }

// frontMatter is the YAML between the two lines of hyphens at the head of a report.
type frontMatter struct {
	Title    string                 `yaml:"title"`
	Product  string                 `yaml:"product"`
	Model    string                 `yaml:"model"`
	Reporter string                 `yaml:"reporter"`
	Facts    map[string]bar.Answers `yaml:"facts"`
	Findings []struct {
		Title string                 `yaml:"title"`
		Facts map[string]bar.Answers `yaml:"facts"`
	} `yaml:"findings"`
}

// ReadReport reads a Markdown or text report with optional front matter. Its error is a
// *ReportError, ErrNotAccepted, or that of reading.
func ReadReport(b *bar.Bar, file string, in io.Reader) (*Report, error) {
	data, err := io.ReadAll(io.LimitReader(in, MaxReport+1))
	if err != nil {
		return nil, err
	}
	rd := &reader{bar: b, file: file}
	text, err := rd.decode(data)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(data)
	r := &Report{Source: Source{File: file, Digest: hex.EncodeToString(digest[:])}, Received: text}
	head, body, firstLine := splitFrontMatter(r.Received)
	if head == "" && unclosed.MatchString(body) {
		return nil, rd.fail(1, "close it with a line of three hyphens", "a front matter that does not end")
	}
	r.Text = body
	if err := rd.frontMatter(r, head, firstLine); err != nil {
		return nil, err
	}
	if r.Title == "" {
		r.Title = headline(body)
	}
	if intake.RefusedText(r.Title, body) {
		return nil, ErrNotAccepted
	}
	return r, nil
}

type reader struct {
	bar  *bar.Bar
	file string
}

func (rd *reader) fail(line int, hint, format string, args ...any) error {
	return &ReportError{File: rd.file, Line: line, Text: fmt.Sprintf(format, args...), hint: hint}
}

// decode reads the text of a report, and refuses what no report is: nothing, too much, or no text.
func (rd *reader) decode(data []byte) (string, error) {
	const plain = "a report is Markdown or plain text in UTF-8, UTF-16 or Windows-1252"
	if len(data) > MaxReport {
		return "", rd.fail(0, "send the text of the report, and large files beside it", "larger than %d MiB", MaxReport>>20)
	}
	text, ok := intake.Text(data)
	if !ok {
		return "", rd.fail(0, plain, "a binary file: it has control characters, and is no UTF-8")
	}
	if at := strings.IndexByte(text, 0); at >= 0 {
		return "", rd.fail(1+strings.Count(text[:at], "\n"), plain, "a binary file: it has a zero byte at offset %d", at)
	}
	if strings.TrimSpace(text) == "" {
		return "", rd.fail(0, plain, "the report is empty")
	}
	return text, nil
}

var frontMatterPattern = regexp.MustCompile(`(?m)\A\s*^---[ \t]*\r?\n((?s:.*?))^---[ \t]*\r?(?:\n|\z)`)

// splitFrontMatter cuts the front matter off, where there is one, and says on which line it starts.
func splitFrontMatter(text string) (head, body string, firstLine int) {
	text = strings.TrimPrefix(text, "\ufeff")
	m := frontMatterPattern.FindStringSubmatchIndex(text)
	if m == nil {
		return "", text, 1
	}
	return text[m[2]:m[3]], text[m[1]:], 1 + strings.Count(text[:m[2]], "\n")
}

// unclosed matches a front matter that begins and never ends.
var unclosed = regexp.MustCompile(`\A\s*---[ \t]*\r?\n[A-Za-z]+:`)

// frontMatter reads what the report claims of itself.
func (rd *reader) frontMatter(r *Report, head string, firstLine int) error {
	var fm frontMatter
	decoder := yaml.NewDecoder(strings.NewReader(head))
	decoder.KnownFields(true)
	if err := decoder.Decode(&fm); err != nil && !errors.Is(err, io.EOF) {
		return rd.yamlError(err, firstLine)
	}
	r.Title, r.Product, r.Model, r.Reporter = fm.Title, fm.Product, fm.Model, fm.Reporter
	if len(fm.Findings) > maxFindings {
		return rd.fail(firstLine, "split the report", "%d findings, and at most %d are read", len(fm.Findings), maxFindings)
	}
	shared, err := rd.facts(fm.Facts, head, firstLine)
	if err != nil {
		return err
	}
	if len(fm.Findings) == 0 {
		r.Findings = []Finding{{Facts: shared}}
	}
	for _, f := range fm.Findings {
		own, err := rd.facts(f.Facts, head, firstLine)
		if err != nil {
			return err
		}
		for point, fact := range shared {
			if _, has := own[point]; !has {
				own[point] = fact
			}
		}
		r.Findings = append(r.Findings, Finding{Title: f.Title, Facts: own})
	}
	return nil
}

// facts checks claimed facts against the bar.
func (rd *reader) facts(claims map[string]bar.Answers, head string, firstLine int) (assess.Facts, error) {
	facts := assess.Facts{}
	for _, point := range slices.Sorted(maps.Keys(claims)) {
		values := claims[point]
		if len(values) == 1 && (values[0] == assess.Unknown || values[0] == "") {
			values = nil
		}
		if _, _, err := rd.bar.SetOf(point, values); err != nil {
			hint := ""
			if unknown, ok := errors.AsType[*bar.UnknownError](err); ok {
				hint = unknown.Hint()
			}
			return nil, rd.fail(firstLine+lineWith(head, point), hint, "facts: %v", err)
		}
		facts[point] = assess.Fact{Values: values, Provenance: assess.Claimed, By: "reporter"}
	}
	return facts, nil
}

// lineWith finds the first line, from 0, on which a key stands.
func lineWith(text, key string) int {
	here := regexp.MustCompile(`(?:^|[\s{,"'])` + regexp.QuoteMeta(key) + `["']?\s*:`)
	n := 0
	for line := range strings.Lines(text) {
		if here.MatchString(line) {
			return n
		}
		n++
	}
	return 0
}

var yamlLine = regexp.MustCompile(`line (\d+): (.*)`)

// yamlError gives a decoder's error the line in the report's file.
func (rd *reader) yamlError(err error, firstLine int) error {
	text := err.Error()
	if typed, ok := errors.AsType[*yaml.TypeError](err); ok {
		text = typed.Errors[0]
	}
	const keys = "the front matter may hold title, product, model, reporter, facts and findings"
	line := 0
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		_, _ = fmt.Sscan(m[1], &line)
		return rd.fail(firstLine+line-1, keys, "front matter: %s", m[2])
	}
	return rd.fail(firstLine, keys, "front matter: %s", text)
}

// headline is the first heading of a Markdown text, or else its first line.
func headline(text string) string {
	first := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if title := strings.TrimLeft(line, "#"); title != line && strings.HasPrefix(title, " ") {
			return strings.TrimSpace(title)
		}
		if first == "" {
			first = line
		}
	}
	return first
}
