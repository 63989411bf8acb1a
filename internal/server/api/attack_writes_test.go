package api_test

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"bugbar/internal/casebook"
	"bugbar/internal/server/api"
	"bugbar/internal/sqldb"
)

// TestAttack29EveryWriteIsAnEvent: no operation changes a case past its history.
func TestAttack29EveryWriteIsAnEvent(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := &probe{world: w, other: w.newCase("the other one")}
		for _, op := range described().ops {
			r := table[op.ID]
			if r.once || op.Method == "GET" {
				continue
			}
			for _, kind := range []string{"triaging", "assessed", "quarantined"} {
				for _, who := range []string{"member", "reviewer", "custodian"} {
					f := p.prepare(op, kind)
					before, err := w.book.Length(t.Context(), f.ID)
					if err != nil {
						t.Fatal(err)
					}
					doc := w.must(w.book.Case(t.Context(), casebook.SystemActor, f.ID))
					got := p.try(op, r, f, who)
					after := w.must(w.book.Case(t.Context(), casebook.SystemActor, f.ID))
					if after.Revision != doc.Revision && after.Version <= before {
						t.Errorf("%s by %s changes the case without an event", op.ID, who)
					}
					if got.Status >= 400 && after.Revision != doc.Revision {
						t.Errorf("%s by %s was answered %d and changed the case", op.ID, who, got.Status)
					}
				}
			}
		}
		w.settle()
		report, err := w.book.Verify(t.Context(), casebook.Check{})
		if err != nil || !report.Whole() {
			t.Errorf("%+v, %v", report, err)
		}
	})
}

// TestAttack33DoubleSubmit: whatever is sent twice under one key happens once, and is answered alike.
func TestAttack33DoubleSubmit(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		f := w.newCase("a case")
		body := `{"never_accepted":false,"title":"once"}`
		first := w.call("POST", path("cases"), body, "Idempotency-Key", "k1")
		again := w.call("POST", path("cases"), strings.ReplaceAll(body, ",", ", "), "Idempotency-Key", "k1")
		if a, b := decode[api.Receipt](t, first), decode[api.Receipt](t, again); a.ID != b.ID || a.Key != b.Key || again.Header.Get("Idempotent-Replayed") != "true" || first.Header.Get("Idempotent-Replayed") != "" {
			t.Errorf("%s and %s", first.Body, again.Body)
		}
		refuses(t, "another report of a stranger under the same key", w.call("POST", path("cases"), `{"never_accepted":false,"title":"twice"}`, "Idempotency-Key", "k1"), http.StatusCreated)
		token := decode[struct{ Credential api.Credential }](t, w.call("POST", path("me", "tokens"), `{"label":"to be ended","scopes":["read"]}`, asHeader, "member")).Credential
		for what, do := range map[string]func() reply{
			"the end of a token": func() reply {
				return w.call("DELETE", path("me", "credentials", token.ID), "", asHeader, "member", "Idempotency-Key", "k9")
			},
			"the end of all sessions": func() reply {
				return w.call("DELETE", path("me", "sessions"), "", asHeader, "member", "Idempotency-Key", "k10")
			},
			"a webhook": func() reply {
				return w.call("POST", path("webhooks"), `{"url":"https://example.org/","kinds":["*"]}`, asHeader, "admin", "Idempotency-Key", "k11")
			},
			"a message": func() reply {
				return w.call("POST", path("cases", f.ID, "messages"), `{"visibility":"team","text":"x"}`, asHeader, "member", "Idempotency-Key", "k2")
			},
			"a file": func() reply {
				return w.call("POST", path("cases", f.ID, "files")+"?name=a", "content", asHeader, "member", "Idempotency-Key", "k3")
			},
			"a token": func() reply {
				return w.call("POST", path("me", "tokens"), `{"label":"l","scopes":["read"]}`, asHeader, "member", "Idempotency-Key", "k4")
			},
			"a person": func() reply {
				return w.call("POST", path("people"), `{"handle":"someone"}`, asHeader, "admin", "Idempotency-Key", "k5")
			},
			"roles": func() reply {
				return w.call("PUT", path("people", w.people["target"].ID, "roles"), `{"roles":["intake"]}`, asHeader, "admin", "Idempotency-Key", "k6")
			},
			"the bar": func() reply {
				return w.call("PUT", path("settings", "bar"), `{"bar":"msrc-ai"}`, asHeader, "admin", "Idempotency-Key", "k7")
			},
			"the glass": func() reply {
				return w.call("POST", path("me", "elevation"), `{"reason":"r"}`, asHeader, "auditor", "Idempotency-Key", "k8")
			},
		} {
			a := do()
			n := w.events()
			b := do()
			if a.Status != b.Status || !bytes.Equal(a.Body, b.Body) || b.Header.Get("Idempotent-Replayed") != "true" {
				t.Errorf("%s: %d %s, and again %d %s %v", what, a.Status, a.Body, b.Status, b.Body, b.Header)
			}
			if m := w.events(); m != n {
				t.Errorf("%s: %d events, and %d after it was repeated", what, n, m)
			}
		}
		refuses(t, "a key of somebody else", w.call("POST", path("cases", f.ID, "messages"), `{"visibility":"team","text":"x"}`, asHeader, "triager", "Idempotency-Key", "k2"), http.StatusOK)
	})
}

