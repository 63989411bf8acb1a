package main

import (
	"bugbar/internal/casebook"
)

type embargoCmd struct {
	ID    casebook.ID `arg:"" name:"case" help:"The case's id."`
	What  string      `arg:"" help:"propose, start or end." enum:"propose,start,end"`
	Until day         `help:"When it ends." placeholder:"DATE"`
	memberFlags
}

// Help is shown by bugbar embargo --help.
func (embargoCmd) Help() string {
	return "Under embargo only those who are named on the case know of it: its reporter, its assignee, and whom bugbar invite names."
}

func (c *embargoCmd) Run(a *app) error {
	status := map[string]string{"propose": casebook.EmbargoProposed, "start": casebook.EmbargoActive, "end": casebook.EmbargoExited}[c.What]
	return c.change(a, "embargo "+c.ID.String()+" "+c.What, c.ID, func(b *casebook.Book, w casebook.Write) (*casebook.Case, error) {
		kept, err := b.SetEmbargo(a.ctx, w, c.ID, casebook.Embargo{Status: status, Until: c.Until.ms()})
		return kept, asksFlag(err)
	})
}

type inviteCmd struct {
	ID     casebook.ID `arg:"" name:"case" help:"The case's id."`
	Handle string      `arg:"" help:"Who may see it and work on it."`
	Role   string      `help:"As what: member, analyst, guest or reporter." enum:"member,analyst,guest,reporter" default:"member"`
	Remove bool        `help:"Take that back."`
	memberFlags
}

func (c *inviteCmd) Run(a *app) error {
	return c.change(a, "invite "+c.ID.String()+" "+c.Handle, c.ID, func(b *casebook.Book, w casebook.Write) (*casebook.Case, error) {
		p, err := b.PersonCalled(a.ctx, c.Handle)
		if err != nil {
			return nil, err
		}
		who := casebook.Participant{Person: p.ID, Role: c.Role}
		if c.Remove {
			return b.Unname(a.ctx, w, c.ID, who)
		}
		return b.Name(a.ctx, w, c.ID, who)
	})
}

type quarantineCmd struct {
	ID      casebook.ID `arg:"" name:"case" help:"The case's id."`
	Because string      `help:"Why." required:"" placeholder:"TEXT"`
	Release bool        `help:"End it; for custodians."`
	memberFlags
}

func (c *quarantineCmd) Run(a *app) error {
	return c.change(a, "quarantine "+c.ID.String(), c.ID, func(b *casebook.Book, w casebook.Write) (*casebook.Case, error) {
		if c.Release {
			return b.Release(a.ctx, w, c.ID, c.Because)
		}
		return b.Quarantine(a.ctx, w, c.ID, c.Because)
	})
}
