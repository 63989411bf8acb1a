package jsonl

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestMembers(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want, err string }{
		{"flat", `{"a":1,"b":"x","c":null}`, `a=1 b="x" c=null`, ""},
		{"nested and spaced", ` { "a" : {"b":[1,{"c":2}]} , "d":[ ] } `, `a={"b":[1,{"c":2}]} d=[ ]`, ""},
		{"escapes", `{"a":"\"","b":"\\","c":"\\\"}"}`, `a="\"" b="\\" c="\\\"}"`, ""},
		{"NaN stays for the caller", `{"a":NaN}`, `a=NaN`, ""},
		{"empty", `{}`, ``, ""},
		{"cut in a string", `{"a":"x`, ``, "cut short"},
		{"cut after a member", `{"a":1`, `a=1`, "cut short"},
		{"two records on one line", `{"a":1}{"b":2}`, `a=1`, "more text"},
		{"wrong partner", `{"a":[1}`, ``, "wrong bracket"},
		{"no object", `[1]`, ``, "want an object"},
		{"missing comma", `{"a":1 "b":2}`, `a=1`, "comma"},
		{"deep", `{"a":` + strings.Repeat("[", MaxDepth+1) + `}`, ``, "deeper"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			err := Members([]byte(tt.in), func(k, v []byte) bool {
				got = append(got, fmt.Sprintf("%s=%s", k, v))
				return true
			})
			if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
				t.Error(diff)
			}
			checkErr(t, err, tt.err)
		})
	}
}

func checkErr(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case want == "" && err != nil:
		t.Errorf("unexpected error: %v", err)
	case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("error %v, want one with %q", err, want)
	}
}

// anyJSON draws a document that encoding/json can write and read.
func anyJSON(t *rapid.T, depth int) any {
	kinds := 4
	if depth > 0 {
		kinds = 6
	}
	switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
	case 0:
		return nil
	case 1:
		return rapid.Bool().Draw(t, "bool")
	case 2:
		return rapid.Float64Range(-1e9, 1e9).Draw(t, "number")
	case 3:
		return rapid.StringOf(rapid.RuneFrom([]rune(`ab"\/{}[],: é`+"\n\x00\U000e0041"))).Draw(t, "string")
	case 4:
		list := []any{}
		for range rapid.IntRange(0, 3).Draw(t, "len") {
			list = append(list, anyJSON(t, depth-1))
		}
		return list
	}
	object := map[string]any{}
	for range rapid.IntRange(0, 3).Draw(t, "len") {
		object[rapid.StringMatching(`[a-c."\\]{1,3}`).Draw(t, "key")] = anyJSON(t, depth-1)
	}
	return object
}

