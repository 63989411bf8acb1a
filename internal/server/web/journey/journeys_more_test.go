package journey

import (
	"io/fs"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/chromedp/chromedp"

	"bugbar/bar"
	"bugbar/bars"
	"bugbar/internal/casebook"
)

// TestJourney04Duplicate compares two reports side by side and says what they are to each other.
func TestJourney04Duplicate(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, l look) {
		w := serve(t, casebook.Options{})
		lee := w.hire("lee", casebook.Triager)
		first := w.submit(w.example("01-zero-click-mail-exfiltration.md"))
		again := w.example("01-zero-click-mail-exfiltration.md")
		again.Title = "Again: the digest sends out subject lines"
		second := w.submit(again)
		w.screenedUpTo(lee, second.ID)
		must[*casebook.Case](w)(w.book.Propose(t.Context(), casebook.Write{Actor: casebook.SystemActor}, second.ID, []casebook.Candidate{{Case: first.ID, Score: .97, Relation: "duplicate"}}))
		tab := w.open(l)
		tab.signIn("lee")
		tab.visit("/case/" + second.ID.String())
		tab.follow(".tabs a[href$='/duplicates']")
		tab.follow(".candidates a")
		tab.see("section.compare mark")
		tab.shot("side by side")
		tab.follow("form.decide button[value=duplicate-of]")
		tab.says("Duplicate")
		tab.shot("related")
		tab.visit("/case/" + second.ID.String())
		tab.click(".moves summary")
		tab.follow("input[name=to][value=duplicate] ~ button")
		if c := must[*casebook.Case](w)(w.book.Case(t.Context(), lee.Actor, second.ID)); c.State != "duplicate" {
			t.Errorf("the case is %s", c.State)
		}
		tab.shot("decided")
	})
}

// screenedUpTo brings a case to its screening.
func (w *world) screenedUpTo(by casebook.Write, id casebook.ID) {
	w.Helper()
	must[*casebook.Case](w)(w.book.Acknowledge(w.Context(), by, id))
	w.move(by, id, "screening")
}

// TestJourney05Embargo shows a case under embargo to those who are named on it, and to nobody else.
func TestJourney05Embargo(t *testing.T) {
	t.Parallel()
	w := serve(t, casebook.Options{})
	lee := w.hire("lee", casebook.Triager)
	w.hire("noor", casebook.Triager, casebook.Manager)
	s := w.example("01-zero-click-mail-exfiltration.md")
	s.Title = "Zanzibar makes the digest send out subject lines"
	secret := w.submit(s).ID
	open := w.submit(w.example("07-prompt-leak.md")).ID
	named := w.open(desk)
	named.signIn("lee")
	named.visit("/case/" + secret.String() + "/people")
	named.until("document.querySelector('#until') !== null")
	ask[string](named, "document.querySelector('#until').value = '"+time.Now().Add(48*time.Hour).UTC().Format("2006-01-02T15:04")+"'")
	named.follow("form[action$='/embargo'] button")
	named.says("UTC")
	named.shot("embargo")
	must[*casebook.Case](w)(w.book.Case(t.Context(), lee.Actor, secret))
	w.settled()
	named.visit("/queue?q=zanzibar")
	named.says("Zanzibar")
	named.shot("named sees it")

	other := w.open(desk)
	other.signIn("noor")
	for _, page := range []string{"/queue", "/queue?q=zanzibar", "/queue?q=is%3Aembargoed", "/queue?q=" + secret.String(), "/dashboards", "/audit", "/case/" + open.String(), "/reassess?bar=msrc-ai%402026-11"} {
		other.visit(page)
		other.hides("Zanzibar")
	}
	other.visit("/queue")
	other.says("1 case")
	other.shot("others queue")
	other.expect(http.StatusNotFound)
	for _, tab := range []string{"", "/thread", "/evidence", "/people", "/history", "/duplicates"} {
		if status := other.visit("/case/" + secret.String() + tab); status != http.StatusNotFound {
			t.Errorf("/case/…%s is answered %d", tab, status)
		}
	}
	other.shot("others case")
}

