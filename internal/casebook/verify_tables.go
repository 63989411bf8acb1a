package casebook

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"strings"
)

// personRow is a person as its table has it.
func personRow(p *Person) ([]any, error) {
	doc, err := json.Marshal(p)
	name := p.Handle
	if name == "" {
		name = p.ID.String() // the column is unique
	}
	return []any{int64(p.ID), p.Version, p.Head, name, strings.ToLower(p.Identity.Email), p.Status, string(doc)}, err
}

// person holds a person's row against the replay. Who they are stands in the row alone, and its digest in the
// events; what is erased is gone.
func (v *verifier) person(s *streamed, have []wide) {
	if s.p == nil || len(have) != 1 {
		if s.p != nil || len(have) > 0 {
			v.problem("people", s.id, 0, 0, "its events make %d rows, and there are %d", flag(s.p != nil), len(have))
		}
		return
	}
	v.report.People++
	var kept Person
	if err := json.Unmarshal([]byte(have[0][len(personColumns)-1].(string)), &kept); err != nil {
		v.problem("people", s.id, 0, 0, "the document cannot be read: %v", err)
		return
	}
	switch erased := s.p.Status == Erased; {
	case erased && (kept.Identity != Identity{} || kept.Salt != ""):
		v.problem("people", s.id, 0, 0, "who was erased is still there")
	case !erased && kept.Identity.digest(kept.Salt) != s.digest:
		v.problem("people", s.id, 0, 0, "the identity is not what was recorded")
	}
	s.p.Identity, s.p.Salt = kept.Identity, kept.Salt
	want, err := personRow(s.p)
	if err != nil {
		v.problem("people", s.id, 0, 0, "%v", err)
		return
	}
	v.compare("people", s.id, wideRows("people", "id", personColumns...), [][]any{want}, have)
}

// files asks the attachment store for each content once.
func (v *verifier) files() error {
	if v.check.File == nil {
		return nil
	}
	for last := ""; ; {
		var next string
		err := v.tx.QueryRowContext(v.ctx, "SELECT COALESCE(MIN(sha256), '') FROM attachments WHERE sha256 > $1", last).Scan(&next)
		if err != nil || next == "" {
			return err
		}
		last = next
		v.report.Files++
		if err := v.check.File(v.ctx, next); err != nil {
			v.fileLost(next, err)
		}
	}
}

func (v *verifier) fileLost(sum string, cause error) {
	var id ID
	var seq int64
	if err := v.tx.QueryRowContext(v.ctx, "SELECT case_id, seq FROM attachments WHERE sha256 = $1 ORDER BY case_id, seq LIMIT 1", sum).Scan(&id, &seq); err != nil {
		cause = err
	}
	v.problem("attachments", id, seq, 0, "file %s: %v", sum, cause)
}

// ledger reads the events in the order of their places, and holds the seals against them.
func (v *verifier) ledger() error {
	events := &rowsOf[Event]{
		query: "SELECT stream, seq, 0, 0, '', '', '', hash, pos FROM events WHERE pos > $1 ORDER BY pos LIMIT $2",
		keys:  func(e Event) []any { return []any{e.Pos} }, scan: scanEvent, last: []any{int64(0)},
	}
	seals := wideRows("seals", "no", "no", "first", "last", "at", "hash")
	var last Head
	for {
		if err := seals.fill(v); err != nil {
			return err
		}
		if len(seals.rows) == 0 {
			break
		}
		row := seals.rows[0]
		seals.rows = seals.rows[1:]
		if err := v.seal(&last, row, events); err != nil {
			return err
		}
	}
	if err := events.fill(v); err != nil {
		return err
	}
	if len(events.rows) > 0 {
		e := events.rows[0]
		v.problem("events", e.Stream, e.Seq, e.Pos, "no seal closes it, nor what follows it")
	}
	if h := v.check.Head; h != nil && h.Seal > last.Seal {
		v.problem("seals", 0, 0, h.Pos, "the ledger ends with seal %d, and the head that was kept outside is of seal %d", last.Seal, h.Seal)
	}
	v.report.Head = last
	return nil
}

