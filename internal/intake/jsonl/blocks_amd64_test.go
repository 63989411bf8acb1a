package jsonl

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Both ways of skipping find the same end, wherever the value lies in its blocks.
func TestSkipBlocksAgreesWithSkipBytes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		doc, err := json.Marshal([]any{anyJSON(t, 5), strings.Repeat(`\`, rapid.IntRange(0, 70).Draw(t, "run")), anyJSON(t, 5)})
		if err != nil {
			t.Fatal(err)
		}
		from := rapid.IntRange(0, 64).Draw(t, "from")
		text := append(bytes.Repeat([]byte("x"), from), doc...)
		damaged := bytes.Clone(text)
		damaged[rapid.IntRange(from+1, len(damaged)-1).Draw(t, "at")] = rapid.SampledFrom([]byte(`"\[]{},:yY_`)).Draw(t, "byte")
		agree(t, text, from)
		agree(t, damaged, from)
		agree(t, text[:len(text)-1-rapid.IntRange(0, len(doc)-1).Draw(t, "cut")], from)
	})
}

// agree holds skipBlocks to skipBytes: 0 where that finds an error, the same end or 0 otherwise.
func agree(t interface{ Errorf(string, ...any) }, b []byte, i int) {
	end, err := skipBytes(b, i)
	if fast := skipBlocks(b, i); fast != 0 && (err != nil || fast != end) {
		t.Errorf("%q from %d: blocks end at %d, bytes at %d, %v", b, i, fast, end, err)
	}
}

// On sound JSON the blocks need no closer look.
func TestSkipBlocksTakesSoundJSON(t *testing.T) {
	t.Parallel()
	for size := range 200 {
		doc := []byte(`[{"a\\\"": "` + strings.Repeat(`\"`, size) + `", "y": [[], Infinity, "` + strings.Repeat("é", size) + `"]}]`)
		if end := skipBlocks(doc, 0); end != len(doc) {
			t.Errorf("skipBlocks(%s) = %d, want %d", doc, end, len(doc))
		}
	}
}

func FuzzSkip(f *testing.F) {
	for _, seed := range []string{`[]`, `{"a":"\\\""}`, `[{"x":[1,"]"]}]`, `["` + strings.Repeat(`\`, 64) + `"]`, `[}`, `[\"]"]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) { agree(t, append([]byte("["), in...), 0) })
}
