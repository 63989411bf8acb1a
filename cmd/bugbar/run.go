package main

import (
	"fmt"
	"strconv"
	"strings"

	"bugbar/internal/casebook"
)

type criterionCmd struct {
	ID       casebook.ID `arg:"" name:"case" help:"The case's id."`
	Text     []string    `arg:"" help:"What counts as success."`
	Attempts int         `help:"How often it will be tried." required:"" placeholder:"N"`
	Finding  int         `help:"Which finding." default:"1" placeholder:"N"`
	memberFlags
}

// Help is shown by bugbar criterion --help.
func (criterionCmd) Help() string {
	return "Say before anything is tried what counts as success, and how often it is tried: afterwards every result looks meant."
}

func (c *criterionCmd) Run(a *app) error {
	return c.change(a, "criterion "+c.ID.String(), c.ID, func(b *casebook.Book, w casebook.Write) (*casebook.Case, error) {
		return b.Criterion(a.ctx, w, c.ID, c.Finding-1, strings.Join(c.Text, " "), c.Attempts)
	})
}

type runCmd struct {
	ID      casebook.ID `arg:"" name:"case" help:"The case's id."`
	Result  ratio       `arg:"" help:"Successes of attempts, such as 3/10."`
	Errors  int         `help:"Attempts that failed for other reasons, beside those." placeholder:"N"`
	Judge   string      `help:"Who or what told success from failure." placeholder:"NAME"`
	Target  string      `help:"Model and version that it was tried on." placeholder:"NAME"`
	Finding int         `help:"Which finding." default:"1" placeholder:"N"`
	memberFlags
}

// Help is shown by bugbar run --help.
func (runCmd) Help() string {
	return "Records an attempt to reproduce a finding; in the state retest, an attempt to repeat it after the fix."
}

func (c *runCmd) Run(a *app) error {
	return c.change(a, "run "+c.ID.String()+" "+c.Result.String(), c.ID, func(b *casebook.Book, w casebook.Write) (*casebook.Case, error) {
		r := casebook.Run{Target: c.Target, By: w.Actor.ID, At: b.Now().UnixMilli()}
		r.Successes, r.Attempts, r.Errors, r.Judge = c.Result.k, &c.Result.n, c.Errors, c.Judge
		return b.RecordRun(a.ctx, w, c.ID, c.Finding-1, r)
	})
}

// ratio is k of n.
type ratio struct{ k, n int }

func (r ratio) String() string { return fmt.Sprintf("%d/%d", r.k, r.n) }

// UnmarshalText reads k/n.
func (r *ratio) UnmarshalText(text []byte) error {
	left, right, found := strings.Cut(string(text), "/")
	k, errK := strconv.Atoi(left)
	n, errN := strconv.Atoi(right)
	if !found || errK != nil || errN != nil {
		return fmt.Errorf("%q is not k/n: give successes and attempts, such as 3/10", text)
	}
	*r = ratio{k, n}
	return nil
}
