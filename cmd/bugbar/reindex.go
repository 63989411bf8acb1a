package main

import (
	"errors"

	"bugbar/internal/casebook"
)

type reindexCmd struct{ operatorFlags }

// Help is shown by bugbar reindex --help.
func (reindexCmd) Help() string {
	return "Makes what lists, counts and searches need anew from the cases. Until it ends, they find less than there is."
}

func (c *reindexCmd) Run(a *app) error {
	b, err := c.casebookFlag.openKept(a.ctx)
	if err != nil {
		return err
	}
	return errors.Join(c.work(a, b), b.Close())
}

func (c *reindexCmd) work(a *app, b *casebook.Book) error {
	if _, err := b.Operate(a.ctx, c.By, "reindex", 0); err != nil {
		return err
	}
	if err := settle(a.ctx, b); err != nil {
		return err
	}
	shown, cases := newProgress(a), int64(0)
	tell := shown.counting("cases done")
	err := b.Reindex(a.ctx, func(done int64) {
		cases = done
		tell(done)
	})
	shown.clear()
	if err != nil {
		return err
	}
	if c.Format == "json" {
		return printJSON(a, map[string]int64{"cases": cases})
	}
	p := newPage(a.stdout)
	p.printf("Lists and searches know %s.\n", plural(int(cases), "case"))
	return p.err
}
