package journey

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// visit opens a page and says what the server answered.
func (t *tab) visit(path string) int64 {
	t.Helper()
	ctx, cancel := t.patient()
	defer cancel()
	answer, err := chromedp.RunResponse(ctx, chromedp.Navigate(t.url+path))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return answer.Status
}

// fill types into fields, by their names.
func (t *tab) fill(pairs ...string) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		field := chromedp.CSS("[name='" + pairs[i] + "']:not([type=hidden])")
		t.do(chromedp.ScrollIntoView(field), chromedp.SendKeys(field, pairs[i+1]))
	}
}

// click clicks what a selector finds, and leaves it to the caller to wait for what follows.
func (t *tab) click(selector string) {
	t.Helper()
	t.do(chromedp.ScrollIntoView(chromedp.CSS(selector)), chromedp.Click(chromedp.CSS(selector)))
}

// follow clicks and waits for the page that this leads to.
func (t *tab) follow(selector string) {
	t.Helper()
	ctx, cancel := t.patient()
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, chromedp.ScrollIntoView(chromedp.CSS(selector)), chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible)); err != nil {
		t.shot("failed")
		t.Fatalf("%s leads nowhere: %v", selector, err)
	}
}

// keys presses keys as somebody at a keyboard does.
func (t *tab) keys(text string) {
	t.Helper()
	t.do(chromedp.KeyEvent(text))
}

// turn presses keys that lead to another page, and waits for it.
func (t *tab) turn(text string) {
	t.Helper()
	ctx, cancel := t.patient()
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, chromedp.KeyEvent(text)); err != nil {
		t.shot("failed")
		t.Fatalf("key %q leads nowhere: %v", text, err)
	}
}

// see waits for something to be seen in a page that rests.
func (t *tab) see(selector string) {
	t.Helper()
	t.do(chromedp.WaitVisible(chromedp.CSS(selector)))
	t.until("true")
}

// text is what the page says.
func (t *tab) text() string {
	t.Helper()
	text, err := chromedp.Run(t.page, chromedp.Text(chromedp.CSS("main")))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// says holds the page to words.
func (t *tab) says(words ...string) {
	t.Helper()
	text := t.text()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.shot("failed")
			t.Fatalf("the page does not say %q:\n%s", w, text)
		}
	}
}

// hides holds the page to say nothing of something.
func (t *tab) hides(words ...string) {
	t.Helper()
	text := t.text()
	for _, w := range words {
		if strings.Contains(text, w) {
			t.shot("failed")
			t.Errorf("the page says %q:\n%s", w, text)
		}
	}
}

// at is the path of the page.
func (t *tab) at() string {
	t.Helper()
	where, err := chromedp.Run(t.page, chromedp.Location())
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(where)
	if err != nil {
		t.Fatal(err)
	}
	return u.RequestURI()
}

// shot leaves a picture of the whole page.
func (t *tab) shot(name string) {
	t.Helper()
	picture, err := chromedp.Run(t.page, chromedp.FullScreenshot(100))
	if err != nil {
		t.Logf("no picture of %s: %v", name, err)
		return
	}
	t.shots++
	t.keep(fmt.Sprintf("%02d-%s", t.shots, strings.ReplaceAll(name, " ", "-")), picture)
}

// picture leaves one of the whole page under a name.
func (t *tab) picture(name string) {
	t.Helper()
	picture, err := chromedp.Run(t.page, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	t.keep(name, picture)
}

func (w *world) keep(name string, picture []byte) {
	w.Helper()
	folder := w.album()
	if err := os.MkdirAll(folder, 0o750); err != nil {
		w.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), picture, 0o600); err != nil {
		w.Fatal(err)
	}
}

// signIn signs somebody in.
func (t *tab) signIn(handle string) {
	t.Helper()
	t.visit("/sign-in")
	t.fill("handle", handle, "password", t.password)
	t.follow("main form button")
}

// one is the text of what a selector finds first.
func (t *tab) one(selector string) string {
	t.Helper()
	t.see(selector)
	text, err := chromedp.Run(t.page, chromedp.Text(chromedp.CSS(selector)))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(text)
}

// ask is the value of an expression in the page.
func ask[V any](t *tab, expression string) V {
	t.Helper()
	v, err := chromedp.Run(t.page, chromedp.Evaluate[V](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// until waits for an expression to hold in a page that rests: what htmx has put in listens to nothing until it is settled.
func (t *tab) until(expression string) {
	t.Helper()
	expression = "(" + expression + ") && !document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling, .htmx-added')"
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if held, err := chromedp.Run(t.page, chromedp.Evaluate[bool](expression)); err == nil && held {
			return
		}
	}
	t.shot("failed")
	t.Fatalf("it does not come to %s", expression)
}

// choose chooses a value of a list of the form for reports, which shows what the bar says with that answer: by
// itself, or after its button without script.
func (t *tab) choose(name, value string, l look) {
	t.Helper()
	field := "document.querySelector('[name=\"" + name + "\"]')"
	t.until(field + " !== null")
	set := field + ".value = '" + value + "'"
	if l.noScript {
		ask[string](t, set)
		t.follow("#so-far button")
	} else {
		ask[bool](t, set+", "+field+".dispatchEvent(new Event('change', {bubbles: true}))")
	}
	t.until(field + "?.value === '" + value + "' && document.querySelectorAll('#so-far select').length > 0")
}

// answer answers the question of a case from the keyboard: f leads to it, arrows to the value, Enter sends it.
func (t *tab) answer(value string) {
	t.Helper()
	asked := t.one("form.question legend")
	t.keys("f")
	t.until("document.activeElement.name === 'value'")
	if ask[string](t, "document.activeElement.value") == value {
		t.keys(" ")
	}
	for range 30 {
		if ask[string](t, "document.activeElement.value") == value {
			break
		}
		t.keys(kb.ArrowDown)
	}
	t.keys("\r")
	t.until(fmt.Sprintf("[...document.querySelectorAll('form.question legend')].every(l => l.textContent !== %q)", asked))
}
