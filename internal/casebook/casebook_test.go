package casebook_test

import (
	"path/filepath"
	"testing"

	"bugbar/assess"
	"bugbar/bars"
	"bugbar/internal/casebook"
)

func TestSmoke(t *testing.T) {
	b, err := casebook.Open(t.Context(), filepath.Join(t.TempDir(), "a.db"), casebook.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	rules, _ := bars.Load("msrc-ai")
	r, c, err := b.Submit(t.Context(), casebook.Write{}, casebook.Submission{Title: "x", Text: "hello", Bar: rules, Findings: []casebook.Finding{{Facts: assess.Claim("type", "prompt-injection")}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(r, c.Outcome, c.Deadlines)
	sys := casebook.Write{Actor: casebook.SystemActor}
	p, err := b.AddPerson(t.Context(), sys, "lee", []casebook.Role{casebook.Triager}, casebook.Identity{})
	if err != nil {
		t.Fatal(err)
	}
	a, _ := p.Actor()
	w := casebook.Write{Actor: a}
	for _, kv := range [][2]string{{"impact", "privileged-action"}, {"interaction", "required"}, {"type", "prompt-injection"}} {
		if c, err = b.SetFact(t.Context(), w, r.ID, 0, kv[0], assess.Fact{Values: []string{kv[1]}}); err != nil {
			t.Fatal(err)
		}
	}
	t.Log(c.Outcome, c.Findings[0].Verdict)
	if _, err := b.Move(t.Context(), w, r.ID, casebook.Step{To: "screening"}); err == nil {
		t.Fatal("moved")
	} else {
		t.Log(err)
	}
	if _, err := b.Write(t.Context(), w, r.ID, casebook.Post{Visibility: "reporter", Text: "thanks"}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Move(t.Context(), w, r.ID, casebook.Step{To: "screening"}); err != nil {
		t.Fatal(err)
	}
	ev, err := b.History(t.Context(), a, r.ID, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range ev {
		t.Log(e.Seq, e.Kind, string(e.Payload))
	}
}
