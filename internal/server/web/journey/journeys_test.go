package journey

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"bugbar/internal/casebook"
)

// TestJourney01FirstRun goes from an empty casebook to the first account.
func TestJourney01FirstRun(t *testing.T) {
	t.Parallel()
	w := serve(t, casebook.Options{})
	secret := must[string](w)(w.book.SetupSecret(t.Context()))
	tab := w.open(desk)
	tab.visit("/sign-in")
	if at := tab.at(); at != "/set-up" {
		t.Fatalf("with no account, sign-in leads to %s", at)
	}
	tab.shot("empty")
	tab.expect(422)
	tab.fill("secret", "bugbar-setup-wrong", "handle", "ada", "name", "Ada Min", "password", password)
	tab.follow("main form button")
	tab.see("[role=alert]")
	tab.shot("wrong secret")
	tab.visit("/set-up")
	tab.fill("secret", secret, "handle", "ada", "name", "Ada Min", "password", password)
	tab.follow("main form button")
	if at := tab.at(); at != "/queue" {
		t.Fatalf("the first account begins at %s", at)
	}
	tab.shot("queue")
	tab.visit("/admin")
	tab.says("ada", "admin")
	tab.shot("admin")
	tab.expect(404)
	if status := tab.visit("/set-up"); status != 404 {
		t.Errorf("a second first account is answered %d", status)
	}
}

// TestJourney02Report is an anonymous report, its receipt, and the answer that its key shows.
func TestJourney02Report(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, l look) {
		w := serve(t, casebook.Options{})
		lee := w.hire("lee", casebook.Triager)
		tab := w.open(l)
		tab.visit("/report")
		tab.shot("question first")
		tab.click("input[value=no]")
		tab.follow("main form button")
		tab.fill("title", "A mail makes the digest send out subject lines", "product", "Quillmere Mail, web", "what", "Text in a mail is obeyed.", "steps", "1. Send the mail.\n2. Wait.",
			"successes", "7", "attempts", "10")
		tab.choose("fact-type", "prompt-injection", l)
		tab.choose("fact-impact", "data-exfiltration", l)
		tab.choose("fact-interaction", "none", l)
		tab.see("#so-far .outcome.critical")
		tab.shot("verdict so far")
		tab.follow("main form > div > .row > button")
		id, key := tab.one(".receipt dd:nth-of-type(1)"), tab.one(".receipt .key")
		tab.shot("receipt")
		tab.follow("main form button")
		tab.says(id)
		tab.shot("status")

		c := must[casebook.ID](w)(casebook.ParseID(id))
		must[*casebook.Case](w)(w.book.Write(t.Context(), lee, c, casebook.Post{Visibility: casebook.ToReporter, Text: "Which build was it?"}))
		must[*casebook.Case](w)(w.book.Write(t.Context(), lee, c, casebook.Post{Visibility: casebook.ToTeam, Text: "Smells like the digest path."}))
		other := w.open(l)
		other.visit("/status")
		other.fill("key", key)
		other.follow("main form button")
		other.says("Which build was it?")
		other.hides("digest path")
		other.fill("text", "Build 2026.10.2.")
		other.follow("form[action='/status/write'] button")
		other.says("Build 2026.10.2.")
		other.shot("answered")
	})
}

// TestJourney03Keyboard brings a report to its verdict without a mouse.
func TestJourney03Keyboard(t *testing.T) {
	t.Parallel()
	w := serve(t, casebook.Options{})
	w.hire("lee", casebook.Triager)
	for _, name := range []string{"07-prompt-leak.md", "02-one-click-forwarding-rule.md"} {
		s := w.example(name)
		s.Findings[0].Facts = nil
		w.submit(s)
	}
	w.settled()
	tab := w.open(desk)
	tab.visit("/sign-in?next=/queue")
	tab.do(chromedp.Focus(chromedp.CSS("#handle")))
	tab.keys("lee\t" + password)
	tab.turn("\r")
	tab.keys("j")
	tab.see("tr[aria-selected=true]")
	tab.keys("k")
	tab.shot("selected")
	tab.keys("?")
	tab.see("dialog[open]")
	tab.shot("help")
	tab.keys("\x1b")
	tab.turn("\r")
	title := tab.one("h1")
	if !strings.Contains(tab.at(), "/case/") {
		t.Fatalf("Enter leads to %s", tab.at())
	}
	answers := []string{"system-prompt-extraction"}
	if strings.Contains(title, "forwarding") || !strings.Contains(title, "prompt") {
		answers = []string{"prompt-injection", "privileged-action", "required"}
	}
	for _, value := range answers {
		tab.answer(value)
	}
	tab.shot("verdict")
	tab.hides("Not enough")
	tab.turn("a")
	tab.turn("u")
	if !strings.HasPrefix(tab.at(), "/queue") {
		t.Errorf("u leads to %s", tab.at())
	}
	tab.see("tr[aria-selected=true]")
	tab.turn("\r")
	first := tab.at()
	tab.until("document.querySelector('[data-next]:not([hidden]), [data-previous]:not([hidden])') !== null")
	step, back := "]", "["
	if ask[bool](tab, "document.querySelector('[data-next]').hidden") {
		step, back = back, step
	}
	tab.turn(step)
	if tab.at() == first || !strings.Contains(tab.at(), "/case/") {
		t.Errorf("%s leads from %s to %s", step, first, tab.at())
	}
	tab.turn(back)
	if tab.at() != first {
		t.Errorf("%s leads to %s, not back to %s", back, tab.at(), first)
	}
	tab.do(chromedp.KeyEvent("k", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	tab.see("dialog.palette[open]")
	tab.keys("hist")
	tab.shot("palette")
	tab.turn("\r")
	if !strings.HasSuffix(tab.at(), "/history") {
		t.Errorf("the palette leads to %s", tab.at())
	}
	tab.turn("gd")
	if at := tab.at(); at != "/dashboards" {
		t.Errorf("g d leads to %s", at)
	}
}
