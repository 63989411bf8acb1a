package main

import "bugbar/internal/casebook"

type assignCmd struct {
	ID casebook.ID `arg:"" name:"case" help:"The case's id."`
	To string      `arg:"" help:"A handle, me, or nobody."`
	memberFlags
}

func (c *assignCmd) Run(a *app) error {
	return c.change(a, "assign "+c.ID.String()+" "+c.To, c.ID, func(b *casebook.Book, w casebook.Write) (*casebook.Case, error) {
		to := w.Actor.ID
		switch c.To {
		case "me":
		case "nobody":
			to = 0
		default:
			p, err := b.PersonCalled(a.ctx, c.To)
			if err != nil {
				return nil, err
			}
			to = p.ID
		}
		return b.Assign(a.ctx, w, c.ID, to)
	})
}
