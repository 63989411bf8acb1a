package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"bugbar/internal/blob"
	"bugbar/internal/casebook"
	"bugbar/internal/evidence"
	"bugbar/internal/server/api"
	"bugbar/internal/sqldb/sqldbtest"
)

// TestPreconditions: what somebody else changed meanwhile is not overwritten, and decisions need what they are based on.
func TestPreconditions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.SQLite(t))
	f := w.newCase("a case")
	first := w.call("GET", path("cases", f.ID), "", asHeader, "member")
	tag := first.Header.Get("ETag")
	if r := w.call("GET", path("cases", f.ID), "", asHeader, "member", "If-None-Match", tag); r.Status != http.StatusNotModified || len(r.Body) != 0 {
		t.Errorf("the same case again: %d %s", r.Status, r.Body)
	}
	if r := w.call("PATCH", path("cases", f.ID), `{"product":"P"}`, asHeader, "member", "If-Match", tag); r.Status != http.StatusOK || r.Header.Get("ETag") == tag {
		t.Errorf("%d %v", r.Status, r.Header)
	}
	if r := w.call("PATCH", path("cases", f.ID), `{"product":"Q"}`, asHeader, "member", "If-Match", tag); r.Status != http.StatusPreconditionFailed {
		t.Errorf("an old ETag: %d %s", r.Status, r.Body)
	}
	if r := w.call("PATCH", path("cases", f.ID), `{"product":"Q"}`, asHeader, "member", "If-Match", "x"); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("no ETag: %d %s", r.Status, r.Body)
	}
	if r := w.call("POST", path("cases", f.ID, "moves"), `{"to":"spam","reason":"r"}`, asHeader, "member"); r.Status != http.StatusPreconditionRequired {
		t.Errorf("a decision without If-Match: %d %s", r.Status, r.Body)
	}
}

// TestConditions reads If-Match and If-None-Match as RFC 9110 has them.
func TestConditions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.SQLite(t))
	f := w.newCase("a case")
	tag := func() string { return w.call("GET", path("cases", f.ID), "", asHeader, "member").Header.Get("ETag") }
	for n, test := range []struct {
		header string // TAG stands for the case's own
		free   int    // where If-Match is not required
		bound  int    // where it is, of a move that is not possible
		read   int    // as If-None-Match
	}{
		{"TAG", 200, 409, 304},
		{`W/TAG`, 412, 412, 304},
		{`"999", TAG`, 200, 409, 304},
		{`,"x" ,, W/"1",TAG,`, 200, 409, 304},
		{`"999"`, 412, 412, 200},
		{`"999","998"`, 412, 412, 200},
		{`"a tag"`, 422, 422, 200},
		{`"tag"`, 412, 412, 200},
		{`*`, 200, 428, 304},
		{``, 200, 428, 200},
		{`1`, 422, 422, 200},
		{`"1`, 422, 422, 200},
		{`W/1`, 422, 422, 200},
		{`*, TAG`, 422, 422, 200},
		{`TAGTAG`, 422, 422, 200},
		{`,`, 422, 422, 200},
	} {
		with := func() string { return strings.ReplaceAll(test.header, "TAG", tag()) }
		if r := w.call("GET", path("cases", f.ID), "", asHeader, "member", "If-None-Match", with()); r.Status != test.read {
			t.Errorf("If-None-Match: %s: %d %s", test.header, r.Status, r.Body)
		}
		if r := w.call("PATCH", path("cases", f.ID), fmt.Sprintf(`{"product":"P%d"}`, n), asHeader, "member", "If-Match", with()); r.Status != test.free {
			t.Errorf("If-Match: %s: %d %s", test.header, r.Status, r.Body)
		}
		if r := w.call("POST", path("cases", f.ID, "moves"), `{"to":"closed","reason":"r"}`, asHeader, "member", "If-Match", with()); r.Status != test.bound {
			t.Errorf("required If-Match: %s: %d %s", test.header, r.Status, r.Body)
		}
	}
}

