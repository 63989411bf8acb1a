package main

import (
	"strings"

	"bugbar/internal/casebook"
)

type whyCmd struct {
	ID    casebook.ID `arg:"" name:"case" help:"The case's id."`
	State string      `arg:"" help:"The state that it does not come to."`
	memberFlags
}

// Help is shown by bugbar why --help.
func (whyCmd) Help() string {
	return "Answers why you cannot move a case to a state: what has to hold first, and who may move it."
}

func (c *whyCmd) Run(a *app) error {
	return c.look(a, func(b *casebook.Book, by casebook.Actor) error {
		kept, err := b.Case(a.ctx, by, c.ID)
		if err != nil {
			return err
		}
		obstacles, err := b.WhyNot(by, kept, c.State)
		if err != nil {
			return err
		}
		option := casebook.Option{To: c.State, Name: stateName(b, c.State), Obstacles: append([]casebook.Obstacle{}, obstacles...)}
		for _, o := range b.Options(by, kept) {
			if o.To == c.State {
				option.Asks = o.Asks
			}
		}
		if c.Format == "json" {
			return printJSON(a, option)
		}
		p := newPage(a.stdout)
		p.why(kept, option)
		return p.err
	})
}

func (p *page) why(c *casebook.Case, o casebook.Option) {
	if len(o.Obstacles) == 0 {
		p.printf("Nothing stands against it: bugbar move %s %s", c.ID, o.To)
		for _, field := range o.Asks {
			field = strings.Replace(field, "question", "reason", 1)
			p.printf(" --%s %s", field, strings.ToUpper(field))
		}
		p.printf("\n")
		return
	}
	if o.Obstacles[0].Guard != "no-such-move" {
		p.printf("To move it from %s to %s, this has to hold:\n", c.State, o.To)
	}
	for _, b := range o.Obstacles {
		p.item("-", 2, b.Text)
	}
}
