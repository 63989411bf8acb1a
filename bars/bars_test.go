package bars_test

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bugbar/bar"
	"bugbar/bars"
)

var update = flag.Bool("update", false, "write the digests of the shipped bars anew")

// TestLint proves every shipped bar, as bugbar bar lint does.
func TestLint(t *testing.T) {
	t.Parallel()
	for _, ref := range bars.Refs() {
		t.Run(ref, func(t *testing.T) {
			t.Parallel()
			folder, err := bars.Find(ref)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range bar.Lint(folder, bars.Find) {
				t.Error(p)
			}
			b, err := bars.Load(ref)
			if err != nil {
				t.Fatal(err)
			}
			if b.Ref() != ref {
				t.Errorf("the folder of %s holds %v", ref, b.Ref())
			}
		})
	}
}

// TestImmutable holds each edition to its digest: what is released never changes, and a new
// reading is a new edition. Before a release, -update writes the digests anew.
func TestImmutable(t *testing.T) {
	t.Parallel()
	var got strings.Builder
	for _, ref := range bars.Refs() {
		fmt.Fprintf(&got, "%s %x\n", ref, digest(t, ref))
	}
	if *update {
		if err := os.WriteFile("DIGESTS", []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("DIGESTS")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("a bar is not as it was released; a change needs a new edition:\n%s", diff)
	}
}

// digest is over the names and contents of a bar's files, in the order of their names.
func digest(t *testing.T, ref string) []byte {
	t.Helper()
	folder, err := bars.Find(ref)
	if err != nil {
		t.Fatal(err)
	}
	h := sha256.New()
	err = fs.WalkDir(folder, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(folder, name)
		fmt.Fprintf(h, "%s %d\n%s", name, len(data), data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return h.Sum(nil)
}

func TestFind(t *testing.T) {
	t.Parallel()
	short, err := bars.Load("msrc-ai")
	if err != nil {
		t.Fatal(err)
	}
	full, err := bars.Load("msrc-ai@2026-11")
	if err != nil || short != full {
		t.Errorf("msrc-ai is not its newest edition: %v", err)
	}
	for _, ref := range []string{"", "msrc", "msrc-ai@1999-01", "../msrc-ai", "msrc-ai@"} {
		if _, err := bars.Load(ref); err == nil {
			t.Errorf("loaded %q", ref)
		}
	}
}
