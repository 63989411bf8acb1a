package main

import "bugbar/internal/casebook"

type approveCmd struct {
	ID casebook.ID `arg:"" name:"case" help:"The case's id."`
	memberFlags
}

// Help is shown by bugbar approve --help.
func (approveCmd) Help() string {
	return "A critical outcome, or one that was adjusted, needs a second person, who is not the one that proposed it."
}

func (c *approveCmd) Run(a *app) error {
	return c.change(a, "approve "+c.ID.String(), c.ID, func(b *casebook.Book, w casebook.Write) (*casebook.Case, error) {
		return b.Approve(a.ctx, w, c.ID)
	})
}

type adjustCmd struct {
	ID      casebook.ID `arg:"" name:"case" help:"The case's id."`
	Outcome string      `arg:"" optional:"" help:"What is to stand beside the bar's own result; without it, an adjustment is taken back."`
	Because string      `help:"Why." required:"" placeholder:"REASON"`
	Finding int         `help:"Which finding." default:"1" placeholder:"N"`
	memberFlags
}

func (c *adjustCmd) Run(a *app) error {
	return c.change(a, "adjust "+c.ID.String()+" "+c.Outcome, c.ID, func(b *casebook.Book, w casebook.Write) (*casebook.Case, error) {
		return b.Adjust(a.ctx, w, c.ID, c.Finding-1, c.Outcome, c.Because)
	})
}
