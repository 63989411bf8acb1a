package casebook_test

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"bugbar/internal/casebook"
	"bugbar/internal/casebook/million"
	"bugbar/internal/sqldb"
	"bugbar/internal/sqldb/sqldbtest"
)

// lists are of every kind: each leads the database along another way.
var lists = []string{
	"is:active", "is:closed", "", "sort:updated", "sort:arrival", "is:active sort:updated", "is:active due:<2d", "state:triaging", "state:closed state:spam sort:updated",
	"state:closed sort:arrival", "type:model-theft", "type:model-theft sort:updated", "type:model-theft is:active sort:arrival", "outcome:critical is:active",
	"outcome:critical sort:updated", "outcome:critical sort:arrival", `product:"Mail Agent"`, `product:"Mail Agent" sort:updated`, `product:"Mail Agent" state:closed sort:arrival`,
	"assignee:u03", "assignee:u03 sort:updated", "assignee:u03 is:closed sort:arrival", "is:unassigned is:active", "track:content waiting:team", "is:embargoed",
	"waiting:reporter", "waiting:reporter sort:updated", "waiting:reporter sort:arrival", "due:<2d sort:updated", "is:closed due:<2d sort:arrival", "track:content sort:arrival",
	"model", "model prompt", "zyxwv", "mod*", "model type:model-theft", "model is:active assignee:u03", "CVE-2025-1999",
}

// filled is a casebook with some thousand cases, and some of the people.
func filled(t *testing.T, database string, n int) (*casebook.Book, map[string]casebook.Actor) {
	t.Helper()
	b, err := casebook.Open(t.Context(), database, casebook.Options{Now: func() time.Time { return million.Now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	if err := million.Fill(t.Context(), b, n, 1, func(int) {}); err != nil {
		t.Fatal(err)
	}
	who := map[string]casebook.Actor{}
	for _, handle := range []string{"u00", "u02", "u05", "u08", "reporter000"} { // triager, analyst, intake, editor
		p, err := b.PersonCalled(t.Context(), handle)
		if err != nil {
			t.Fatal(err)
		}
		if who[handle], err = p.Actor(); err != nil {
			t.Fatal(err)
		}
	}
	return b, who
}

func TestListsAreDrivenByIndexes(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, fresh func() string) {
		b, who := filled(t, fresh(), 5000)
		statements := 0
		for handle, actor := range who {
			for _, text := range lists {
				if strings.Contains(text, "assign") && len(actor.Roles) == 0 {
					continue
				}
				q, err := casebook.ParseQuery(text)
				if err != nil {
					t.Fatal(err)
				}
				q.Limit = 20
				statements += explained(t, b, handle+" lists "+text, 5, func() error { return pages(t.Context(), b, actor, q, 3) })
				explained(t, b, handle+" counts "+text, 2, func() error { _, err := b.Count(t.Context(), actor, q); return err })
			}
		}
		if statements < 250 {
			t.Errorf("only %d statements were asked", statements)
		}
	})
}

// pages reads a list, page by page.
func pages(ctx context.Context, b *casebook.Book, a casebook.Actor, q casebook.Query, n int) error {
	for range n {
		p, err := b.List(ctx, a, q)
		if err != nil || p.Next == "" {
			return err
		}
		q.After = p.Next
	}
	return nil
}

type statement struct {
	query string
	args  []any
}

// asked are the statements of a list or a count.
func asked(t *testing.T, b *casebook.Book, ask func() error) (all []statement) {
	t.Helper()
	b.Trace(func(query string, args []any) { all = append(all, statement{query, args}) })
	defer b.Trace(nil)
	if err := ask(); err != nil {
		t.Fatal(err)
	}
	return all
}

// explained holds what is asked to the plan of each statement; it returns how many there were.
func explained(t *testing.T, b *casebook.Book, what string, most int, ask func() error) int {
	t.Helper()
	all := asked(t, b, ask)
	if most *= 3; len(all) > most {
		t.Errorf("%s: %d statements, at most %d", what, len(all), most)
	}
	for _, s := range all {
		if scan := fullScan(t, b, s.query, s.args); scan != "" {
			t.Errorf("%s: %s\n%s\n%v", what, scan, s.query, s.args)
		}
	}
	return len(all)
}

var (
	sqliteScan   = regexp.MustCompile(`SCAN (l|c|s|n|x|cases|listing|listing_named|events)( |$)`)
	postgresScan = regexp.MustCompile(`Seq Scan on (cases|listing|listing_named|search|search_kept|access|events)`)
)

// fullScan is the part of a statement's plan that reads a table from end to end. PostgreSQL reads small tables
// so where it may, and is asked what it would do if it might not.
func fullScan(t *testing.T, b *casebook.Book, query string, args []any) string {
	t.Helper()
	for _, line := range plan(t, b, query, args, "enable_seqscan") {
		if b.DB().Dialect == sqldb.Postgres && postgresScan.MatchString(line) ||
			b.DB().Dialect == sqldb.SQLite && sqliteScan.MatchString(line) && !strings.Contains(line, "USING") && !strings.Contains(line, "VIRTUAL TABLE") {
			return line
		}
	}
	return ""
}

// plan is how a database would answer, line by line; PostgreSQL without the ways that are switched off.
func plan(t *testing.T, b *casebook.Book, query string, args []any, off ...string) (lines []string) {
	t.Helper()
	conn, err := b.DB().Reader().Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	explain, into := "EXPLAIN QUERY PLAN ", make([]any, 4)
	if b.DB().Dialect == sqldb.Postgres {
		explain, into = "EXPLAIN ", make([]any, 1)
		for _, way := range off {
			if _, err := conn.ExecContext(t.Context(), "SET "+way+" = off"); err != nil {
				t.Fatal(err)
			}
			defer func() { _, _ = conn.ExecContext(context.WithoutCancel(t.Context()), "RESET "+way) }()
		}
	}
	rows, err := conn.QueryContext(t.Context(), explain+query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	var line string
	for i := range into {
		into[i] = new(any)
	}
	into[len(into)-1] = &line // the others of SQLite are numbers of steps
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	return lines
}

// TestNarrowListsLookNothingUp holds lists that are narrowed, and their counts, to indexes alone: a case that is passed over costs
// no look at its row.
func TestNarrowListsLookNothingUp(t *testing.T) {
	t.Parallel()
	lookups := regexp.MustCompile(`(SEARCH l USING INDEX|Index Scan using|Heap Scan on) listing`)
	sqldbtest.Each(t, func(t *testing.T, fresh func() string) {
		b, who := filled(t, fresh(), 3000)
		for _, text := range []string{
			"type:model-theft state:closed", "type:model-theft state:spam is:closed", "state:triaging type:model-theft", `product:"Copilot Chat" state:closed`,
			`product:"Copilot Chat" type:model-theft outcome:critical is:active`, "outcome:critical state:closed", "assignee:u03 state:triaging type:model-theft",
			"waiting:reporter type:model-theft", "track:content waiting:reporter sort:updated", "is:closed sort:updated",
			"state:closed type:model-theft sort:updated", "assignee:u03 is:closed type:model-theft sort:updated",
		} {
			q, err := casebook.ParseQuery(text)
			if err != nil {
				t.Fatal(err)
			}
			for name, ask := range map[string]func() error{
				"list":  func() error { _, err := b.List(t.Context(), who["u00"], q); return err },
				"count": func() error { _, err := b.Count(t.Context(), who["u00"], q); return err },
			} {
				for _, s := range asked(t, b, ask) {
					for _, line := range plan(t, b, s.query, s.args, "enable_seqscan", "enable_bitmapscan") {
						if lookups.MatchString(line) {
							t.Errorf("%s %s: %s", name, text, line)
						}
					}
				}
			}
		}
	})
}

// TestContradictionsLookNothingUp holds lists that nothing can be on to an answer without a look at any case.
func TestContradictionsLookNothingUp(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, fresh func() string) {
		b, who := filled(t, fresh(), 100)
		for _, text := range []string{"state:closed is:active", "state:triaging is:closed", "state:closed state:spam is:active sort:updated", "state:triaging is:closed model"} {
			q, err := casebook.ParseQuery(text)
			if err != nil {
				t.Fatal(err)
			}
			var page casebook.Page
			var n casebook.Number
			statements := asked(t, b, func() (err error) {
				if page, err = b.List(t.Context(), who["u00"], q); err != nil {
					return err
				}
				n, err = b.Count(t.Context(), who["u00"], q)
				return err
			})
			if len(page.Cases) != 0 || n.N != 0 || len(statements) != 0 {
				t.Errorf("%s: %d cases, %+v, %d statements", text, len(page.Cases), n, len(statements))
			}
		}
	})
}

