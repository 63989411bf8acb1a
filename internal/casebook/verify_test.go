package casebook_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"bugbar/internal/casebook"
	"bugbar/internal/sqldb"
)

// TestVerifyTellsEveryChange changes by hand, one at a time, every column of a row of every table that the schema
// has, takes a row away, and adds one; each is detected. A new table fails it until it has rows here and is
// verified, or says in the exceptions why not.
func TestVerifyTellsEveryChange(t *testing.T) {
	suite(t, func(w *world) {
		w.everything()
		h := w.byHand()
		for _, table := range w.tables() {
			if why, exempt := unverified[table]; exempt {
				if why == "" {
					w.Errorf("%s: say why it is not verified", table)
				}
				continue
			}
			h.try(table)
		}
	})
}

// unverified are tables, and columns, whose change by hand is not detected, and why that does no harm.
var unverified = map[string]string{
	"schema_version":         "It is compared when the casebook is opened.",
	"answers.key_digest":     "It is found by who repeats a request; proves nothing.",
	"answers.request":        "Likewise.",
	"answers.sealed":         "Likewise: it is encrypted and authenticated with the writer's key.",
	"answers.at":             "Says only when it is forgotten.",
	"answers -":              "Answers are forgotten after a time.",
	"credentials.used":       "Written at each use.",
	"credentials -":          "Revoked and expired ones are deleted.",
	"search":                 "Not readable without its words; listing has their digest (TestVerifyTellsOfSearch).",
	"search_kept":            "Likewise.",
	"epochs":                 "Only how quickly a search finds depends on it, and reindex makes it anew.",
	"statistics":             "Counts for dashboards, of what was not restricted when it happened; bugbar reindex makes them anew.",
	"views":                  "What people keep for themselves.",
	"visits":                 "What people keep for themselves.",
	"drafts":                 "What people keep for themselves: unsent, it is no history.",
	"shortcuts":              "What people keep for themselves.",
	"presence":               "Who has a case open, for a minute.",
	"scanned":                "Only which case the next import finds depends on it.",
	"mails":                  "Only whether a mail is taken for new depends on it.",
	"webhooks":               "Who is told, not what.",
	"deliveries":             "Attempts, forgotten after a time.",
	"cursors":                "How far followers have come.",
	"tasks":                  "Work under way.",
	"river_job":              "Work under way.",
	"river_leader":           "Work under way.",
	"river_queue":            "Work under way.",
	"river_client":           "Work under way.",
	"river_client_queue":     "Work under way.",
	"river_migration":        "Of the library's own schema.",
	"river_migration_lock":   "Of the library's own schema.",
	"river_job_dead_letters": "Work under way.",
}

// everything puts rows into every table.
func (w *world) everything() {
	w.Helper()
	lee, ann := w.person("lee", casebook.Triager), w.person("ann", casebook.Reviewer)
	w.person("cus", casebook.Custodian)
	r, _ := w.submit(casebook.Write{Key: "k", Request: "r"}, w.report("first"))
	w.screened(lee, r.ID)
	w.facts(lee, r.ID, "none")
	must[*casebook.Case](w)(w.Write(w.Context(), lee, r.ID, casebook.Post{Visibility: casebook.ToTeam, Text: "for us", Files: []casebook.File{{SHA256: sha(1), Name: "a", Type: "text/plain", Size: 1}}}))
	w.move(lee, r.ID, "assessed")
	must[*casebook.Case](w)(w.Approve(w.Context(), ann, r.ID))
	s := w.report("second")
	s.Contact = &casebook.Identity{Name: "Rae", Email: "rae@example.org"}
	s.Files = []casebook.File{{SHA256: sha(2), Name: "b", Type: "text/plain", Size: 2}}
	_, c := w.submit(casebook.Write{}, s)
	must[*casebook.Case](w)(w.SetEmbargo(w.Context(), lee, c.ID, casebook.Embargo{Status: casebook.EmbargoActive, Until: ms(w.clock.Now().Add(24 * time.Hour))}))
	must[*casebook.Case](w)(w.Case(w.Context(), lee.Actor, c.ID))
	_, c = w.submit(casebook.Write{}, w.report("third"))
	must[*casebook.Case](w)(w.Quarantine(w.Context(), lee, c.ID, "found in the text"))
	must[*casebook.Case](w)(w.Assign(w.Context(), lee, r.ID, lee.Actor.ID))
	must[[]casebook.ID](w)(w.Here(w.Context(), lee.Actor, r.ID))
	if err := w.KeepShortcuts(w.Context(), lee.Actor, map[string]string{"reply": "w"}); err != nil {
		w.Fatal(err)
	}
	for _, secret := range []bool{true, false} {
		if err := w.Set(w.Context(), sys, fmt.Sprintf("a-setting-%v", secret), "value", secret); err != nil {
			w.Fatal(err)
		}
	}
	if err := w.SetReply(w.Context(), sys, casebook.Reply{Name: "hello", Body: "Hello."}); err != nil {
		w.Fatal(err)
	}
	if _, _, err := w.MakeToken(w.Context(), lee, lee.Actor.ID, "for a script", []casebook.Right{casebook.ReadCase}, 0); err != nil {
		w.Fatal(err)
	}
	if err := w.LinkSubject(w.Context(), ann, ann.Actor.ID, casebook.Subject{Issuer: "https://id.example.org", Subject: "7"}); err != nil {
		w.Fatal(err)
	}
	if _, err := w.Settle(w.Context()); err != nil {
		w.Fatal(err)
	}
}

