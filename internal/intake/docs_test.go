package intake

import (
	"bytes"
	"os"
	"strings"
	"testing"
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
