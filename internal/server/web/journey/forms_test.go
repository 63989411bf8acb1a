package journey

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"bugbar/internal/casebook"
)

// TestMergeAndSplit makes two cases one, and one two, without script.
func TestMergeAndSplit(t *testing.T) {
	t.Parallel()
	w := serve(t, casebook.Options{})
	lee := w.hire("lee", casebook.Triager)
	s := w.example("01-zero-click-mail-exfiltration.md")
	s.Findings = append(s.Findings, w.example("07-prompt-leak.md").Findings[0])
	s.Findings[1].Title = "The prompt comes out as well"
	id, other := w.submit(s).ID, w.submit(w.example("02-one-click-forwarding-rule.md")).ID
	browser := w.signedIn("lee")
	_, page := w.get(browser, "/case/"+id.String()+"/duplicates")
	if !strings.Contains(page, "/case/"+id.String()+"/split") {
		t.Fatal("a case with two findings cannot be split")
	}
	answer, page := w.post(browser, "/case/"+id.String()+"/split", url.Values{"finding": {"1"}, "title": {"The prompt comes out"}})
	if answer.StatusCode != http.StatusOK || !strings.Contains(page, "The prompt comes out") || answer.Request.URL.Path == "/case/"+id.String() {
		t.Fatalf("split: %s at %s", answer.Status, answer.Request.URL)
	}
	w.screened(lee, id)
	answer, page = w.post(browser, "/case/"+id.String()+"/merge", url.Values{"into": {other.String()}, "finding": {"0"}, "reason": {"One cause."}, "back": {"/case/" + other.String()}})
	if answer.StatusCode != http.StatusOK || answer.Request.URL.Path != "/case/"+other.String() {
		t.Fatalf("merge: %s at %s: %.300s", answer.Status, answer.Request.URL, page)
	}
	if c := must[*casebook.Case](w)(w.book.Case(t.Context(), lee.Actor, id)); c.State != "duplicate" {
		t.Errorf("the merged case is %s", c.State)
	}
	if c := must[*casebook.Case](w)(w.book.Case(t.Context(), lee.Actor, other)); len(c.Findings) != 2 {
		t.Errorf("the other case has %d findings", len(c.Findings))
	}
}

// TestWebhooksAndHealth makes a webhook, switches it off and on, and removes it; intake health tells of it.
func TestWebhooksAndHealth(t *testing.T) {
	t.Parallel()
	w := serve(t, casebook.Options{})
	root := w.hire("root", casebook.Admin)
	w.hire("bo", casebook.Analyst)
	w.submit(w.example("07-prompt-leak.md"))
	w.settled()
	browser := w.signedIn("root")
	_, page := w.post(browser, "/admin/webhooks", url.Values{"url": {"https://hooks.example.org/in"}})
	if !strings.Contains(page, "whsec_") {
		t.Errorf("the secret is not shown:\n%s", page)
	}
	hooks := must[[]casebook.Webhook](w)(w.book.Webhooks(t.Context(), root.Actor))
	if len(hooks) != 1 {
		t.Fatalf("%d webhooks", len(hooks))
	}
	if _, page := w.get(browser, "/admin/webhooks"); strings.Contains(page, hooks[0].Secret) && hooks[0].Secret != "" || !strings.Contains(page, "hooks.example.org") {
		t.Error("the list shows the secret, or not the address")
	}
	for _, status := range []string{"paused", "active", "removed"} {
		w.post(browser, "/admin/webhooks/set", url.Values{"webhook": {hooks[0].ID.String()}, "status": {status}})
		all := must[[]casebook.Webhook](w)(w.book.Webhooks(t.Context(), root.Actor))
		if status == "removed" && len(all) != 0 || status != "removed" && (len(all) != 1 || all[0].Status != status) {
			t.Errorf("set to %s: %+v", status, all)
		}
	}
	if answer, page := w.get(browser, "/health"); answer.StatusCode != http.StatusOK || !strings.Contains(page, "by the form") {
		t.Errorf("health: %s", answer.Status)
	}
	if answer, _ := w.get(w.signedIn("bo"), "/health"); answer.StatusCode != http.StatusForbidden {
		t.Errorf("an analyst gets %s", answer.Status)
	}
}

// TestAdvance goes on to the next case after a decision, where one wants that.
func TestAdvance(t *testing.T) {
	t.Parallel()
	w := serve(t, casebook.Options{})
	lee := w.hire("lee", casebook.Triager)
	for _, name := range []string{"02-one-click-forwarding-rule.md", "07-prompt-leak.md"} {
		w.screened(lee, w.submit(w.example(name)).ID)
	}
	w.settled()
	tab := w.open(desk)
	tab.signIn("lee")
	tab.visit("/queue")
	tab.follow("a[data-open]")
	from := tab.at()
	tab.click(".moves summary")
	tab.click("[data-advance]")
	tab.fill("reason", "Template text.")
	next := ask[string](tab, "document.querySelector('[data-next]').getAttribute('href')")
	tab.follow("input[name=to][value=spam] ~ button")
	if at := tab.at(); !strings.HasPrefix(at, next) || strings.HasPrefix(at, from) {
		t.Errorf("the decision on %s leads to %s, not to %s", from, at, next)
	}
}
