package main

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"bugbar/bar"
	"bugbar/internal/intake"
	"bugbar/internal/triage"
)

// sniffed is how much of a file tells its format, in bytes.
const sniffed = 128 << 10

// read reads the report: plain text with its front matter, or one of the formats of intake.
func (c *triageCmd) read(a *app, b *bar.Bar) (*triage.Report, error) {
	if info, err := os.Stat(c.Report); err == nil && info.IsDir() {
		return c.taken(a, b, nil)
	}
	in, err := a.open(c.Report)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	head, err := io.ReadAll(io.LimitReader(in, sniffed))
	if err != nil {
		return nil, err
	}
	whole := io.MultiReader(bytes.NewReader(head), in)
	if format := intake.Sniff(head); format == "text" || format == "" {
		return triage.ReadReport(b, c.Report, whole)
	}
	return c.taken(a, b, whole)
}

// taken reads what is no plain report, and chooses one of the reports in it.
func (c *triageCmd) taken(a *app, b *bar.Bar, in io.Reader) (*triage.Report, error) {
	var batch *intake.Batch
	var err error
	if in == nil {
		batch, err = intake.Read(a.ctx, c.Report, intake.Options{})
	} else {
		batch, err = intake.ReadFrom(a.ctx, c.Report, in, intake.Options{})
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
		return nil, &inputError{c.Report + ": neither a report nor an attempt in it", "bugbar import --dry-run tells what a file holds"}
	case c.Nth < 0 || c.Nth > len(reports), c.Nth == 0 && len(reports) > 1:
		return nil, &inputError{
			fmt.Sprintf("%s: it holds %d reports", c.Report, len(reports)),
			fmt.Sprintf("--report N, from 1 (%s) to %d; bugbar import --dry-run lists them", triage.Line(reports[0].Title), len(reports)),
		}
	}
	return reports[max(c.Nth, 1)-1], nil
}
