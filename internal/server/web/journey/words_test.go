package journey

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"bugbar/internal/casebook"
)

// TestJourneyReplies asks a reporter for evidence: a reply is chosen, looked at, put below what was typed, changed and sent,
// and the case waits for the answer.
func TestJourneyReplies(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, l look) {
		w := serve(t, casebook.Options{})
		lee := w.hire("lee", casebook.Triager)
		receipt := w.submit(w.example("07-prompt-leak.md"))
		w.screenedUpTo(lee, receipt.ID)
		tab := w.open(l)
		tab.signIn("lee")
		tab.visit("/case/" + receipt.ID.String() + "/thread")
		tab.fill("text", "Hello there.")
		tab.until(`document.querySelector("#choose") !== null`)
		ask[string](tab, `document.querySelector("#choose").value = "needs-evidence"`)
		if l.noScript {
			tab.follow("#reply [data-without-script]")
		} else {
			ask[bool](tab, `document.querySelector("#choose").dispatchEvent(new Event("change", {bubbles: true}))`)
		}
		tab.see("#chosen .preview")
		if text := tab.one("#chosen .preview"); strings.Contains(text, "{{") || !strings.Contains(text, "- What kind of weakness is it?") {
			t.Errorf("the preview is\n%s", text)
		}
		tab.shot("preview")
		tab.click("#reply button[name=use]")
		tab.until(`document.querySelector("#r")?.value.includes("What kind of weakness is it?")`)
		if text := ask[string](tab, `document.querySelector("#r").value`); !strings.HasPrefix(text, "Hello there.\n\nThank you for your report") {
			t.Errorf("the box holds\n%s", text)
		}
		tab.fill("text", " And thank you.")
		tab.shot("in the box")
		tab.follow("#reply button[name=ask]")
		tab.says("And thank you.", "Hello there.")
		tab.shot("sent")
		if c := must[*casebook.Case](w)(w.book.Case(t.Context(), lee.Actor, receipt.ID)); c.State != "needs-info" || c.Waiting != "reporter" {
			t.Errorf("the case is %s and waits for %s", c.State, c.Waiting)
		}
		if box := ask[string](tab, `document.querySelector("#r").value`); box != "" {
			t.Errorf("after sending the box holds %q", box)
		}
		reporter := w.open(l)
		reporter.visit("/status")
		reporter.fill("key", receipt.Key)
		reporter.follow("main form button")
		reporter.says("What kind of weakness is it?", "And thank you.", "We wait for your answer.")
		reporter.hides(`\u{D}`)
		reporter.shot("reporter")
	})
}

// TestJourneyDraft types, goes away, and goes on elsewhere; what happens meanwhile takes nothing away.
func TestJourneyDraft(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, l look) {
		w := serve(t, casebook.Options{})
		w.hire("lee", casebook.Triager)
		noor := w.hire("noor", casebook.Triager)
		id := w.submit(w.example("07-prompt-leak.md")).ID
		thread := "/case/" + id.String() + "/thread"
		tab := w.open(l)
		tab.signIn("lee")
		tab.visit(thread)
		tab.do(chromedp.ScrollIntoView(chromedp.CSS("#n")), chromedp.SendKeys(chromedp.CSS("#n"), "A note that is not finished"))
		if l.noScript {
			tab.follow("#note [data-without-script]")
		} else {
			tab.until(`document.querySelector("#note [data-draft-state]").textContent === "Draft kept. Only you see it."`)
		}
		must[*casebook.Case](w)(w.book.Write(t.Context(), noor, id, casebook.Post{Visibility: casebook.ToTeam, Text: "Mine comes first.", Draft: true}))
		elsewhere := w.open(l)
		elsewhere.signIn("lee")
		elsewhere.visit(thread)
		if text := ask[string](elsewhere, `document.querySelector("#n").value`); text != "A note that is not finished" {
			t.Errorf("elsewhere the box holds %q", text)
		}
		elsewhere.says("Mine comes first.", "came since you began this: 1")
		elsewhere.shot("elsewhere")
		other := w.open(l)
		other.signIn("noor")
		other.visit(thread)
		other.hides("not finished")
		elsewhere.follow("#note button.danger")
		elsewhere.says("A note that is not finished")
		tab.visit(thread)
		if text := ask[string](tab, `document.querySelector("#n").value`); text != "" {
			t.Errorf("after sending the box holds %q", text)
		}
	})
}

