package journey

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"bugbar/internal/casebook"
)

// The attacks that concern pages, by the numbers of the list of precedents that this project keeps.

// embargoed serves a case that noor sees and one under embargo that only lee does: since before anything was counted.
func embargoed(t *testing.T) (w *world, lee casebook.Write, open, secret casebook.ID) {
	t.Helper()
	w = serve(t, casebook.Options{}, func(w *world) {
		lee = w.hire("lee", casebook.Triager, casebook.Manager)
		w.hire("noor", casebook.Triager, casebook.Manager, casebook.Admin, casebook.Reviewer)
		open = w.submit(w.example("07-prompt-leak.md")).ID
		s := w.example("01-zero-click-mail-exfiltration.md")
		s.Title, s.Product, s.Contact = "Zanzibar leaks", "Zanzibar", &casebook.Identity{Name: "Z. Reporter", Credit: "Zoe Zanzibar"}
		secret = w.submit(s).ID
		must[*casebook.Case](w)(w.book.SetEmbargo(t.Context(), lee, secret, casebook.Embargo{Status: casebook.EmbargoActive, Until: time.Now().Add(time.Hour).UnixMilli()}))
	})
	w.settled()
	return w, lee, open, secret
}

func TestAttack05ExportsAreScoped(t *testing.T) {
	t.Parallel()
	w, _, _, _ := embargoed(t)
	noor := w.signedIn("noor")
	for _, name := range []string{"times", "outcomes", "arrivals", "backlog"} {
		_, body := w.get(noor, "/dashboards/"+name+".csv")
		rows := must[[][]string](w)(csv.NewReader(strings.NewReader(body)).ReadAll())
		if name == "arrivals" || name == "backlog" {
			if n := total(rows); n != 1 {
				t.Errorf("%s.csv counts %d cases, and one is not under embargo", name, n)
			}
		}
	}
}

func total(rows [][]string) (n int) {
	for _, row := range rows[1:] {
		for _, cell := range row[1:] {
			var k int
			_, _ = fmt.Sscan(cell, &k) // an empty cell counts nothing
			n += k
		}
	}
	return n
}

func TestAttack06DuplicateOpensNothing(t *testing.T) {
	t.Parallel()
	w, _, open, secret := embargoed(t)
	must[*casebook.Case](w)(w.book.Propose(t.Context(), casebook.Write{Actor: casebook.SystemActor}, open, []casebook.Candidate{{Case: secret, Score: .9, Relation: "duplicate"}}))
	noor := w.signedIn("noor")
	_, page := w.get(noor, "/case/"+open.String()+"/duplicates")
	if strings.Contains(page, "Zanzibar") || !strings.Contains(page, "you may not see") {
		t.Errorf("the list of candidates shows the case under embargo, or does not say that there is one")
	}
	if answer, body := w.get(noor, "/case/"+open.String()+"/duplicates?with="+secret.String()); answer.StatusCode != http.StatusNotFound || strings.Contains(body, "Zanzibar") {
		t.Errorf("compared: %s", answer.Status)
	}
	for path, form := range map[string]url.Values{
		"relate": {"other": {secret.String()}, "kind": {"duplicate-of"}}, "merge": {"into": {secret.String()}, "reason": {"the same"}},
	} {
		if answer, body := w.post(noor, "/case/"+open.String()+"/"+path, form); answer.StatusCode != http.StatusNotFound || strings.Contains(body, "Zanzibar") {
			t.Errorf("%s: %s", path, answer.Status)
		}
	}
	if answer, _ := w.get(noor, "/case/"+secret.String()); answer.StatusCode != http.StatusNotFound {
		t.Errorf("afterwards the case under embargo is answered %s", answer.Status)
	}
}

func TestAttack34EmbargoDoesNotLeak(t *testing.T) {
	t.Parallel()
	w, lee, open, secret := embargoed(t)
	must[*casebook.Case](w)(w.book.Write(t.Context(), lee, open, casebook.Post{Visibility: casebook.ToTeam, Text: "See the other one."}))
	w.settled()
	noor, stranger := w.signedIn("noor"), w.client()
	for _, path := range []string{
		"/queue", "/queue?q=zanzibar", "/queue?q=is%3Aembargoed", "/queue?q=product%3Azanzibar", "/queue?q=is%3Aactive+sort%3Aupdated", "/dashboards", "/dashboards/outcomes.csv", "/audit", "/audit?stream=" + secret.String(),
		"/reassess?bar=msrc-ai%402026-11", "/admin", "/health", "/thanks", "/case/" + open.String(), "/case/" + open.String() + "/history", "/case/" + secret.String(), "/case/" + secret.String() + "/history",
	} {
		for who, c := range map[string]*http.Client{"noor": noor, "a stranger": stranger} {
			_, page := w.get(c, path)
			if strings.Contains(page, "Zanzibar") || strings.Contains(strings.ReplaceAll(page, "stream="+secret.String(), ""), "href=\"/case/"+secret.String()) {
				t.Errorf("%s tells %s of the case under embargo", path, who)
			}
		}
	}
	_, page := w.get(noor, "/queue")
	if !strings.Contains(page, "1 case") {
		t.Error("the queue counts what its reader may not see")
	}
	events, _, err := w.book.Feed(context.WithoutCancel(t.Context()), must[casebook.Actor](w)(w.people["noor"].Actor()), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if e.Stream == secret {
			t.Errorf("the feed tells of event %d of the case under embargo", e.Seq)
		}
	}
}
