package casebook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// personColumns are those of a table that is held against a replay, in the order of personRow.
var personColumns = strings.Fields("id version head handle email status doc")

// sides are the tables that belong to streams.
type sides struct {
	cases, people, access, assessments, attachments *rowsOf[wide]
}

const least = int64(-1) << 62

func newSides() sides {
	return sides{
		cases:       wideRows("cases", "id", strings.Split(caseColumns, ", ")...),
		people:      wideRows("people", "id", personColumns...),
		access:      manyRows("access", []any{least, least, ""}, 3, "case_id", "person", "role"),
		assessments: manyRows("assessments", []any{least, least, least}, 3, "case_id", "seq", "finding", "at", "assessor", "outcome", "row_id", "kind"),
		attachments: manyRows("attachments", []any{least, least, ""}, 3, "case_id", "seq", "sha256", "name", "type", "size", "visibility"),
	}
}

// streamed is a stream while it is replayed.
type streamed struct {
	id     ID
	last   Event
	c      *Case
	p      *Person
	digest string // of the identity
	broken bool   // by an event that cannot be applied
	// What the side tables should hold.
	assessments, attachments [][]any
}

// history holds events against each other, and what was written against them.
func (v *verifier) history() error {
	if err := v.streams(); err != nil {
		return err
	}
	return v.texts()
}

// streams reads every event in the order of streams and numbers, and holds rows against replays.
func (v *verifier) streams() error {
	side := newSides()
	events := &rowsOf[Event]{
		query: `SELECT stream, seq, at, actor, kind, payload, prev, hash, COALESCE(pos, 0) FROM events WHERE (stream, seq) > ($1, $2) ORDER BY stream, seq LIMIT $3`,
		keys:  func(e Event) []any { return []any{int64(e.Stream), e.Seq} },
		scan:  scanEvent,
		last:  []any{least, least},
	}
	var s *streamed
	for {
		if err := events.fill(v); err != nil {
			return err
		}
		if len(events.rows) == 0 {
			break
		}
		e := events.rows[0]
		events.rows = events.rows[1:]
		if s == nil || s.id != e.Stream {
			if err := v.endStream(&side, s); err != nil {
				return err
			}
			s = &streamed{id: e.Stream}
		}
		v.event(s, e)
	}
	if err := v.endStream(&side, s); err != nil {
		return err
	}
	return v.endStream(&side, &streamed{id: 1<<63 - 1}) // what is left belongs to nothing
}

// event checks an event and takes its stream one further.
func (v *verifier) event(s *streamed, e Event) {
	v.report.Events++
	if e.Pos == 0 {
		v.report.Waiting++
	}
	if v.check.Progress != nil && v.report.Events%1000 == 0 {
		v.check.Progress(v.report.Events)
	}
	bad := func(format string, args ...any) { v.problem("events", e.Stream, e.Seq, e.Pos, format, args...) }
	sum, err := e.digest()
	plain, errPayload := canonical(e.Payload)
	switch {
	case e.Seq != s.last.Seq+1:
		bad("events %d to %d are missing", s.last.Seq+1, e.Seq-1)
	case err != nil || errPayload != nil || !bytes.Equal(plain, e.Payload):
		bad("its payload is not what was recorded: it is no canonical JSON")
	case sum != e.Hash:
		bad("it is not what was recorded: its hash is %s, and what stands there makes %s", brief([]any{e.Hash}), sum)
	case e.Prev != s.last.Hash:
		bad("it does not follow event %d as that stands there", s.last.Seq)
	case e.At < s.last.At:
		bad("it is earlier than the event before it")
	case e.Pos != 0 && s.last.Seq != 0 && e.Pos <= s.last.Pos:
		bad("its place in the ledger is not after that of the event before it")
	}
	s.last = e
	if err := v.replayed(s, e); err != nil && !s.broken {
		s.broken = true
		bad("%v", err)
	}
}

// replayed takes the case or person of a stream one event further.
func (v *verifier) replayed(s *streamed, e Event) (err error) {
	defer func() {
		if r := recover(); r != nil { // a payload of a sound form may still speak of what is not there
			err = fmt.Errorf("it cannot have happened: %v", r)
		}
	}()
	if s.id == 0 {
		return v.ofCasebook(e)
	}
	if read, ok := personKinds[e.Kind]; ok {
		return v.ofPerson(s, e, read)
	}
	if s.c == nil && (e.Kind != (Received{}).kind() || s.p != nil) || s.c != nil && e.Kind == (Received{}).kind() {
		return fmt.Errorf("%s stands where it cannot happen", e.Kind)
	}
	if s.c == nil {
		s.c = &Case{}
	}
	if err := s.c.apply(e); err != nil {
		return err
	}
	return v.expected(s, e)
}

// expected notes the rows of other tables that an event brings.
func (v *verifier) expected(s *streamed, e Event) error {
	read := caseKinds[e.Kind]
	payload, err := read(e)
	if err != nil {
		return err
	}
	switch p := payload.(type) {
	case Assessed:
		s.assessments = append(s.assessments, []any{int64(e.Stream), e.Seq, int64(p.Finding), e.At, int64(e.Actor), p.Outcome, p.Row, p.Kind})
	case Received:
		s.brings(e, p.Files, ToReporter)
	case MessageAdded:
		s.brings(e, p.Files, p.Visibility)
	case FilesAdded:
		s.brings(e, p.Files, p.Visibility)
	}
	return nil
}

func (s *streamed) brings(e Event, files []File, visibility string) {
	files = slices.Clone(files)
	slices.SortStableFunc(files, func(f, g File) int { return strings.Compare(f.SHA256, g.SHA256) })
	for _, f := range files {
		s.attachments = append(s.attachments, []any{int64(e.Stream), e.Seq, f.SHA256, f.Name, f.Type, f.Size, visibility})
	}
}

