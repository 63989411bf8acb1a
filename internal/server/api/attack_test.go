package api_test

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"bugbar/internal/casebook"
	"bugbar/internal/server/api"
	"bugbar/internal/sqldb/sqldbtest"
)

// The tests of this file are named after the attacks on systems of this kind that have precedents. Those that concern
// what is stored, pages, mail, webhooks or sign-in stand with their packages.

// each runs an attack on both databases.
func each(t *testing.T, attack func(t *testing.T, w *world)) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, fresh func() string) { attack(t, newWorld(t, fresh())) })
}

// refuses fails the test where an attack is answered with success.
func refuses(t *testing.T, what string, r reply, status ...int) {
	t.Helper()
	if !slices.Contains(status, r.Status) {
		t.Errorf("%s: %d %s, want one of %v", what, r.Status, r.Body, status)
	}
}

// TestAttack01MassAssignment: members that a body should not have are refused, not ignored and not taken.
func TestAttack01MassAssignment(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		f := w.newCase("a case")
		for what, r := range map[string]reply{
			"a report that is accepted already": w.call("POST", path("cases"), `{"never_accepted":false,"title":"t","state":"accepted","reporter":"`+w.people["admin"].ID.String()+`"}`),
			"a name with roles":                 w.call("PUT", path("me", "identity"), `{"name":"n","roles":["admin"]}`, asHeader, "reporter"),
			"a rename that moves":               w.call("PATCH", path("cases", f.ID), `{"title":"t","state":"closed"}`, asHeader, "triager"),
			"a fact that is measured":           w.call("PUT", path("cases", f.ID, "findings", 1, "facts", "impact"), `{"values":["data-exfiltration"],"provenance":"measured"}`, asHeader, "reporter"),
			"another spelling":                  w.call("PATCH", path("cases", f.ID), `{"TITLE":"t"}`, asHeader, "triager"),
			"a member twice":                    w.call("PATCH", path("cases", f.ID), `{"title":"t","title":"u"}`, asHeader, "triager"),
		} {
			refuses(t, what, r, http.StatusUnprocessableEntity, http.StatusBadRequest)
		}
		r := w.call("PUT", path("people", w.people["manager"].ID, "roles"), `{"roles":["admin"]}`, asHeader, "manager")
		refuses(t, "roles of one's own", r, http.StatusForbidden)
		r = w.call("PUT", path("people", w.people["triager"].ID, "roles"), `{"roles":["admin"]}`, asHeader, "manager")
		refuses(t, "an administrator by a manager", r, http.StatusForbidden)
	})
}

// TestAttack02ForeignKeys: what belongs to a case that one may not see cannot be reached or taken through one that one may.
func TestAttack02ForeignKeys(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		mine, secret := w.newCase("mine"), w.newCase("secret")
		w.triaging(mine)
		w.triaging(secret)
		w.embargoed(secret)
		file := w.call("POST", path("cases", secret.ID, "files")+"?name=x", "only of the secret case", asHeader, "member")
		sum := decode[api.File](t, file).SHA256
		for what, r := range map[string]reply{
			"a file of another case":          w.call("GET", path("cases", mine.ID, "files", sum), "", asHeader, "triager"),
			"a link to another case":          w.call("POST", path("cases", mine.ID, "links"), `{"kind":"related","to":"`+secret.ID.String()+`"}`, asHeader, "triager", "If-Match", w.etag(mine)),
			"another case as candidate":       w.call("POST", path("cases", mine.ID, "candidates"), `{"candidates":[{"case":"`+secret.ID.String()+`","score":1}]}`, asHeader, "triager"),
			"a case that does not exist, too": w.call("POST", path("cases", mine.ID, "candidates"), `{"candidates":[{"case":"`+casebook.NewID(w.book.Now()).String()+`","score":1}]}`, asHeader, "triager"),
			"a finding that another case has": w.call("GET", path("cases", mine.ID, "findings", 9, "verdict"), "", asHeader, "triager"),
			"a credential of somebody else":   w.call("DELETE", path("me", "credentials", w.token("admin", casebook.ReadCase).ID), "", asHeader, "triager"),
			"a case by the id of a person":    w.call("GET", path("cases", w.people["admin"].ID), "", asHeader, "triager"),
		} {
			refuses(t, what, r, http.StatusNotFound)
		}
		if len(w.call("GET", path("cases", secret.ID), "", asHeader, "member").Body) == 0 {
			t.Error("the one who may sees nothing")
		}
	})
}

