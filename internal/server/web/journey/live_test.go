package journey

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"bugbar/internal/casebook"
)

// judged serves a case that two triagers work on.
func judged(t *testing.T) (w *world, lee, noor casebook.Write, id casebook.ID) {
	t.Helper()
	w = serve(t, casebook.Options{})
	lee, noor = w.hire("lee", casebook.Triager), w.hire("noor", casebook.Triager)
	s := w.example("02-one-click-forwarding-rule.md")
	s.Findings[0].Facts = nil
	id = w.submit(s).ID
	w.screened(lee, id)
	w.facts(lee, id, "type", "prompt-injection")
	return w, lee, noor, id
}

// TestConflict: two people answer the same question. The slower one sees both answers, and applies theirs on top or drops it.
func TestConflict(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, l look) {
		w, _, noor, id := judged(t)
		tab := w.open(l)
		tab.signIn("lee")
		tab.visit("/case/" + id.String())
		w.facts(noor, id, "impact", "data-exfiltration")
		tab.expect(409)
		tab.click("input[name=value][value=privileged-action]")
		tab.click("form.question > button")
		tab.see(".conflict")
		tab.see("#casehead")
		tab.says("Somebody else was faster", "yours too", "data-exfiltration (confirmed)", "privileged-action", "noor")
		tab.shot("conflict")
		tab.follow(".conflict form button")
		if c := w.known(id); c.Findings[0].Facts["impact"].Values[0] != "privileged-action" {
			t.Errorf("applied on top, it is %v", c.Findings[0].Facts["impact"])
		}
		const sentence = "Nobody could repeat it, in 20 attempts on 3 builds."
		tab.visit("/case/" + id.String())
		w.facts(noor, id, "interaction", "required")
		tab.click(".moves summary")
		tab.do(chromedp.SendKeys(chromedp.CSS("input[name=to][value=spam] ~ .field textarea"), sentence))
		tab.follow("input[name=to][value=spam] ~ button")
		tab.says("User interaction", "Outcome of the case", "Somebody else was faster")
		if text := ask[string](tab, "document.querySelector('.conflict textarea').value"); text != sentence {
			t.Errorf("of the sentence is left: %q", text)
		}
		tab.follow(".conflict a.button")
		if c := w.known(id); c.State != "triaging" {
			t.Errorf("dropped, and the case is %s", c.State)
		}
	})
}

// known is a case as it is.
func (w *world) known(id casebook.ID) *casebook.Case {
	w.Helper()
	return must[*casebook.Case](w)(w.book.Known(w.Context(), id))
}

// TestNoFalseConflict: what does not touch the same goes through, and what does is shown, form by form. Without script.
func TestNoFalseConflict(t *testing.T) {
	t.Parallel()
	w, lee, noor, id := judged(t)
	_ = lee
	browser, address := w.signedIn("lee"), "/case/"+id.String()
	for _, s := range []struct {
		name, form string
		fields     url.Values
		other      func()
		status     int
	}{
		{"a message beside an assignment", "write", url.Values{"visibility": {"team"}, "text": {"Looks real."}}, func() { w.assign(noor, id, noor.Actor.ID) }, 200},
		{"a fact beside another", "fact", url.Values{"point": {"impact"}, "value": {"privileged-action"}}, func() { w.facts(noor, id, "interaction", "required") }, 200},
		{"a fact beside the same answer", "fact", url.Values{"point": {"interaction"}, "value": {"none"}}, func() { w.facts(noor, id, "interaction", "none") }, 200},
		{"a fact beside another answer", "fact", url.Values{"point": {"interaction"}, "value": {"none"}}, func() { w.facts(noor, id, "interaction", "required") }, 409},
		{"taken by two", "assign", url.Values{"to": {"me"}}, func() { w.assign(noor, id, 0) }, 409},
		{"given to the same", "assign", url.Values{"to": {"noor"}}, func() { w.assign(noor, id, noor.Actor.ID) }, 200},
		{"flags beside a message", "flags", url.Values{}, func() { w.wrote(noor, id) }, 200},
		{"a move beside the team's note", "move", url.Values{"to": {"needs-info"}, "question": {"Which build?"}}, func() { w.wrote(noor, id) }, 200},
		{"a move beside what the reporter wrote", "move", url.Values{"to": {"triaging"}, "reason": {"It came."}}, func() { w.wrote(casebook.Write{Actor: casebook.Actor{Case: id}}, id) }, 409},
		{"naming somebody, embargoed meanwhile", "name", url.Values{"person": {"noor"}, "role": {"member"}}, func() {
			must[*casebook.Case](w)(w.book.Name(t.Context(), noor, id, casebook.Participant{Person: lee.Actor.ID, Role: "member"}))
			must[*casebook.Case](w)(w.book.SetEmbargo(t.Context(), noor, id, casebook.Embargo{Status: casebook.EmbargoActive, Until: time.Now().Add(time.Hour).UnixMilli()}))
		}, 409},
	} {
		s.fields.Set("revision", fmt.Sprint(w.known(id).Revision))
		s.other()
		if answer, page := w.post(browser, address+"/"+s.form, s.fields); answer.StatusCode != s.status {
			t.Errorf("%s: %s\n%.2000s", s.name, answer.Status, page[max(0, strings.Index(page, "<main")):])
		}
	}
}