// TestAttack35NoTableIsLeftOut: every table that belongs to cases is filled for a case under embargo and one in
// quarantine, and no operation tells anybody who may not see them of anything in it.
func TestAttack35NoTableIsLeftOut(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		secrets := []fixture{w.newCase("canaryword one"), w.newCase("canaryword two")}
		for _, f := range secrets {
			w.triaging(f)
			for _, visibility := range []string{"team", "reporter"} {
				w.call("POST", path("cases", f.ID, "messages"), `{"visibility":"`+visibility+`","text":"canaryword in a message"}`, asHeader, "member")
				w.call("POST", path("cases", f.ID, "files")+"?name=canaryword.txt&visibility="+visibility, "canaryword", asHeader, "member")
			}
			w.call("POST", path("cases", f.ID, "findings"), `{"title":"canaryword finding"}`, asHeader, "member")
			w.call("POST", path("cases", f.ID, "findings", 1, "blind-assessments"), `{"facts":{"type":["prompt-injection"]}}`, asHeader, "member", "Idempotency-Key", "canaryword")
		}
		w.beside(secrets)
		w.embargoed(secrets[0])
		w.quarantined(secrets[1])
		w.settle()
		w.tablesHold(secrets)
		p := &probe{world: w, other: w.newCase("the other one")}
		for _, op := range described().ops {
			if op.Method != "GET" {
				continue
			}
			for _, f := range secrets {
				for _, who := range []string{"anonymous", "other", "intake", "triager", "analyst", "reviewer", "editor", "publisher", "auditor", "admin", "manager", "service"} {
					got := p.try(op, table[op.ID], f, who)
					if bytes.Contains(got.Body, []byte("canaryword")) {
						at := bytes.Index(got.Body, []byte("canaryword"))
						t.Errorf("%s tells %s: …%s", op.ID, who, got.Body[max(0, at-100):at+10])
					}
				}
			}
		}
	})
}

// beside fills the tables that other parts of the program keep beside cases.
func (w *world) beside(secrets []fixture) {
	w.t.Helper()
	ctx := w.t.Context()
	for i, f := range secrets {
		hook, err := w.work.NewWebhook(ctx, w.as("member"), casebook.Webhook{URL: "https://hooks.example.org/canaryword", Kinds: []string{"*"}, Case: f.ID})
		if err == nil {
			err = w.book.Delivered(ctx, hook.ID, casebook.Delivery{Event: f.ID, Seq: 1, Attempt: 1, Error: "canaryword"})
		}
		if err == nil {
			err = w.book.MailDone(ctx, casebook.MailIn{Message: fmt.Sprintf("canaryword %d", i), Party: "canaryword"}, "message", f.ID)
		}
		if err == nil {
			_, err = w.book.Visit(ctx, w.actor("member"), w.must(w.book.Case(ctx, w.actor("member"), f.ID)))
		}
		if err == nil {
			err = w.book.KeepDraft(ctx, w.actor("member"), f.ID, casebook.ToTeam, "canaryword that was not sent")
		}
		if err == nil {
			err = w.book.DB().Commit(ctx, sqldb.S("INSERT INTO presence (case_id, person, seen) VALUES ($1, $2, $3)", int64(f.ID), int64(w.actor("member").ID), w.book.Now().UnixMilli()))
		}
		if err == nil {
			err = w.book.DB().Commit(ctx, sqldb.S("INSERT INTO scanned (key, n, scope, case_id, doc) VALUES ($1, 1, 'canaryword', $2, 'canaryword')", fmt.Sprintf("canaryword %d", i), int64(f.ID)))
		}
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

// tablesHold reads from the schema which tables belong to cases, and fails where one has no row of a secret case: then the
// test would not probe it.
func (w *world) tablesHold(secrets []fixture) {
	w.t.Helper()
	db := w.book.DB()
	query := "SELECT m.name, p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type = 'table'"
	if db.Dialect != "sqlite" {
		query = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
	}
	rows, err := db.Reader().QueryContext(w.t.Context(), query)
	if err != nil {
		w.t.Fatal(err)
	}
	of := map[string]string{}
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			w.t.Fatal(err)
		}
		if column == "case_id" || column == "stream" || table == "cases" && column == "id" {
			of[table] = column
		}
	}
	if err := rows.Close(); err != nil {
		w.t.Fatal(err)
	}
	if len(of) < 8 {
		w.t.Errorf("only %v belong to cases", of)
	}
	for table, column := range of {
		var n int
		err := db.Reader().QueryRowContext(w.t.Context(), fmt.Sprintf("SELECT COUNT(*) FROM %s WHERE %s IN ($1, $2)", table, column), int64(secrets[0].ID), int64(secrets[1].ID)).Scan(&n)
		if err != nil {
			w.t.Fatal(err)
		}
		if n == 0 && !slices.Contains(emptyOf, table) {
			w.t.Errorf("the table %s has nothing of the secret cases, and is not probed", table)
		}
	}
}

// emptyOf are tables that have nothing of restricted cases by design, or are filled for reporters without an account only.
var emptyOf = []string{"report_keys", "tallied", "listing", "shown"}
