package dedupe_test

import (
	"bytes"
	"errors"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"bugbar/internal/dedupe"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden are cases that show all that a file can hold.
var golden = []dedupe.Case{
	{ID: "plain", Title: "Calendar", Text: leak},
	{ID: "full", Text: "> " + strings.ReplaceAll(leak, "\n", "\n> ") + "\n\nOwn wörds, 漏洩.", Fixed: true, Identity: dedupe.Identity{
		Type: "prompt-injection", Target: "Example Mail", Method: "by hand", RootCause: "unchecked address",
		Canaries: []string{"OSTRICH-1"}, IDs: []string{"GHSA-abcd-efgh-2345"},
	}},
	{ID: "copy 1", Text: leak},
	{ID: "copy 2", Text: leak},
	{ID: "copy 3", Text: leak},
	{ID: "empty"},
}

func keep(t *testing.T, name string, cases []dedupe.Case) {
	t.Helper()
	f, err := dedupe.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	for i := range cases {
		if err := f.Add(&cases[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, name string) *dedupe.File {
	t.Helper()
	f, err := dedupe.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func bytesOf(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestGolden keeps the format: an index of version 1 stays readable, and the same cases give the same
// fingerprints. Where it fails, files in the field are worthless: make it version 2.
func TestGolden(t *testing.T) {
	t.Parallel()
	const file = "testdata/version-1.index"
	name := filepath.Join(t.TempDir(), "new.index")
	keep(t, name, golden)
	if *update {
		if err := os.WriteFile(file, bytesOf(t, name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(bytesOf(t, name), bytesOf(t, file)) {
		t.Error("the same cases give another file")
	}
	old := filepath.Join(t.TempDir(), "old.index")
	if err := os.WriteFile(old, bytesOf(t, file), 0o644); err != nil {
		t.Fatal(err)
	}
	query := dedupe.Case{ID: "new", Text: leak}
	if diff := gocmp.Diff(index(t, golden...).Find(&query, 10), open(t, old).Find(&query, 10)); diff != "" {
		t.Error(diff)
	}
}

func TestReopen(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "cases.index")
	keep(t, name, golden[:3])
	f := open(t, name)
	if known, err := f.Remove("plain"); !known || err != nil {
		t.Fatal(known, err)
	}
	if known, err := f.Remove("plain"); known || err != nil {
		t.Fatal(known, err)
	}
	keep(t, name, golden[3:])
	if got := open(t, name); got.Len() != len(golden)-1 || got.Has("plain") || !got.Has("empty") {
		t.Errorf("%d cases", got.Len())
	}
}

// TestTornTail cuts a file anywhere, as a crash does: what was whole stays, and the file goes on.
func TestTornTail(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole.index")
	keep(t, whole, golden[:1])
	first := len(bytesOf(t, whole))
	keep(t, whole, golden[1:2])
	data := bytesOf(t, whole)
	for size := first; size < len(data); size++ {
		name := filepath.Join(dir, "torn.index")
		if err := os.WriteFile(name, data[:size], 0o644); err != nil {
			t.Fatal(err)
		}
		if got := open(t, name); got.Len() != 1 {
			t.Fatalf("cut at %d: %d cases", size, got.Len())
		}
		keep(t, name, golden[1:2])
		if !bytes.Equal(bytesOf(t, name), data) {
			t.Fatalf("cut at %d: the file does not go on", size)
		}
	}
}

func TestDamage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole.index")
	keep(t, whole, golden)
	data := bytesOf(t, whole)
	flipped := slices.Clone(data)
	flipped[60] ^= 1
	for name, damaged := range map[string][]byte{
		"flipped":     flipped,
		"long record": slices.Concat(data[:16], []byte{0xff, 0xff, 0xff, 0xff, 0x0f}, data[16:]),
		"endless":     slices.Concat(data[:16], bytes.Repeat([]byte{0xff}, 20)),
		"version":     []byte("bugbar dedupe 2\n"),
		"short":       []byte("bugbar"),
		"report":      []byte(leak),
	} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, damaged, 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := dedupe.Open(file)
		if bad, ok := errors.AsType[*dedupe.FileError](err); !ok || !strings.HasPrefix(bad.Error(), file) || bad.Hint() == "" {
			t.Errorf("%s: %v", name, err)
		}
		if !bytes.Equal(bytesOf(t, file), damaged) {
			t.Errorf("%s: the file was changed", name)
		}
	}
}

func TestRebuild(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name, journal := filepath.Join(dir, "cases.index"), filepath.Join(dir, "journal.index")
	keep(t, journal, golden)
	keep(t, name, golden[:1])
	cases := func(yield func(*dedupe.Case) bool) {
		for i := range golden {
			if !yield(&golden[i]) {
				return
			}
		}
	}
	if err := dedupe.Rebuild(name, cases); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(bytesOf(t, name), bytesOf(t, journal)) {
		t.Error("a rebuilt index is not the one that grew")
	}
	bad := func(yield func(*dedupe.Case) bool) { yield(&dedupe.Case{Text: leak}) }
	if dedupe.Rebuild(name, bad) == nil || !bytes.Equal(bytesOf(t, name), bytesOf(t, journal)) {
		t.Error("a rebuild that failed has left something")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 2 {
		t.Errorf("left behind: %q", left)
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	lines := strings.Join([]string{
		`{"id":"1","title":"T","text":"x","facts":{"type":"model-theft","content_category":["cseam","none"]},"other":[1]}`,
		``,
		`{"id":"2","type":"conventional","canaries":["A"],"fixed":true,"facts":{"type":["a","b"]}}`,
		`{"id":`,
		`{"text":"no id"}`,
		`{"id":"3","id":"4"}`,
		"{\"id\":\"\xff\"}",
		`{"id":"long","text":"` + strings.Repeat("x", dedupe.MaxLine) + `"}`,
		`{"id":"last"}`,
	}, "\n")
	got := map[int]string{}
	for line, err := range dedupe.Read(strings.NewReader(lines)) {
		if bad, ok := errors.AsType[*dedupe.LineError](err); ok {
			got[bad.Line] = "error"
		} else {
			got[line.Number] = line.ID + " " + line.Type
		}
		if line != nil && line.ID == "1" && (!line.Claims("content_category", "cseam") || line.Claims("type", "cseam")) {
			t.Error("claims are misread")
		}
	}
	want := map[int]string{1: "1 model-theft", 3: "2 conventional", 4: "error", 5: "error", 6: "error", 7: "error", 8: "error", 9: "last "}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// FuzzApply gives hostile records to an index. What it takes must be what some index would write.
func FuzzApply(f *testing.F) {
	x := dedupe.New()
	for i := range golden {
		record, err := x.Add(&golden[i])
		if err != nil {
			f.Fatal(err)
		}
		f.Add(record)
	}
	f.Add(x.Remove("full"))
	f.Add([]byte{0, 1, 'a', 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Fuzz(func(t *testing.T, data []byte) {
		x := dedupe.New()
		if x.Apply(data) != nil {
			return
		}
		x.Find(&dedupe.Case{ID: "new", Text: leak}, 10)
		x.Clusters()
	})
}

// FuzzRead gives hostile lines to the reader of cases.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"id":"1","title":"T","text":"x","facts":{"type":"model-theft"}}` + "\n\n{}\n[1]"))
	f.Add([]byte("{\"id\":\"\xff\"}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for line, err := range dedupe.Read(bytes.NewReader(data)) {
			if (line == nil) == (err == nil) || err == nil && line.ID == "" {
				t.Errorf("%+v, %v", line, err)
			}
		}
	})
}

// FuzzText reads any text, twice: nothing panics, and a text is its own duplicate or has no words.
func FuzzText(f *testing.F) {
	for _, c := range golden {
		f.Add(c.Text)
	}
	f.Add("&lt;p&gt; <p <br/> \u202e\ufeff\u3164 ａ １. ...")
	f.Fuzz(func(t *testing.T, text string) {
		x := index(t, dedupe.Case{ID: "known", Text: text})
		if got := best(x, dedupe.Case{ID: "new", Text: text}); got.ID != "" && got.Text < 0.999 {
			t.Errorf("%+v", got)
		}
	})
}