// Whatever encoding/json writes is split into the same members that encoding/json reads.
func TestMembersAgreeWithEncodingJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		doc, err := json.Marshal(map[string]any{"x": anyJSON(t, 4), "y": anyJSON(t, 2)})
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]json.RawMessage{}
		if err := json.Unmarshal(doc, &want); err != nil {
			t.Fatal(err)
		}
		got := map[string]json.RawMessage{}
		if err := Members(doc, func(k, v []byte) bool {
			got[string(k)] = bytes.Clone(v)
			return true
		}); err != nil {
			t.Fatalf("%s: %v", doc, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

// Walk finds in a stream, however it is cut into reads, what Members and Elements find in memory.
func TestWalkAgreesWithElements(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		list := []any{}
		for range rapid.IntRange(0, 5).Draw(t, "n") {
			list = append(list, anyJSON(t, 3))
		}
		array, err := json.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		other, err := json.Marshal(anyJSON(t, 3))
		if err != nil {
			t.Fatal(err)
		}
		doc := fmt.Sprintf(`{"head":%s,"in":{"list":%s},"tail":%s}`, other, array, other)
		var want, got []string
		if err := Elements(array, func(v []byte) bool { want = append(want, string(v)); return true }); err != nil {
			t.Fatal(err)
		}
		err = Walk(iotest.OneByteReader(strings.NewReader(doc)), []string{"in.list[]"}, func(p Part) error {
			if p.Index != len(got)+1 {
				t.Errorf("index %d, want %d", p.Index, len(got)+1)
			}
			got = append(got, string(p.Value))
			return p.Err
		})
		if err != nil {
			t.Fatalf("%s: %v", doc, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", doc, diff)
		}
	})
}

func TestWalkDamage(t *testing.T) {
	t.Parallel()
	long := `"` + strings.Repeat("x", MaxPart+1) + `"`
	deep := strings.Repeat("[", MaxDepth+1) + strings.Repeat("]", MaxDepth+1)
	tests := []struct{ name, in, want, err string }{
		{"whole", `{"v":3,"a":[1,"b",{}]}`, `v=3 a[]=1 a[]="b" a[]={}`, ""},
		{"cut in an element", `{"a":[1,2,{"x":`, `a[]=1 a[]=2`, "cut short"},
		{"cut between", `{"a":[1,2,`, `a[]=1 a[]=2`, "cut short"},
		{"empty", ``, ``, "cut short"},
		{"too long is read past", `{"a":[1,` + long + `,3]}`, `a[]=1 a[]! a[]=3`, ""},
		{"too deep is read past", `{"a":[1,` + deep + `,3]}`, `a[]=1 a[]! a[]=3`, ""},
		{"two documents", `{"v":1}{"v":2}`, `v=1`, "after the end"},
		{"stray bracket", `{"a":[1,}`, `a[]=1`, "where a value belongs"},
		{"wanted path is a scalar's parent", `{"a":7}`, ``, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			err := Walk(strings.NewReader(tt.in), []string{"v", "a[]"}, func(p Part) error {
				if p.Err != nil {
					got = append(got, p.Path+"!")
					return nil
				}
				got = append(got, fmt.Sprintf("%s=%s", p.Path, p.Value))
				return nil
			})
			if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
				t.Error(diff)
			}
			checkErr(t, err, tt.err)
		})
	}
}

func TestWalkRoot(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{"": `[{"a":1},2]`, "[]": `{"a":1} 2`, "[].a": "1"} {
		var got []string
		err := Walk(strings.NewReader(` [{"a":1},2] `), []string{path}, func(p Part) error {
			got = append(got, string(p.Value))
			return nil
		})
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("Walk(%q) = %q, %v; want %q", path, got, err, want)
		}
	}
}

func TestDecodeTakesPythonsNonNumbers(t *testing.T) {
	t.Parallel()
	var got struct {
		A *float64
		B []*float64
		C string
	}
	in := `{"A":NaN,"B":[1,Infinity,-Infinity],"C":"NaN \" Infinity"}`
	if err := Decode([]byte(in), &got); err != nil {
		t.Fatal(err)
	}
	if got.A != nil || len(got.B) != 3 || *got.B[0] != 1 || got.B[1] != nil || got.B[2] != nil || got.C != `NaN " Infinity` {
		t.Errorf("Decode(%s) = %+v", in, got)
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	good := map[string]float64{"0": 0, "0.25": 0.25, "-1e3": -1000, "true": 1, "false": 0}
	for in, want := range good {
		if got, ok := Number([]byte(in)); !ok || got != want {
			t.Errorf("Number(%s) = %v, %v; want %v", in, got, ok, want)
		}
	}
	for _, in := range []string{"", "NaN", "Infinity", "null", `"1"`, "1e999", "0x1", "[1]", "01"} {
		if got, ok := Number([]byte(in)); ok {
			t.Errorf("Number(%s) = %v, want refusal", in, got)
		}
	}
}

// Every number of encoding/json is read as strconv reads it.
func TestNumberAgreesWithStrconv(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`-?[0-9]{1,2}\.[0-9]{1,20}(e-?[0-9])?`).Draw(t, "number")
		want, err := strconv.ParseFloat(text, 64)
		got, ok := Number([]byte(text))
		if valid := json.Valid([]byte(text)) && err == nil; ok != valid || (ok && got != want) {
			t.Errorf("Number(%s) = %v, %v; want %v, %v", text, got, ok, want, valid)
		}
	})
}

func TestString(t *testing.T) {
	t.Parallel()
	good := map[string]string{`""`: "", `"a b"`: "a b", `"\u00e9\n"`: "é\n", `"é"`: "é"}
	for in, want := range good {
		if got, ok := String([]byte(in)); !ok || got != want {
			t.Errorf("String(%s) = %q, %v; want %q", in, got, ok, want)
		}
	}
	for _, in := range []string{"", `"`, "1", `"\x"`, "\"\n\""} {
		if got, ok := String([]byte(in)); ok {
			t.Errorf("String(%s) = %q, want refusal", in, got)
		}
	}
}

