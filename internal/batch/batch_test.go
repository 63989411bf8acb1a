package batch_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"bugbar/assess"
	"bugbar/bar"
	"bugbar/bars"
	"bugbar/bars/barstest"
	"bugbar/internal/batch"
)

// queue writes n objects of facts as a queue holds them: complete ones, with ids.
func queue(b *bar.Bar, n int) []byte {
	var out bytes.Buffer
	paths := b.Paths()
	for i := range n {
		facts := map[string]any{"id": i}
		path := paths[i%len(paths)]
		for j, p := range b.Points {
			if path.Inputs.Has(j) {
				facts[p.ID] = p.Names(path.Answers[j])[0]
			}
		}
		line, _ := json.Marshal(facts)
		out.Write(append(line, '\n'))
	}
	return out.Bytes()
}

// different writes n objects of random facts, lists among them, of which hardly two are alike.
func different(b *bar.Bar, n int) []byte {
	var out bytes.Buffer
	random := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		facts := map[string]any{"id": i}
		for _, p := range b.Points {
			set := bar.Set(random.Uint64()) & p.All()
			switch names := p.Names(set); {
			case len(names) == 1 || len(names) > 0 && random.IntN(2) == 0:
				facts[p.ID] = names[0]
			case len(names) > 1:
				facts[p.ID] = names
			}
		}
		line, _ := json.Marshal(facts)
		out.Write(append(line, '\n'))
	}
	return out.Bytes()
}

// TestRun answers many chunks of lines and holds every answer, in order, to Assess.
func TestRun(t *testing.T) {
	t.Parallel()
	b := barstest.AI(t)
	in := append(queue(b, 5000), different(b, 5000)...)
	var out bytes.Buffer
	lines, failed, err := batch.Run(t.Context(), b, bytes.NewReader(in), &out)
	if err != nil || lines != 10000 || failed != 0 {
		t.Fatalf("%d lines, %d failed, %v", lines, failed, err)
	}
	answers := bytes.Split(bytes.TrimSpace(out.Bytes()), []byte("\n"))
	for i, line := range bytes.Split(bytes.TrimSpace(in), []byte("\n")) {
		var given map[string]any
		if err := json.Unmarshal(line, &given); err != nil {
			t.Fatal(err)
		}
		id := given["id"]
		delete(given, "id")
		want := answer(t, b, given)
		var got map[string]any
		if err := json.Unmarshal(answers[i], &got); err != nil {
			t.Fatalf("%v: %s", err, answers[i])
		}
		if got["id"] != id {
			t.Fatalf("answer %d is to %v", i, got["id"])
		}
		delete(got, "id")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s\n%s", line, diff)
		}
	}
}

// answer is the verdict of facts in JSON, the slow way.
func answer(t *testing.T, b *bar.Bar, given map[string]any) map[string]any {
	t.Helper()
	facts := assess.Facts{}
	for point, value := range given {
		var values []string
		switch v := value.(type) {
		case string:
			values = []string{v}
		case []any:
			for _, one := range v {
				values = append(values, one.(string))
			}
		}
		if p, _ := b.Point(point); len(values) < len(p.Values) {
			facts[point] = assess.Fact{Values: values, Provenance: assess.Claimed}
		}
	}
	v, err := assess.Assess(b, facts)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var generic map[string]any
	if err := json.Unmarshal(text, &generic); err != nil {
		t.Fatal(err)
	}
	return generic
}

