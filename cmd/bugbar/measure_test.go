package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// docPlots are the plots of the guide and the evidence that they are drawn from.
var docPlots = map[string][]string{
	"trials":                 {"trials", "trials.jsonl"},
	"perturbation":           {"perturbation", "perturbation.jsonl"},
	"membership":             {"membership", "scores.csv"},
	"attribute":              {"attribute", "attribute.jsonl"},
	"reconstruction":         {"reconstruction", "texts.jsonl"},
	"reconstruction-vectors": {"reconstruction", "vectors.jsonl"},
	"property":               {"property", "property-worlds.csv"},
	"property-ratio":         {"property", "property-ratio.csv"},
	"theft":                  {"theft", "theft.csv"},
	"input-extraction":       {"input-extraction", "secrets.csv"},
}

// TestDocPlots holds the plots of the guide to what the command draws.
func TestDocPlots(t *testing.T) {
	t.Parallel()
	for name, args := range docPlots {
		drawn := filepath.Join(t.TempDir(), name+".svg")
		var out bytes.Buffer
		code := run(t.Context(), []string{"measure", args[0], "../../examples/evidence/" + args[1], "--plot", drawn}, strings.NewReader(""), &out, &out)
		if code != exitOK {
			t.Errorf("%s: %s", name, out.String())
			continue
		}
		got, err := os.ReadFile(drawn)
		if err != nil {
			t.Fatal(err)
		}
		shown := filepath.Join("..", "..", "docs", "measure", name+".svg")
		if *update {
			if err := os.WriteFile(shown, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want, err := os.ReadFile(shown); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is stale (%v); look at it, then go test ./cmd/bugbar -update", shown, err)
		}
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	clock := time.Unix(0, 0)
	var out bytes.Buffer
	p := progress{w: &out, now: func() time.Time { return clock }, start: clock}
	for range 30 {
		clock = clock.Add(50 * time.Millisecond)
		p.tell("a\x1b]0;b", 30, 100)
	}
	p.clear()
	if got := out.String(); strings.Count(got, "30 %") != 6 || strings.Contains(got, "\x1b]") || !strings.HasSuffix(got, "\r\x1b[K") {
		t.Errorf("told %q", got)
	}
	out.Reset()
	p.tell("a", 100, 100)
	clock = clock.Add(600 * time.Millisecond)
	stop := p.keepTelling() // as nobody tells of any progress while the metrics are worked out
	for deadline := time.Now().Add(time.Minute); told(&p, &out) == "" && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	stop()
	if got := out.String(); !strings.HasPrefix(got, "\r\x1b[Kmeasuring: 2 s") {
		t.Errorf("told %q of what comes after the reading", got)
	}
	quick := progress{w: &out, now: func() time.Time { return clock }, start: clock}
	out.Reset()
	quick.tell("a", 1, 2)
	quick.clear()
	if out.Len() > 0 {
		t.Errorf("told %q of what took no time", out.String())
	}
}

func told(p *progress, out *bytes.Buffer) string {
	p.telling.Lock()
	defer p.telling.Unlock()
	return out.String()
}
