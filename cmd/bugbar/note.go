package main

import (
	"strings"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/triage"
)

type noteCmd struct {
	ID   casebook.ID `arg:"" name:"case" help:"The case's id."`
	Text []string    `arg:"" optional:"" help:"What to write; standard input where it is left out."`
	memberFlags
}

func (c *noteCmd) Run(a *app) error {
	return c.post(a, "note", c.ID, casebook.ToTeam, c.Text)
}

type replyCmd struct {
	ID     casebook.ID `arg:"" name:"case" help:"The case's id."`
	Text   []string    `arg:"" optional:"" help:"What to write; standard input where it is left out."`
	Canned string      `help:"A reply of the team, filled in for the case; a text stands below it." placeholder:"NAME"`
	Show   bool        `help:"With --canned: print what would be sent, and send nothing."`
	URL    webAddress  `name:"url" help:"Address by which people reach the pages, for links in the reply." env:"BUGBAR_URL" placeholder:"URL"`
	memberFlags
}

// Help is shown by bugbar reply --help.
func (replyCmd) Help() string {
	return "The reporter sees it, and is written to by mail where the server sends mail. The first reply acknowledges the report."
}

func (c *replyCmd) Run(a *app) error {
	if c.Canned == "" {
		if c.Show {
			return &inputError{"--show shows nothing without --canned", "name a reply of the team: --canned needs-evidence"}
		}
		return c.post(a, "reply", c.ID, casebook.ToReporter, c.Text)
	}
	if c.Show {
		return c.look(a, func(b *casebook.Book, by casebook.Actor) error { return c.show(a, b, by) })
	}
	return c.change(a, "reply "+c.ID.String(), c.ID, func(b *casebook.Book, w casebook.Write) (*casebook.Case, error) {
		text, err := c.filled(a, b, w.Actor)
		if err != nil {
			return nil, err
		}
		return b.Write(a.ctx, w, c.ID, casebook.Post{Visibility: casebook.ToReporter, Text: text})
	})
}

// show prints the reply as it would be sent, with what still stands in braces.
func (c *replyCmd) show(a *app, b *casebook.Book, by casebook.Actor) error {
	f, err := b.Fill(a.ctx, by, c.ID, c.Canned, string(c.URL))
	if err != nil {
		return err
	}
	if c.Format == "json" {
		return printJSON(a, f)
	}
	p := newPage(a.stdout)
	p.printf("%s\n", triage.Visible(c.below(f.Text)))
	for _, gap := range f.Gaps {
		p.printf("\n{{%s}} is not filled in: %s\n", gap.Variable, gap.Why)
	}
	return p.err
}

// filled is the text to send. What nobody filled in is not sent.
func (c *replyCmd) filled(a *app, b *casebook.Book, by casebook.Actor) (string, error) {
	f, err := b.Fill(a.ctx, by, c.ID, c.Canned, string(c.URL))
	if err != nil {
		return "", err
	}
	if len(f.Gaps) > 0 {
		gap, do := f.Gaps[0], "see the text with --show, and send it in your own words"
		if gap.Variable == "status_link" {
			do = "--url https://bugs.example.org, where people reach the pages; or see the text with --show, and send it in your own words"
		}
		return "", fault.New(fault.Conflict, "nothing is sent: {{%s}} has no value: %s", gap.Variable, gap.Why).Do(do)
	}
	return c.below(f.Text), nil
}

// below puts what was typed below a reply.
func (c *replyCmd) below(text string) string {
	return strings.TrimSpace(text + "\n\n" + strings.Join(c.Text, " "))
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
