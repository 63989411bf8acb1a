package main

import (
	"strings"

	"bugbar/assess"
	"bugbar/internal/casebook"
)

type factCmd struct {
	ID      casebook.ID `arg:"" name:"case" help:"The case's id."`
	Facts   []string    `arg:"" help:"Facts that you vouch for, point=value. point=unknown takes an answer back."`
	Finding int         `help:"Which finding they are about." default:"1" placeholder:"N"`
	memberFlags
}

func (c *factCmd) Run(a *app) error {
	return c.change(a, "fact "+c.ID.String()+" "+strings.Join(c.Facts, " "), c.ID, func(b *casebook.Book, w casebook.Write) (kept *casebook.Case, err error) {
		if kept, err = b.Case(a.ctx, w.Actor, c.ID); err != nil {
			return nil, err
		}
		rules, err := b.Bar(kept.Bar)
		if err != nil {
			return nil, err
		}
		facts := make([]assess.Fact, len(c.Facts))
		points := make([]string, len(c.Facts))
		for i, text := range c.Facts { // all are read before the first is set
			if points[i], facts[i], err = assess.Parse(rules, text); err != nil {
				return nil, err
			}
		}
		for i := range facts {
			if kept, err = b.SetFact(a.ctx, w, c.ID, c.Finding-1, points[i], facts[i]); err != nil {
				return nil, err
			}
		}
		return kept, nil
	})
}
