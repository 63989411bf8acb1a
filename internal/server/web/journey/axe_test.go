package journey

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"bugbar/internal/casebook"
)

// axeFile is axe-core, which is not ours to ship.
const axeFile = "../../../../tools/node_modules/axe-core/axe.min.js"

// looks are how every page is looked at.
var looks = map[string]look{
	"desk": desk, "desk-dark": {width: 1440, height: 900, dark: true}, "phone": {width: 390, height: 844}, "phone-dark": {width: 390, height: 844, dark: true},
}

// violation is what axe-core finds.
type violation struct {
	ID, Impact, Help string
	Nodes            []struct {
		HTML           string
		FailureSummary string
	}
}

// TestAccessible looks for barriers on every page, full and empty, light and dark, wide and narrow: nothing serious
// or critical, and nothing that has to be scrolled sideways.
func TestAccessible(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile(axeFile)
	if err != nil {
		t.Fatalf("axe-core is missing (%v): run make setup", err)
	}
	t.Run("full", func(t *testing.T) { t.Parallel(); w := year(t); w.tour(w.rooted(true), string(source)) })
	t.Run("empty", func(t *testing.T) {
		t.Parallel()
		w := serve(t, casebook.Options{})
		w.tour(w.rooted(false), string(source))
	})
}

// tour looks at all pages, each in all ways.
func (w *world) tour(s sights, axe string) {
	w.Helper()
	tabs := map[string]*tab{"": w.open(desk), "root": w.open(desk), "owner": w.open(desk), "reporter": w.open(desk)}
	tabs["root"].signIn("root")
	tabs["owner"].signIn("owner")
	tabs["reporter"].visit("/status")
	tabs["reporter"].fill("key", s.key)
	tabs["reporter"].follow("main form button")
	for i, stop := range tour {
		t := tabs[stop.as]
		t.arrive(stop, s)
		t.do(chromedp.Func(func(ctx ctxT, target *chromedp.Target) error {
			_, err := chromedp.Evaluate[any](axe+";0")(ctx, target)
			return err
		}))
		for name, l := range looks {
			t.do(l.set())
			at := fmt.Sprintf("%s as %q on %s", stop.address, stop.as, name)
			t.picture(fmt.Sprintf("%02d-%s-%s", i, slug(stop.route), name))
			t.barriers(at)
			t.fits(at)
		}
		t.do(desk.set())
	}
}

// arrive goes to a stop of the tour.
func (t *tab) arrive(s stop, at sights) {
	t.Helper()
	want := max(s.status, 200)
	if want != 200 {
		t.expect(int(want))
	}
	address := at.replacer.Replace(s.address)
	if s.form == nil {
		if got := t.visit(address); got != want {
			t.Errorf("%s is answered %d, not %d", address, got, want)
		}
		return
	}
	t.visit("/keys")
	if got := t.send(address, s.form, at); got != want {
		t.Errorf("%s is answered %d, not %d: %s", address, got, want, t.text())
	}
}

// send sends a form from a page of the site.
func (t *tab) send(address string, form url.Values, at sights) int64 {
	t.Helper()
	fields, err := json.Marshal(form)
	if err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf(`{const f = document.createElement("form"); f.method = "post"; f.action = %q;
		for (const [name, values] of Object.entries(%s)) for (const value of values) { const i = document.createElement("input"); i.type = "hidden"; i.name = name; i.value = value; f.append(i); }
		document.body.append(f); setTimeout(() => f.submit(), 0); 0}`, address, at.replacer.Replace(string(fields)))
	ctx, cancel := t.patient()
	defer cancel()
	answer, err := chromedp.RunResponse(ctx, chromedp.Func(func(ctx ctxT, target *chromedp.Target) error {
		_, err := chromedp.Evaluate[int](script)(ctx, target)
		return err
	}))
	if err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	return answer.Status
}

// barriers reports what axe-core finds that is serious.
func (t *tab) barriers(at string) {
	t.Helper()
	ctx, cancel := t.patient()
	defer cancel()
	found, err := chromedp.Run(ctx, chromedp.Evaluate[string](`axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations))`, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: %v", at, err)
	}
	var all []violation
	if err := json.Unmarshal([]byte(found), &all); err != nil {
		t.Fatal(err)
	}
	for _, v := range all {
		if v.Impact != "serious" && v.Impact != "critical" {
			continue
		}
		for _, n := range v.Nodes {
			t.Errorf("%s: %s (%s): %s\n\t%.300s\n\t%s", at, v.ID, v.Impact, v.Help, n.HTML, strings.ReplaceAll(n.FailureSummary, "\n", " "))
		}
	}
}

// fits holds the page to the width of the window.
func (t *tab) fits(at string) {
	t.Helper()
	wide := ask[string](t, `(() => { const w = document.documentElement.clientWidth; if (document.documentElement.scrollWidth <= w) return "";
		return [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > w + 1 && !e.closest(".scroll, .top nav, pre, .hidden")).slice(0, 4).map(e => e.outerHTML.slice(0, 160)).join("\n") || "something"; })()`)
	if wide != "" {
		t.Errorf("%s is wider than the window: %s", at, wide)
	}
}

var notSlug = regexp.MustCompile(`[^a-z]+`)

func slug(route string) string {
	return strings.Trim(notSlug.ReplaceAllString(strings.ToLower(route), "-"), "-")
}
