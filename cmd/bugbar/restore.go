package main

import (
	"errors"

	"bugbar/internal/casebook"
)

type restoreCmd struct {
	File   string `arg:"" help:"A backup (- for standard input)."`
	Format string `help:"text or json." enum:"text,json" default:"text"`
	attachmentsFlag
	casebookFlag
}

// Help is shown by bugbar restore --help.
func (restoreCmd) Help() string {
	return "Fills an empty casebook, of either kind, from a backup, and verifies it. A backup that is not whole leaves it empty."
}

func (c *restoreCmd) Run(a *app) (err error) {
	in, err := a.open(c.File)
	if err != nil {
		return err
	}
	defer in.Close()
	store, err := c.openStore(a.ctx, c.casebookFlag)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	m, report, err := casebook.Restore(a.ctx, in, c.Casebook, store, c.options())
	if err != nil {
		return err
	}
	if c.Format == "json" {
		return errors.Join(printJSON(a, m), alteredUnless(report.Whole()))
	}
	p := newPage(a.stdout)
	p.kept(c.File, m)
	return errors.Join(p.err, printVerified(a, c.Format, report))
}

func alteredUnless(whole bool) error {
	if whole {
		return nil
	}
	return errAltered
}
