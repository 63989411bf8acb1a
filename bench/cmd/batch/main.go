//go:build linux

// Command batch measures bugbar assess --batch as a whole process, beside encoding/json that only
// decodes the same lines. It builds bugbar, writes seeded files of facts, runs each process several
// times and prints the medians as a Markdown table.
//
// It runs in the folder of this module, which lies beside bugbar's:
//
//	go run ./cmd/batch
//
// The answers go to /dev/null. Peak memory is what Linux counts for a process; it counts the memory
// of the process that started it as well, so no figure below that of this command can be seen.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"bugbar/bar"
	"bugbar/bars"
)

func main() {
	log.SetFlags(0)
	n := flag.Int("n", 1_000_000, "objects in each file")
	seed := flag.Uint64("seed", 1, "seed of the files")
	runs := flag.Int("runs", 5, "runs of each process, at least 1")
	decoded := flag.String("decode", "", "only decode this file with encoding/json")
	flag.Parse()
	if *n < 1 || *runs < 1 {
		log.Fatalf("-n %d -runs %d: both are at least 1", *n, *runs)
	}
	var err error
	if *decoded != "" {
		err = decode(*decoded)
	} else {
		err = compare(*n, *seed, *runs)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// file is one kind of input.
type file struct {
	name  string
	write func(io.Writer, *bar.Bar, *rand.Rand, int) error
}

var files = []file{
	{"as a queue holds them", writeQueue},
	{"all different, with lists", writeDifferent},
}

func compare(n int, seed uint64, runs int) error {
	folder, err := os.MkdirTemp("", "bugbar-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	program, facts := filepath.Join(folder, "bugbar"), filepath.Join(folder, "facts.jsonl")
	build := exec.Command("go", "build", "-C", "..", "-o", program, "./cmd/bugbar")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("building bugbar: %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	processes := []process{
		{"bugbar, 2 cores", 2, []string{program, "assess", "--batch", facts}},
		{"bugbar, 1 core", 1, []string{program, "assess", "--batch", facts}},
		{"encoding/json, 1 core", 1, []string{self, "-decode", facts}},
	}
	fmt.Println("| facts | process | thousand objects per second | CPU µs per object | peak MiB |")
	fmt.Println("| --- | --- | ---: | ---: | ---: |")
	for _, f := range files {
		if err := f.create(facts, n, seed); err != nil {
			return err
		}
		for _, p := range processes {
			m, err := p.measure(runs)
			if err != nil {
				return err
			}
			fmt.Printf("| %s | %s | %.0f | %.1f | %.0f |\n", f.name, p.name,
				float64(n)/m.wall.Seconds()/1000, m.cpu.Seconds()*1e6/float64(n), m.peak)
		}
	}
	return nil
}

func (f file) create(path string, n int, seed uint64) error {
	b, err := bars.Load(bars.Default)
	if err != nil {
		return err
	}
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(f.write(out, b, rand.New(rand.NewPCG(seed, 0)), n), out.Close())
}

// process is one command that reads the facts, on a number of cores.
type process struct {
	name  string
	cores int
	args  []string
}

// measurement is what one process took: medians of the times, and the highest peak in MiB.
type measurement struct {
	wall, cpu time.Duration
	peak      float64
}

func (p process) measure(runs int) (measurement, error) {
	var m measurement
	wall, cpu := make([]time.Duration, runs), make([]time.Duration, runs)
	for i := range runs {
		command := exec.Command(p.args[0], p.args[1:]...)
		command.Env = append(os.Environ(), fmt.Sprintf("GOMAXPROCS=%d", p.cores))
		command.Stderr = os.Stderr
		start := time.Now()
		if err := command.Run(); err != nil {
			return m, fmt.Errorf("%s: %w", p.name, err)
		}
		wall[i] = time.Since(start)
		cpu[i] = command.ProcessState.UserTime() + command.ProcessState.SystemTime()
		m.peak = max(m.peak, float64(command.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)/1024)
	}
	slices.Sort(wall)
	slices.Sort(cpu)
	m.wall, m.cpu = wall[runs/2], cpu[runs/2]
	return m, nil
}