func (w *world) assign(by casebook.Write, id, to casebook.ID) {
	w.Helper()
	must[*casebook.Case](w)(w.book.Assign(w.Context(), by, id, to))
}

func (w *world) wrote(by casebook.Write, id casebook.ID) {
	w.Helper()
	visibility := casebook.ToTeam
	if by.Actor.ID == 0 {
		visibility = casebook.ToReporter
	}
	must[*casebook.Case](w)(w.book.Write(w.Context(), by, id, casebook.Post{Visibility: visibility, Text: "A word."}))
}

// TestConflictLeaksNothing: a form on a case that came under embargo meanwhile is answered as if there were none, with nothing but
// what its writer wrote.
func TestConflictLeaksNothing(t *testing.T) {
	t.Parallel()
	w, lee, _, secret := embargoed(t)
	must[*casebook.Case](w)(w.book.SetTrack(t.Context(), lee, secret, "security"))
	for form, fields := range map[string]url.Values{
		"move": {"to": {"screening"}, "reason": {"my own <b>words</b>"}}, "track": {"track": {"content"}}, "approve": {}, "split": {"finding": {"0"}, "title": {"A part"}},
	} {
		fields.Set("revision", "1")
		answer, page := w.post(w.signedIn("noor"), "/case/"+secret.String()+"/"+form, fields)
		if answer.StatusCode != http.StatusNotFound || strings.Contains(page, "Zanzibar") || strings.Contains(page, "security") {
			t.Errorf("%s: %s", form, answer.Status)
		}
		if form == "move" && !strings.Contains(page, "my own &lt;b&gt;words") {
			t.Errorf("what was written is lost:\n%s", page)
		}
	}
	if answer, page := w.get(w.signedIn("noor"), "/case/"+secret.String()+"/here"); answer.StatusCode != http.StatusNotFound || strings.Contains(page, "lee") {
		t.Errorf("who is at a case under embargo: %s", answer.Status)
	}
}

// TestSessionOver: what somebody wrote while their session ended is shown to them, and a form without words leads to sign-in and back.
func TestSessionOver(t *testing.T) {
	t.Parallel()
	w, _, _, id := judged(t)
	address := "/case/" + id.String()
	answer, page := w.post(w.client(), address+"/write", url.Values{"visibility": {"team"}, "text": {"half an hour's work"}, "back": {address + "/thread"}})
	if answer.StatusCode != http.StatusForbidden || !strings.Contains(page, "half an hour&#39;s work") {
		t.Errorf("what was written is answered %s, and lost", answer.Status)
	}
	if answer, _ := w.post(w.client(), address+"/acknowledge", url.Values{"back": {address + "/thread"}}); answer.Request.URL.RequestURI() != "/sign-in?next="+url.QueryEscape(address+"/thread") {
		t.Errorf("a form leads to %s", answer.Request.URL)
	}
}

// TestPresence: two people see each other at a case, at once without script, and with it while they stay. A hidden tab asks for nothing.
func TestPresence(t *testing.T) {
	t.Parallel()
	w, _, _, id := judged(t)
	address := "/case/" + id.String()
	tab := w.open(desk)
	tab.signIn("lee")
	tab.visit(address)
	tab.hides("is here")
	length := must[int64](w)(w.book.Length(t.Context(), id))
	if _, page := w.get(w.signedIn("noor"), address); !strings.Contains(page, "<b>lee</b> is here") {
		t.Error("noor does not see that lee is here")
	}
	later := func(hidden bool) {
		ask[any](tab, fmt.Sprintf(`{const real = Date.now; Date.now = () => real() + 60000; Object.defineProperty(document, "hidden", {value: %t, configurable: true}); document.dispatchEvent(new Event("visibilitychange")); null}`, hidden))
	}
	ask[any](tab, `window.asked = 0; document.addEventListener("htmx:beforeRequest", () => window.asked++); null`)
	later(true)
	if n := ask[int](tab, "window.asked"); n != 0 {
		t.Errorf("a hidden tab asked %d times", n)
	}
	later(false)
	tab.until("document.querySelector('#here').textContent.includes('noor is here')")
	later(false)
	if n := ask[int](tab, "window.asked"); n != 2 {
		t.Errorf("the tab asked %d times", n)
	}
	tab.shot("presence")
	if after := must[int64](w)(w.book.Length(t.Context(), id)); after != length {
		t.Errorf("being here made %d events", after-length)
	}
}

