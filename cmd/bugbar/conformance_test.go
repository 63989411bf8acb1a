//go:build conformance

package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// shared is the folder of reference values. It must be there: these tests are not skipped.
func shared(t *testing.T, name string) *os.File {
	t.Helper()
	dir := os.Getenv("BUGBAR_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		t.Fatalf("the reference values are needed here; set BUGBAR_SHARED to their folder: %v", err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// assessBatch runs the command's batch mode.
func assessBatch(t *testing.T, lines []string) []map[string]any {
	t.Helper()
	var out, errs bytes.Buffer
	in := strings.NewReader(strings.Join(lines, "\n"))
	if code := run(t.Context(), []string{"assess", "--batch", "-"}, in, &out, &errs); code != exitOK {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	var verdicts []map[string]any
	for line := range strings.Lines(out.String()) {
		var v map[string]any
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatal(err)
		}
		verdicts = append(verdicts, v)
	}
	if len(verdicts) != len(lines) {
		t.Fatalf("%d answers to %d lines", len(verdicts), len(lines))
	}
	return verdicts
}

// TestConformanceExpectedVerdicts holds the shipped AI bar to every line of the reference reading.
func TestConformanceExpectedVerdicts(t *testing.T) {
	t.Parallel()
	rows, err := csv.NewReader(shared(t, "bar/expected-verdicts.csv")).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	header, rows := rows[0], rows[1:]
	outcome := len(header) - 2 // before the last column, why
	var lines []string
	for _, row := range rows {
		facts := map[string]string{}
		for i, value := range row[:outcome] {
			if value != "" {
				facts[header[i]] = value
			}
		}
		line, _ := json.Marshal(facts)
		lines = append(lines, string(line))
	}
	if len(lines) != 134 {
		t.Errorf("%d reference verdicts, expected 134", len(lines))
	}
	for i, v := range assessBatch(t, lines) {
		if v["outcome"] != rows[i][outcome] {
			t.Errorf("%s: %v, the reference says %s", lines[i], v["outcome"], rows[i][outcome])
		}
	}
}

// TestConformanceLabelledCases assesses the labelled facts of real cases.
func TestConformanceLabelledCases(t *testing.T) {
	t.Parallel()
	var lines, want []string
	in := bufio.NewScanner(shared(t, "cases/dev.jsonl"))
	in.Buffer(nil, 16<<20)
	for in.Scan() {
		var labelled struct {
			ID      string            `json:"id"`
			Facts   map[string]string `json:"facts"`
			Outcome string            `json:"outcome"`
		}
		if err := json.Unmarshal(in.Bytes(), &labelled); err != nil {
			t.Fatal(err)
		}
		labelled.Facts["id"] = labelled.ID
		line, _ := json.Marshal(labelled.Facts)
		lines, want = append(lines, string(line)), append(want, labelled.Outcome)
	}
	if err := in.Err(); err != nil || len(lines) < 30 {
		t.Fatalf("%d cases, %v", len(lines), err)
	}
	for i, v := range assessBatch(t, lines) {
		if v["outcome"] != want[i] {
			t.Errorf("%s: %v, the label says %s", lines[i], v["outcome"], want[i])
		}
	}
}
