package main

import (
	"fmt"

	"bugbar/internal/casebook"
)

type trackCmd struct {
	ID    casebook.ID `arg:"" name:"case" help:"The case's id."`
	Track string      `arg:"" help:"security or content." enum:"security,content"`
	memberFlags
}

func (c *trackCmd) Run(a *app) error {
	return c.change(a, "track "+c.ID.String()+" "+c.Track, c.ID, func(b *casebook.Book, w casebook.Write) (*casebook.Case, error) {
		return b.SetTrack(a.ctx, w, c.ID, c.Track)
	})
}

type flagCmd struct {
	ID   casebook.ID `arg:"" name:"case" help:"The case's id."`
	What []string    `arg:"" help:"public, exploit, attacks: all that is known out in the world; or nothing."`
	memberFlags
}

// Help is shown by bugbar flag --help.
func (flagCmd) Help() string {
	return "What is known of the weakness out in the world. Attacks start the clocks that the law sets."
}

func (c *flagCmd) Run(a *app) error {
	var flags casebook.Flags
	for _, what := range c.What {
		switch what {
		case "public":
			flags.Public = true
		case "exploit":
			flags.Exploit = true
		case "attacks":
			flags.Attacks = true
		case "nothing":
		default:
			return &inputError{fmt.Sprintf("%q is nothing that is known of a weakness", what), "public, exploit, attacks, or nothing"}
		}
	}
	return c.change(a, "flag "+c.ID.String(), c.ID, func(b *casebook.Book, w casebook.Write) (*casebook.Case, error) {
		return b.SetFlags(a.ctx, w, c.ID, flags)
	})
}

type filedCmd struct {
	ID        casebook.ID `arg:"" name:"case" help:"The case's id."`
	Deadline  string      `arg:"" help:"Which clock that the law sets, as bugbar case lists it."`
	Reference string      `help:"Under what number it was filed." placeholder:"TEXT"`
	memberFlags
}

func (c *filedCmd) Run(a *app) error {
	return c.change(a, "filed "+c.ID.String()+" "+c.Deadline, c.ID, func(b *casebook.Book, w casebook.Write) (*casebook.Case, error) {
		return b.File(a.ctx, w, c.ID, c.Deadline, c.Reference)
	})
}
