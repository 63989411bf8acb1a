package main

import (
	"time"

	"bugbar/internal/casebook"
	"bugbar/internal/triage"
)

type tokenCmd struct {
	Make   tokenMakeCmd   `cmd:"" help:"Make an API token for somebody, or for a program."`
	List   tokenListCmd   `cmd:"" help:"List somebody's tokens and other credentials, without secrets."`
	Revoke tokenRevokeCmd `cmd:"" help:"End a token, or another credential, at once."`
}

type tokenMakeCmd struct {
	Handle  string           `arg:"" help:"Whose token: it does no more than they may when it is used."`
	Label   string           `help:"What it is for." required:"" placeholder:"TEXT"`
	Scope   []casebook.Right `help:"What it may do, such as read, submit or import. More than one with commas." required:"" placeholder:"RIGHT"`
	Expires days             `help:"How long it lasts: 90d, 12h; at most 366d." default:"90d" placeholder:"TIME"`
	operatorFlags
}

// Help is shown by bugbar token make --help.
func (tokenMakeCmd) Help() string {
	return "The token is shown this once. Programs send it as: Authorization: Bearer TOKEN"
}

func (c *tokenMakeCmd) Run(a *app) error {
	return c.person(a, "token make", c.Handle, func(b *casebook.Book, w casebook.Write, p *casebook.Person) error {
		token, made, err := b.MakeToken(a.ctx, w, p.ID, c.Label, c.Scope, time.Duration(c.Expires))
		if err != nil {
			return err
		}
		if c.Format == "json" {
			return printJSON(a, struct {
				Token string `json:"token"`
				casebook.Credential
			}{token, made})
		}
		out := newPage(a.stdout)
		out.printf("%s\n", token)
		return out.err
	})
}

type tokenListCmd struct {
	Handle string `arg:"" help:"Whose."`
	operatorFlags
}

func (c *tokenListCmd) Run(a *app) error {
	return c.with(a, func(b *casebook.Book) error {
		p, err := b.PersonCalled(a.ctx, c.Handle)
		if err != nil {
			return err
		}
		all, err := b.Credentials(a.ctx, casebook.SystemActor, p.ID)
		if err != nil {
			return err
		}
		if c.Format == "json" {
			return printJSON(a, all)
		}
		rows := make([][]string, len(all))
		for i, k := range all {
			about := k.From
			if k.Kind == "token" {
				about = list(k.Scopes)
			}
			rows[i] = []string{k.ID, k.Kind, triage.Visible(k.Label), "made " + when(k.Created), "used " + when(k.Used), "ends " + when(k.Expires), about}
		}
		out := newPage(a.stdout)
		out.columns(rows)
		return out.err
	})
}

type tokenRevokeCmd struct {
	Handle string `arg:"" help:"Whose."`
	ID     string `arg:"" help:"As bugbar token list has it."`
	operatorFlags
}

func (c *tokenRevokeCmd) Run(a *app) error {
	return c.person(a, "token revoke", c.Handle, func(b *casebook.Book, w casebook.Write, p *casebook.Person) error {
		if err := b.Revoke(a.ctx, w, p.ID, c.ID); err != nil {
			return err
		}
		return c.tell(a, p, "has it no more: "+c.ID)
	})
}
