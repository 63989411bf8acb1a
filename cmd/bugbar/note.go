package main

import "bugbar/internal/casebook"

type noteCmd struct {
	ID   casebook.ID `arg:"" name:"case" help:"The case's id."`
	Text []string    `arg:"" optional:"" help:"What to write; standard input where it is left out."`
	memberFlags
}

func (c *noteCmd) Run(a *app) error {
	return c.post(a, "note", c.ID, casebook.ToTeam, c.Text)
}

type replyCmd struct {
	ID   casebook.ID `arg:"" name:"case" help:"The case's id."`
	Text []string    `arg:"" optional:"" help:"What to write; standard input where it is left out."`
	memberFlags
}

// Help is shown by bugbar reply --help.
func (replyCmd) Help() string {
	return "The reporter sees it, and is written to by mail where the server sends mail. The first reply acknowledges the report."
}

func (c *replyCmd) Run(a *app) error {
	return c.post(a, "reply", c.ID, casebook.ToReporter, c.Text)
}

// post writes a message on a case.
func (f memberFlags) post(a *app, what string, id casebook.ID, to string, text []string) error {
	message, err := a.caseText(text)
	if err != nil {
		return err
	}
	return f.change(a, what+" "+id.String(), id, func(b *casebook.Book, w casebook.Write) (*casebook.Case, error) {
		return b.Write(a.ctx, w, id, casebook.Post{Visibility: to, Text: message})
	})
}

type acknowledgeCmd struct {
	ID casebook.ID `arg:"" name:"case" help:"The case's id."`
	memberFlags
}

func (c *acknowledgeCmd) Run(a *app) error {
	return c.change(a, "acknowledge "+c.ID.String(), c.ID, func(b *casebook.Book, w casebook.Write) (*casebook.Case, error) {
		return b.Acknowledge(a.ctx, w, c.ID)
	})
}
