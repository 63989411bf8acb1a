package main

import (
	"cmp"
	"os"
	"regexp"
	"strconv"
	"strings"
	"text/tabwriter"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/triage"
)

type casesCmd struct {
	Query []string `arg:"" optional:"" help:"Words that all occur, and filters such as state:triaging. Without any, what somebody has to do something about."`
	Count bool     `help:"Say only how many there are."`
	Limit int      `help:"Cases on a page, 1 to 200." default:"50" placeholder:"N"`
	After string   `help:"Where the page before ended, as it says itself." placeholder:"PLACE"`
	memberFlags
}

// Help is shown by bugbar cases --help.
func (casesCmd) Help() string {
	return "Filters: state: type: outcome: product: track: waiting: assignee:me due:2d is:active is:closed is:embargoed\n" +
		"is:unembargoed is:unassigned sort:due sort:updated sort:arrival. Those with one name are alternatives. Quotes keep a\n" +
		"value together. product: is the whole name of a product. A word is found whole, and by its beginning as word*; what is\n" +
		"found by words is sorted by arrival, never by sort:due or sort:updated."
}

func (c *casesCmd) Run(a *app) error {
	if c.Limit == 0 { // to the casebook, as many as it likes
		return fault.New(fault.Invalid, "a page has 1 to %d cases", casebook.MaxPage).In("limit").Do("--limit 50")
	}
	query := strings.Join(c.Query, " ")
	q, err := casebook.ParseQuery(cmp.Or(query, "is:active"))
	if err != nil {
		return err
	}
	q.After, q.Limit = c.After, c.Limit
	return c.look(a, func(b *casebook.Book, by casebook.Actor) error {
		if lag, err := b.Lag(a.ctx); err != nil || lag > 0 { // what came while no server ran is not in the lists yet
			if err := cmp.Or(err, settle(a.ctx, b)); err != nil {
				return err
			}
		}
		if err := misspelt(a.ctx, b, by, q); err != nil {
			return err
		}
		if c.Count {
			return c.count(a, b, by, q)
		}
		found, err := b.List(a.ctx, by, q)
		if err != nil {
			return err
		}
		if c.Format == "json" {
			return printJSON(a, found)
		}
		return c.print(a, b, found, query)
	})
}

func (c *casesCmd) count(a *app, b *casebook.Book, by casebook.Actor, q casebook.Query) error {
	n, err := b.Count(a.ctx, by, q)
	if err != nil {
		return err
	}
	if c.Format == "json" {
		return printJSON(a, n)
	}
	more := ""
	if !n.Exact {
		more = " or more"
	}
	p := newPage(a.stdout)
	p.printf("%d%s\n", n.N, more)
	return p.err
}

func (c *casesCmd) print(a *app, b *casebook.Book, found casebook.Page, query string) error {
	p := newPage(a.stdout)
	if len(found.Cases) == 0 {
		p.paragraph(0, "No case is like that.")
		return p.err
	}
	rules, err := b.CurrentBar(a.ctx)
	if err != nil {
		return err
	}
	called, table := newNames(b), tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	p.w = table
	p.printf("CASE\tSTATE\tOUTCOME\tDUE\tWAITS FOR\tASSIGNEE\tTITLE\n")
	for _, s := range found.Cases {
		due, mark := "-", ""
		if s.Due != 0 {
			due = dueIn(b.Now(), s.Due)
		}
		if s.Restricted {
			mark = "[restricted] "
		}
		p.printf("%s\t%s\t%s\t%s\t%s\t%s\t%s%s\n", s.ID, stateName(b, s.State), triage.OutcomeNames(rules, []string{s.Outcome}), due,
			cmp.Or(s.Waiting, "-"), cmp.Or(called.of(a.ctx, s.Assignee), "-"), mark, triage.Line(s.Title))
	}
	if err := cmp.Or(p.err, table.Flush()); err != nil {
		return err
	}
	p.w = a.stdout
	if found.Next != "" {
		p.printf("More: %s\n", c.next(query, found.Next))
	}
	return p.err
}

// next is the command that shows the page after this one: the same as this but for its place, whatever of it the
// environment and the defaults do not say.
func (c *casesCmd) next(query, after string) string {
	command := "bugbar cases"
	add := func(flag, value, unsaid string) {
		if value != unsaid {
			command += flag + shellWord(value)
		}
	}
	add(" ", query, "")
	add(" --limit ", strconv.Itoa(c.Limit), "50")
	add(" --casebook ", c.Casebook, cmp.Or(os.Getenv("BUGBAR_CASEBOOK"), "bugbar.db"))
	add(" --bars ", c.Bars, os.Getenv("BUGBAR_BARS"))
	add(" --by ", c.By, cmp.Or(os.Getenv("BUGBAR_BY"), os.Getenv("USER")))
	add(" --after ", after, "")
	return command
}

var plainWord = regexp.MustCompile(`^[A-Za-z0-9._/:=@+,-]+$`)

// shellWord is a text as the shell takes it for one word.
func shellWord(text string) string {
	if plainWord.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
