package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"bugbar/internal/intake"
)

// progress keeps one line on a terminal: bytes, attempts, findings, time left. Elsewhere it is silent.
type progress struct {
	mu    sync.Mutex
	a     *app
	total int64 // bytes of the input; 0 when unknown
	begun time.Time
	last  time.Time
	shown bool
}

const progressEvery = 100 * time.Millisecond

func newProgress(a *app, paths []string) *progress {
	p := &progress{a: a, begun: a.now()}
	p.last = p.begun
	if p.visible() {
		p.total = inputSize(paths)
	}
	return p
}

func (p *progress) visible() bool {
	f, ok := p.a.stderr.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// inputSize adds up the files; it is 0 when standard input is among them.
func inputSize(paths []string) int64 {
	var sum int64
	for _, path := range paths {
		if path == "-" {
			return 0
		}
		_ = filepath.WalkDir(path, func(_ string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				if info, err := d.Info(); err == nil {
					sum += info.Size()
				}
			}
			return nil
		})
	}
	return sum
}

// report is the callback for the reader, or nil where nobody watches.
func (p *progress) report() func(intake.Progress) {
	if !p.visible() {
		return nil
	}
	return func(now intake.Progress) {
		p.mu.Lock()
		defer p.mu.Unlock()
		at := p.a.now()
		if at.Sub(p.last) < progressEvery {
			return
		}
		p.last, p.shown = at, true
		fmt.Fprintf(p.a.stderr, "\r\x1b[K%s", progressLine(now, p.total, at.Sub(p.begun)))
	}
}

// progressLine words how far the reading is after the time spent.
func progressLine(now intake.Progress, total int64, spent time.Duration) string {
	parts := []string{megabytes(now.Bytes), fmt.Sprintf("%d attempts", now.Attempts), fmt.Sprintf("%d findings", now.Findings)}
	if total > 0 && now.Bytes > 0 && now.Bytes <= total {
		parts[0] += fmt.Sprintf(" of %s (%d %%)", megabytes(total), 100*now.Bytes/total)
		left := time.Duration(float64(spent) * float64(total-now.Bytes) / float64(now.Bytes))
		parts = append(parts, fmt.Sprintf("%s left", left.Round(time.Second)))
	}
	return strings.Join(parts, " · ")
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

// clear takes the line away.
func (p *progress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown {
		fmt.Fprint(p.a.stderr, "\r\x1b[K")
	}
}
