package intake

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// read reads one made-up file.
func read(t *testing.T, name, content string, opts Options) *Batch {
	t.Helper()
	b, err := ReadFrom(t.Context(), name, strings.NewReader(content), opts)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return b
}

// outline writes what was found in one line per finding and report, for comparison.
func outline(b *Batch) []string {
	var lines []string
	for _, f := range b.Findings {
		n, known := f.Trials()
		of := fmt.Sprint(n)
		if !known {
			of = "?"
		}
		parts := []string{f.Target, f.Method, f.Strategy, f.Judge}
		parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
		lines = append(lines, fmt.Sprintf("%s: %d/%s e%d u%d %s", strings.Join(parts, " | "), f.Successes, of, f.Errors, f.Unjudged, f.Basis))
	}
	for _, r := range b.Reports {
		lines = append(lines, fmt.Sprintf("report %s %q", r.ID, r.Title))
	}
	return lines
}

// skipped writes the places and reasons of what was lost.
func skipped(b *Batch) []string {
	var lines []string
	for _, e := range b.Skipped {
		lines = append(lines, fmt.Sprintf("%d: %s", e.At, e.What))
	}
	return lines
}

func check(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// checkTotals compares the named totals only.
func checkTotals(t *testing.T, want, got map[string]int) {
	t.Helper()
	for name, n := range want {
		if got[name] != n {
			t.Errorf("total %s = %d, want %d", name, got[name], n)
		}
	}
}

// A file without a single judged attempt still has totals, so that nobody takes their absence for a gap.
func TestTotalsOfNothing(t *testing.T) {
	t.Parallel()
	for _, file := range []string{
		lines(garakSetup, attemptLine("u1", 1, "dan.Dan", `{}`)), pfDocument(`"version": 3,`),
		`{"overview": {}, "test_cases": []}`, `{"parameters": {"model": "m"}, "jailbreaks": []}`,
	} {
		b := read(t, "x", file, Options{})
		for _, name := range []string{Trials, Successes, Errors, UnjudgedTotal} {
			if n, there := b.Totals[name]; n != 0 || !there {
				t.Errorf("%s: total %s = %d, there %v", b.Files[0].Format, name, n, there)
			}
		}
	}
}

func TestRefsRoundTrip(t *testing.T) {
	t.Parallel()
	var r Refs
	want := []Ref{{"a", 3, Success, 1}, {"a", 3, Failure, 4}, {"a", 900, Error, 2}, {"b", 1, Unjudged, 1}}
	for _, ref := range want {
		r.add(ref.File, ref.At, ref.Outcome, ref.Count)
	}
	check(t, "All", want, slices.Collect(r.All()))
	text, err := r.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	check(t, "MarshalJSON", `[{"file":"a","places":{"error":"900x2","failure":"3x4","success":"3"}},{"file":"b","places":{"unjudged":"1"}}]`, string(text))
	var back Refs
	if err := back.UnmarshalJSON(text); err != nil {
		t.Fatal(err)
	}
	again, err := back.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	check(t, "second round", string(text), string(again))
	for _, bad := range []string{`{}`, `[{"file":"a","places":{"success":"x"}}]`, `[{"file":"a","places":{"error":"3x0"}}]`} {
		if err := back.UnmarshalJSON([]byte(bad)); err == nil {
			t.Errorf("UnmarshalJSON(%s) accepted", bad)
		}
	}
}
