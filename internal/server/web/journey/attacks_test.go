package journey

import (
	"context"
	"encoding/csv"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"bugbar/internal/blob"
	"bugbar/internal/casebook"
	"bugbar/internal/server/web"
)

// The attacks that concern pages, by the numbers of the list of precedents that this project keeps.

// policy is what every page carries, word for word.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// embargoed serves a case that noor sees and one under embargo that only lee does.
func embargoed(t *testing.T) (w *world, lee casebook.Write, open, secret casebook.ID) {
	t.Helper()
	w = serve(t, casebook.Options{})
	lee = w.hire("lee", casebook.Triager, casebook.Manager)
	w.hire("noor", casebook.Triager, casebook.Manager, casebook.Admin, casebook.Reviewer)
	open = w.submit(w.example("07-prompt-leak.md")).ID
	s := w.example("01-zero-click-mail-exfiltration.md")
	s.Title, s.Product, s.Contact = "Zanzibar leaks", "Zanzibar", &casebook.Identity{Name: "Z. Reporter", Credit: "Zoe Zanzibar"}
	secret = w.submit(s).ID
	must[*casebook.Case](w)(w.book.SetEmbargo(t.Context(), lee, secret, casebook.Embargo{Status: casebook.EmbargoActive, Until: time.Now().Add(time.Hour).UnixMilli()}))
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

// concrete is a path that a pattern matches.
var wildcard = regexp.MustCompile(`\{[a-z0-9$]+\}`)

func TestAttack07StateChangeFromElsewhere(t *testing.T) {
	t.Parallel()
	w := serve(t, casebook.Options{})
	lee := w.hire("lee", casebook.Triager, casebook.Admin)
	id := w.submit(w.example("07-prompt-leak.md")).ID
	browser := w.signedIn("lee")
	length := must[int64](w)(w.book.Length(t.Context(), id))
	forms := 0
	for _, route := range web.Routes() {
		pattern, isForm := strings.CutPrefix(route, "POST ")
		if !isForm {
			continue
		}
		forms++
		address := w.url + wildcard.ReplaceAllString(pattern, id.String())
		fields := url.Values{"to": {"screening"}, "visibility": {"team"}, "text": {"x"}, "status": {"active"}, "handle": {"eve"}, "role": {"admin"}, "reason": {"x"}, "track": {"security"}}
		for name, header := range map[string]http.Header{
			"Origin": {"Origin": {"https://evil.example"}}, "Sec-Fetch-Site": {"Sec-Fetch-Site": {"cross-site"}}, "same site": {"Sec-Fetch-Site": {"same-site"}}, "null": {"Origin": {"null"}},
		} {
			r := must[*http.Request](w)(http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(fields.Encode())))
			r.Header = header.Clone()
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if answer, _ := w.read(browser.Do(r)); answer.StatusCode != http.StatusForbidden {
				t.Errorf("%s from another site (%s) is answered %s", route, name, answer.Status)
			}
		}
		if answer, _ := w.get(browser, strings.TrimPrefix(address, w.url)+"?"+fields.Encode()); answer.Request.Method != http.MethodGet {
			t.Errorf("GET %s became %s", address, answer.Request.Method)
		}
	}
	if forms < 30 {
		t.Fatalf("only %d forms were attacked", forms)
	}
	if after := must[int64](w)(w.book.Length(t.Context(), id)); after != length {
		for _, e := range must[[]casebook.Event](w)(w.book.History(t.Context(), lee.Actor, id, length, 10)) {
			t.Errorf("the case got an event: %s", e.Kind)
		}
	}
	if p, err := w.book.PersonCalled(t.Context(), "eve"); err == nil {
		t.Errorf("an account was made: %v", p)
	}
}

