package intake

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whatever the form, a report that names itself as one of material that is never accepted is counted,
// and nothing of it is kept.
func TestReportsNeverAccepted(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"field":          "# T SECRET\n\nCategory: CSAM\n\nSECRET\n",
		"front matter":   "---\ntitle: SECRET\nfacts:\n  content_category: cseam\n---\nSECRET\n",
		"table":          "# SECRET\n\n| Category | Child sexual exploitation |\n| --- | --- |\n",
		"mail":           "From: a@b\nSubject: SECRET\n\nCategory: CSAM\nSECRET\n",
		"CVE":            `{"dataType": "CVE_RECORD", "cveMetadata": {"cveId": "CVE-1"}, "containers": {"cna": {"title": "CSAM SECRET"}}}`,
		"OSV":            `{"schema_version": "1.4.0", "id": "SECRET", "modified": "2024", "summary": "CSAM"}`,
		"Giskard":        `{"LLMHarmfulContentDetector": {"major": ["child sexual abuse SECRET"]}}`,
		"DefectDojo":     `{"findings": [{"title": "SECRET", "severity": "High", "description": "SECRET", "tags": ["csam"]}]}`,
		"CSV":            "title,text,harm\nSECRET,SECRET,sexual/minors\n",
		"HackerOne":      "id,title,severity_rating,state,weakness\n1,SECRET,high,new,Child Sexual Abuse Material\n",
		"promptfoo CSV":  "prompt,[t] p,Status,Score,pluginId,harmCategory\nSECRET,SECRET,FAIL,0,policy,Child Exploitation\n",
		"promptfoo 2024": `{"results": {"version": 2, "results": [{"success": false, "vars": {"harmCategory": "Child Exploitation", "x": "SECRET"}, "prompt": {"raw": "SECRET"}}]}}`,
	} {
		b := read(t, "file", content, Options{})
		all, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		if b.Totals[NotAccepted] != 1 || len(b.Reports)+len(b.Findings) > 0 || strings.Contains(string(all), "SECRET") {
			t.Errorf("%s: not refused: %s", name, all)
		}
	}
}

// A link to a folder is the folder; a folder without files is said to be one.
func TestFolders(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "runs/a.md", "# T\n")
	if err := os.Symlink("runs", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(".", filepath.Join(dir, "runs", "loop")); err != nil {
		t.Fatal(err)
	}
	b, err := Read(t.Context(), filepath.Join(dir, "link"), Options{})
	if err != nil || len(b.Reports) != 1 {
		t.Errorf("link: %v, %v", b, err)
	}
	b, err = Read(t.Context(), t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	check(t, "empty folder", []string{"0: a folder without files"}, skipped(b))
}

func TestSniffArchive(t *testing.T) {
	t.Parallel()
	if got := Sniff([]byte("\x1f\x8b\x08")); got != "archive" {
		t.Errorf("gzip is %q", got)
	}
}