func TestLimits(t *testing.T) {
	t.Parallel()
	b := barstest.AI(t)
	long := `{"id":"` + strings.Repeat("x", batch.MaxLine) + `"}`
	fits := `{"id":"` + strings.Repeat("x", batch.MaxLine/2) + `","type":"conventional"}`
	in := "\xef\xbb\xbf{\"type\":\"conventional\"}\r\n" + long + "\n" + fits + "\n\n  \n" + long + "\n{\"type\":\"not-covered\"}"
	var out bytes.Buffer
	lines, failed, err := batch.Run(t.Context(), b, strings.NewReader(in), &out)
	if err != nil || lines != 5 || failed != 2 {
		t.Fatalf("%d lines, %d failed, %v", lines, failed, err)
	}
	for i, want := range []string{`"refer-to-other-bar"`, `"error":"line 2: longer than`, `"refer-to-other-bar"`, `"error":"line 6: longer than`, `"reviewer-discretion"`} {
		if line := strings.Split(out.String(), "\n")[i]; !strings.Contains(line, want) {
			t.Errorf("answer %d lacks %s: %.200s", i+1, want, line)
		}
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("the pipe is gone") }

func TestRunFaults(t *testing.T) {
	t.Parallel()
	b := barstest.AI(t)
	in := queue(b, 20000)
	_, _, err := batch.Run(t.Context(), b, bytes.NewReader(in), brokenWriter{})
	if err == nil || !strings.Contains(err.Error(), "the pipe is gone") {
		t.Errorf("writing: %v", err)
	}
	torn := io.MultiReader(bytes.NewReader(in), iotest.ErrReader(errors.New("the disk hums")))
	lines, _, err := batch.Run(t.Context(), b, torn, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "the disk hums") || lines == 0 {
		t.Errorf("reading: %d lines, %v", lines, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := batch.Run(ctx, b, bytes.NewReader(in), io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

// TestRunAnswersAtOnce: who sends a line and waits for its answer gets it.
func TestRunAnswersAtOnce(t *testing.T) {
	t.Parallel()
	b := barstest.AI(t)
	in, send := io.Pipe()
	answers, out := io.Pipe()
	go func() {
		_, _, err := batch.Run(t.Context(), b, in, out)
		_ = out.CloseWithError(err)
	}()
	lines := bufio.NewScanner(answers)
	for i := range 3 {
		fmt.Fprintf(send, "{\"id\":%d,\"type\":\"conventional\"}\n", i)
		if !lines.Scan() || !strings.HasPrefix(lines.Text(), fmt.Sprintf(`{"id":%d,`, i)) {
			t.Fatalf("answer %d: %s, %v", i, lines.Text(), lines.Err())
		}
	}
	_ = send.Close()
	if lines.Scan() || lines.Err() != nil {
		t.Errorf("then %s, %v", lines.Text(), lines.Err())
	}
}

// TestRunStopsWhileItWaits: an interruption does not wait for input.
func TestRunStopsWhileItWaits(t *testing.T) {
	t.Parallel()
	b := barstest.AI(t)
	ctx, cancel := context.WithCancel(t.Context())
	in, send := io.Pipe()
	defer send.Close()
	done := make(chan error, 1)
	go func() {
		_, _, err := batch.Run(ctx, b, in, io.Discard)
		done <- err
	}()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	from, err := bars.Load("msrc-ai@2026-11")
	if err != nil {
		t.Fatal(err)
	}
	to, err := bars.Load("local-example")
	if err != nil {
		t.Fatal(err)
	}
	in := `{"id":"a","type":"prompt-injection","impact":"output-manipulation","content_category":"none"}

{"type":"conventional"}
{"type":"conv"}
` + strings.Repeat("x", batch.MaxLine+1)
	var changed []string
	lines, failed, err := batch.Compare(t.Context(), from, to, strings.NewReader(in), func(c batch.Changed) {
		changed = append(changed, fmt.Sprint(c))
	})
	if err != nil || lines != 4 || failed != 2 || len(changed) != 1 || changed[0] != `line 1 "a": unrated → low` {
		t.Errorf("%d lines, %d failed, %v: %q", lines, failed, err, changed)
	}
}

// FuzzDecode feeds the reader of facts hostile lines: a record or a *LineError, never a panic, and
// what it reads it can answer.
func FuzzDecode(f *testing.F) {
	b := barstest.AI(f)
	for _, seed := range []string{
		`{"id":1,"type":"prompt-injection","impact":["data-exfiltration","privileged-action"]}`,
		`{"id":{"a":[null,1e999]},"type":null,"impact":[]}`, `{"type":{}}`, `{"":""}`, `[`, `{"type":"\ud800"}`, "{\"type\":\"\xff\"}",
		`{"type":"unknown"}{"type":"unknown"}`, `{"id":1,"id":2}`, strings.Repeat(`{"id":`, 20000), strings.Repeat("[", 20000), "",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		d := batch.NewDecoder(b)
		record, err := d.Decode(line, 7)
		if fault, ok := errors.AsType[*batch.LineError](err); err != nil && (!ok || fault.Line != 7 || fault.Hint() == "" || fault.Error() == "") {
			t.Errorf("%q: %v", line, err)
		}
		if err != nil {
			return
		}
		var out bytes.Buffer
		one := append(bytes.ReplaceAll(line, []byte("\n"), []byte(" ")), '\n')
		if _, _, err := batch.Run(t.Context(), b, bytes.NewReader(one), &out); err != nil || !json.Valid(out.Bytes()) {
			t.Errorf("%q: answered %q, %v", line, out.String(), err)
		}
		for i, set := range record.Sets {
			if set == 0 || set&^b.Points[i].All() != 0 {
				t.Errorf("%q: %s is %b", line, b.Points[i].ID, set)
			}
		}
	})
}

func benchmark(b *testing.B, in []byte, n int) {
	b.Helper()
	ai := barstest.AI(b)
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		if _, _, err := batch.Run(b.Context(), ai, bytes.NewReader(in), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "objects/s")
}

// BenchmarkQueue answers facts that repeat themselves, as those of a queue do.
func BenchmarkQueue(b *testing.B) { benchmark(b, queue(barstest.AI(b), 200_000), 200_000) }

// BenchmarkDifferent answers facts of which hardly two are alike: the worst case.
func BenchmarkDifferent(b *testing.B) { benchmark(b, different(barstest.AI(b), 200_000), 200_000) }