// active is what of a page would run, load or be framed.
func (w *world) active(at, page string) {
	w.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		w.Errorf("%s: %v", at, err)
		return
	}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		for _, a := range n.Attr {
			w.harmless(at, n, a)
		}
		switch n.Data {
		case "script":
			if n.FirstChild != nil || !strings.HasPrefix(attribute(n, "src"), "/assets/") {
				w.Errorf("%s has a script that is none of ours", at)
			}
		case "style", "iframe", "object", "embed", "base", "img", "link", "meta":
			if n.Data != "link" && n.Data != "meta" || n.Parent.Data != "head" && n.Parent.Data != "noscript" {
				w.Errorf("%s has <%s>", at, n.Data)
			}
		}
	}
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// local is what addresses on pages begin with.
var local = regexp.MustCompile(`^(/[^/\\]|/$|\?|#|$)`)

func (w *world) harmless(at string, n *html.Node, a html.Attribute) {
	w.Helper()
	switch {
	case strings.HasPrefix(a.Key, "on"), a.Key == "style", a.Key == "srcdoc", strings.HasPrefix(a.Key, "hx-on"):
		w.Errorf("%s: <%s %s=%q>", at, n.Data, a.Key, a.Val)
	case a.Key == "href" || a.Key == "src" || a.Key == "action" || a.Key == "formaction" || a.Key == "hx-get" || a.Key == "hx-post":
		known := strings.HasPrefix(a.Val, "https://") && attribute(n, "rel") == "noopener noreferrer" // where the bar itself leads elsewhere
		if !local.MatchString(a.Val) && !known {
			w.Errorf("%s: <%s %s=%q>", at, n.Data, a.Key, a.Val)
		}
	}
}

// walked makes the tour without script, and gives each page to look.
func (w *world) walked(s sights, look func(at string, answer *http.Response, page string)) {
	w.Helper()
	people := map[string]*http.Client{"": w.client(), "root": w.signedIn("root"), "owner": w.signedIn("owner"), "reporter": w.client()}
	w.post(people["reporter"], "/status", url.Values{"key": {s.key}})
	for _, stop := range tour {
		address := s.replacer.Replace(stop.address)
		var answer *http.Response
		var page string
		if stop.form == nil {
			answer, page = w.get(people[stop.as], address)
		} else {
			form := must[url.Values](w)(url.ParseQuery(""))
			for name, values := range stop.form {
				for _, v := range values {
					form.Add(name, s.replacer.Replace(v))
				}
			}
			answer, page = w.post(people[stop.as], address, form)
		}
		if int64(answer.StatusCode) != max(stop.status, 200) {
			w.Errorf("%s as %q is answered %s", stop.address, stop.as, answer.Status)
		}
		look(stop.address, answer, page)
	}
}

func TestAttack08StoredXSS(t *testing.T) {
	t.Parallel()
	w := serve(t, casebook.Options{})
	s := w.rooted(true)
	root := w.signedIn("root")
	w.post(root, "/queue/view", url.Values{"name": {"<b onclick=alert(1)>"}, "q": {`"><script>alert(1)</script>`}})
	w.post(root, "/account/identity", url.Values{"name": {markup}, "email": {"a@b.example"}, "credit": {markup}})
	w.post(root, "/admin/setting", url.Values{"name": {"policy"}, "value": {markup + "\n\n[x](javascript:alert(1)) ![y](https://evil.example/y.png)\n\n<img src=x onerror=alert(1)>"}})
	w.post(root, "/admin/setting", url.Values{"name": {"contact"}, "value": {markup}})
	shown := 0
	w.walked(s, func(at string, answer *http.Response, page string) {
		w.active(at, page)
		if strings.Contains(page, "&lt;img src=x onerror=alert(2)&gt;") {
			shown++
		}
	})
	for _, query := range []string{"/queue?q=" + url.QueryEscape(markup), "/audit?kind=" + url.QueryEscape(markup), "/bar/walk?type=" + url.QueryEscape(markup), "/sign-in?next=" + url.QueryEscape("/"+markup), "/status?done=" + url.QueryEscape(markup), "/bar/" + url.PathEscape("<script>")} {
		_, page := w.get(root, query)
		w.active(query, page)
	}
	if shown < 8 {
		t.Errorf("only %d pages show the markup that they were given: the test looks at nothing", shown)
	}
}