// seal holds one seal against the seal before it and the events that it closes.
func (v *verifier) seal(last *Head, row wide, events *rowsOf[Event]) error {
	s := sealed{No: row[0].(int64), First: row[1].(int64), Last: row[2].(int64), At: row[3].(int64), Prev: last.Hash}
	lines := sha256.New()
	before, count := Event{Pos: last.Pos}, int64(0) // wherever this seal says that it begins
	for {
		if err := events.fill(v); err != nil {
			return err
		}
		if len(events.rows) == 0 || events.rows[0].Pos > s.Last {
			break
		}
		e := events.rows[0]
		events.rows = events.rows[1:]
		if e.Pos != before.Pos+1 {
			v.problem("events", e.Stream, e.Seq, e.Pos, "the events of places %d to %d are missing", before.Pos+1, e.Pos-1)
		}
		line(lines, e)
		before, count = e, count+1
	}
	s.Events = hex.EncodeToString(lines.Sum(nil))
	sum, err := s.hash()
	if err != nil {
		return err
	}
	bad := func(format string, args ...any) { v.problem("seals", 0, 0, s.First, format, args...) }
	switch {
	case s.No != last.Seal+1:
		bad("seals %d to %d are missing", last.Seal+1, s.No-1)
	case s.First != last.Pos+1 || s.Last < s.First || s.At < last.At:
		bad("seal %d does not follow the one before it", s.No)
	case count != s.Last-s.First+1:
		bad("seal %d closes %d events, and %d are there", s.No, s.Last-s.First+1, count)
	case sum != row[4].(string):
		bad("seal %d does not fit the events of places %d to %d, or the seal before it", s.No, s.First, s.Last)
	}
	*last = Head{Seal: s.No, Pos: s.Last, At: s.At, Hash: row[4].(string)}
	if h := v.check.Head; h != nil && h.Seal == s.No && *h != *last {
		bad("seal %d is not the one that was kept outside", s.No)
	}
	return nil
}

// texts holds what people wrote against the digests in the events.
func (v *verifier) texts() error {
	return v.each(`SELECT stream, seq, kind, payload, COALESCE(pos, 0), visibility, body FROM events
		WHERE kind IN ('received', 'message-added') OR visibility IS NOT NULL OR body IS NOT NULL ORDER BY stream, seq`, nil, v.text)
}

func (v *verifier) text(rows *sql.Rows) error {
	var e Event
	var payload string
	var visibility, body sql.NullString
	if err := rows.Scan(&e.Stream, &e.Seq, &e.Kind, &payload, &e.Pos, &visibility, &body); err != nil {
		return err
	}
	want := MessageAdded{Visibility: ToReporter}
	switch e.Kind {
	case (Received{}).kind():
		want.Text = textOf([]byte(payload))
	case want.kind():
		if json.Unmarshal([]byte(payload), &want) != nil {
			return nil // it was told of with the event
		}
	}
	switch {
	case want.Text == "" && !body.Valid && !visibility.Valid:
	case want.Text == "":
		v.problem("events", e.Stream, e.Seq, e.Pos, "the event tells of no text")
	case !body.Valid:
		v.problem("events", e.Stream, e.Seq, e.Pos, "the text is missing")
	case digestOf(body.String) != want.Text:
		v.problem("events", e.Stream, e.Seq, e.Pos, "the text is not what was written")
	case visibility.String != want.Visibility:
		v.problem("events", e.Stream, e.Seq, e.Pos, "its visibility is %s, and was %s", brief([]any{visibility.String}), want.Visibility)
	}
	return nil
}

// textOf is the digest of a report's text, without the rest of the event.
func textOf(payload []byte) string {
	var p struct {
		Text string `json:"text_sha256"`
	}
	_ = json.Unmarshal(payload, &p) // what cannot be read was told of with the event
	return p.Text
}

