package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"bugbar/bar"
	"bugbar/internal/intake"
	"bugbar/internal/triage"
)

// sniffed is how much of a file tells its format, in bytes.
const sniffed = 128 << 10

// readReport reads a report: plain text with its front matter, or the nth of what one of the formats
// of intake holds; 0 where it has to be the only one.
func readReport(a *app, b *bar.Bar, name string, nth int) (*triage.Report, error) {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return taken(a, b, name, nth, nil)
	}
	in, err := a.open(name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	head, err := io.ReadAll(io.LimitReader(in, sniffed))
	if err != nil {
		return nil, err
	}
	whole := io.MultiReader(bytes.NewReader(head), in)
	// What reads as text may have front matter; of what is not recognised ReadReport says why.
	format := intake.Sniff(head)
	text, _ := intake.Text(head)
	if format == "text" || (format == "" && !strings.HasPrefix(strings.TrimSpace(text), "{")) {
		return triage.ReadReport(b, name, whole)
	}
	return taken(a, b, name, nth, whole)
}

// taken reads what is no plain report, and chooses one of the reports in it.
func taken(a *app, b *bar.Bar, name string, nth int, in io.Reader) (*triage.Report, error) {
	var batch *intake.Batch
	var err error
	if in == nil {
		batch, err = intake.Read(a.ctx, name, intake.Options{})
	} else {
		batch, err = intake.ReadFrom(a.ctx, name, in, intake.Options{})
	}
	if err != nil {
		return nil, err
	}
	reports := triage.FromIntake(b, batch)
	for _, lost := range batch.Skipped {
		fmt.Fprintf(a.stderr, "bugbar: skipped %s\n", triage.Line(lost.Error()))
	}
	switch {
	case len(reports) == 0 && batch.Totals[intake.NotAccepted] > 0:
		return nil, triage.ErrNotAccepted
	case len(reports) == 0:
		return nil, &inputError{name + ": neither a report nor an attempt in it", "bugbar import --dry-run tells what a file holds"}
	case nth < 0 || nth > len(reports), nth == 0 && len(reports) > 1:
		return nil, &inputError{
			fmt.Sprintf("%s: it holds %d reports", name, len(reports)),
			fmt.Sprintf("--report N, from 1 (%s) to %d; bugbar import --dry-run lists them", triage.Line(reports[0].Title), len(reports)),
		}
	}
	return reports[max(nth, 1)-1], nil
}