// TestAttack03SecondDoor: roles have one way to change; no operation on cases changes what somebody is.
func TestAttack03SecondDoor(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		f := w.newCase("a case")
		w.embargoed(f)
		r := w.call("PUT", path("cases", f.ID, "people", w.people["guest"].ID, "member"), "", asHeader, "guest")
		refuses(t, "a guest who makes themself a member", r, http.StatusForbidden)
		r = w.call("PUT", path("cases", f.ID, "people", w.people["triager"].ID, "member"), "", asHeader, "triager")
		refuses(t, "a triager who names themself on what they may not see", r, http.StatusNotFound)
		for _, role := range []string{"admin", "assignee", "custodian"} {
			r = w.call("PUT", path("cases", f.ID, "people", w.people["guest"].ID, role), "", asHeader, "member")
			refuses(t, "a role "+role+" on a case", r, http.StatusUnprocessableEntity)
		}
	})
}

// TestAttack04OneSetOfRules: the API imports no rule of its own: package api decides nothing by role or state.
func TestAttack04OneSetOfRules(t *testing.T) {
	t.Parallel()
	sources, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sources {
		if !strings.HasSuffix(s.Name(), ".go") || strings.HasSuffix(s.Name(), "_test.go") {
			continue
		}
		text, err := os.ReadFile(s.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"ctor.Has(", "Actor).Has(", "casebook.Triager", "casebook.Manager", "casebook.Admin", `"triager"`, `"manager"`, "sqldb"} {
			if bytes.Contains(text, []byte(word)) {
				t.Errorf("%s has %s: who may do what stands in package casebook", s.Name(), word)
			}
		}
	}
}

// TestAttack05AggregatesAreScoped: lists, counts, searches, feeds and metrics say nothing of what their reader may not see.
func TestAttack05AggregatesAreScoped(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		open, secret := w.newCase("plain words"), w.newCase("zanzibar exfiltration")
		w.triaging(open)
		w.triaging(secret)
		w.settle()
		count := func(who, q string) int64 {
			return decode[api.Count](t, w.call("GET", path("cases", "count")+"?q="+q, "", asHeader, who)).Count
		}
		if before := count("triager", ""); before != 2 || count("triager", "zanzibar") != 1 {
			t.Fatalf("%d cases before the embargo, %d found", before, count("triager", "zanzibar"))
		}
		w.embargoed(secret)
		w.settle()
		for _, who := range []string{"triager", "manager", "auditor", "service", "reviewer"} {
			if n, found := count(who, ""), count(who, "zanzibar"); n != 1 || found != 0 {
				t.Errorf("%s counts %d and finds %d", who, n, found)
			}
			for _, at := range []string{"/cases", "/cases?q=zanzibar", "/cases?q=is:embargo", "/events", "/people"} {
				if r := w.call("GET", api.Base+at, "", asHeader, who); bytes.Contains(r.Body, []byte("zanzibar")) || bytes.Contains(r.Body, []byte(secret.ID.String())) && !slices.Contains([]string{"manager", "auditor"}, who) {
					t.Errorf("%s sees the secret case in %s: %s", who, at, r.Body)
				}
			}
		}
		if count("member", "zanzibar") != 1 {
			t.Error("who is named does not find the case")
		}
		metrics := w.call("GET", "/metrics", "")
		for _, word := range []string{"zanzibar", secret.ID.String(), "embargo", "triaging", "critical"} {
			if bytes.Contains(metrics.Body, []byte(word)) {
				t.Errorf("the metrics tell of %q", word)
			}
		}
	})
}

// TestAttack06DuplicatesGiveNoAccess: a link to a case opens nothing of it, and does not name it to who may not know of it.
func TestAttack06DuplicatesGiveNoAccess(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		original := w.newCase("the original")
		r := w.call("POST", path("cases"), `{"never_accepted":false,"title":"the duplicate","text":"the same"}`)
		receipt := decode[api.Receipt](t, r)
		id, key := fmt.Sprint(text(t, receipt.ID)), receipt.Key
		r = w.call("POST", path("cases", id, "candidates"), `{"candidates":[{"case":"`+original.ID.String()+`","score":0.9}]}`, asHeader, "member")
		refuses(t, "a proposal", r, http.StatusOK)
		r = w.call("POST", path("cases", id, "links"), `{"kind":"duplicate-of","to":"`+original.ID.String()+`"}`, asHeader, "member", "If-Match", r.Header.Get("ETag"))
		refuses(t, "a link", r, http.StatusOK)
		w.embargoed(original)
		w.settle()
		for _, at := range []string{path("cases", id), path("cases", id, "events"), path("cases", id, "messages"), path("events"), path("cases")} {
			for _, who := range [][]string{{"Report-Key", key}, {asHeader, "triager"}} {
				if r := w.call("GET", at, "", who...); bytes.Contains(r.Body, []byte(original.ID.String())) {
					t.Errorf("%s names the original to %v: %s", at, who, r.Body)
				}
			}
		}
		refuses(t, "the original by the duplicate's key", w.call("GET", path("cases", original.ID), "", "Report-Key", key), http.StatusNotFound)
	})
}

