package main

import (
	"errors"
	"fmt"
	"time"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
)

type moveCmd struct {
	ID     casebook.ID `arg:"" name:"case" help:"The case's id."`
	State  string      `arg:"" help:"The state to move it to; bugbar case lists those that are open."`
	Reason string      `help:"Why; for needs-info, the question." placeholder:"TEXT"`
	Owner  string      `help:"Who mends it." placeholder:"NAME"`
	Target day         `help:"By when it is to be mended." placeholder:"DATE"`
	Review day         `help:"When a deferred case is looked at again." placeholder:"DATE"`
	Fix    string      `help:"The version that mends it, or the date of a change on the server." placeholder:"VERSION"`
	Appeal bool        `help:"The reporter objects to the decision."`
	memberFlags
}

func (c *moveCmd) Run(a *app) error {
	step := casebook.Step{
		To: c.State, Reason: c.Reason, Appeal: c.Appeal,
		Plan: casebook.Plan{Owner: c.Owner, Target: c.Target.ms(), Review: c.Review.ms(), Fix: c.Fix},
	}
	return c.change(a, "move "+c.ID.String()+" "+c.State, c.ID, func(b *casebook.Book, w casebook.Write) (*casebook.Case, error) {
		kept, err := b.Move(a.ctx, w, c.ID, step)
		return kept, asksFlag(err)
	})
}

// asksFlag words by the flag what a move asks for.
func asksFlag(err error) error {
	asked, ok := errors.AsType[*fault.Error](err)
	if !ok || asked.Code != fault.Invalid || asked.Field == "" || asked.Field == "to" {
		return err
	}
	flag := asked.Field
	if flag == "question" {
		flag = "reason"
	}
	return asked.Do("--" + flag)
}

// day is a date, or a date with time and zone. The zero value is none.
type day time.Time

// UnmarshalText reads a date.
func (d *day) UnmarshalText(text []byte) error {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(layout, string(text)); err == nil {
			*d = day(at)
			return nil
		}
	}
	return fmt.Errorf("%q is no date: give it as 2026-12-31, or 2026-12-31T17:00:00+01:00", text)
}

// ms is the date as the casebook keeps it; 0 for none.
func (d day) ms() int64 {
	if time.Time(d).IsZero() {
		return 0
	}
	return time.Time(d).UnixMilli()
}