// TestChosenKeys: somebody gives things other keys, is told of a clash, uses them, and resets them.
func TestChosenKeys(t *testing.T) {
	t.Parallel()
	w, _, _, id := judged(t)
	w.settled()
	browser := w.signedIn("lee")
	keys := keysAsTheyCome(w, browser)
	keys.Set("key-down", "k")
	keys.Set("key-queue", "u q")
	if answer, page := w.post(browser, "/account/keys", keys); answer.StatusCode != http.StatusUnprocessableEntity || strings.Count(page, "is taken by") != 4 || !strings.Contains(page, `value="u q"`) {
		t.Errorf("a clash is answered %s, and told %d times", answer.Status, strings.Count(page, "is taken by"))
	}
	keys.Set("key-down", "n")
	keys.Set("key-queue", "w q")
	keys.Set("key-assign", "")
	if answer, page := w.post(browser, "/account/keys", keys); answer.StatusCode != http.StatusOK || !strings.Contains(page, "The keys are kept.") {
		t.Fatalf("the keys are not kept: %s", answer.Status)
	}
	tab := w.open(desk)
	tab.signIn("lee")
	tab.visit("/queue")
	tab.keys("j")
	if ask[bool](tab, "document.querySelector('tr[aria-selected=true]') !== null") {
		t.Error("the old key still moves")
	}
	tab.keys("n")
	tab.see("tr[aria-selected=true]")
	tab.keys("?")
	tab.see("dialog[open]")
	if help := ask[string](tab, "document.querySelector('dialog').textContent"); !strings.Contains(help, "ndown") || strings.Contains(help, "assign to me") {
		t.Errorf("the help says: %s", help)
	}
	tab.shot("help")
	tab.keys("\x1b")
	tab.visit("/case/" + id.String())
	tab.keys("a")
	tab.turn("wq")
	if at := tab.at(); !strings.HasPrefix(at, "/queue") {
		t.Errorf("w q leads to %s", at)
	}
	if c := w.known(id); c.Assignee != 0 {
		t.Error("a key without a meaning assigned the case")
	}
	tab.visit("/account")
	tab.shot("account")
	tab.follow("button[name=reset]")
	if own := must[map[string]string](w)(w.book.Shortcuts(t.Context(), casebook.Actor{ID: w.people["lee"].ID})); len(own) != 0 {
		t.Errorf("reset, and there is %v", own)
	}
}

// keysAsTheyCome is the form of the account page as somebody finds it.
func keysAsTheyCome(w *world, browser *http.Client) url.Values {
	w.Helper()
	_, page := w.get(browser, "/account")
	fields := url.Values{}
	for _, part := range strings.Split(page, `name="key-`)[1:] {
		name, rest, _ := strings.Cut(part, `"`)
		_, rest, _ = strings.Cut(rest, `value="`)
		value, _, _ := strings.Cut(rest, `"`)
		fields.Set("key-"+name, value)
	}
	if len(fields) < 25 {
		w.Fatalf("the account page has %d keys", len(fields))
	}
	return fields
}

// TestKeysAcrossViews: what stands on another view of a case is reached by its key, and rows are picked in a range.
func TestKeysAcrossViews(t *testing.T) {
	t.Parallel()
	w, _, _, id := judged(t)
	for _, name := range []string{"07-prompt-leak.md", "01-zero-click-mail-exfiltration.md"} {
		w.submit(w.example(name))
	}
	w.settled()
	tab := w.open(desk)
	tab.signIn("lee")
	tab.visit("/case/" + id.String())
	tab.turn("r")
	tab.until("document.activeElement.id === 'r'")
	tab.visit("/case/" + id.String() + "/history")
	tab.turn("f")
	tab.until("document.activeElement.name === 'value'")
	tab.visit("/queue")
	tab.keys("jxjj")
	tab.do(chromedp.KeyEvent("X", chromedp.KeyModifiers(chromedp.ModifierShift)))
	if n := ask[int](tab, "document.querySelectorAll('[data-pick]:checked').length"); n != 3 {
		t.Errorf("%d cases are picked", n)
	}
	if ask[string](tab, fmt.Sprintf("document.querySelector('#c%s .title').className", id)) != "title seen" {
		t.Error("a case that was opened is not shown as seen")
	}
}
