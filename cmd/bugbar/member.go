package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/triage"
	"bugbar/internal/work"
)

// memberFlags are those of commands that work on cases. Who acts is somebody whom the casebook knows, and has their
// rights and no more. Nobody proves there who they are: the casebook records the name as a claim.
type memberFlags struct {
	casebookFlag
	asFlag
	Format string `help:"text or json." enum:"text,json" default:"text"`
}

// asFlag says who acts.
type asFlag struct {
	By string `help:"Who does this: the handle of somebody of the team, whose rights count." env:"BUGBAR_BY,USER" placeholder:"HANDLE"`
}

// actor is who acts, with their rights.
func (f asFlag) actor(ctx context.Context, b *casebook.Book) (casebook.Actor, error) {
	if f.By == "" {
		return casebook.Actor{}, fault.New(fault.Invalid, "who does this?").In("by").Do("--by HANDLE, of somebody in bugbar user list")
	}
	p, err := b.PersonCalled(ctx, f.By)
	if fault.Is(err, fault.NotFound) {
		return casebook.Actor{}, fault.New(fault.NotFound, "the casebook knows nobody called %q", f.By).In("by").Do("--by HANDLE, of somebody in bugbar user list; bugbar user add makes somebody known")
	}
	if err != nil {
		return casebook.Actor{}, err
	}
	return p.Actor()
}

// claims records that somebody acts here who did not prove who they are, and lets them.
func (f asFlag) claims(ctx context.Context, b *casebook.Book, what string) (casebook.Write, error) {
	actor, err := f.actor(ctx, b)
	if err != nil {
		return casebook.Write{}, err
	}
	_, err = b.Operate(ctx, f.By, what, actor.ID)
	return casebook.Write{Actor: actor}, err
}

// look opens the casebook for somebody who reads.
func (f memberFlags) look(a *app, work func(b *casebook.Book, by casebook.Actor) error) error {
	b, err := f.openKept(a.ctx)
	if err != nil {
		return err
	}
	by, err := f.actor(a.ctx, b)
	if err == nil {
		err = work(b, by)
	}
	return errors.Join(err, b.Close())
}

// act opens the casebook for somebody who changes something, and settles what that was.
func (f memberFlags) act(a *app, what string, work func(b *casebook.Book, w casebook.Write) error) error {
	b, err := f.openKept(a.ctx)
	if err != nil {
		return err
	}
	w, err := f.claims(a.ctx, b, what)
	if err == nil {
		err = work(b, w)
	}
	return errors.Join(err, settle(a.ctx, b), b.Close())
}

// change makes one change of a case and says what the case is then.
func (f memberFlags) change(a *app, what string, id casebook.ID, work func(b *casebook.Book, w casebook.Write) (*casebook.Case, error)) error {
	return f.act(a, what, func(b *casebook.Book, w casebook.Write) error {
		if _, err := work(b, w); err != nil {
			return err
		}
		p := newPage(a.stdout)
		c, err := b.Case(a.ctx, w.Actor, id)
		switch {
		case fault.Is(err, fault.NotFound) && f.Format == "json":
			return printJSON(a, map[string]casebook.ID{"id": id})
		case fault.Is(err, fault.NotFound):
			p.printf("Done. You do not see case %s any more.\n", id)
			return p.err
		case err != nil:
			return err
		case f.Format == "json":
			return printJSON(a, c)
		}
		p.caseLine(b, c)
		return p.err
	})
}

// settle gives what happened its place in the ledger, so that lists and searches know of it. A server that works on
// the same casebook gets the jobs that follow from it.
func settle(ctx context.Context, b *casebook.Book) error {
	if err := work.Follow(ctx, b); err != nil {
		return err
	}
	_, err := b.Settle(ctx)
	return err
}

// caseLine is a case in one line, and what it waits for in another.
func (p *page) caseLine(b *casebook.Book, c *casebook.Case) {
	p.printf("%s  %s  %s\n", p.strong.Render(c.ID.String()), stateName(b, c.State), triage.Line(c.Title))
	parts := []string{outcomeName(b, c.Bar, c.Outcome)}
	if d := c.NextDeadline(); d != nil {
		parts = append(parts, strings.ToLower(b.Deadline(d.ID).Name[:1])+b.Deadline(d.ID).Name[1:]+" "+dueIn(b.Now(), d.Due))
	}
	if c.Waiting != "" {
		parts = append(parts, "waits for the "+c.Waiting)
	}
	p.paragraph(2, strings.Join(parts, " · "))
}

func stateName(b *casebook.Book, id string) string {
	s, _ := b.Process().State(id)
	return cmp.Or(s.Name, id)
}

// outcomeName words an outcome by the bar of its case.
func outcomeName(b *casebook.Book, ref, outcome string) string {
	rules, err := b.Bar(ref)
	if err != nil {
		return outcome // a bar that is not here any more
	}
	return triage.OutcomeNames(rules, []string{outcome})
}

// dueIn words how far away a deadline is.
func dueIn(now time.Time, due int64) string {
	left := time.UnixMilli(due).Sub(now)
	if left < 0 {
		return "overdue by " + span(-left)
	}
	return "in " + span(left)
}

// span words a time by its largest part.
func span(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return plural(int(d.Hours()/24), "day")
	case d >= 2*time.Hour:
		return plural(int(d.Hours()), "hour")
	}
	return plural(int(d.Minutes()), "minute")
}

// caseText reads a text from the command line, or standard input where none stands there.
func (a *app) caseText(text []string) (string, error) {
	if len(text) > 0 && !(len(text) == 1 && text[0] == "-") {
		return strings.Join(text, " "), nil
	}
	data, err := io.ReadAll(io.LimitReader(a.stdin, casebook.MaxMessage+1))
	if len(data) <= casebook.MaxMessage && (!utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0) {
		return "", &inputError{"the text is not UTF-8, or holds a NUL", "give it as plain text in UTF-8"} // it would be kept otherwise than it is
	}
	return string(data), err
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return strconv.Itoa(n) + " " + word + "s"
}
