package journey

import (
	"context"
	"fmt"
	"os"
	"os/exec"
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
