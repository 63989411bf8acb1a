package triage_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"bugbar/assess"
	"bugbar/bars/barstest"
	"bugbar/internal/casebook"
	"bugbar/internal/triage"
)

func openBook(t *testing.T) *casebook.Book {
	t.Helper()
	book, err := casebook.Open(t.Context(), filepath.Join(t.TempDir(), "bugbar.db"), casebook.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = book.Close() })
	return book
}

func member(t *testing.T, book *casebook.Book, handle string, roles ...casebook.Role) casebook.Write {
	t.Helper()
	p, err := book.AddPerson(t.Context(), casebook.Write{Actor: casebook.SystemActor}, handle, roles, casebook.Identity{})
	if err != nil {
		t.Fatal(err)
	}
	a, err := p.Actor()
	if err != nil {
		t.Fatal(err)
	}
	return casebook.Write{Actor: a}
}

const injected = `---
title: A mail reads the mailbox
product: Example Mail
reporter: Ann Example <ann@example.com>
facts: {type: prompt-injection, impact: data-exfiltration, interaction: none}
---
It follows what a mail says.
`

func TestOpenKeepsWhoVouchesForWhat(t *testing.T) {
	t.Parallel()
	b, book := barstest.AI(t), openBook(t)
	given := []assess.Facts{{"interaction": {Values: []string{"none"}, Provenance: assess.Confirmed, By: "lee"}}}
	for _, test := range []struct {
		role casebook.Role
		want assess.Provenance
	}{{casebook.Triager, assess.Confirmed}, {casebook.Intake, assess.Claimed}} {
		r := read(t, b, injected)
		record, err := triage.Triage(b, r, given, "lee", nil)
		if err != nil {
			t.Fatal(err)
		}
		opened, err := triage.Open(t.Context(), book, member(t, book, string(test.role), test.role), b, r, record)
		if err != nil {
			t.Fatal(err)
		}
		f := opened.Case.Findings[0].Facts
		if f["interaction"].Provenance != test.want || f["type"].Provenance != assess.Claimed || f["type"].By != "reporter" {
			t.Errorf("%s: %+v", test.role, f)
		}
		if opened.Case.Outcome != "critical" || opened.Case.Title != "A mail reads the mailbox" || opened.Case.Source != "cli" {
			t.Errorf("%s: %+v", test.role, opened.Case)
		}
	}
}

// The name and address of the reporter stand apart from what the team reads and searches.
func TestOpenKeepsTheReporterApart(t *testing.T) {
	t.Parallel()
	b, book := barstest.AI(t), openBook(t)
	lee := member(t, book, "lee", casebook.Triager)
	r := read(t, b, injected)
	record, err := triage.Triage(b, r, none(r), "lee", nil)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := triage.Open(t.Context(), book, lee, b, r, record)
	if err != nil {
		t.Fatal(err)
	}
	who, err := book.Reporter(t.Context(), lee.Actor, opened.Case.ID)
	if err != nil || who.Name != "Ann Example" || who.Email != "ann@example.com" {
		t.Errorf("%+v, %v", who, err)
	}
	thread, err := book.Thread(t.Context(), lee.Actor, opened.Case.ID, 0, 10)
	if err != nil || len(thread) != 1 || thread[0].Text != "It follows what a mail says.\n" {
		t.Errorf("%+v, %v", thread, err)
	}
}

// An adjustment is proposed, and waits for a second person.
func TestOpenProposesAdjustments(t *testing.T) {
	t.Parallel()
	b, book := barstest.AI(t), openBook(t)
	r := read(t, b, injected)
	record, err := triage.Triage(b, r, none(r), "lee", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := record.Adjust(b, 0, assess.Adjustment{Outcome: "moderate", By: "lee", When: time.Now(), Why: "Only drafts are reached."}); err != nil {
		t.Fatal(err)
	}
	opened, err := triage.Open(t.Context(), book, member(t, book, "lee", casebook.Triager), b, r, record)
	if err != nil {
		t.Fatal(err)
	}
	a := opened.Case.Findings[0].Adjustment
	if a == nil || a.Outcome != "moderate" || opened.Case.Outcome != "moderate" || opened.Case.Findings[0].Verdict.Outcome == "moderate" {
		t.Errorf("%+v", opened.Case)
	}
}

func TestRefuseKeepsNothing(t *testing.T) {
	t.Parallel()
	b, book := barstest.AI(t), openBook(t)
	lee := member(t, book, "lee", casebook.Triager)
	if err := triage.Refuse(t.Context(), book, lee, b); !errors.Is(err, casebook.ErrNeverAccepted) {
		t.Errorf("%v", err)
	}
	n, err := book.Count(t.Context(), casebook.SystemActor, casebook.Query{})
	if err != nil || n.N != 0 {
		t.Errorf("%+v, %v", n, err)
	}
}