// TestUnsentStays sends what cannot be sent: the text stays in its box, and says why.
func TestUnsentStays(t *testing.T) {
	t.Parallel()
	w := serve(t, casebook.Options{})
	lee := w.hire("lee", casebook.Triager)
	id := w.submit(w.example("07-prompt-leak.md")).ID
	browser := w.signedIn("lee")
	sent := func(form url.Values) (int, string) {
		answer, page := w.post(browser, "/case/"+id.String()+"/write", form)
		return answer.StatusCode, page
	}
	if status, page := sent(url.Values{"visibility": {"reporter"}, "text": {"It is {{outcome}}."}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, "It is {{outcome}}.</textarea>") || !strings.Contains(page, "Not sent") {
		t.Errorf("an open variable is answered %d", status)
	}
	long := strings.Repeat("x", casebook.MaxMessage+1)
	if status, page := sent(url.Values{"visibility": {"team"}, "text": {long}}); status != http.StatusUnprocessableEntity || !strings.Contains(page, long+"</textarea>") {
		t.Errorf("too long a text is answered %d", status)
	}
	if n := must[*casebook.Case](w)(w.book.Case(t.Context(), lee.Actor, id)).Messages; n != 0 {
		t.Errorf("the case has %d messages", n)
	}
	if status, page := sent(url.Values{"visibility": {"reporter"}, "text": {"Your template {{title}} is obeyed."}, "as-is": {"1"}, "back": {"/case/" + id.String() + "/thread"}}); status != http.StatusOK || !strings.Contains(page, "Your template {{title}} is obeyed.") {
		t.Errorf("as it stands: %d", status)
	}
}

// TestWordingReplies makes a reply of one's own, looks at it on an example, and retires it; who may not word replies reads
// them.
func TestWordingReplies(t *testing.T) {
	t.Parallel()
	w := serve(t, casebook.Options{})
	mo := w.hire("mo", casebook.Manager)
	w.hire("lee", casebook.Triager)
	id := w.submit(w.example("07-prompt-leak.md")).ID
	browser, lee := w.signedIn("mo"), w.signedIn("lee")
	if answer, page := w.post(browser, "/replies/edit", url.Values{"name": {"A kind word"}, "body": {"Hello {{titl}}"}}); answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "did you mean &#34;title&#34;?") || !strings.Contains(page, "Hello {{titl}}</textarea>") {
		t.Errorf("an unknown variable: %s", answer.Status)
	}
	if answer, page := w.post(browser, "/replies/edit", url.Values{"body": {"Hello {{title}}, we call it {{case}}"}, "preview": {"1"}}); answer.StatusCode != http.StatusOK || !strings.Contains(page, "we call it 0K3V-9Q2XTA4MR") {
		t.Errorf("the example: %s", answer.Status)
	}
	if _, page := w.post(browser, "/replies/edit", url.Values{"name": {"A kind word"}, "body": {"Hello {{title}}"}}); !strings.Contains(page, "A kind word") {
		t.Error("it is not in the list")
	}
	if _, page := w.get(lee, "/replies"); !strings.Contains(page, "A kind word") || strings.Contains(page, "/replies/edit") {
		t.Error("a triager does not see the list, or is offered to change it")
	}
	if _, page := w.get(lee, "/case/"+id.String()+"/thread"); !strings.Contains(page, `<option value="a-kind-word">`) {
		t.Error("it is not offered in a thread")
	}
	for path, form := range map[string]url.Values{"/replies/edit": {"name": {"a-kind-word"}, "body": {"Evil."}}, "/replies/retire": {"name": {"a-kind-word"}}} {
		if answer, _ := w.post(lee, path, form); answer.StatusCode != http.StatusForbidden {
			t.Errorf("%s by a triager is answered %s", path, answer.Status)
		}
	}
	w.post(browser, "/replies/retire", url.Values{"name": {"a-kind-word"}})
	if _, page := w.get(lee, "/case/"+id.String()+"/thread"); strings.Contains(page, "a-kind-word") {
		t.Error("it is still offered in a thread")
	}
	if _, err := w.book.Reply(t.Context(), mo.Actor, "a-kind-word"); err == nil {
		t.Error("it is not retired")
	}
	if answer, _ := w.get(lee, "/case/"+id.String()+"/thread?reply=a-kind-word"); answer.StatusCode != http.StatusNotFound {
		t.Errorf("a retired reply is answered %s", answer.Status)
	}
}
