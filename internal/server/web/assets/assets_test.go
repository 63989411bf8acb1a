package assets_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestVendored holds the libraries to the checksums of what was published.
func TestVendored(t *testing.T) {
	t.Parallel()
	list, err := os.ReadFile("vendor/CHECKSUMS")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for line := range strings.Lines(string(list)) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		want[name] = sum
	}
	files, err := filepath.Glob("vendor/*.js")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(data)
		if got := hex.EncodeToString(sum[:]); got != want[filepath.Base(file)] {
			t.Errorf("%s is %s, and CHECKSUMS has %q", file, got, want[filepath.Base(file)])
		}
	}
}