// TestNeverAccepted: the answer comes first, and nothing of such a report is kept, wherever it says so.
func TestNeverAccepted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.SQLite(t))
	intake := decode[api.Intake](t, w.call("GET", path("intake"), ""))
	file := "the bytes of something that must not be kept"
	for what, report := range map[string]string{
		"by its answer": `{"never_accepted":true}`, "by its title": `{"never_accepted":false,"title":"CSAM in the answers"}`,
		"by a fact": `{"never_accepted":false,"title":"t","facts":{"type":["content-issue"],"content_category":["cseam"]}}`,
	} {
		body, kind := form(t, "report", report, "file", file)
		for _, r := range []reply{w.call("POST", path("cases"), report), w.call("POST", path("cases"), body, "Content-Type", kind)} {
			if p := decode[api.Problem](t, r); r.Status != http.StatusUnprocessableEntity || p.Hint != intake.Notice || intake.Notice == "" {
				t.Errorf("%s: %d %s", what, r.Status, r.Body)
			}
		}
	}
	var texts int
	if err := w.book.DB().Reader().QueryRowContext(t.Context(), "SELECT (SELECT COUNT(body) FROM events) + (SELECT COUNT(*) FROM attachments) + (SELECT COUNT(*) FROM cases)").Scan(&texts); err != nil || texts != 0 {
		t.Errorf("%d things were kept, %v", texts, err)
	}
	stored := 0
	if err := w.store.Each(t.Context(), func(_ blob.Ref, _ time.Time) error { stored++; return nil }); err != nil || stored != 1 { // the one of newWorld
		t.Errorf("%d files were kept, %v", stored, err)
	}
}

// TestSubmitWithFiles: the report first, then its files.
func TestSubmitWithFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.SQLite(t))
	report := `{"never_accepted":false,"title":"with a file","text":"see the file"}`
	body, kind := form(t, "report", report, "file", "one", "file", "two", "file", "one")
	r := w.call("POST", path("cases"), body, "Content-Type", kind, "Idempotency-Key", "k")
	if r.Status != http.StatusCreated {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	receipt := decode[api.Receipt](t, r)
	if again := decode[api.Receipt](t, w.call("POST", path("cases"), body, "Content-Type", kind, "Idempotency-Key", "k")); again.ID != receipt.ID {
		t.Errorf("sent twice: %v and %v", receipt.ID, again.ID)
	}
	files := decode[struct{ Items []api.File }](t, w.call("GET", path("cases", text(t, receipt.ID), "files"), "", "Report-Key", receipt.Key))
	if len(files.Items) != 2 || files.Items[0].Name != "a.txt" || files.Items[0].Visibility != "reporter" {
		t.Errorf("%+v", files)
	}
	for what, parts := range map[string][]string{"files first": {"file", "x", "report", report}, "another part": {"report", report, "state", "closed"}, "no JSON": {"report", "x"}, "unknown members": {"report", `{"never_accepted":false,"title":"t","x":1}`}} {
		body, kind := form(t, parts...)
		if r := w.call("POST", path("cases"), body, "Content-Type", kind); r.Status != http.StatusUnprocessableEntity && r.Status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", what, r.Status, r.Body)
		}
	}
}

// TestPages: every list is read whole by following its links, and nothing comes twice.
func TestPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.SQLite(t))
	for range 7 {
		w.newCase("a case")
	}
	f := w.newCase("the one with a long thread")
	for range 5 {
		w.call("POST", path("cases", f.ID, "messages"), `{"visibility":"team","text":"x"}`, asHeader, "member")
	}
	w.settle()
	for at, want := range map[string]int{path("cases"): 8, path("cases", f.ID, "messages"): 6, path("cases", f.ID, "events"): 9} {
		seen := map[string]bool{}
		for next := at + "?limit=3"; next != ""; {
			r := w.call("GET", next, "", asHeader, "member")
			for _, item := range decode[struct{ Items []map[string]any }](t, r).Items {
				key, _ := json.Marshal([]any{item["id"], item["number"]})
				if seen[string(key)] {
					t.Errorf("%s has %s twice", at, key)
				}
				seen[string(key)] = true
			}
			next, _, _ = strings.Cut(strings.TrimPrefix(r.Header.Get("Link"), "<"), ">")
		}
		if len(seen) != want {
			t.Errorf("%s has %d, want %d", at, len(seen), want)
		}
	}
}

// TestPagesBeyondTheEnd: whatever number somebody reads on from, nothing comes after the end.
func TestPagesBeyondTheEnd(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, fresh func() string) {
		w := newWorld(t, fresh())
		f := w.newCase("a case")
		w.settle()
		for _, at := range []string{path("audit"), path("cases", f.ID, "events"), path("cases", f.ID, "messages")} {
			for _, after := range []string{"9223372036854775807", "9223372036854775000", "1000"} {
				r := w.call("GET", at+"?after="+after, "", asHeader, "manager")
				page := decode[struct {
					Items []any
					Next  int64
				}](t, r)
				if r.Status != http.StatusOK || len(page.Items) > 0 || page.Next != 0 || r.Header.Get("Link") != "" {
					t.Errorf("%s after %s: %d %s", at, after, r.Status, r.Body)
				}
			}
		}
	})
}

