package main

import (
	"maps"
	"slices"
	"strings"

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
		facts, err := parseFacts(rules, c.Facts) // all are read before the first is set
		if err != nil {
			return nil, err
		}
		for _, point := range slices.Sorted(maps.Keys(facts)) {
			if kept, err = b.SetFact(a.ctx, w, c.ID, c.Finding-1, point, facts[point]); err != nil {
				return nil, err
			}
		}
		return kept, nil
	})
}
