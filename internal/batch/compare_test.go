package batch_test

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"bugbar/bar"
	"bugbar/bars"
	"bugbar/internal/batch"
)

// copied returns the shipped bar with its prefix changed, as a copy has it, and more edits.
func copied(t *testing.T, edits ...string) *bar.Bar {
	t.Helper()
	folder, err := bars.Find("msrc-ai@2026-11")
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	replacer := strings.NewReplacer(append(edits, "MSRC-AI", "MY")...)
	err = fs.WalkDir(folder, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(folder, name)
		files[name] = &fstest.MapFile{Data: []byte(replacer.Replace(string(data)))}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	b, err := bar.Load(files, nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestCompareVerdicts sees a row and a possible set that change while the outcome stays.
func TestCompareVerdicts(t *testing.T) {
	t.Parallel()
	from := copied(t)
	const facts = `{"type":"system-prompt-extraction"}
{"type":"model-theft"}
{"type":"conventional"}
`
	for _, test := range []struct {
		name string
		to   *bar.Bar
		want []string
	}{
		{"prefix", copied(t, "MSRC-AI", "OUR"), nil},
		{"row", copied(t, "MSRC-AI-SPE-1", "MY-SPE-2"), []string{"line 1: not-a-vulnerability (MY-SPE-1) → not-a-vulnerability (MY-SPE-2)"}},
		{"possible", copied(t, "MSRC-AI-MT-3,sufficient,public,low", "MY-MT-3,sufficient,public,moderate"), []string{
			"line 2: undetermined (critical, important, low, not-a-vulnerability) → undetermined (critical, important, moderate, not-a-vulnerability)",
		}},
	} {
		var got []string
		_, failed, err := batch.Compare(t.Context(), from, test.to, strings.NewReader(facts), func(c batch.Changed) {
			got = append(got, fmt.Sprint(c))
		})
		if err != nil || failed > 0 {
			t.Errorf("%s: %d failed, %v", test.name, failed, err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}