// TestJourney06Appeal is an objection, which somebody else decides.
func TestJourney06Appeal(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, l look) {
		w := serve(t, casebook.Options{})
		lee := w.hire("lee", casebook.Triager)
		w.hire("noor", casebook.Triager)
		receipt := w.submit(w.example("07-prompt-leak.md"))
		w.screened(lee, receipt.ID)
		w.facts(lee, receipt.ID, "type", "system-prompt-extraction")
		w.move(lee, receipt.ID, "assessed", "not-a-vulnerability")
		reporter := w.open(l)
		reporter.visit("/status")
		reporter.fill("key", receipt.Key)
		reporter.follow("main form button")
		reporter.says("Not a vulnerability")
		reporter.shot("decision")
		reporter.click("details.panel summary")
		reporter.fill("reason", "A customer's name stands in it.")
		reporter.follow("form[action='/status/appeal'] button")
		reporter.shot("appealed")

		same := w.open(l)
		same.signIn("lee")
		same.visit("/case/" + receipt.ID.String())
		same.see(".blocked")
		if ask[bool](same, "document.querySelector('input[name=to][value=assessed]') !== null") {
			t.Error("who took the decision can decide the appeal")
		}
		same.click(".moves summary")
		same.says("Somebody else took the decision that is appealed.")
		same.shot("not the same assessor")
		other := w.open(l)
		other.signIn("noor")
		other.visit("/case/" + receipt.ID.String())
		other.click(".moves summary")
		other.follow("input[name=to][value=assessed] ~ button")
		other.says("Assessed")
		other.shot("somebody else")
	})
}

// TestJourney07Bulk changes several cases after a look at what would change, and takes it back.
func TestJourney07Bulk(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, l look) {
		w := serve(t, casebook.Options{})
		lee := w.hire("lee", casebook.Triager)
		w.hire("noor", casebook.Triager)
		var ids []casebook.ID
		for _, name := range []string{"01-zero-click-mail-exfiltration.md", "05-hateful-captions.md", "07-prompt-leak.md"} {
			ids = append(ids, w.submit(w.example(name)).ID)
		}
		w.settled()
		tab := w.open(l)
		tab.signIn("lee")
		tab.visit("/queue")
		for _, id := range ids[:2] {
			tab.click("#c" + id.String() + " input")
		}
		tab.follow("button[data-key=b]")
		tab.click("input[name=act][value=assign]")
		ask[string](tab, "document.querySelector('select[name=to]').value = 'noor'")
		tab.follow("form.panel > button")
		tab.says("→ noor")
		tab.shot("what would change")
		assignee := func(id casebook.ID) string {
			return w.book.HandleOf(t.Context(), must[*casebook.Case](w)(w.book.Case(t.Context(), lee.Actor, id)).Assignee)
		}
		if got := assignee(ids[0]); got != "" {
			t.Fatalf("the dry run assigned the case to %s", got)
		}
		tab.follow("form[action='/bulk/do'] button")
		tab.shot("done")
		for i, want := range []string{"noor", "noor", ""} {
			if got := assignee(ids[i]); got != want {
				t.Errorf("case %d is assigned to %q", i, got)
			}
		}
		tab.follow("form[action='/bulk/undo'] button")
		if got := assignee(ids[0]); got != "" {
			t.Errorf("taken back, the case is assigned to %q", got)
		}
		tab.shot("taken back")
		events := must[[]casebook.Event](w)(w.book.History(t.Context(), lee.Actor, ids[0], 0, 100))
		if last := events[len(events)-1]; last.Kind != "assigned" || last.Actor != lee.Actor.ID {
			t.Errorf("the history ends with %s by %s", last.Kind, last.Actor)
		}
	})
}

// TestJourney08Scan follows the upload of a scan to its cases.
func TestJourney08Scan(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, l look) {
		w := serve(t, casebook.Options{})
		w.hire("lee", casebook.Triager)
		file := must[string](w)(filepath.Abs("../../../../examples/scans/garak.report.jsonl"))
		tab := w.open(l)
		tab.signIn("lee")
		tab.visit("/import")
		tab.shot("start")
		tab.do(chromedp.SetUploadFiles(chromedp.CSS("#files"), []string{file}))
		tab.follow("main form > button")
		if !strings.HasPrefix(tab.at(), "/import/") {
			t.Fatalf("the upload leads to %s", tab.at())
		}
		tab.see("#task progress, #task .done")
		tab.shot("under way")
		tab.until("document.querySelector('#task .done') !== null")
		tab.says("garak.report.jsonl", "7 of 9", "0 of 5", "prompt-injection", "Undetermined") // each with its trials, its facts and its verdict
		tab.shot("taken in")
		tab.follow("#task tbody a")
		tab.see(".casehead h1")
		tab.shot("case")
	})
}

