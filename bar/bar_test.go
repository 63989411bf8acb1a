package bar_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"bugbar/bar"
)

// door returns the files of the small bar that these tests read, with edits.
func door(t testing.TB, edits ...edit) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	root := os.DirFS("testdata/door")
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(root, name)
		files[name] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range edits {
		e.apply(t, files)
	}
	return files
}

// edit replaces text in one file. An empty old text stands for the whole file, an empty new one
// with an empty old one removes it.
type edit struct{ file, old, new string }

func (e edit) apply(t testing.TB, files fstest.MapFS) {
	t.Helper()
	if e.old == "" {
		delete(files, e.file)
		if e.new != "" {
			files[e.file] = &fstest.MapFile{Data: []byte(e.new)}
		}
		return
	}
	text := string(files[e.file].Data)
	if !strings.Contains(text, e.old) {
		t.Fatalf("%s does not hold %q", e.file, e.old)
	}
	files[e.file] = &fstest.MapFile{Data: []byte(strings.Replace(text, e.old, e.new, 1))}
}

func load(t testing.TB, edits ...edit) *bar.Bar {
	t.Helper()
	b, err := bar.Load(door(t, edits...), nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestLoad(t *testing.T) {
	t.Parallel()
	b := load(t)
	if b.Ref() != "door@2026-01" || b.EntryPoint() != "kind" {
		t.Errorf("loaded %s, entry %s", b.Ref(), b.EntryPoint())
	}
	want := []string{"DOOR-WINDOW-1", "DOOR-OTHER-1", "DOOR-LOCK-0", "DOOR-LOCK-1", "DOOR-LOCK-2"}
	if diff := cmp.Diff(want, b.RowIDs()); diff != "" {
		t.Error(diff)
	}
	if got := b.Row("DOOR-LOCK-1").Condition(); got != "key=no-key reach=flat|hall" {
		t.Errorf("condition %q", got)
	}
	if p, i := b.Point("reach"); i != 1 || p.Value("hall").Name != "Hall" || p.Value("cellar") != nil {
		t.Errorf("point %v at %d", p, i)
	}
	if p, i := b.Point("colour"); p != nil || i != -1 {
		t.Errorf("found a point that is not there: %v", p)
	}
	if b.Row("DOOR-LOCK-9") != nil || b.Section("attic").ID != "" || b.Outcome("never").ID != "" {
		t.Error("found what is not there")
	}
}

func TestDecide(t *testing.T) {
	t.Parallel()
	b := load(t)
	for _, test := range []struct{ kind, reach, key, want string }{
		{"lock", "street", "no-key", "DOOR-LOCK-2"},
		{"lock", "hall", "no-key", "DOOR-LOCK-1"},
		{"lock", "", "with-key", "DOOR-LOCK-0"}, // the reach does not matter
		{"lock", "", "no-key", ""},
		{"lock", "street", "", ""},
		{"window", "", "", "DOOR-WINDOW-1"},
		{"window", "street", "no-key", "DOOR-WINDOW-1"},
		{"", "", "", ""},
	} {
		row, err := b.Decide([]string{test.kind, test.reach, test.key})
		got := ""
		if row != nil {
			got = row.ID
		}
		if err != nil || got != test.want {
			t.Errorf("%+v: got %q, %v", test, got, err)
		}
	}
}

func TestDecideRefuses(t *testing.T) {
	t.Parallel()
	b := load(t)
	if _, err := b.Decide([]string{"lock"}); err == nil {
		t.Error("took one value for three decision points")
	}
	for value, hint := range map[string]string{
		"strete":                     `did you mean "street"?`,
		"moon":                       "one of: flat, hall, street",
		strings.Repeat("street", 50): "one of: flat, hall, street",
	} {
		_, err := b.Decide([]string{"lock", value, "no-key"})
		unknown, ok := errors.AsType[*bar.UnknownError](err)
		if !ok || unknown.What != "value of reach" || unknown.Hint() != hint {
			t.Errorf("%q: %v", value, err)
		}
	}
}

func TestWorse(t *testing.T) {
	t.Parallel()
	b := load(t)
	for _, test := range []struct {
		a, than string
		want    bool
	}{
		{"urgent", "later", true},
		{"later", "urgent", false},
		{"later", "later", false},
		{"urgent", "refused", false}, // refused stands on no scale
		{"refused", "urgent", false},
		{"unheard-of", "urgent", false},
	} {
		if got := b.Worse(test.a, test.than); got != test.want {
			t.Errorf("Worse(%s, %s) = %v", test.a, test.than, got)
		}
	}
	if err := b.CheckOutcome("urgnt"); err == nil || !strings.Contains(fmt.Sprint(err), "urgnt") {
		t.Errorf("CheckOutcome: %v", err)
	}
	if err := b.CheckOutcome("later"); err != nil {
		t.Error(err)
	}
}

// TestPathsPartition holds the paths to their law: disjoint, and without a gap.
func TestPathsPartition(t *testing.T) {
	t.Parallel()
	b := load(t)
	combinations, covered := 1, 0
	for _, p := range b.Points {
		combinations *= len(p.Values)
	}
	for i, x := range b.Paths() {
		covered += volume(x)
		for _, y := range b.Paths()[:i] {
			if overlap(x, y) {
				t.Errorf("paths to %s and %s overlap", x.Row.ID, y.Row.ID)
			}
		}
	}
	if covered != combinations {
		t.Errorf("the paths hold %d of %d combinations", covered, combinations)
	}
}

func volume(p bar.Path) int {
	n := 1
	for _, set := range p.Answers {
		count := 0
		for i := range 64 {
			if set.Has(i) {
				count++
			}
		}
		n *= count
	}
	return n
}

func overlap(x, y bar.Path) bool {
	for i := range x.Answers {
		if x.Answers[i]&y.Answers[i] == 0 {
			return false
		}
	}
	return true
}
