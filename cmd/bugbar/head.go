package main

import (
	"errors"

	"bugbar/internal/casebook"
)

type headCmd struct {
	Format string `help:"json, which bugbar verify --head reads, or text." enum:"json,text" default:"json"`
	casebookFlag
}

// Help is shown by bugbar head --help.
func (headCmd) Help() string {
	return "bugbar head > head.json\n\n" +
		"Prints the last seal of the ledger, to be kept where nobody who can change the casebook can change it."
}

func (c *headCmd) Run(a *app) error {
	b, err := c.openKept(a.ctx)
	if err != nil {
		return err
	}
	return errors.Join(c.print(a, b), b.Close())
}

func (c *headCmd) print(a *app, b *casebook.Book) error {
	if err := settle(a.ctx, b); err != nil {
		return err
	}
	h, err := b.Head(a.ctx)
	if err != nil {
		return err
	}
	if c.Format == "json" {
		return printJSON(a, h)
	}
	p := newPage(a.stdout)
	p.paragraph(0, headText(h))
	return p.err
}
