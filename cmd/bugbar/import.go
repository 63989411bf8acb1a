package main

import (
	"cmp"
	"errors"
	"fmt"

	"bugbar/bar"
	"bugbar/internal/findings"
	"bugbar/internal/intake"
)

type importCmd struct {
	Input     []string `arg:"" help:"Reports, scanner output, folders of runs, archives (- for standard input)."`
	DryRun    bool     `help:"Show what is found and keep nothing."`
	To        string   `help:"Findings file that the import updates, where no casebook keeps the findings; findings.jsonl where it is left out." placeholder:"FILE"`
	Format    string   `help:"text, markdown or json." enum:"text,markdown,json" default:"text"`
	Threshold *float64 `help:"Count attack scores at or above this as success, in place of the tool's own threshold." placeholder:"SCORE"`
	Judge     string   `help:"Count only what this detector, scorer or metric says." placeholder:"NAME"`
	Target    string   `help:"The target, for files that do not name it." placeholder:"NAME"`
	Worked    string   `help:"The Inspect score that means the attack worked, such as C or I." placeholder:"VALUE"`
	By        string   `help:"Who imports into a casebook: the handle of somebody whom it knows." placeholder:"HANDLE"`
	barFlag
	keeping
}

// Help is shown by bugbar import --help.
func (importCmd) Help() string {
	return "Formats are told by content, not by name. Attempts are grouped by target, method and judge;\n" +
		"errors and outputs without judgement are shown beside the rate and never in it.\n" +
		"The same input twice changes nothing, and no import touches a person's decision. With --casebook each finding that\n" +
		"shows a success becomes a case there, in place of an entry in the findings file. An import is kept whole or not at all:\n" +
		"one that is interrupted leaves the cases as they were."
}

// Confidence level of the intervals shown.
const importLevel = 0.95

func (c *importCmd) Run(a *app) error {
	if t := c.Threshold; t != nil && !(*t >= 0 && *t <= 1) {
		return &inputError{fmt.Sprintf("--threshold %v is no score", *t), "a number from 0 to 1"}
	}
	if err := c.checkBar(c.Bar); err != nil {
		return err
	}
	if c.To != "" && c.Casebook != "" {
		return &inputError{"--to together with --casebook: findings are kept in one of them", "--casebook= keeps nothing in a casebook"}
	}
	keep, err := c.keeper(a, c.By)
	if err != nil {
		return err
	}
	b, err := keep.bar(a, c.barFlag)
	if err == nil {
		err = c.read(a, b, keep)
	}
	return errors.Join(err, keep.close())
}

// read reads the input, keeps what is in it, and shows it.
func (c *importCmd) read(a *app, b *bar.Bar, keep *keeper) error {
	shown := newProgress(a)
	opts := intake.Options{Threshold: c.Threshold, Judge: c.Judge, Target: c.Target, Worked: c.Worked, Progress: shown.importing(c.Input)}
	batch, err := intake.ReadAll(a.ctx, c.Input, a.stdin, opts)
	shown.clear()
	if err != nil {
		return err
	}
	result := viewImport(b, batch)
	if !c.DryRun {
		if result.Changes, err = c.keep(a, b, batch, keep); err != nil {
			return err
		}
	}
	if err := c.print(a, b, result); err != nil {
		return err
	}
	if n := batch.Totals[intake.Lost]; n > 0 {
		return fmt.Errorf("%w: %d", errPartly, n)
	}
	return nil
}

// keep takes the batch over into the casebook, or into the findings file.
func (c *importCmd) keep(a *app, b *bar.Bar, batch *intake.Batch, keep *keeper) (*changeView, error) {
	if keep == nil {
		change, err := findings.Import(cmp.Or(c.To, "findings.jsonl"), batch)
		if err != nil {
			return nil, err
		}
		return viewChange(change), nil
	}
	change, err := keep.take(a, b, batch)
	if err != nil {
		return nil, err
	}
	return viewImported(change), nil
}

func (c *importCmd) print(a *app, b *bar.Bar, v importView) error {
	switch c.Format {
	case "json":
		return printJSON(a, v)
	case "markdown":
		return printImportMarkdown(a, b, v)
	}
	return printImport(a, b, v)
}
