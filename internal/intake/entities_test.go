package intake

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestAttack15EntitiesAreText: an XML document that names files, addresses or very many copies of a text is text, in
// whichever format it comes; nothing that it names is read.
func TestAttack15EntitiesAreText(t *testing.T) {
	t.Parallel()
	canary := filepath.Join(t.TempDir(), "canary.txt")
	if err := os.WriteFile(canary, []byte("zanzibar"), 0o600); err != nil {
		t.Fatal(err)
	}
	external := `<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file://` + canary + `"><!ENTITY % y SYSTEM "file://` + canary + `"> %y;]><report><title>A title &x;</title><xi:include href="file://` + canary + `" parse="text"/></report>`
	laughs := `<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "zanzi-bar">` + strings.Repeat(`<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">`, 9) + `]><r>&b;</r>`
	for name, content := range map[string]string{
		"report.xml": external, "report.html": "<html><body>" + external + "</body></html>", "report.md": "# A title\n\n" + external,
		"report.json": reportInJSON(t, external), "report.eml": "From: a@b.example\nSubject: A title\nContent-Type: text/xml\n\n" + external, "junit.xml": laughs, "page.html": laughs,
	} {
		all, err := json.Marshal(read(t, name, content, Options{}))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(all), "zanzibar") || len(all) > 20*len(content)+4096 {
			t.Errorf("%s: what it names was read, or grew to %d bytes: %.400s", name, len(all), all)
		}
	}
}

// reportInJSON is a report of our own format with a text.
func reportInJSON(t *testing.T, text string) string {
	t.Helper()
	data, err := json.Marshal(map[string]string{"title": "A title", "text": text})
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