// TestStream: events come as they happen, from where the reader was, and end with the right to read them.
func TestStream(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, fresh func() string) {
		w := newWorld(t, fresh())
		f := w.newCase("a case")
		w.settle()
		feed := decode[struct {
			Items []api.Event
			Next  int64
		}](t, w.call("GET", path("events")+"?after=0&limit=200", "", asHeader, "member"))
		last := feed.Items[len(feed.Items)-1].Pos
		lines := w.listen("member", last)
		w.call("POST", path("cases", f.ID, "messages"), `{"visibility":"team","text":"x"}`, asHeader, "member")
		w.settle()
		got := wait(t, lines, "data: ")
		var e api.Event
		if err := json.Unmarshal([]byte(got), &e); err != nil || e.Kind != "message-added" || e.Pos == last || e.Pos == 0 {
			t.Errorf("%s, %v", got, err)
		}
		stranger := w.listen("other", -1)
		if _, err := w.book.SetStatus(t.Context(), casebook.Write{Actor: casebook.SystemActor}, w.people["member"].ID, casebook.Disabled); err != nil {
			t.Fatal(err)
		}
		w.call("PATCH", path("cases", f.ID), `{"product":"P"}`, asHeader, "triager")
		w.settle()
		for line := range lines { // the stream ends
			if strings.HasPrefix(line, "data: ") {
				t.Errorf("one who is disabled is told %s", line)
			}
		}
		select {
		case line, open := <-stranger:
			if open && strings.HasPrefix(line, "data: ") {
				t.Errorf("a stranger is told %s", line)
			}
		case <-time.After(1500 * time.Millisecond):
		}
	})
}

// listen reads a stream of events, line by line, until it ends.
func (w *world) listen(who string, after int64) <-chan string {
	w.t.Helper()
	ctx, stop := context.WithTimeout(w.t.Context(), 20*time.Second)
	w.t.Cleanup(stop)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, w.server.URL+path("events", "stream"), http.NoBody)
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set(asHeader, who)
	if after >= 0 {
		id, _ := json.Marshal(after)
		r.Header.Set("Last-Event-ID", string(id))
	}
	resp, err := w.server.Client().Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" {
		w.t.Fatalf("%d %v", resp.StatusCode, resp.Header)
	}
	lines := make(chan string, 100)
	go func() {
		defer close(lines)
		defer resp.Body.Close()
		for s := bufio.NewScanner(resp.Body); s.Scan(); {
			lines <- s.Text()
		}
	}()
	return lines
}

// wait reads lines up to one that begins with a word, and returns the rest of it.
func wait(t *testing.T, lines <-chan string, word string) string {
	t.Helper()
	for line := range lines {
		if rest, found := strings.CutPrefix(line, word); found {
			return rest
		}
	}
	t.Fatalf("the stream ended without %q", word)
	return ""
}

// TestAttack25LooksAreEvents: a look at what is under embargo stands in the history before it is answered, and so
// does a look at who reported.
func TestAttack25LooksAreEvents(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.SQLite(t))
	f := w.newCase("a case")
	w.embargoed(f)
	w.settle()
	for at, what := range map[string]string{path("cases", f.ID): "case", path("cases", f.ID, "reporter"): "identity", path("cases", f.ID, "files", w.file): "file"} {
		if r := w.call("GET", at, "", asHeader, "member"); r.Status != http.StatusOK {
			t.Fatalf("%s: %d %s", at, r.Status, r.Body)
		}
		w.settle()
		r := w.call("GET", path("audit")+"?kind=read&stream="+f.ID.String(), "", asHeader, "auditor")
		found := false
		for _, e := range decode[struct{ Items []api.Event }](t, r).Items {
			found = found || e.Actor != nil && casebook.ID(*e.Actor) == w.people["member"].ID
		}
		if !found {
			t.Errorf("the look at %s is not in the audit: %s", what, r.Body)
		}
	}
}

