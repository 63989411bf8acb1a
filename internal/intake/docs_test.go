package intake

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The published schema is the one that reports are held to.
func TestPublishedSchema(t *testing.T) {
	t.Parallel()
	published, err := os.ReadFile("../../docs/import/report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(published, OwnSchema()) {
		t.Error("docs/import/report.schema.json differs from internal/intake/report.schema.json; copy the latter")
	}
}

// Every page is in the index.
func TestGuideIndex(t *testing.T) {
	t.Parallel()
	index, err := os.ReadFile("../../docs/import/README.md")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := os.ReadDir("../../docs/import")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		if page.Name() != "README.md" && !strings.Contains(string(index), "("+page.Name()+")") {
			t.Errorf("docs/import/README.md does not name %s", page.Name())
		}
	}
}

// The guide's example of a report of our own is the one that its command imports.
func TestOwnReportExample(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/import/own-report.md")
	if err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile("../../examples/scans/own.json")
	if err != nil {
		t.Fatal(err)
	}
	if !jsonIn(t, page, example) {
		t.Error("the JSON of docs/import/own-report.md differs from examples/scans/own.json")
	}
}

// jsonIn compares the JSON block of a page with a file, whatever their line breaks.
func jsonIn(t *testing.T, page, file []byte) bool {
	t.Helper()
	_, rest, _ := bytes.Cut(page, []byte("```json\n"))
	block, _, _ := bytes.Cut(rest, []byte("```"))
	var a, b any
	if err := json.Unmarshal(block, &a); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(file, &b); err != nil {
		t.Fatal(err)
	}
	return cmp.Equal(a, b)
}