// edition is the shipped bar with one row changed, as another edition of it.
func edition(t *testing.T) *bar.Bar {
	t.Helper()
	folder, err := bars.Find(bars.Default)
	if err != nil {
		t.Fatal(err)
	}
	changed := fstest.MapFS{}
	err = fs.WalkDir(folder, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(folder, name)
		text := strings.Replace(string(data), `edition: "2026-11"`, `edition: "2026-12"`, 1)
		if strings.HasPrefix(name, "tables/") {
			text = strings.ReplaceAll(text, ",important,", ",moderate,")
		}
		changed[name] = &fstest.MapFile{Data: []byte(text)}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	next, err := bar.Load(changed, bars.Find)
	if err != nil {
		t.Fatal(err)
	}
	return next
}

// TestJourney09Reassess looks at what another edition of the bar would change, case by case, and adopts it.
func TestJourney09Reassess(t *testing.T) {
	t.Parallel()
	next := edition(t)
	w := serve(t, casebook.Options{Bar: func(ref string) (*bar.Bar, error) {
		if ref == next.Ref() {
			return next, nil
		}
		return bars.Load(ref)
	}})
	lee := w.hire("lee", casebook.Triager, casebook.Manager, casebook.Admin)
	moved, same := w.submit(w.example("02-one-click-forwarding-rule.md")).ID, w.submit(w.example("07-prompt-leak.md")).ID
	for _, id := range []casebook.ID{moved, same} {
		w.screened(lee, id)
	}
	w.facts(lee, moved, "interaction", "required")
	w.settled()
	tab := w.open(desk)
	tab.signIn("lee")
	tab.visit("/reassess")
	tab.shot("one edition")
	tab.visit("/reassess?bar=" + strings.ReplaceAll(next.Ref(), "@", "%40"))
	tab.says("forwarding rule", "Important", "Moderate")
	tab.hides("prompt leak")
	tab.shot("what would change")
	tab.follow("main form[action='/reassess'] button")
	tab.shot("adopted")
	for end := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		c := must[*casebook.Case](w)(w.book.Case(t.Context(), lee.Actor, moved))
		if c.Bar == next.Ref() && c.Outcome == "moderate" {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("the case stays %s under %s", c.Outcome, c.Bar)
		}
	}
	tab.visit("/case/" + moved.String() + "/history")
	tab.says(next.Ref())
	tab.shot("history")
}

// TestJourney10Dashboards looks at the charts, the tables below them, and their CSV.
func TestJourney10Dashboards(t *testing.T) {
	t.Parallel()
	w := year(t)
	tab := w.open(desk)
	tab.signIn("lee")
	tab.visit("/dashboards")
	tab.until("document.querySelectorAll('.chart.drawn canvas').length === document.querySelectorAll('[data-chart]').length && document.querySelectorAll('.chart canvas').length >= 4")
	tab.shot("charts")
	drawn := ask[int](tab, `[...document.querySelectorAll('.chart canvas')].filter(c => new Uint32Array(c.getContext('2d').getImageData(0, 0, c.width, c.height).data.buffer).some(p => p !== 0)).length`)
	if drawn < 4 {
		t.Errorf("%d charts have something drawn in them", drawn)
	}
	tab.click("section.panel:last-of-type summary")
	tab.see("section.panel:last-of-type td")
	answer, body := w.get(w.signedIn("lee"), ask[string](tab, "document.querySelector('a[download]').getAttribute('href')"))
	rows := ask[int](tab, "document.querySelectorAll('table')[0].rows.length")
	if lines := strings.Count(body, "\n"); lines != rows || !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/csv") {
		t.Errorf("the CSV (%s) has %d lines, and the table %d rows", answer.Header.Get("Content-Type"), lines, rows)
	}
}
