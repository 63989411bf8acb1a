package intake

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestReadStopsWhenCancelled(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{"garak": strings.Repeat(oneHit, 50_000), "gzip": gzipped(t, strings.Repeat(oneHit, 50_000)), "sarif": `{"version": "2.1.0", "runs": [` + strings.Repeat("{},", 100_000) + "{}]}"} {
		ctx, cancel := context.WithCancel(t.Context())
		in := &cancelling{Reader: strings.NewReader(file), cancel: cancel}
		if _, err := ReadFrom(ctx, name, in, Options{}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want that it was cancelled", name, err)
		}
	}
}

// cancelling cancels after its first read.
type cancelling struct {
	io.Reader
	cancel func()
}

func (c *cancelling) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p[:min(len(p), 64)])
	c.cancel()
	return n, err
}

// A source that breaks keeps what was read, and says so.
func TestReadKeepsWhatABrokenSourceGave(t *testing.T) {
	t.Parallel()
	broken := io.MultiReader(strings.NewReader(oneHit+oneHit), iotest.ErrReader(errors.New("disk on fire")))
	b, err := ReadFrom(t.Context(), "x", broken, Options{})
	if err != nil {
		t.Fatal(err)
	}
	check(t, "findings", []string{"openai m1 | dan.Dan | dan.DAN: 2/? e0 u0 hits"}, outline(b))
	check(t, "skipped", []string{"0: disk on fire"}, skipped(b))
}

func TestReadAllNamesFilesApart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "a/x.jsonl", oneHit)
	write(t, dir, "b/x.jsonl", oneHit)
	b, err := ReadAll(t.Context(), []string{dir + "/a/x.jsonl", dir + "/b", "-"}, strings.NewReader(oneHit), Options{})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for ref := range b.Findings[0].Refs.All() {
		seen[ref.File] = true
	}
	if len(seen) != 3 || b.Findings[0].Successes != 3 {
		t.Errorf("files %v, %d successes; want three of each", seen, b.Findings[0].Successes)
	}
}