// TestAttack23NoSecretsInLogs: neither the log nor an answer to what failed repeats what is secret.
func TestAttack23NoSecretsInLogs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.SQLite(t))
	f := w.newCase("a case")
	secret := "bbt_sesamesesamesesame"
	var answers strings.Builder
	for _, r := range []reply{
		w.call("GET", path("cases")+"?q=sesame", "", asHeader, "member"), w.call("GET", path("cases"), "", "Authorization", "Bearer "+secret), w.call("GET", path("cases", f.ID), "", "Report-Key", secret),
		w.call("PATCH", path("cases", f.ID), `{"title":{"sesame":1}}`, asHeader, "member"), w.call("PATCH", path("cases", f.ID), `{"sesame`, asHeader, "member"),
		w.call("GET", path("cases"), "", "Cookie", "bugbar="+secret), w.call("POST", path("cases"), `{"never_accepted":false,"title":"t"}`, "Idempotency-Key", secret),
		w.call("PUT", path("me", "identity"), `{"email":"sesame"}`, asHeader, "member"),
	} {
		if r.Status >= 400 {
			answers.Write(r.Body)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if log := w.log.String(); strings.Contains(log, "sesame") || strings.Contains(log, f.ID.String()) || !strings.Contains(log, "route=/api/v1/cases/{id}") {
		t.Errorf("the log has what it must not have, or lacks the route:\n%s", log)
	}
	if strings.Contains(answers.String(), "sesame") {
		t.Errorf("an answer repeats a secret: %s", answers.String())
	}
}

// TestQueries: a query that cannot be read, or has what nobody asks for, is refused and never left out.
func TestQueries(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.SQLite(t))
	f := w.newCase("a case")
	for query, want := range map[string]int{"?q=state:spam%zz": 400, "?limit=%zz": 400, "?%zz=1": 400, "?q=a;b=1": 400, "": 200} {
		for _, at := range []string{path("cases"), path("cases", "count"), path("cases", f.ID, "events"), path("events"), path("bars")} {
			if r := w.call("GET", at+query, "", asHeader, "member"); r.Status != want {
				t.Errorf("%s%s: %d %s", at, query, r.Status, r.Body)
			}
		}
	}
	body, kind := form(t, "report", `{"never_accepted":false,"title":"t"}`)
	for query, want := range map[string]int{"?foo=1": 422, "?foo=%zz": 400, "": 201} {
		if r := w.call("POST", path("cases")+query, body, "Content-Type", kind); r.Status != want {
			t.Errorf("a form with %q: %d %s", query, r.Status, r.Body)
		}
		if r := w.call("POST", path("cases")+query, `{"never_accepted":false,"title":"t"}`); r.Status != want {
			t.Errorf("JSON with %q: %d %s", query, r.Status, r.Body)
		}
	}
}

// TestProblems: whatever is wrong with a request, and whoever finds it, is told in one form, to which call holds it.
func TestProblems(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.SQLite(t))
	f := w.newCase("a case")
	of := func(parts ...any) string { return path(append([]any{"cases", f.ID}, parts...)...) }
	cut, kind := form(t, "report", `{"never_accepted":false,"title":"t"}`, "file", "x")
	for _, r := range []struct {
		want             int
		who              string
		method, at, body string
		headers          []string
	}{
		{400, "member", "GET", path("cases") + "?%zz", "", nil},
		{400, "member", "PATCH", of(), `{"title`, nil},
		{400, "", "POST", path("cases"), cut[:len(cut)-5], []string{"Content-Type", kind}},
		{401, "", "GET", of(), "", nil},
		{401, "", "GET", of(), "", []string{"Authorization", "Bearer none"}},
		{403, "member", "POST", path("people"), `{"handle":"x","roles":[]}`, nil},
		{404, "member", "GET", path("cases", "0000-00000000"), "", nil},
		{404, "member", "GET", path("nothing"), "", nil},
		{405, "member", "DELETE", of(), "", nil},
		{409, "member", "POST", of("moves"), `{"to":"closed","reason":"r"}`, []string{"If-Match", "TAG"}},
		{412, "member", "PATCH", of(), `{"title":"u"}`, []string{"If-Match", `"999"`}},
		{413, "member", "PATCH", of(), `{"title":"` + strings.Repeat("x", api.MaxBody) + `"}`, nil},
		{415, "member", "PATCH", of(), "title: t", []string{"Content-Type", "application/yaml"}},
		{422, "member", "PATCH", of(), `{"title":1}`, nil},
		{422, "member", "GET", path("cases") + "?x=1", "", nil},
		{422, "member", "POST", path("cases"), `{"never_accepted":true}`, nil},
		{428, "member", "POST", of("moves"), `{"to":"spam","reason":"r"}`, nil},
	} {
		headers := append([]string{asHeader, r.who}, r.headers...)
		for i, h := range headers {
			if h == "TAG" {
				headers[i] = w.call("GET", of(), "", asHeader, "member").Header.Get("ETag")
			}
		}
		got := w.call(r.method, r.at, r.body, headers...)
		if got.Status != r.want || got.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s: %d %s %s", r.method, r.at, got.Status, got.Header.Get("Content-Type"), got.Body)
		}
	}
	if err := w.book.Close(); err != nil {
		t.Fatal(err)
	}
	if r := w.call("GET", path("bars"), ""); r.Status != http.StatusServiceUnavailable {
		t.Errorf("without a database: %d %s", r.Status, r.Body)
	}
}

