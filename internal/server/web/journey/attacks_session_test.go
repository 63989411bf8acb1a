package journey

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"bugbar/internal/casebook"
	"bugbar/internal/server/web"
)

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