// TestAttack07NoChangeByGet: what is read changes nothing, and a page of somebody else writes nothing in a browser's name.
func TestAttack07NoChangeByGet(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		f := w.newCase("a case")
		revision := w.etag(f)
		for _, op := range described().ops {
			if op.Method != "GET" {
				continue
			}
			at := strings.NewReplacer("{id}", f.ID.String(), "{number}", "1", "{person}", w.people["editor"].ID.String(), "{sha256}", w.file, "{to}", "screening", "{bar}", "msrc-ai").Replace(op.Path)
			w.call("GET", at, "", asHeader, "member")
		}
		if now := w.etag(f); now != revision {
			t.Errorf("reading took the case from %s to %s", revision, now)
		}
		for _, site := range []string{"cross-site", "same-site"} {
			r := w.call("PATCH", path("cases", f.ID), `{"title":"t"}`, asHeader, "member", "Sec-Fetch-Site", site, "Origin", "https://evil.example")
			refuses(t, "a write from a "+site+" page", r, http.StatusForbidden)
		}
		r := w.call("PATCH", path("cases", f.ID), `{"title":"t"}`, asHeader, "member", "Sec-Fetch-Site", "same-origin")
		refuses(t, "a write from the server's own page", r, http.StatusOK)
	})
}

// TestAttack09FilesAreNeverShown: whatever somebody uploaded, a browser saves it.
func TestAttack09FilesAreNeverShown(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		f := w.newCase("a case")
		name := "../../x\r\nSet-Cookie: a=b\".svg"
		r := w.call("POST", path("cases", f.ID, "files")+"?name="+strings.NewReplacer("\r", "%0D", "\n", "%0A", "\"", "%22", " ", "%20").Replace(name), "<svg onload=alert(2)>", asHeader, "reporter", "Content-Type", "image/svg+xml")
		refuses(t, "an upload", r, http.StatusCreated)
		sum := decode[api.File](t, r).SHA256
		for _, sum := range []string{sum, w.file} {
			r = w.call("GET", path("cases", f.ID, "files", sum), "", asHeader, "triager")
			h := r.Header
			if r.Status != http.StatusOK || h.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") ||
				h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") || h.Get("Set-Cookie") != "" || strings.Contains(h.Get("Content-Disposition"), "/") {
				t.Errorf("%d %v", r.Status, h)
			}
		}
	})
}

// TestAttack12NothingIsDeserialized: a body makes no type but the one that its operation describes, whatever it says that it is.
func TestAttack12NothingIsDeserialized(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		f := w.newCase("a case")
		for kind, body := range map[string]string{
			"application/x-java-serialized-object": "\xac\xed\x00\x05sr", "application/x-php-serialized": `O:8:"stdClass":0:{}`, "application/yaml": "title: !!python/object/apply:os.system ['id']",
			"application/cbor": "\xa1\x65title\x61t", "application/xml": "<a/>",
		} {
			r := w.call("PATCH", path("cases", f.ID), body, asHeader, "triager", "Content-Type", kind)
			refuses(t, kind, r, http.StatusUnsupportedMediaType, http.StatusBadRequest, http.StatusUnprocessableEntity)
		}
		r := w.call("PATCH", path("cases", f.ID), `{"title":{"$type":"System.IO.FileInfo","__proto__":{"admin":true}}}`, asHeader, "triager")
		refuses(t, "a typed member", r, http.StatusUnprocessableEntity)
	})
}

// TestAttack15NoEntities: the API reads no XML; that nothing else here does by a parser that resolves entities is said of the
// imports of the whole program.
func TestAttack15NoEntities(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-deps", "bugbar/internal/server/api").Output()
	if err != nil {
		t.Fatal(err)
	}
	for p := range strings.Lines(string(out)) {
		p = strings.TrimSpace(p)
		// encoding/xml resolves no external entities and knows only the five of XML; others would have to prove it.
		if strings.Contains(p, "xml") && p != "encoding/xml" && !strings.HasPrefix(p, "internal/") && !strings.Contains(p, "vendor/") {
			t.Errorf("the API draws in %s", p)
		}
	}
	for _, op := range described().ops {
		for status, kinds := range op.answers {
			for kind := range kinds {
				if strings.Contains(kind, "xml") {
					t.Errorf("%s answers %s with %s", op.ID, status, kind)
				}
			}
		}
	}
}

