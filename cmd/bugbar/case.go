package main

import (
	"context"

	"bugbar/assess"
	"bugbar/internal/casebook"
)

type caseCmd struct {
	ID      casebook.ID `arg:"" name:"case" help:"The case's id."`
	History bool        `help:"Show every event of the case in place of what it came to."`
	memberFlags
}

// Help is shown by bugbar case --help.
func (caseCmd) Help() string {
	return "Shows each finding's verdict with its row, facts and next question, the clocks, what was written, related cases,\n" +
		"and where the case could move. A look at a restricted case is recorded."
}

// caseView is a case with all that is known of it; as JSON it is the command's public shape.
type caseView struct {
	*casebook.Case
	Verdicts []assess.Verdict   `json:"verdicts"` // of each finding, in full
	Thread   []casebook.Message `json:"thread"`
	Options  []casebook.Option  `json:"options"` // where it could move, and what stands against that
}

func (c *caseCmd) Run(a *app) error {
	return c.look(a, func(b *casebook.Book, by casebook.Actor) error {
		if err := c.claimLook(a.ctx, b, by); err != nil {
			return err
		}
		if c.History {
			return c.history(a, b, by)
		}
		v, err := viewCase(a.ctx, b, by, c.ID)
		if err != nil {
			return err
		}
		if c.Format == "json" {
			return printJSON(a, v)
		}
		return printCase(a, b, v)
	})
}

// claimLook records that who looks at a restricted case did not prove who they are.
func (c *caseCmd) claimLook(ctx context.Context, b *casebook.Book, by casebook.Actor) error {
	known, err := b.Known(ctx, c.ID)
	if err != nil || !known.Restricted() || b.Visible(ctx, by, c.ID) != nil {
		return err
	}
	_, err = b.Operate(ctx, c.By, "case "+c.ID.String(), by.ID)
	return err
}

// wholeThread bounds the messages that are shown.
const wholeThread = 10_000

func viewCase(ctx context.Context, b *casebook.Book, by casebook.Actor, id casebook.ID) (*caseView, error) {
	kept, err := b.Case(ctx, by, id)
	if err != nil {
		return nil, err
	}
	v := &caseView{Case: kept, Verdicts: []assess.Verdict{}, Thread: []casebook.Message{}, Options: b.Options(by, kept)}
	for i := range kept.Findings {
		verdict, err := b.Verdict(kept, i)
		if err != nil {
			return nil, err
		}
		v.Verdicts = append(v.Verdicts, verdict)
	}
	if kept.Quarantined && b.May(by, casebook.OpenQuarantine, kept) != nil {
		return v, nil
	}
	v.Thread, err = b.Thread(ctx, by, id, 0, wholeThread)
	return v, err
}

// names remembers what people are called.
type names struct {
	book  *casebook.Book
	known map[casebook.ID]string
}

func newNames(b *casebook.Book) *names { return &names{b, map[casebook.ID]string{}} }

// of is what a person is called; empty for nobody and for a reporter without an account.
func (n *names) of(ctx context.Context, id casebook.ID) string {
	if id == 0 {
		return ""
	}
	name, known := n.known[id]
	if !known {
		name = n.book.HandleOf(ctx, id)
		n.known[id] = name
	}
	return name
}