func (v *verifier) ofPerson(s *streamed, e Event, read func(Event) (personPayload, error)) error {
	if first := e.Kind == (PersonAdded{}).kind(); s.c != nil || first != (s.p == nil) {
		return fmt.Errorf("%s stands where it cannot happen", e.Kind)
	}
	payload, err := read(e)
	if err != nil {
		return err
	}
	if s.p == nil {
		s.p = &Person{}
	}
	s.p.take(payload, e)
	switch p := payload.(type) {
	case PersonAdded:
		s.digest = p.Identity
	case IdentitySet:
		s.digest = p.Identity
	case CredentialAdded:
		v.vouched[p.Digest] = s.id
	}
	return nil
}

// ofCasebook notes what the casebook's own events make of its tables.
func (v *verifier) ofCasebook(e Event) error {
	switch e.Kind {
	case (SettingSet{}).kind():
		p, err := decode[SettingSet](e)
		v.settings[p.Name] = p
		return err
	case (HookSet{}).kind():
		p, err := decode[HookSet](e)
		v.hooks[p.Webhook] = p
		return err
	case (ReplySet{}).kind():
		p, err := decode[ReplySet](e)
		v.replies[p.Name] = p
		return err
	case (Refused{}).kind(), (Exported{}).kind(), (OperatorActed{}).kind():
		return nil
	}
	return fmt.Errorf("%s stands where it cannot happen", e.Kind)
}

// endStream holds the rows of a stream against its replay.
func (v *verifier) endStream(side *sides, s *streamed) error {
	if s == nil {
		return nil
	}
	all := []struct {
		name string
		rows *rowsOf[wide]
		want func(have []wide) ([][]any, error)
	}{
		{"cases", side.cases, func(have []wide) ([][]any, error) { return v.wantCase(s, have) }},
		{"people", side.people, nil},
		{"access", side.access, func([]wide) ([][]any, error) { return wantAccess(s.c), nil }},
		{"assessments", side.assessments, func([]wide) ([][]any, error) { return s.assessments, nil }},
		{"attachments", side.attachments, func([]wide) ([][]any, error) { return s.attachments, nil }},
	}
	for _, t := range all {
		have, err := t.rows.take(v, s.id, func(w wide) { v.problem(t.name, w.id(), 0, 0, "no event tells of this row") })
		if err != nil {
			return err
		}
		if s.broken {
			continue // what it should be is not known
		}
		if t.name == "people" {
			v.person(s, have)
			continue
		}
		want, err := t.want(have)
		if err != nil {
			return err
		}
		v.compare(t.name, s.id, t.rows, want, have)
	}
	return nil
}

func (v *verifier) wantCase(s *streamed, have []wide) ([][]any, error) {
	if s.c == nil {
		return nil, nil
	}
	v.report.Cases++
	row, err := v.row(s.c)
	if err != nil {
		return nil, err
	}
	if last := len(row) - 1; len(have) == 1 && have[0][last] != row[last] && inOrderOfFields(s.c, have[0][last]) {
		row[last] = have[0][last]
	}
	return [][]any{row}, nil
}

// inOrderOfFields says whether a document is that of a case as it was written once, and stays until the next change.
func inOrderOfFields(c *Case, doc any) bool {
	data, err := json.Marshal(c)
	return err == nil && doc == string(data)
}

func wantAccess(c *Case) [][]any {
	if c == nil {
		return nil
	}
	var rows [][]any
	for p := range c.named() {
		rows = append(rows, []any{int64(c.ID), int64(p.Person), p.Role})
	}
	return rows
}

// compare finds the rows that are missing, that are too many, and that differ.
func (v *verifier) compare(table string, stream ID, rows *rowsOf[wide], want [][]any, have []wide) {
	key := func(row []any) string { return fmt.Sprint(rows.keys(row)...) }
	left := map[string]wide{}
	for _, w := range have {
		left[key(w)] = w
	}
	for _, w := range want {
		h, there := left[key(w)]
		delete(left, key(w))
		if !there {
			v.problem(table, stream, 0, 0, "a row is missing that its events make: %s", brief(w))
			continue
		}
		for i := range w {
			if w[i] != h[i] {
				is, made := apart(h[i], w[i])
				v.problem(table, stream, 0, 0, "%s is %s, and its events make it %s", rows.columns[i], is, made)
				break
			}
		}
	}
	for _, h := range left {
		v.problem(table, stream, 0, 0, "no event tells of this row: %s", brief(h))
	}
}

// apart shows two values from shortly before the place where they part, and documents in one order of their members.
func apart(a, b any) (shownA, shownB string) {
	before, after := fmt.Sprint(a), fmt.Sprint(b)
	docA, docB := jsontext.Value(before), jsontext.Value(after)
	if docA.Canonicalize() == nil && docB.Canonicalize() == nil && !bytes.Equal(docA, docB) {
		before, after = string(docA), string(docB)
	}
	from := 0
	for i, r := range before {
		if !strings.HasPrefix(after[min(i, len(after)):], string(r)) {
			break
		}
		from = i
	}
	const lead = 24 // bytes, that show where it is
	if from > 2*lead {
		start := from - lead
		for !utf8.RuneStart(before[start]) {
			start--
		}
		return "…" + brief([]any{before[start:]}), "…" + brief([]any{after[start:]})
	}
	return brief([]any{before}), brief([]any{after})
}

// brief is the beginning of a row's values.
func brief(row []any) string {
	text := []rune(fmt.Sprint(row...))
	if len(text) > 80 {
		return string(text[:80]) + "…"
	}
	return string(text)
}
