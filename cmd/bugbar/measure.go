package main

import (
	"errors"
	"fmt"

	"bugbar/assess"
	"bugbar/internal/evidence"
	"bugbar/internal/plot"
	"bugbar/measure"
)

type measureCmd struct {
	Kind  string   `arg:"" help:"What the evidence is of: attribute, input-extraction, membership, perturbation, property, reconstruction, theft or trials."`
	Files []string `arg:"" help:"CSV, TSV, JSON lines, Parquet, npy, npz, or a directory of shadow models; told by content."`

	Format string `help:"text or json." enum:"text,json" default:"text"`
	Plot   string `help:"Draw the result to FILE, which ends in .svg or .png." placeholder:"FILE"`
	barFlag

	Control        string   `help:"Value of column arm or group that marks the control." placeholder:"VALUE"`
	Compare        []string `help:"trials: the run before a change, to compare with." placeholder:"FILE"`
	Attack         string   `help:"membership: online, online-fixed, offline, ..., reference for shadow models; rmia, population, reference for signals; loss-threshold for losses; or all." placeholder:"NAME"`
	Target         string   `help:"membership: number of the attacked model, or all in turn." placeholder:"N"`
	Gamma          float64  `help:"membership, rmia: the likelihood ratio above which a comparison counts (2)." placeholder:"RATIO"`
	OfflineA       *float64 `help:"membership, rmia: slope of the offline approximation, 0 to 1 (0.3)." placeholder:"A"`
	References     []int    `help:"membership, rmia: numbers of the reference models (all but the target)." placeholder:"N"`
	ScoreDirection string   `help:"membership: whether high or low scores mean member; auto goes by the column's name." enum:"auto,high,low" default:"auto"`
	Width          int      `help:"reconstruction: elements per line of an image, for SSIM." placeholder:"N"`
	Threshold      float64  `help:"reconstruction: mean squared error that counts as success (0.01)." placeholder:"MSE"`
	Peak           float64  `help:"reconstruction: largest value of an element (1)." placeholder:"VALUE"`
}

// Help is shown by bugbar measure --help.
func (measureCmd) Help() string {
	return "bugbar measure trials attempts.jsonl --plot forest.svg\n\n" +
		"docs/measure has a page for each kind: what to record, how to lay out the file, how to read the result."
}

// measurement is what the command prints as JSON.
type measurement struct {
	evidence.Report
	*assess.Judgement
}

func (c *measureCmd) Run(a *app) error {
	b, err := c.load()
	if err != nil {
		return err
	}
	report, err := c.measure(a)
	if err != nil {
		return err
	}
	m := measurement{Report: report}
	if j, judged := assess.Judge(b, report.Result); judged {
		m.Judgement = &j
	}
	if c.Plot != "" {
		if err := plot.Save(c.Plot, report.Result); err != nil {
			return err
		}
	}
	if c.Format == "json" {
		err = printJSON(a, m)
	} else {
		err = printMeasurement(a, m)
	}
	if err == nil {
		err = leftOut(report)
	}
	return err
}

func (c *measureCmd) measure(a *app) (evidence.Report, error) {
	progress := newProgress(a)
	defer progress.clear()
	defer progress.keepTelling()()
	options := evidence.Options{
		Control: c.Control, Before: c.Compare,
		Attack: c.Attack, Target: c.Target, Gamma: c.Gamma, OfflineA: c.OfflineA, References: c.References,
		Scale:    measure.VectorScale{Threshold: c.Threshold, Peak: c.Peak, Width: c.Width},
		Progress: progress.tell,
	}
	if c.ScoreDirection != "auto" {
		options.Direction = c.ScoreDirection
	}
	report, err := evidence.Measure(c.Kind, c.Files, options)
	if errors.Is(err, evidence.ErrFormat) {
		err = &inputError{err.Error(), "docs/measure says how to lay out each kind of evidence"}
	}
	return report, err
}

// leftOut is an error when rows were left out, so that a script notices.
func leftOut(report evidence.Report) error {
	for _, s := range report.Source {
		if s.Bad > 0 {
			return fmt.Errorf("%s: %w: %d of %d", s.File, errPartly, s.Bad, s.Bad+s.Rows)
		}
	}
	return nil
}