// TestBreaksOff: what ends before its end is the sender's doing, and no error of the server; what the store fails with is.
func TestBreaksOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.SQLite(t))
	f := w.newCase("a case")
	report, kind := form(t, "report", `{"never_accepted":false,"title":"t"}`, "file", "x")
	for at, said := range map[string]string{
		path("cases", f.ID, "files") + "?name=x": "application/octet-stream", path("cases"): "application/json", path("cases") + "#form": kind,
	} {
		at, _, isForm := strings.Cut(at, "#")
		body := `{"never_accepted":fal`
		if isForm {
			body = report[:len(report)-3]
		}
		if got := w.breakOff(at, said, body); got != http.StatusBadRequest && got != api.StatusGone { // as it is noticed first
			t.Errorf("%s of %s breaks off: %d", at, said, got)
		}
	}
	w.mu.Lock()
	log := w.log.String()
	w.mu.Unlock()
	if strings.Contains(log, "level=ERROR") {
		t.Errorf("the log has\n%s", log)
	}
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	if r := w.call("POST", path("cases", f.ID, "files")+"?name=x", "a file", asHeader, "member"); r.Status != http.StatusServiceUnavailable {
		t.Errorf("a store that fails: %d %s", r.Status, r.Body)
	}
}

// breakOff sends less of a body than it said it would, and returns the status of the answer.
func (w *world) breakOff(at, kind, body string) int {
	w.t.Helper()
	conn, err := net.Dial("tcp", w.server.Listener.Addr().String())
	if err != nil {
		w.t.Fatal(err)
	}
	defer conn.Close()
	if _, err := fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: localhost\r\n%s: member\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", at, asHeader, kind, len(body)+10, body); err != nil {
		w.t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		w.t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

// TestEvidence: of each kind that bugbar measure makes, and of a file that the case has.
func TestEvidence(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, fresh func() string) {
		w := newWorld(t, fresh())
		f := w.newCase("a case")
		other, err := w.store.Put(t.Context(), strings.NewReader("of no case"), 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range append(evidence.Kinds(), "canary") {
			if r := w.call("POST", path("cases", f.ID, "findings", 1, "evidence"), `{"kind":"`+kind+`","result":{},"file":"`+f.File+`"}`, asHeader, "member"); r.Status != http.StatusOK {
				t.Errorf("%s: %d %s", kind, r.Status, r.Body)
			}
		}
		for what, body := range map[string]string{
			"no kind": `{"kind":"nonsense","result":{}}`, "no result": `{"kind":"canary","result":null}`,
			"no file": `{"kind":"canary","result":{},"file":"` + strings.Repeat("0", 64) + `"}`, "a file of no case": `{"kind":"canary","result":{},"file":"` + other.SHA256 + `"}`,
		} {
			if r := w.call("POST", path("cases", f.ID, "findings", 1, "evidence"), body, asHeader, "member"); r.Status != http.StatusUnprocessableEntity {
				t.Errorf("%s: %d %s", what, r.Status, r.Body)
			}
		}
	})
}

// TestReportIsBounded: what has no place in a report is refused before it is kept, by the same limits as are described.
func TestReportIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sqldbtest.SQLite(t))
	f := w.newCase("a case")
	long := strings.Repeat("x", casebook.MaxRef+1)
	for what, with := range map[string]string{
		"a long ref": `"refs":["` + long + `"]`, "a long value": `"facts":{"type":["` + long + `"]}`, "no value": `"facts":{"type":[]}`,
		"a value twice": `"facts":{"type":["prompt-injection","prompt-injection"]}`, "lists of lists": `"facts":{"type":[[1],[1]]}`,
		"many values": `"facts":{"type":["x"` + strings.Repeat(`,"x"`, casebook.MaxFacts) + `]}`,
	} {
		if r := w.call("POST", path("cases"), `{"never_accepted":false,"title":"t",`+with+`}`); r.Status != http.StatusUnprocessableEntity {
			t.Errorf("a report with %s: %d %.500s", what, r.Status, r.Body)
		}
	}
	at := path("cases", f.ID, "findings", 1, "facts", "type")
	if r := w.call("PUT", at, `{"values":["prompt-injection","prompt-injection"]}`, asHeader, "member"); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("a fact with a value twice: %d %s", r.Status, r.Body)
	}
	if r := w.call("PATCH", path("cases", f.ID), `{"refs":["`+long+`"]}`, asHeader, "member"); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("a case with a long ref: %d %.500s", r.Status, r.Body)
	}
}
