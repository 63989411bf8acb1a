// Command dedupe measures the search for near-duplicates, bugbar's beside the known ways, on one
// mixture of reports, and prints a Markdown table.
//
//	go run ./cmd/dedupe -size 100000
//
// Each way runs in a process of its own, so that its peak of memory is its own. Queries run on one core. A
// query is the duplicate of a report, and what is found counts where that report is among the ten best.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"time"

	"bugbar/bench/dedupe"
	"bugbar/internal/dedupe/mixture"
)

// result is what was measured of one way.
type result struct {
	Name        string
	Build       time.Duration // of the index alone, the writing of the reports left out
	PeakMiB     int64
	Recall      float64
	First       float64 // share of the pairs that stand first
	Median, P99 time.Duration
}

func main() {
	log.SetFlags(0)
	size := flag.Int("size", 100_000, "reports in the mixture")
	pairs := flag.Int("pairs", 500, "duplicates that are searched, at most as many as reports")
	seed := flag.Uint64("seed", 1, "of the mixture")
	way := flag.String("way", "", "measure this one way only, and print JSON")
	flag.Parse()
	if *pairs < 1 || *pairs > *size {
		log.Fatalf("-pairs %d: a number from 1 to -size", *pairs)
	}
	m := mixture.New(*seed)
	if *way != "" {
		r, err := measure(*way, m, *size, *pairs)
		if err != nil {
			log.Fatalf("%s: %v", *way, err)
		}
		if err := json.NewEncoder(os.Stdout).Encode(r); err != nil {
			log.Fatal(err)
		}
		return
	}
	fmt.Println("| way | recall at 10 | first | query median, ms | query 99 %, ms | build, s | peak, MiB |")
	fmt.Println("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
	for _, w := range dedupe.Ways() {
		r, err := apart(w.Name, *size, *pairs, *seed)
		if err != nil {
			log.Fatalf("%s: %v", w.Name, err)
		}
		fmt.Printf("| %s | %.3f | %.3f | %.2f | %.2f | %.1f | %d |\n", r.Name, r.Recall, r.First,
			milliseconds(r.Median), milliseconds(r.P99), r.Build.Seconds(), r.PeakMiB)
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// apart measures one way in a process of its own.
func apart(name string, size, pairs int, seed uint64) (result, error) {
	c := exec.Command(os.Args[0], "-way", name, "-size", strconv.Itoa(size), "-pairs", strconv.Itoa(pairs), "-seed", strconv.FormatUint(seed, 10))
	c.Stderr = os.Stderr
	out, err := c.Output()
	var r result
	if err == nil {
		err = json.Unmarshal(out, &r)
	}
	return r, err
}

func measure(name string, m mixture.Mixture, size, pairs int) (result, error) {
	way, ok := dedupe.Named(name)
	if !ok {
		return result{}, fmt.Errorf("no such way")
	}
	s, err := way.New()
	if err != nil {
		return result{}, err
	}
	defer s.Close()
	r := result{Name: name}
	for i := range size {
		c := m.Case(i)
		start := time.Now()
		if err := s.Add(&c); err != nil {
			return r, err
		}
		r.Build += time.Since(start)
	}
	start := time.Now()
	if err := s.Built(); err != nil {
		return r, err
	}
	r.Build += time.Since(start)
	runtime.GC()
	runtime.GOMAXPROCS(1)
	if err := r.ask(s, m, size, pairs); err != nil {
		return r, err
	}
	var usage syscall.Rusage
	err = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	r.PeakMiB = usage.Maxrss >> 10 // KiB on Linux
	return r, err
}

// ask searches the pairs.
func (r *result) ask(s dedupe.Searcher, m mixture.Mixture, size, pairs int) error {
	times := make([]time.Duration, pairs)
	found, first := 0, 0
	for p := range pairs {
		number := int(int64(p) * int64(size) / int64(pairs))
		c := m.Duplicate(number)
		start := time.Now()
		ids, err := s.Find(&c)
		times[p] = time.Since(start)
		if err != nil {
			return err
		}
		switch slices.Index(ids, mixture.ID(number)) {
		case -1:
			continue
		case 0:
			first++
		}
		found++
	}
	slices.Sort(times)
	r.Recall, r.First = float64(found)/float64(pairs), float64(first)/float64(pairs)
	r.Median, r.P99 = times[pairs/2], times[pairs*99/100]
	return nil
}
