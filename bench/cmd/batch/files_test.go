//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"testing"

	"bugbar/bars"
)

// TestFiles proves that a file is n objects, and that a seed alone makes it.
func TestFiles(t *testing.T) {
	t.Parallel()
	b, err := bars.Load(bars.Default)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		const n = 500
		var first, second bytes.Buffer
		for _, w := range []*bytes.Buffer{&first, &second} {
			if err := f.write(w, b, rand.New(rand.NewPCG(1, 0)), n); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Errorf("%s: two files of one seed differ", f.name)
		}
		lines := 0
		for line := range bytes.Lines(first.Bytes()) {
			lines++
			if err := json.Unmarshal(line, new(facts)); err != nil {
				t.Errorf("%s: %s: %v", f.name, line, err)
			}
		}
		if lines != n {
			t.Errorf("%s: %d lines, want %d", f.name, lines, n)
		}
	}
}