func TestAttack09And17FilesAreOnlyDownloads(t *testing.T) {
	t.Parallel()
	w := serve(t, casebook.Options{})
	w.hire("lee", casebook.Triager)
	s := w.example("07-prompt-leak.md")
	for name, content := range map[string]string{
		"page.html": "<script>alert(1)</script>", "drawing.svg": `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`, "sheet.xml": `<?xml version="1.0"?><?xml-stylesheet href="x.xsl"?><a/>`,
		"paper.pdf": "%PDF-1.7 /OpenAction", "picture.webp": "RIFF....WEBPVP8L", "script.js": "alert(1)", "évil\"name.html": "<b>",
	} {
		ref := must[blob.Ref](w)(w.files.Put(t.Context(), strings.NewReader(content), blob.MaxFile))
		s.Files = append(s.Files, casebook.File{SHA256: ref.SHA256, Size: ref.Size, Name: name, Type: mime.TypeByExtension(name[strings.LastIndex(name, "."):])})
	}
	id := w.submit(s).ID
	lee := w.signedIn("lee")
	for _, f := range s.Files {
		answer, body := w.get(lee, "/case/"+id.String()+"/file/"+f.SHA256)
		if answer.StatusCode != http.StatusOK || int64(len(body)) != f.Size {
			t.Errorf("%s: %s, %d bytes", f.Name, answer.Status, len(body))
		}
		disposition, parameters, err := mime.ParseMediaType(answer.Header.Get("Content-Disposition"))
		if err != nil || disposition != "attachment" || parameters["filename"] != f.Name {
			t.Errorf("%s: Content-Disposition %q", f.Name, answer.Header.Get("Content-Disposition"))
		}
		for name, want := range map[string]string{"Content-Type": "application/octet-stream", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox", "Cross-Origin-Resource-Policy": "same-origin"} {
			if got := answer.Header.Get(name); got != want {
				t.Errorf("%s: %s is %q", f.Name, name, got)
			}
		}
	}
	_, page := w.get(lee, "/case/"+id.String())
	if strings.Contains(page, "<img") || strings.Contains(page, "<object") || strings.Contains(page, "<iframe") {
		t.Error("the page shows something of a file")
	}
	if answer, _ := w.get(w.client(), "/case/"+id.String()+"/file/"+s.Files[0].SHA256); answer.Request.URL.Path != "/sign-in" {
		t.Errorf("a stranger gets a file: %s", answer.Status)
	}
}

func TestAttack10MarkupInTitles(t *testing.T) {
	t.Parallel()
	w := serve(t, casebook.Options{})
	w.hire("lee", casebook.Triager)
	s := w.example("07-prompt-leak.md")
	s.Title = `</title><form action=https://evil.example><input name=password>`
	id := w.submit(s).ID
	w.settled()
	lee := w.signedIn("lee")
	for _, at := range []string{"/queue", "/case/" + id.String(), "/case/" + id.String() + "/thread"} {
		_, page := w.get(lee, at)
		w.active(at, page)
		root := must[*html.Node](w)(html.Parse(strings.NewReader(page)))
		for n := range root.Descendants() {
			if n.Type == html.ElementNode && n.Data == "input" && attribute(n, "name") == "password" {
				t.Errorf("%s has the reporter's form", at)
			}
		}
	}
}

