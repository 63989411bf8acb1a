// Command table runs the benchmarks of package decide and prints a Markdown table: for each engine
// the medians, and the ratios of its time to those of the first two, the Go switch and bugbar.
//
//	go run ./cmd/table
//
// The engines take turns, round by round, and a ratio is the median of the ratios within a round:
// a machine that is busy for a while then hardly moves it.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"slices"
	"strings"

	"golang.org/x/perf/benchfmt"
)

func main() {
	log.SetFlags(0)
	rounds := flag.Int("rounds", 7, "times that each engine is measured, at least 1")
	each := flag.String("benchtime", "0.5s", "how long each engine runs in a round, as for go test")
	flag.Parse()
	var results bytes.Buffer
	for range max(*rounds, 1) {
		round := exec.Command("go", "test", "-run", "^$", "-bench", "^BenchmarkDecide$", "-benchtime", *each, "bugbar/bench/decide")
		round.Stdout, round.Stderr = &results, os.Stderr
		if err := round.Run(); err != nil {
			log.Fatalf("%v: %v\n%s", round, err, results.String())
		}
	}
	if err := write(os.Stdout, read(&results)); err != nil {
		log.Fatal(err)
	}
}

// engine is what was measured of one engine, one entry for each round.
type engine struct {
	name               string
	times, allocations []float64 // seconds and allocations per decision
}

// read collects the benchmarks in the order in which they ran.
func read(r io.Reader) []*engine {
	var engines []*engine
	for lines := benchfmt.NewReader(r, "go test"); lines.Scan(); {
		result, ok := lines.Result().(*benchfmt.Result)
		if !ok {
			continue
		}
		name := nameOf(result)
		i := slices.IndexFunc(engines, func(e *engine) bool { return e.name == name })
		if i < 0 {
			i = len(engines)
			engines = append(engines, &engine{name: name})
		}
		seconds, _ := result.Value("sec/op")
		allocations, _ := result.Value("allocs/op")
		engines[i].times = append(engines[i].times, seconds)
		engines[i].allocations = append(engines[i].allocations, allocations)
	}
	return engines
}

// nameOf returns the engine's name, in which the testing package wrote spaces as underscores.
func nameOf(r *benchfmt.Result) string {
	_, parts := r.Name.Parts()
	return strings.ReplaceAll(strings.TrimPrefix(string(parts[0]), "/"), "_", " ")
}

func write(w io.Writer, engines []*engine) error {
	byHand, bugbar := engines[0], engines[1]
	var t strings.Builder
	fmt.Fprintf(&t, "| engine | ns | allocations | × %s | × %s |\n", byHand.name, bugbar.name)
	t.WriteString("| --- | ---: | ---: | ---: | ---: |\n")
	for _, e := range engines {
		fmt.Fprintf(&t, "| %s | %.0f | %.0f | %.1f | %.1f |\n",
			e.name, median(e.times)*1e9, median(e.allocations), e.ratio(byHand), e.ratio(bugbar))
	}
	_, err := io.WriteString(w, t.String())
	return err
}

// ratio is how many times as long as another engine this one takes, round by round.
func (e *engine) ratio(to *engine) float64 {
	ratios := make([]float64, len(e.times))
	for i := range ratios {
		ratios[i] = e.times[i] / to.times[i]
	}
	return median(ratios)
}

// median returns the middle value, the upper one of two.
func median(values []float64) float64 {
	return slices.Sorted(slices.Values(values))[len(values)/2]
}
