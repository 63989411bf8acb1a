package intake

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

const oneHit = `{"score": 1.0, "run_id": "r", "generator": "openai m1", "probe": "dan.Dan", "detector": "dan.DAN"}` + "\n"

func gzipped(t *testing.T, content string) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	writeAll(t, w, content)
	return out.String()
}

func zstandard(t *testing.T, content string) string {
	t.Helper()
	var out bytes.Buffer
	w, err := zstd.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	writeAll(t, w, content)
	return out.String()
}

func writeAll(t *testing.T, w io.WriteCloser, content string) {
	t.Helper()
	if _, err := io.WriteString(w, content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func zipped(t *testing.T, files map[string]string) string {
	t.Helper()
	return inspectZip(t, zip.Deflate, files)
}

func tarred(t *testing.T, files map[string]string) string {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, name := range sortedKeys(files) {
		if err := w.WriteHeader(&tar.Header{Name: name, Size: int64(len(files[name])), Mode: 0o600, Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, files[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestArchives(t *testing.T) {
	t.Parallel()
	hit := []string{"openai m1 | dan.Dan | dan.DAN: 1/? e0 u0 hits"}
	two := []string{"openai m1 | dan.Dan | dan.DAN: 2/? e0 u0 hits"}
	pair := map[string]string{"../a.jsonl": oneHit, "sub/b.jsonl": oneHit}
	tests := []struct {
		name, file string
		want       []string
		lost       string
	}{
		{"gzip", gzipped(t, oneHit), hit, ""},
		{"zstd", zstandard(t, oneHit), hit, ""},
		{"zip", zipped(t, pair), two, ""},
		{"tar", tarred(t, pair), two, ""},
		{"tar in gzip", gzipped(t, tarred(t, pair)), two, ""},
		{"zip in zip", zipped(t, map[string]string{"in.zip": zipped(t, pair)}), two, ""},
		{"too deep", gzipped(t, gzipped(t, gzipped(t, gzipped(t, gzipped(t, oneHit))))), nil, "archives inside archives"},
		{"gzip bomb", gzipped(t, gzipped(t, oneHit+strings.Repeat("\n", 100<<20))), hit, "times its size"},
		{"zip bomb", zipped(t, map[string]string{"a": oneHit + strings.Repeat(" ", 100<<20)}), hit, "times its size"},
		{"cut gzip keeps what was read", gzipped(t, strings.Repeat(oneHit, 5)+noise)[:3000], []string{"openai m1 | dan.Dan | dan.DAN: 5/? e0 u0 hits"}, "damaged archive"},
		{"damaged zip", zipped(t, pair)[:100], nil, "damaged archive"},
		{"bzip2", "BZh91AY&SY", nil, "bzip2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := read(t, "x", tt.file, Options{})
			check(t, "findings", tt.want, outline(b))
			all := strings.Join(skipped(b), "\n")
			if (tt.lost == "") != (all == "") || !strings.Contains(all, tt.lost) {
				t.Errorf("skipped %q, want %q", all, tt.lost)
			}
			for _, f := range b.Files {
				if strings.Contains(f.Name, "..") {
					t.Errorf("name %q leads outside", f.Name)
				}
			}
		})
	}
}

// noise packs badly, so that a cut falls after what stands before it.
var noise = func() string {
	var b strings.Builder
	x := uint32(1)
	for range 20_000 {
		x = x*1664525 + 1013904223
		b.WriteByte(' ' + byte(x>>24)%94)
	}
	return b.String()
}()

func TestReadDirectoryAndProgress(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "b/run.jsonl", oneHit)
	write(t, dir, "a/run.jsonl", oneHit)
	write(t, dir, "note.md", "# A report\n")
	var seen int64
	b, err := Read(t.Context(), dir, Options{Progress: func(p Progress) { seen = p.Bytes }})
	if err != nil {
		t.Fatal(err)
	}
	check(t, "found", []string{"openai m1 | dan.Dan | dan.DAN: 2/? e0 u0 hits", `report  "A report"`}, outline(b))
	check(t, "files", []File{{"a/run.jsonl", "garak", "r"}, {"b/run.jsonl", "garak", "r"}, {"note.md", "text", ""}}, b.Files)
	if want := int64(2*len(oneHit) + len("# A report\n")); seen != want {
		t.Errorf("progress ended at %d bytes, want %d", seen, want)
	}
	if _, err := Read(t.Context(), dir+"/none", Options{}); err == nil {
		t.Error("a missing file was read")
	}
}