func TestAttack11OpenRedirect(t *testing.T) {
	t.Parallel()
	w := serve(t, casebook.Options{})
	w.hire("lee", casebook.Triager)
	id := w.submit(w.example("07-prompt-leak.md")).ID
	for _, to := range []string{"https://evil.example/", "//evil.example/", `/\evil.example/`, `\\evil.example`, "/\t/evil.example", "javascript:alert(1)", "http:evil.example", "/\r\nLocation: https://evil.example", " //evil.example", "evil.example"} {
		stay := w.signedIn("lee")
		stay.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		for path, form := range map[string]url.Values{
			"/sign-in": {"handle": {"lee"}, "password": {password}, "next": {to}}, "/theme": {"theme": {"dark"}, "back": {to}},
			"/case/" + id.String() + "/write": {"visibility": {"team"}, "text": {"x"}, "back": {to}},
		} {
			answer, _ := w.post(stay, path, form)
			if at := answer.Header.Get("Location"); answer.StatusCode != http.StatusSeeOther || !regexp.MustCompile(`^/[^/\\\t\r\n]|^/$`).MatchString(at) {
				t.Errorf("%s with %q leads to %q (%s)", path, to, at, answer.Status)
			}
		}
		_, page := w.get(stay, "/sign-in?next="+url.QueryEscape(to))
		w.active("/sign-in with "+to, page)
		if strings.Contains(page, `data-passkey="`+html.EscapeString(to)) {
			t.Errorf("a passkey leads to %q", to)
		}
		_, page = w.post(stay, "/bulk", url.Values{"case": {id.String()}, "back": {to}})
		w.active("/bulk with "+to, page)
	}
}

func TestAttack13Enumeration(t *testing.T) {
	t.Parallel()
	w, _, _, secret := embargoed(t)
	w.hire("owner")
	_, unknown := w.post(w.client(), "/sign-in", url.Values{"handle": {"somebody"}, "password": {"wrong and long enough"}})
	_, known := w.post(w.client(), "/sign-in", url.Values{"handle": {"lee"}, "password": {"wrong and long enough"}})
	if strings.ReplaceAll(unknown, "somebody", "lee") != known {
		t.Error("sign-in tells whether an account exists")
	}
	noor, owner := w.signedIn("noor"), w.signedIn("owner")
	none := casebook.NewID(time.Now()).String()
	for who, c := range map[string]*http.Client{"noor": noor, "owner": owner} {
		for _, path := range []string{"/case/%s", "/case/%s/thread", "/case/%s/file/" + strings.Repeat("a", 64), "/mine/%s"} {
			hidden, a := w.get(c, fmt.Sprintf(path, secret))
			missing, b := w.get(c, fmt.Sprintf(path, none))
			if hidden.StatusCode != missing.StatusCode || strings.ReplaceAll(a, secret.String(), none) != b {
				t.Errorf("%s tells %s that the case exists: %s, %s", path, who, hidden.Status, missing.Status)
			}
		}
	}
	if answer, _ := w.post(w.client(), "/status", url.Values{"key": {secret.String()}}); answer.StatusCode < 400 {
		t.Errorf("an id is taken for a key: %s", answer.Status)
	}
}

func TestAttack24StolenSession(t *testing.T) {
	t.Parallel()
	shift := make(chan time.Duration, 1)
	shift <- 0
	now := func() time.Time { d := <-shift; shift <- d; return time.Now().Add(d) }
	w := serve(t, casebook.Options{Now: now})
	w.hire("root", casebook.Admin, casebook.Triager)
	root := w.signedIn("root")
	address := must[*url.URL](w)(url.Parse(w.url))
	thief := w.client()
	thief.Jar.SetCookies(address, root.Jar.Cookies(address))
	<-shift
	shift <- time.Hour
	for path, form := range map[string]url.Values{
		"/admin/people": {"handle": {"eve"}, "role": {"admin"}}, "/account/password": {"password": {"another long password"}}, "/account/token": {"label": {"x"}, "days": {"9"}, "scope": {"read"}}, "/account/glass": {"reason": {"x"}},
	} {
		if answer, _ := w.post(thief, path, form); answer.Request.URL.Path != "/sign-in" {
			t.Errorf("an old session does %s: %s at %s", path, answer.Status, answer.Request.URL)
		}
	}
	w.post(root, "/sign-out", nil)
	for _, path := range []string{"/queue", "/account", "/sign-in", "/"} {
		if answer, page := w.get(thief, path); answer.StatusCode != http.StatusOK || strings.Contains(page, "/sign-out") {
			t.Errorf("after sign-out a copy of the session is answered %s at %s", answer.Status, answer.Request.URL)
		}
	}
	answer, _ := w.post(&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, "/sign-in", url.Values{"handle": {"root"}, "password": {password}})
	for _, c := range answer.Cookies() {
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" {
			t.Errorf("cookie %s: %+v", c.Name, c)
		}
	}
}