// tables reads the names of the casebook's tables from the schema.
func (w *world) tables() []string {
	var all []string
	err := w.DB().Snapshot(w.Context(), func(tx *sql.Tx) (err error) {
		all, err = w.DB().Tables(w.Context(), tx)
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	if !slices.Contains(all, "events") {
		w.Fatalf("the schema has no events: %v", all)
	}
	return all
}

func (w *world) rows(query string, args ...any) [][]any {
	w.Helper()
	rows, err := w.DB().Reader().QueryContext(w.Context(), query, args...)
	if err != nil {
		w.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		w.Fatal(err)
	}
	var all [][]any
	for rows.Next() {
		row, into := make([]any, len(names)), make([]any, len(names))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			w.Fatal(err)
		}
		all = append(all, row)
	}
	if err := rows.Err(); err != nil {
		w.Fatal(err)
	}
	return all
}

// TestVerifyNamesTheFirstBadEvent changes an event in the middle, and then as one who knows how the chain is made.
func TestVerifyNamesTheFirstBadEvent(t *testing.T) {
	suite(t, func(w *world) {
		lee := w.person("lee", casebook.Triager)
		var ids []casebook.ID
		for i := range 5 {
			r, _ := w.submit(lee, w.report(fmt.Sprint("case ", i)))
			w.facts(lee, r.ID, "required")
			ids = append(ids, r.ID)
		}
		if _, err := w.Settle(w.Context()); err != nil {
			w.Fatal(err)
		}
		head := must[casebook.Head](w)(w.Head(w.Context()))
		h := w.byHand()
		kept := w.rows("SELECT stream, seq, payload, prev, hash, pos, actor FROM events WHERE stream = $1 ORDER BY seq", int64(ids[2]))
		doc := w.rows("SELECT head FROM cases WHERE id = $1", int64(ids[2]))[0][0]
		back := func() {
			for _, row := range kept {
				h.do("UPDATE events SET payload = $3, prev = $4, hash = $5, pos = $6, actor = $7 WHERE stream = $1 AND seq = $2", row...)
			}
			h.do("UPDATE cases SET head = $1 WHERE id = $2", doc, int64(ids[2]))
		}
		forged := `{"fact":{"by":"lee","provenance":"confirmed","values":["none"]},"finding":0,"outcome":"critical","point":"interaction","verdict":{"outcome":"critical"}}`
		for name, change := range map[string]func(){
			"its hash":         func() { h.do("UPDATE events SET payload = $1 WHERE stream = $2 AND seq = 3", forged, int64(ids[2])) },
			"does not fit":     func() { h.forge(ids[2], 3, forged) },
			"after that of":    func() { h.do("UPDATE events SET pos = -pos WHERE stream = $1 AND seq = 3", int64(ids[2])) },
			"are missing":      func() { h.do("UPDATE events SET seq = 100 WHERE stream = $1 AND seq = 4", int64(ids[2])) },
			"it is not what w": func() { h.do("UPDATE events SET actor = actor + 1 WHERE stream = $1 AND seq = 3", int64(ids[2])) },
		} {
			change()
			report := w.verified(casebook.Check{})
			if report.Whole() {
				w.Errorf("%s: nobody is told", name)
				continue
			}
			first := report.Problems[0]
			if !slices.ContainsFunc(report.Problems, func(p casebook.Problem) bool { return strings.Contains(p.What, name) }) {
				w.Errorf("%s: told %s", name, first)
			}
			if first.Table == "events" && (first.Stream != ids[2] || first.Seq < 3) {
				w.Errorf("%s: the first bad event is said to be %s", name, first)
			}
			h.do("UPDATE events SET seq = 4 WHERE stream = $1 AND seq = 100", int64(ids[2]))
			back()
		}
		if report := w.verified(casebook.Check{Head: &head}); !report.Whole() {
			w.Fatalf("put back, and still: %v", report.Problems)
		}
	})
}

// TestVerifyNamesTheSeal: where a seal is missing or moved, no event is said to be.
func TestVerifyNamesTheSeal(t *testing.T) {
	onBoth(t, func(w *world) {
		lee := w.person("lee", casebook.Triager)
		for range 4 {
			w.submit(lee, w.report("sealed"))
			must[int](w)(w.Settle(w.Context()))
		}
		h := w.byHand()
		for _, change := range []string{"UPDATE seals SET first = first + 1 WHERE no = 3", "DELETE FROM seals WHERE no = 3"} {
			h.do(change)
			if first := w.verified(casebook.Check{}).Problems[0]; first.Table != "seals" {
				w.Errorf("%s: told %s", change, first)
			}
		}
	})
}

// TestHeadKeptOutside forges everything that is in the database, seals included: only a head that somebody kept tells.
func TestHeadKeptOutside(t *testing.T) {
	onBoth(t, func(w *world) {
		lee := w.person("lee", casebook.Triager)
		r, _ := w.submit(lee, w.report("to vanish"))
		if _, err := w.Settle(w.Context()); err != nil {
			w.Fatal(err)
		}
		head := must[casebook.Head](w)(w.Head(w.Context()))
		w.submit(lee, w.report("later"))
		if _, err := w.Settle(w.Context()); err != nil {
			w.Fatal(err)
		}
		if report := w.verified(casebook.Check{Head: &head}); !report.Whole() {
			w.Fatalf("a head of before: %v", report.Problems)
		}
		h := w.byHand()
		h.do("DELETE FROM events WHERE stream = $1", int64(r.ID))
		h.do("DELETE FROM cases WHERE id = $1", int64(r.ID))
		for _, table := range []string{"seals", "listing", "listing_named", "tallies", "search", "access"} {
			h.do("DELETE FROM " + table)
		}
		h.do("UPDATE events SET pos = NULL")
		b := w.again(casebook.Options{Now: w.clock.Now})
		if _, err := b.Settle(w.Context()); err != nil {
			w.Fatal(err)
		}
		if report := w.verified(casebook.Check{Head: &head}); report.Whole() {
			w.Error("a forged ledger fits a head that was kept outside")
		}
	})
}

func TestVerifyAsksForFiles(t *testing.T) {
	suite(t, func(w *world) {
		w.everything()
		report := w.verified(casebook.Check{File: func(_ context.Context, sum string) error {
			if sum == sha(2) {
				return errors.New("it is gone")
			}
			return nil
		}})
		if report.Files != 2 || len(report.Problems) != 1 || !strings.Contains(report.Problems[0].What, "it is gone") {
			w.Errorf("%d files, %v", report.Files, report.Problems)
		}
	})
}

// TestVerifyTellsOfSearch takes a case out of the search, and puts one in.
func TestVerifyTellsOfSearch(t *testing.T) {
	onBoth(t, func(w *world) {
		lee := w.person("lee", casebook.Triager)
		r, _ := w.submit(lee, w.report("findable"))
		if _, err := w.Settle(w.Context()); err != nil {
			w.Fatal(err)
		}
		id := map[sqldb.Dialect]string{sqldb.SQLite: "rowid", sqldb.Postgres: "id"}[w.DB().Dialect]
		w.byHand().do("DELETE FROM search WHERE "+id+" = $1", int64(r.ID))
		if w.verified(casebook.Check{}).Whole() {
			w.Error("nobody is told of a case that nobody finds")
		}
	})
}

// TestEventsAreAppendOnly wants the database itself to refuse changes of events.
func TestEventsAreAppendOnly(t *testing.T) {
	suite(t, func(w *world) {
		w.submit(casebook.Write{}, w.report("kept"))
		if _, err := w.Settle(w.Context()); err != nil {
			w.Fatal(err)
		}
		for _, change := range []string{"UPDATE events SET kind = 'read'", "UPDATE events SET pos = NULL", "DELETE FROM events"} {
			err := w.DB().Tx(w.Context(), func(tx *sql.Tx) error {
				_, err := tx.ExecContext(w.Context(), change)
				return err
			})
			if err == nil || !strings.Contains(err.Error(), "append-only") {
				w.Errorf("%s: %v", change, err)
			}
		}
	})
}
