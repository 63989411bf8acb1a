package main

import "bugbar/internal/casebook"

type linkCmd struct {
	ID   casebook.ID `arg:"" name:"case" help:"The case's id."`
	Kind string      `arg:"" help:"duplicate-of, same-root-cause, regression-of or related." enum:"duplicate-of,duplicated-by,same-root-cause,regression-of,related"`
	To   casebook.ID `arg:"" help:"The other case."`
	memberFlags
}

// Help is shown by bugbar link --help.
func (linkCmd) Help() string {
	return "Decides a suggested duplicate as well. A duplicate is then closed with bugbar move CASE duplicate."
}

func (c *linkCmd) Run(a *app) error {
	return c.change(a, "link "+c.ID.String()+" "+c.Kind+" "+c.To.String(), c.ID, func(b *casebook.Book, w casebook.Write) (*casebook.Case, error) {
		return b.Relate(a.ctx, w, c.ID, casebook.Link{Kind: c.Kind, To: c.To})
	})
}

type rejectCmd struct {
	ID    casebook.ID `arg:"" name:"case" help:"The case's id."`
	Other casebook.ID `arg:"" help:"The case that was suggested, and says something else."`
	memberFlags
}

func (c *rejectCmd) Run(a *app) error {
	return c.change(a, "reject "+c.ID.String()+" "+c.Other.String(), c.ID, func(b *casebook.Book, w casebook.Write) (*casebook.Case, error) {
		return b.Reject(a.ctx, w, c.ID, c.Other)
	})
}