func TestAttack27NothingToEmbed(t *testing.T) {
	t.Parallel()
	w := serve(t, casebook.Options{})
	s := w.rooted(false)
	asset := regexp.MustCompile(`/assets/[^"#]+`)
	w.walked(s, func(at string, answer *http.Response, page string) {
		want := map[string]string{
			"Content-Security-Policy": policy, "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
			"Cache-Control": "no-store", "Referrer-Policy": "same-origin", "Access-Control-Allow-Origin": "",
		}
		if strings.Contains(at, "embed=1") { // the walk through the bar may be shown elsewhere: it knows nobody
			want["Content-Security-Policy"], want["X-Frame-Options"], want["Cross-Origin-Resource-Policy"] = strings.Replace(policy, "frame-ancestors 'none'", "frame-ancestors *", 1), "", "cross-origin"
			if strings.Contains(page, "<form") {
				t.Errorf("%s has a form that a click can be stolen for", at)
			}
		}
		for name, value := range want {
			if got := answer.Header.Get(name); got != value {
				t.Errorf("%s: %s is %q", at, name, got)
			}
		}
		for _, name := range asset.FindAllString(page, -1) {
			a, _ := w.get(w.client(), name)
			b, _ := w.get(w.signedInOnce("root"), name)
			if a.StatusCode != 200 || a.Header.Get("Etag") != b.Header.Get("Etag") || a.ContentLength != b.ContentLength || a.Header.Get("Cross-Origin-Resource-Policy") != "same-origin" {
				t.Errorf("%s differs by who asks, or may be embedded", name)
			}
		}
	})
}

// signedInOnce is signedIn, once for all.
func (w *world) signedInOnce(handle string) *http.Client {
	w.Helper()
	if w.browsers[handle] == nil {
		w.browsers[handle] = w.signedIn(handle)
	}
	return w.browsers[handle]
}

func TestAttack28KeysCannotBeGuessed(t *testing.T) {
	t.Parallel()
	w := serve(t, casebook.Options{})
	seen := map[string]bool{}
	for range 20 {
		_, page := w.post(w.client(), "/report/send", url.Values{"title": {"A title"}, "product": {"Mail"}, "what": {"x"}, "steps": {"y"}})
		key := regexp.MustCompile(`class="mono key">([^<]+)<`).FindStringSubmatch(page)
		if key == nil {
			t.Fatal("no receipt")
		}
		if letters := len(strings.ReplaceAll(key[1], "-", "")); letters*5 < 128 || seen[key[1][:8]] {
			t.Errorf("%d letters of 32 are %d bits, or the keys begin alike", letters, letters*5)
		}
		seen[key[1][:8]] = true
	}
}

func TestAttack31InvisibleTextIsShown(t *testing.T) {
	t.Parallel()
	w := serve(t, casebook.Options{})
	s := w.rooted(true)
	invisible := regexp.MustCompile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000E0000-\U000E007F]")
	w.walked(s, func(at string, _ *http.Response, page string) {
		if found := invisible.FindString(page); found != "" {
			t.Errorf("%s has %U that nobody sees", at, []rune(found))
		}
	})
	_, page := w.get(w.signedIn("root"), s.replacer.Replace("/case/{case}"))
	for _, want := range []string{`\u{202E}`, `\u{E0041}`, `\u{200B}`, `class="alert"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the report does not show %s", want)
		}
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
