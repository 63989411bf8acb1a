package main

import (
	"bytes"
	"fmt"
	"html"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDocs runs every console block of the documents: a line that starts with "$ bugbar" is a
// command, run at the root of the repository, and what follows is its output. A line of three dots
// stands for any number of lines. With -update the output is written anew where no dots are.
func TestDocs(t *testing.T) {
	t.Chdir("../..")
	var files []string
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Name() == "node_modules" {
			return fs.SkipDir // what others wrote
		}
		if err == nil && strings.HasSuffix(name, ".md") && !strings.Contains(name, "testdata") {
			files = append(files, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	commands := 0
	for _, file := range files {
		commands += runDocument(t, file)
	}
	if commands < 3 {
		t.Errorf("only %d commands found in the documents", commands)
	}
}

var consoleBlock = regexp.MustCompile("(?ms)^```console\n(.*?)^```$")

func runDocument(t *testing.T, file string) int {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	commands := 0
	fresh := consoleBlock.ReplaceAllFunc(text, func(block []byte) []byte {
		body := consoleBlock.FindSubmatch(block)[1]
		var out bytes.Buffer
		for _, step := range strings.Split("\n"+string(body), "\n$ ")[1:] {
			command, want, _ := strings.Cut(step, "\n")
			fmt.Fprintf(&out, "$ %s\n%s", command, runStep(t, file, command, want, &commands))
		}
		return []byte("```console\n" + strings.TrimRight(out.String(), "\n") + "\n```")
	})
	if *update && !bytes.Equal(text, fresh) {
		if err := os.WriteFile(file, fresh, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return commands
}

// runStep runs one command and returns what the document should show.
func runStep(t *testing.T, file, command, want string, commands *int) string {
	t.Helper()
	args := words(command)
	if len(args) == 0 || args[0] != "bugbar" {
		return want
	}
	*commands++
	var out bytes.Buffer
	run(t.Context(), args[1:], strings.NewReader(""), &out, &out)
	got := out.String()
	if strings.Contains(want, "...\n") {
		if !like(want).MatchString(got) {
			t.Errorf("%s: %s\n%s", file, command, cmp.Diff(want, got))
		}
		return want
	}
	if trim := strings.TrimRight; !*update && trim(want, "\n") != trim(got, "\n") {
		t.Errorf("%s: %s\n%s", file, command, cmp.Diff(want, got))
	}
	return got
}

// like matches output in which lines of three dots stand for any lines.
func like(want string) *regexp.Regexp {
	parts := strings.Split(want, "...\n")
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	return regexp.MustCompile(`(?s)\A` + strings.Join(parts, ".*") + `\s*\z`)
}

var wordPattern = regexp.MustCompile(`'([^']*)'|(\S+)`)

// words splits a command at spaces; single quotes keep words together.
func words(command string) []string {
	var list []string
	for _, m := range wordPattern.FindAllStringSubmatch(command, -1) {
		list = append(list, m[1]+m[2])
	}
	return list
}

// TestPicture draws the README's picture from what the command really prints.
func TestPicture(t *testing.T) {
	var out bytes.Buffer
	args := []string{"triage", "--no-input", "../../examples/reports/01-zero-click-mail-exfiltration.md"}
	if code := run(t.Context(), args, strings.NewReader(""), &out, &out); code != exitOK {
		t.Fatal(out.String())
	}
	shown := strings.ReplaceAll(out.String(), "../../examples/reports/", "")
	picture := draw("$ bugbar triage 01-zero-click-mail-exfiltration.md\n\n" + shown)
	const file = "../../docs/verdict.svg"
	if *update {
		if err := os.WriteFile(file, picture, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(have), string(picture)); diff != "" {
		t.Errorf("the picture is stale; go test ./cmd/bugbar -update\n%s", diff)
	}
}

// draw sets terminal output as an SVG. Lines at the margin, which head a block, are bold.
func draw(text string) []byte {
	const line, top, left, width = 20, 36, 24, 860
	var body strings.Builder
	y := top
	for row := range strings.Lines(text) {
		row = strings.TrimRight(row, "\n")
		weight := ""
		if row != "" && row[0] != ' ' && row[0] != '$' && !strings.Contains(row, " · ") {
			weight = ` font-weight="bold"`
		}
		if row != "" {
			fmt.Fprintf(&body, `<text x="%d" y="%d" xml:space="preserve"%s>%s</text>`+"\n", left, y, weight, html.EscapeString(row))
		}
		y += line
	}
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" role="img" aria-label="A report triaged on the command line">
<rect width="100%%" height="100%%" rx="8" fill="#0f172a"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="#e2e8f0">
%s</g>
</svg>
`, width, y, width, body.String())
}
