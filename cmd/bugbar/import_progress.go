package main

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"bugbar/internal/intake"
)

// importing is the callback for a reading of these paths, or nil where nobody looks: one line with
// bytes, attempts, findings and time left.
func (p *progress) importing(paths []string) func(intake.Progress) {
	if p.w == nil {
		return nil
	}
	total := inputSize(paths)
	return func(read intake.Progress) {
		now := p.now()
		if now.Sub(p.start) < time.Second || now.Sub(p.last) < 100*time.Millisecond {
			return
		}
		p.last = now
		fmt.Fprintf(p.w, "\r\x1b[K%s", progressLine(read, total, now.Sub(p.start)))
	}
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

// progressLine words how far the reading is after the time spent.
func progressLine(read intake.Progress, total int64, spent time.Duration) string {
	parts := []string{megabytes(read.Bytes), fmt.Sprintf("%d attempts", read.Attempts), fmt.Sprintf("%d findings", read.Findings)}
	if total > 0 && read.Bytes > 0 && read.Bytes <= total {
		parts[0] += fmt.Sprintf(" of %s (%d %%)", megabytes(total), 100*read.Bytes/total)
		left := time.Duration(float64(spent) * float64(total-read.Bytes) / float64(read.Bytes))
		parts = append(parts, fmt.Sprintf("%s left", left.Round(time.Second)))
	}
	return strings.Join(parts, " · ")
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
