package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/term"

	"bugbar/internal/casebook"
)

// operatorFlags are those of commands that work on a casebook's people with the database in hand. Nobody proves
// there who they are: the casebook records the name that is given as a claim, and the change as its own.
type operatorFlags struct {
	casebookFlag
	By     string `help:"Who does this, for the record." env:"BUGBAR_BY,USER" placeholder:"NAME"`
	Format string `help:"text or json." enum:"text,json" default:"text"`
}

// with opens the casebook for work, and closes it.
func (f operatorFlags) with(a *app, work func(b *casebook.Book) error) error {
	return during(f.openKept, a, work)
}

// withNew is with for what may come first of all in a casebook, whose file is made where there is none.
func (f operatorFlags) withNew(a *app, work func(b *casebook.Book) error) error {
	return during(f.open, a, work)
}

func during(open func(ctx context.Context) (*casebook.Book, error), a *app, work func(b *casebook.Book) error) error {
	b, err := open(a.ctx)
	if err != nil {
		return err
	}
	return errors.Join(work(b), b.Close())
}

// person opens the casebook for what an operator does about somebody, and records first that they do.
func (f operatorFlags) person(a *app, what, handle string, work func(b *casebook.Book, w casebook.Write, p *casebook.Person) error) error {
	return f.with(a, func(b *casebook.Book) error {
		p, err := b.PersonCalled(a.ctx, handle)
		if err != nil {
			return err
		}
		w, err := b.Operate(a.ctx, f.By, what, p.ID)
		if err != nil {
			return err
		}
		return work(b, w, p)
	})
}

// days is how long something lasts: 90d, 12h, 30m.
type days time.Duration

// UnmarshalText reads a time that may be given in days. None at all is no time: it would stand for one that was left out.
func (d *days) UnmarshalText(text []byte) error {
	if n, isDays := strings.CutSuffix(string(text), "d"); isDays {
		if whole, err := strconv.ParseUint(n, 10, 16); err == nil && whole > 0 {
			*d = days(time.Duration(whole) * 24 * time.Hour)
			return nil
		}
	}
	v, err := time.ParseDuration(string(text))
	if err != nil || v <= 0 {
		return fmt.Errorf("%q is no time: give it as 90d, 12h or 30m", text)
	}
	*d = days(v)
	return nil
}

// maxSecret bounds what is read as a password, in bytes.
const maxSecret = 4 << 10

// password reads a new password: twice from a terminal, which does not show it, or the first line of standard input.
func (a *app) password() (string, error) {
	in, isFile := a.stdin.(*os.File)
	if !isFile || !term.IsTerminal(int(in.Fd())) {
		data, err := io.ReadAll(io.LimitReader(a.stdin, maxSecret+1))
		if err != nil {
			return "", err
		}
		if len(data) > maxSecret {
			return "", &inputError{"the password is too long", fmt.Sprintf("at most %d characters", casebook.MaxPassword)}
		}
		line, _, _ := bytes.Cut(data, []byte("\n"))
		return strings.TrimSuffix(string(line), "\r"), nil
	}
	first, err := a.unseen(in, "New password: ")
	if err != nil {
		return "", err
	}
	again, err := a.unseen(in, "Once more: ")
	if err == nil && again != first {
		err = &inputError{"the two are not alike", "try again"}
	}
	return first, err
}

// unseen asks at a terminal for something that it must not show, and leaves the terminal as it was, also where
// the program is interrupted.
func (a *app) unseen(in *os.File, prompt string) (string, error) {
	before, err := term.GetState(int(in.Fd()))
	if err != nil {
		return "", err
	}
	fmt.Fprint(a.stderr, prompt)
	type read struct {
		text []byte
		err  error
	}
	got := make(chan read, 1)
	go func() {
		text, err := term.ReadPassword(int(in.Fd()))
		got <- read{text, err}
	}()
	select {
	case r := <-got:
		fmt.Fprintln(a.stderr)
		return string(r.text), r.err
	case <-a.ctx.Done():
		return "", errors.Join(a.ctx.Err(), term.Restore(int(in.Fd()), before))
	}
}

// when writes a time of the casebook; a dash where there is none.
func when(ms int64) string {
	if ms == 0 {
		return "-"
	}
	return time.UnixMilli(ms).UTC().Format("2006-01-02 15:04 MST")
}
