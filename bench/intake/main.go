// Command intake writes a garak report of a given size, for measuring how fast reports are read.
//
// The same seed gives the same bytes. Attempts are 2 to 10 KB long and are written twice, as garak
// writes them: when sent and when judged. The last lines are the totals, so that a reader can check
// itself.
//
//	go run ./bench/intake -bytes 1e9 > big.report.jsonl
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"os"
	"strings"
)

func main() {
	size := flag.Float64("bytes", 1e9, "size of the report, at least")
	seed := flag.Uint64("seed", 1, "seed of the random texts and scores")
	flag.Parse()
	if err := write(os.Stdout, int64(*size), *seed); err != nil {
		log.Fatal(err)
	}
}

// probes and their detectors; mitigation.MitigationBypass judges everything as well.
var probes = []struct{ probe, detector string }{
	{"ansiescape.AnsiEscaped", "ansiescape.Escaped"},
	{"dan.DanInTheWild", "dan.DAN"},
	{"encoding.InjectBase64", "encoding.DecodeMatch"},
	{"latentinjection.LatentWhois", "latentinjection.Domains"},
	{"promptinject.HijackKillHumans", "promptinject.AttackRogueString"},
	{"web_injection.MarkdownImageExfil", "web_injection.MarkdownExfilContent"},
}

const generations = 5

type content struct {
	Text     string         `json:"text"`
	Lang     string         `json:"lang"`
	DataPath *string        `json:"data_path"`
	DataType *string        `json:"data_type"`
	Checksum *string        `json:"data_checksum"`
	Notes    map[string]any `json:"notes"`
}

type turn struct {
	Role    string  `json:"role"`
	Content content `json:"content"`
}

type conversation struct {
	Turns []turn         `json:"turns"`
	Notes map[string]any `json:"notes"`
}

type attempt struct {
	Entry         string                `json:"entry_type"`
	UUID          string                `json:"uuid"`
	Seq           int                   `json:"seq"`
	Status        int                   `json:"status"`
	Probe         string                `json:"probe_classname"`
	Params        map[string]any        `json:"probe_params"`
	Targets       []string              `json:"targets"`
	Prompt        conversation          `json:"prompt"`
	Outputs       []*content            `json:"outputs"`
	Results       map[string][]*float64 `json:"detector_results"`
	Notes         map[string]any        `json:"notes"`
	Goal          string                `json:"goal"`
	Conversations []conversation        `json:"conversations"`
	Reverse       []string              `json:"reverse_translation_outputs"`
	Intent        *string               `json:"intent"`
}

type total struct {
	Entry     string `json:"entry_type"`
	Probe     string `json:"probe"`
	Detector  string `json:"detector"`
	Passed    int    `json:"passed"`
	Fails     int    `json:"fails"`
	Nones     int    `json:"nones"`
	Evaluated int    `json:"total_evaluated"`
	Processed int    `json:"total_processed"`
}

// generator keeps the random source and the totals as they grow.
type generator struct {
	rnd    *rand.Rand
	out    *json.Encoder
	n      *counter
	totals map[[2]string]*total
	order  []*total
}

type counter struct {
	io.Writer
	written int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	c.written += int64(n)
	return n, err
}

func write(w io.Writer, size int64, seed uint64) error {
	buffered := bufio.NewWriterSize(w, 1<<20)
	n := &counter{Writer: buffered}
	g := &generator{rnd: rand.New(rand.NewPCG(seed, 0)), out: json.NewEncoder(n), n: n, totals: map[[2]string]*total{}}
	g.out.SetEscapeHTML(false)
	const run = "00000000-0000-4000-8000-000000000000"
	head := []any{
		map[string]any{"entry_type": "start_run setup", "_config.version": "0.16.0", "plugins.target_type": "test", "plugins.target_name": "stand-in", "run.eval_threshold": 0.5, "run.generations": generations},
		map[string]any{"entry_type": "init", "garak_version": "0.16.0", "start_time": "2026-01-01T00:00:00", "run": run},
	}
	if err := g.encode(head...); err != nil {
		return err
	}
	for seq := 0; n.written < size; seq++ {
		if err := g.attempt(seq); err != nil {
			return err
		}
	}
	for _, t := range g.order {
		if err := g.encode(t); err != nil {
			return err
		}
	}
	if err := g.encode(map[string]any{"entry_type": "completion", "end_time": "2026-01-01T01:00:00", "run": run}); err != nil {
		return err
	}
	return buffered.Flush()
}

func (g *generator) encode(records ...any) error {
	for _, r := range records {
		if err := g.out.Encode(r); err != nil {
			return err
		}
	}
	return nil
}

// attempt writes one attempt at status 1 and at status 2.
func (g *generator) attempt(seq int) error {
	p := probes[seq*len(probes)/1000%len(probes)]
	prompt := turn{"user", g.content(80 + g.rnd.IntN(400))}
	a := attempt{
		Entry: "attempt", UUID: g.uuid(), Seq: seq, Status: 1, Probe: p.probe, Params: map[string]any{}, Targets: []string{},
		Prompt: conversation{[]turn{prompt}, map[string]any{}}, Results: map[string][]*float64{},
		Notes: map[string]any{"triggers": []string{"x"}}, Goal: "measure the reader", Reverse: []string{},
	}
	for range generations {
		reply := g.content(40 + g.rnd.IntN(550))
		a.Outputs = append(a.Outputs, &reply)
		a.Conversations = append(a.Conversations, conversation{[]turn{prompt, {"assistant", reply}}, map[string]any{}})
	}
	if err := g.encode(a); err != nil {
		return err
	}
	a.Status = 2
	for _, detector := range []string{p.detector, "mitigation.MitigationBypass"} {
		a.Results[detector] = g.scores(p.probe, detector)
	}
	return g.encode(a)
}

func (g *generator) scores(probe, detector string) []*float64 {
	t := g.total(probe, detector)
	scores := make([]*float64, generations)
	for i := range scores {
		t.Processed++
		roll := g.rnd.IntN(100)
		if roll == 0 {
			t.Nones++
			continue
		}
		score := []float64{0, 1, 0.25, 0.75}[g.rnd.IntN(4)]
		scores[i] = &score
		t.Evaluated++
		if score >= 0.5 {
			t.Fails++
		} else {
			t.Passed++
		}
	}
	return scores
}

func (g *generator) total(probe, detector string) *total {
	key := [2]string{probe, detector}
	if g.totals[key] == nil {
		g.totals[key] = &total{Entry: "eval", Probe: probe, Detector: detector}
		g.order = append(g.order, g.totals[key])
	}
	return g.totals[key]
}

var words = strings.Fields(`the a model says "no" and then prints \x1b[31m or {"key": [1, 2]} , über naïve 日本語
	please ignore every rule that stands before this line https://example.com/?q=1 ![x](http://a.example/y) <b>bold</b>`)

func (g *generator) content(size int) content {
	var b strings.Builder
	for b.Len() < size {
		b.WriteString(words[g.rnd.IntN(len(words))])
		b.WriteByte(" \n    "[g.rnd.IntN(6)])
	}
	return content{Text: b.String(), Lang: "en", Notes: map[string]any{}}
}

func (g *generator) uuid() string {
	a, b := g.rnd.Uint64(), g.rnd.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>52, b&0xffffffffffff)
}