// collect reads lines and returns them with their numbers.
func collect(t *testing.T, r io.Reader, workers int) []string {
	t.Helper()
	var got []string
	newParser := func() func([]byte) string {
		return func(line []byte) string {
			if len(line) > 20 {
				return fmt.Sprintf("%d bytes", len(line))
			}
			return string(line)
		}
	}
	err := Lines(r, workers, newParser, func(l Line[string]) error {
		if l.Err != nil {
			got = append(got, fmt.Sprintf("%d:!%v", l.Number, l.Err))
			return nil
		}
		got = append(got, fmt.Sprintf("%d:%s", l.Number, l.Value))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestLines(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 3*chunkSize)
	tooLong := strings.Repeat("y", 50<<20)
	tests := []struct {
		name, in string
		want     []string
	}{
		{"empty", "", nil},
		{"no newline at the end", "a\nb", []string{"1:a", "2:b"}},
		{"blank lines count", "a\n\n \r\nb\r\n", []string{"1:a", "4:b"}},
		{"over several chunks", "a\n" + long + "\nb\n", []string{"1:a", fmt.Sprintf("2:%d bytes", len(long)), "3:b"}},
		{"50 MB line in the middle", "a\n" + tooLong + "\nb\n", []string{"1:a", "2:!longer than 16 MiB a line, or 64 MiB a part", "3:b"}},
		{"50 MB line at the end", "a\n" + tooLong, []string{"1:a", "2:!longer than 16 MiB a line, or 64 MiB a part"}},
		{"just too long", strings.Repeat("z", MaxValue+1) + "\nb", []string{"1:!longer than 16 MiB a line, or 64 MiB a part", "2:b"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, collect(t, strings.NewReader(tt.in), 2)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The order and the numbers do not depend on the number of workers or on how reads fall.
func TestLinesKeepOrder(t *testing.T) {
	t.Parallel()
	var file strings.Builder
	var want []string
	for n := 1; n <= 300; n++ {
		size := n * n * 37 % 40000
		fmt.Fprintln(&file, strings.Repeat("x", 30+size))
		want = append(want, fmt.Sprintf("%d:%d bytes", n, 30+size))
	}
	for workers := 1; workers <= 4; workers++ {
		got := collect(t, iotest.HalfReader(strings.NewReader(file.String())), workers)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d workers: %s", workers, diff)
		}
	}
}

func TestLinesStops(t *testing.T) {
	t.Parallel()
	stop := errors.New("enough")
	newParser := func() func([]byte) int { return func(b []byte) int { return len(b) } }
	lines := strings.Repeat("x\n", 5*chunkSize)
	seen := 0
	err := Lines(strings.NewReader(lines), 2, newParser, func(Line[int]) error { seen++; return stop })
	if !errors.Is(err, stop) || seen != 1 {
		t.Errorf("Lines = %v after %d lines, want %v after 1", err, seen, stop)
	}
	broken := io.MultiReader(strings.NewReader("a\nb\n"), iotest.ErrReader(stop))
	seen = 0
	err = Lines(broken, 2, newParser, func(Line[int]) error { seen++; return nil })
	if !errors.Is(err, stop) || seen != 2 {
		t.Errorf("broken reader: %v after %d lines, want %v after 2", err, seen, stop)
	}
}

func FuzzMembers(f *testing.F) {
	for _, seed := range []string{`{"a":1}`, `{"a":"\\\""}`, `{"a":[{}]}`, `{"`, `{"a":[}`, "{\"a\"\x00:1}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		err := Members(in, func(_, v []byte) bool { String(v); Number(v); return true })
		if json.Valid(in) && bytes.HasPrefix(bytes.TrimSpace(in), []byte("{")) && err != nil && !errors.Is(err, ErrTooDeep) {
			t.Errorf("valid object %q refused: %v", in, err)
		}
	})
}

func FuzzWalk(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2]}`, `{"a":["\\\"",{}]}`, `[`, `{"a":`, `{"a":[1 2]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		err := Walk(bytes.NewReader(in), []string{"a[]", "b"}, func(p Part) error { return nil })
		if json.Valid(in) && err != nil {
			t.Errorf("valid document %q refused: %v", in, err)
		}
	})
}