// reportKeys holds the keys of reporters without an account against the events that opened their cases.
func (v *verifier) reportKeys() error {
	check := func(rows *sql.Rows) error {
		var id ID
		var digest, payload sql.NullString
		if err := rows.Scan(&id, &digest, &payload); err != nil {
			return err
		}
		var p struct {
			Key string `json:"report_key_sha256"`
		}
		_ = json.Unmarshal([]byte(payload.String), &p)
		switch {
		case !digest.Valid && p.Key != "":
			v.problem("report_keys", id, 0, 0, "the reporter's key is missing")
		case digest.Valid && p.Key != digestOf(digest.String):
			v.problem("report_keys", id, 0, 0, "no event tells of this key")
		}
		return nil
	}
	if err := v.each(`SELECT k.case_id, k.digest, e.payload FROM report_keys k LEFT JOIN events e ON e.stream = k.case_id AND e.seq = 1`, nil, check); err != nil {
		return err
	}
	return v.each(`SELECT e.stream, k.digest, e.payload FROM events e LEFT JOIN report_keys k ON k.case_id = e.stream
		WHERE e.kind = 'received' AND k.digest IS NULL`, nil, check)
}

func (v *verifier) settingRows() error {
	have := map[string]string{}
	err := v.each("SELECT name, value FROM settings", nil, func(rows *sql.Rows) error {
		var name, value string
		err := rows.Scan(&name, &value)
		have[name] = value
		return err
	})
	for name, value := range have {
		p, known := v.settings[name]
		switch {
		case !known:
			v.problem("settings", 0, 0, 0, "no event tells of %s", name)
		case p.Digest == "" && value != p.Value, p.Digest != "" && settingDigest(saltFor(name, value, have["salt"]), name, value) != p.Digest:
			v.problem("settings", 0, 0, 0, "%s is not what was set", name)
		}
	}
	for name := range v.settings {
		if _, there := have[name]; !there {
			v.problem("settings", 0, 0, 0, "%s is missing", name)
		}
	}
	return err
}

// saltFor is what a secret setting's digest is made with; the salt is its own.
func saltFor(name, value, salt string) string {
	if name == "salt" {
		return value
	}
	return salt
}

// credentials holds what opens doors for long against the events of its owner. Sessions and what else is over
// within days is vouched for by nobody.
func (v *verifier) credentials() error {
	return v.each(`SELECT c.person, c.kind, c.ref, c.label, c.data, c.created, c.expires, p.id FROM credentials c
		LEFT JOIN people p ON p.id = c.person`, nil, func(rows *sql.Rows) error {
		var person ID
		var kind, ref, label, data string
		var created, expires int64
		var owner sql.NullInt64
		if err := rows.Scan(&person, &kind, &ref, &label, &data, &created, &expires, &owner); err != nil {
			return err
		}
		switch {
		case !lasting[kind] && !passing[kind]:
			v.problem("credentials", person, 0, 0, "there is no kind %q", brief([]any{kind}))
		case !owner.Valid && (lasting[kind] || person != 0):
			v.problem("credentials", person, 0, 0, "a %s belongs to nobody", kind)
		case lasting[kind] && v.vouched[credentialDigest(int64(person), kind, ref, label, data, created, expires)] != person:
			v.problem("credentials", person, 0, 0, "no event tells of this %s, or it was changed", kind)
		}
		return nil
	})
}

// answers are held to their events where they are of cases. Those without a version are of people, webhooks and tasks, and
// some of these are gone before the answer is.
func (v *verifier) answers() error {
	return v.each(`SELECT a.case_id, a.version FROM answers a LEFT JOIN events e ON e.stream = a.case_id AND e.seq = a.version
		WHERE a.version > 0 AND e.seq IS NULL`, nil, func(rows *sql.Rows) error {
		var id ID
		var version int64
		err := rows.Scan(&id, &version)
		v.problem("answers", id, version, 0, "a repeated request would be answered with what there is not")
		return err
	})
}