// TestPagesCostTheSame holds the number of statements of a page far down a list to that of the first. A search on
// PostgreSQL looks through more and more cases until it has a page: at most 3 times, however far down (epochs.go).
func TestPagesCostTheSame(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, fresh func() string) {
		b, who := filled(t, fresh(), 3000)
		for _, text := range []string{"", "state:closed", "model", "sort:updated", "waiting:reporter sort:updated", "is:closed sort:arrival"} {
			q, err := casebook.ParseQuery(text)
			if err != nil {
				t.Fatal(err)
			}
			q.Limit = 5
			counts := map[int]int{}
			for n := 0; n < 100; n++ {
				asked := 0
				b.Trace(func(string, []any) { asked++ })
				p, err := b.List(t.Context(), who["u00"], q)
				if err != nil {
					t.Fatal(err)
				}
				counts[asked]++
				if q.After = p.Next; q.After == "" {
					break
				}
			}
			b.Trace(nil)
			words := (q.Text != "" || q.Order == casebook.ByArrival) && b.DB().Dialect == sqldb.Postgres
			if !words && len(counts) != 1 || slices.Max(slices.Collect(maps.Keys(counts))) > 3 {
				t.Errorf("%q: pages of different numbers of statements: %v", text, fmt.Sprint(counts))
			}
		}
	})
}

// TestWordsStandAside holds the rows that PostgreSQL's index of words leads to, to a few hundred bytes with all that is beside them, though
// the words of a case take more.
func TestWordsStandAside(t *testing.T) {
	t.Parallel()
	b, _ := filled(t, sqldbtest.Postgres(t), 2000)
	for _, table := range []string{"search", "search_kept"} {
		var cases, rows, words int64
		if err := b.DB().Reader().QueryRowContext(t.Context(), "SELECT COUNT(*), pg_relation_size('"+table+"'), SUM(pg_column_size(words)) FROM "+table).Scan(&cases, &rows, &words); err != nil {
			t.Fatal(err)
		}
		const page = 8192
		if cases == 0 || words/cases < 500 || (rows-page)/cases > 150 {
			t.Errorf("%s: %d cases with %d bytes of words in rows of %d bytes", table, cases, words, rows)
		}
	}
}
