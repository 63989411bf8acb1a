package vectors_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"testing"

	"bugbar/assess"
	"bugbar/bars"
	"bugbar/vectors"
)

// TestVectors holds the shipped AI bar to its vectors, and the vectors to the bar: every row that
// has an id must be reached.
func TestVectors(t *testing.T) {
	t.Parallel()
	b, err := bars.Load("msrc-ai@2026-11")
	if err != nil {
		t.Fatal(err)
	}
	data, err := vectors.Files.ReadFile(fmt.Sprintf("%s-%s.jsonl", b.ID, b.Edition))
	if err != nil {
		t.Fatal(err)
	}
	reached := map[string]bool{}
	lines := json.NewDecoder(bytes.NewReader(data))
	for n := 1; ; n++ {
		var vector struct {
			Facts        map[string]string
			Outcome, Row string
		}
		if err := lines.Decode(&vector); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		facts := assess.Facts{}
		for point, value := range vector.Facts {
			facts[point] = assess.Fact{Values: []string{value}, Provenance: assess.Claimed}
		}
		v, err := assess.Assess(b, facts)
		if err != nil || v.Outcome != vector.Outcome || v.Row != vector.Row {
			t.Errorf("line %d: %v lead to %s (%s), %v; the vector says %s (%s)", n, vector.Facts, v.Outcome, v.Row, err, vector.Outcome, vector.Row)
		}
		reached[v.Row] = true
	}
	for _, id := range b.RowIDs() {
		if !reached[id] {
			t.Errorf("no vector reaches row %s", id)
		}
	}
}
