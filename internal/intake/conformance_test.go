//go:build conformance

package intake

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// shared finds the reference material: BUGBAR_SHARED, or the folder beside the repository.
func shared(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("BUGBAR_SHARED")
	if dir == "" {
		dir = filepath.Join(repositoryRoot(t), "..", "shared")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Fatalf("reference material: %v; set BUGBAR_SHARED", err)
	}
	return dir
}

func repositoryRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}

// expectation is one entry of expected-imports.json: numbers, truths, lists and texts.
type expectation map[string]any

// Every sample comes out with the counts that its provenance states.
func TestConformanceExpectedImports(t *testing.T) {
	t.Parallel()
	samples := filepath.Join(shared(t), "samples")
	text, err := os.ReadFile(filepath.Join(samples, "expected-imports.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]expectation
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) < 70 {
		t.Fatalf("%d expectations, want 70 or more", len(all))
	}
	for name, want := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := readSample(t, samples, name)
			for key, value := range want {
				expect(t, b, key, value)
			}
		})
	}
}

// readSample reads a file, a folder, or the AVID files that one entry sums up.
func readSample(t *testing.T, samples, name string) *Batch {
	t.Helper()
	if strings.HasPrefix(name, "avid/garak(") {
		dir := t.TempDir()
		paths, err := filepath.Glob(filepath.Join(samples, "avid", "AVID-2026-R01[234]*.json"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if err := os.Symlink(path, filepath.Join(dir, filepath.Base(path))); err != nil {
				t.Fatal(err)
			}
		}
		return readAll(t, paths)
	}
	b, err := Read(t.Context(), filepath.Join(samples, name), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// readAll adds up the batches of several files.
func readAll(t *testing.T, paths []string) *Batch {
	t.Helper()
	sum := &Batch{Totals: map[string]int{}}
	for _, path := range paths {
		b, err := Read(t.Context(), path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for name, n := range b.Totals {
			sum.Totals[name] += n
		}
	}
	return sum
}

// names of expectations that bugbar counts under another name.
var otherNames = map[string]string{"undetermined": UnjudgedTotal, "hits": Successes, "pieces": "pieces"}

func expect(t *testing.T, b *Batch, key string, value any) {
	t.Helper()
	switch key {
	case "groups_with_success":
		expectCount(t, key, value, countFindings(b, func(f Finding) bool { return f.Successes > 0 }))
	case "disagree", "stats_disagree":
		if b.Totals["disagree"] == 0 {
			t.Errorf("%s: nothing said of it", key)
		}
	case "reject":
		if b.Totals[Lost] == 0 || len(b.Reports)+len(b.Findings) > 0 {
			t.Errorf("not rejected: %d lost, %d reports", b.Totals[Lost], len(b.Reports))
		}
	case "by_plugin", "by_objective":
		expectByMethod(t, b, value.(map[string]any))
	case "values":
		for v, n := range value.(map[string]any) {
			expectCount(t, "value "+v, n, b.Totals["values."+v])
		}
	case "status":
		if b.Totals["status."+value.(string)] != 1 {
			t.Errorf("status %v not counted: %v", value, b.Totals)
		}
	default:
		name := key
		if other, ok := otherNames[key]; ok {
			name = other
		}
		expectCount(t, key, value, b.Totals[name])
	}
}

func expectCount(t *testing.T, key string, want any, got int) {
	t.Helper()
	if int(want.(float64)) != got {
		t.Errorf("%s = %d, want %v", key, got, want)
	}
}

func countFindings(b *Batch, which func(Finding) bool) (n int) {
	for _, f := range b.Findings {
		if which(f) {
			n++
		}
	}
	return n
}

// expectByMethod compares [trials, successes] or [trials, successes, errors] per method.
func expectByMethod(t *testing.T, b *Batch, want map[string]any) {
	t.Helper()
	for method, numbers := range want {
		var got [3]int
		for _, f := range b.Findings {
			if f.Method == method {
				n, _ := f.Trials()
				got[0], got[1], got[2] = got[0]+n, got[1]+f.Successes, got[2]+f.Errors
			}
		}
		for i, n := range numbers.([]any) {
			expectCount(t, method, n, got[i])
		}
	}
}

// No sample, whole or cut at any of a few places, makes a reader panic or invent successes.
func TestConformanceSamplesCutShort(t *testing.T) {
	t.Parallel()
	root := filepath.Join(shared(t), "samples")
	for _, dir := range []string{"agentdojo", "avid", "bugcrowd", "cve", "cyberseceval", "deepteam", "defectdojo-generic", "eml", "garak", "hackerone", "inspect", "jailbreakbench", "osv", "promptfoo", "pyrit", "sarif"} {
		t.Run(dir, func(t *testing.T) {
			t.Parallel()
			err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d os.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				cutShort(t, path)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}

func cutShort(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	whole := read(t, filepath.Base(path), string(text), Options{})
	for part := 1; part < 6; part++ {
		b := read(t, filepath.Base(path), string(text[:len(text)*part/6]), Options{})
		if b.Totals[Successes] > whole.Totals[Successes] {
			t.Errorf("%s cut at %d/6: %d successes, %d in the whole", path, part, b.Totals[Successes], whole.Totals[Successes])
		}
	}
}
