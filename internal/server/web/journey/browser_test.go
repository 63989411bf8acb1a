package journey

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// artifacts is where screenshots are left, from this folder; git ignores it.
const artifacts = "../../../../.artifacts/journeys"

// patience is how long a page may take on a busy machine.
const patience = 90 * time.Second

// chromium is the one browser that all tests share.
var chromium struct {
	once sync.Once
	ctx  context.Context
	err  error
	stop func()
}

func TestMain(m *testing.M) {
	chromium.stop = func() {}
	code := m.Run()
	chromium.stop()
	os.Exit(code)
}

// browser starts Chromium once. Without one the tests fail: what they hold true would go unheld.
func browser(t *testing.T) context.Context {
	t.Helper()
	chromium.once.Do(func() {
		path, err := exec.LookPath("chromium")
		if err != nil {
			chromium.err = fmt.Errorf("the journeys need a Chromium: apt-get install chromium (%w)", err)
			return
		}
		options := append(chromedp.DefaultExecAllocatorOptions[:],
			chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
			chromedp.WSURLReadTimeout(patience))
		alloc, stopAlloc := chromedp.NewExecAllocator(context.Background(), options...)
		ctx, stop := chromedp.NewContext(alloc)
		chromium.ctx, chromium.stop = ctx, func() { stop(); stopAlloc() }
		chromium.err = chromedp.Do(ctx)
	})
	if chromium.err != nil {
		t.Fatal(chromium.err)
	}
	return chromium.ctx
}

// tab is a browser of its own, with its own cookies, at a server. Whatever goes wrong in it fails the test: a
// request that leaves the server's origin, an error on the console, a violation of the policy of content.
type tab struct {
	*world
	page  context.Context
	mu    sync.Mutex
	may   []string // what the console may say
	wrong []string
}

// look says how a page is looked at.
type look struct {
	width, height int64
	dark          bool
	noScript      bool
}

var desk = look{width: 1440, height: 900}

// open opens a tab.
func (w *world) open(l look) *tab {
	w.Helper()
	t := &tab{world: w}
	ctx, stop := chromedp.NewContext(browser(w.T), chromedp.WithNewBrowserContext(), chromedp.WithListener(t.listen))
	t.page = ctx
	w.Cleanup(func() {
		stop()
		t.mu.Lock()
		defer t.mu.Unlock()
		for _, text := range t.wrong {
			w.Error(text)
		}
	})
	t.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, network.Enable, network.EnableParams{})
		return err
	}), call(log.Enable), call(audits.Enable), l.set())
	return t
}

func call(c cdp.Command[cdp.Empty, cdp.Empty]) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, c, cdp.Empty{})
		return err
	})
}

// set makes a tab look so.
func (l look) set() chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		if _, err := chromedp.EmulateViewport(l.width, l.height)(ctx, target); err != nil {
			return err
		}
		scheme := "light"
		if l.dark {
			scheme = "dark"
		}
		features := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}
		if _, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: l.noScript})
		return err
	})
}

// listen watches what the browser does.
func (t *tab) listen(event any) {
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if to := e.Request.URL; !strings.HasPrefix(to, t.url+"/") && !strings.HasPrefix(to, "data:") && to != "about:blank" {
			t.complain("a request leaves the server: " + to)
		}
	case *runtime.EventExceptionThrown:
		t.complain(fmt.Sprintf("exception: %s %v", e.ExceptionDetails.Text, e.ExceptionDetails.Exception))
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "warning" {
			t.complain(fmt.Sprintf("console: %v", e.Args))
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == "error" || e.Entry.Level == "warning" {
			t.complain("console: " + e.Entry.Text + " " + e.Entry.URL)
		}
	case *audits.EventIssueAdded:
		if csp := e.Issue.Details.ContentSecurityPolicyIssueDetails; csp != nil {
			t.complain(fmt.Sprintf("policy of content: %s %s", csp.ViolatedDirective, csp.BlockedURL))
		}
	}
}

func (t *tab) complain(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, allowed := range t.may {
		if strings.Contains(text, allowed) {
			return
		}
	}
	t.wrong = append(t.wrong, text)
}

// expect lets the console tell of an answer that is meant to be an error.
func (t *tab) expect(status int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.may = append(t.may, fmt.Sprintf("responded with a status of %d", status))
}

// do carries actions out, and ends the test with a screenshot where one cannot be.
func (t *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := t.try(actions...); err != nil {
		where, _ := chromedp.Run(t.page, chromedp.Location())
		t.shot("failed")
		t.Fatalf("%v at %s", err, where)
	}
}

func (t *tab) try(actions ...chromedp.Action[chromedp.Void]) error {
	if chromedp.FromContext(t.page).Target == nil { // the first run makes the tab, whose life must not be this run's
		if err := chromedp.Do(t.page); err != nil {
			return err
		}
	}
	ctx, cancel := t.patient()
	defer cancel()
	return chromedp.Do(ctx, actions...)
}

// patient is the page's context for as long as somebody waits.
func (t *tab) patient() (context.Context, context.CancelFunc) {
	return context.WithTimeout(t.page, patience)
}

// ctxT is what actions run in.
type ctxT = context.Context

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

// see waits for something to be seen.
func (t *tab) see(selector string) {
	t.Helper()
	t.do(chromedp.WaitVisible(chromedp.CSS(selector)))
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

// until waits for an expression to hold.
func (t *tab) until(expression string) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
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
	t.until(field + "?.value === '" + value + "' && document.querySelectorAll('#so-far select').length > 0 && !document.querySelector('.htmx-request')")
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