// TestAttack18Bombs: bodies are bounded in size and depth, and refused before they are taken apart.
func TestAttack18Bombs(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		f := w.newCase("a case")
		deep := strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000)
		wide := `{"title":"` + strings.Repeat("x", 1<<20+1<<16) + `"}`
		many := `{"facts":{` + strings.Repeat(`"a":[],`, 100_000) + `"b":[]}}`
		for what, r := range map[string]reply{
			"deep nesting":   w.call("POST", path("cases", f.ID, "findings", 1, "evidence"), `{"kind":"canary","result":`+deep+`}`, asHeader, "triager"),
			"a large body":   w.call("PATCH", path("cases", f.ID), wide, asHeader, "triager"),
			"many members":   w.call("POST", path("assess"), many),
			"a large report": w.call("POST", path("cases"), `{"never_accepted":false,"title":"t","text":"`+strings.Repeat("x", 10<<20+1)+`"}`),
			"a long query":   w.call("GET", path("cases")+"?q="+strings.Repeat("a", 5000), "", asHeader, "triager"),
			"a large page":   w.call("GET", path("cases")+"?limit=100000000", "", asHeader, "triager"),
			"gzip":           w.call("PATCH", path("cases", f.ID), "\x1f\x8b\x08\x00", asHeader, "triager", "Content-Encoding", "gzip"),
		} {
			refuses(t, what, r, http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity, http.StatusUnsupportedMediaType)
		}
	})
}

// TestAttack27NothingToEmbed: another site learns nothing by embedding, framing or timing what it cannot read.
func TestAttack27NothingToEmbed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		f := w.newCase("a case")
		for _, at := range []string{path("cases", f.ID, "files", w.file), path("cases") + "?q=a", path("cases", f.ID), "/healthz"} {
			h := w.call("GET", at, "", asHeader, "triager").Header
			if h.Get("Cross-Origin-Resource-Policy") != "same-origin" || h.Get("X-Frame-Options") != "DENY" || h.Get("Access-Control-Allow-Origin") != "" || strings.HasPrefix(at, api.Base) && h.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: %v", at, h)
			}
		}
	})
}

// TestAttack28NothingToGuess: ids and keys are not to be guessed, and a guess is answered like what does not exist.
func TestAttack28NothingToGuess(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ids, keys := map[string]bool{}, map[string]bool{}
		for range 50 {
			r := decode[api.Receipt](t, w.call("POST", path("cases"), `{"never_accepted":false,"title":"t"}`))
			ids[text(t, r.ID)], keys[r.Key] = true, true
			if len(r.Key) < 32 {
				t.Errorf("a key of %d letters", len(r.Key))
			}
		}
		if len(ids) != 50 || len(keys) != 50 {
			t.Errorf("%d ids and %d keys of 50 reports", len(ids), len(keys))
		}
		f := w.newCase("a secret")
		w.embargoed(f)
		there := w.call("GET", path("cases", f.ID), "", asHeader, "triager")
		missing := w.call("GET", path("cases", casebook.NewID(w.book.Now())), "", asHeader, "triager")
		shape := func(r reply) string {
			p := decode[api.Problem](t, r)
			return fmt.Sprint(r.Status, p.Code, len(p.Detail), p.Hint, p.Field)
		}
		if shape(there) != shape(missing) {
			t.Errorf("what is hidden is answered %s, what is missing %s", there.Body, missing.Body)
		}
		refuses(t, "a key that is none", w.call("GET", path("cases", f.ID), "", "Report-Key", strings.Repeat("A", 32)), http.StatusUnauthorized)
		refuses(t, "a token that is none", w.call("GET", path("bars"), "", "Authorization", "Bearer bbt_x"), http.StatusUnauthorized)
	})
}

// token makes a token for somebody.
func (w *world) token(handle string, scopes ...casebook.Right) casebook.Credential {
	w.t.Helper()
	_, made, err := w.book.MakeToken(w.t.Context(), w.as(handle), w.people[handle].ID, "a token", scopes, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	return made
}

// events is how many there are.
func (w *world) events() int {
	w.t.Helper()
	var n int
	if err := w.book.DB().Reader().QueryRowContext(w.t.Context(), "SELECT COUNT(*) FROM events").Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// etag is that of a case as it is.
func (w *world) etag(f fixture) string { return (&probe{world: w}).etag(f) }

// text is an id as text.
func text(t *testing.T, id api.ID) string {
	t.Helper()
	out, err := id.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// form makes a multipart form: name, content, ...
func form(t *testing.T, parts ...string) (body, kind string) {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		h := textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf(`form-data; name=%q; filename="a.txt"`, parts[i])}, "Content-Type": {"text/plain"}}
		part, err := m.CreatePart(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(part, parts[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String(), m.FormDataContentType()
}
