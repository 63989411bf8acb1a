package casebook

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"math"
	"slices"
	"strconv"

	"bugbar/internal/fault"
	"bugbar/internal/process"
	"bugbar/internal/sqldb"
)

// hit is a case that was found, and its place in the order.
type hit struct {
	key int64
	id  int64
	doc string
}

// place is where a page ended.
type place struct {
	Key   int64  `json:"k"`
	ID    int64  `json:"i"`
	Asked string `json:"q"` // digest of the query: a place in one list is none in another
}

func (q Query) asked() string { return digestOf(q.String())[:16] }

// next is the cursor behind a case.
func (q Query) next(h hit) string {
	data, _ := json.Marshal(place{h.key, h.id, q.asked()}) // two numbers and a text
	return base64.RawURLEncoding.EncodeToString(data)
}

// cursor reads where the page before ended.
func (q Query) cursor() (*place, error) {
	if q.After == "" {
		return nil, nil
	}
	p := &place{}
	data, err := base64.RawURLEncoding.DecodeString(q.After)
	if err == nil {
		err = json.Unmarshal(data, p)
	}
	if err != nil || p.Asked != q.asked() {
		return nil, fault.New(fault.Invalid, "this is no place in this list").In("after").Do("start again without it")
	}
	return p, nil
}

// key is the column that an order sorts by; newest first means downwards.
func (q Query) key() (column string, down bool) {
	switch q.Order {
	case ByUpdated:
		return "updated", true
	case ByArrival:
		return "id", true
	}
	return "due", false
}

// lead is the filter whose index is walked: one value at a time, each in the order that is asked for.
type lead struct {
	index  string
	column string
	values []any
	active []int64 // the index begins with column and active
}

// leading picks the filter that leaves the fewest cases, by what each is like in general.
func (q Query) leading(states []string, p *process.Process) lead {
	states = common(q.States, states)
	q.Active = activeIn(states, q.Active, p)
	ends := func(s string) bool { st, _ := p.State(s); return st.Terminal }
	switch {
	case len(q.Waiting) > 0 && !slices.Contains(q.Waiting, "team"): // for the team nearly all wait
		return q.walk("waiting", anys(q.Waiting))
	case q.Assignee != 0:
		return q.walk("assignee", []any{int64(q.Assignee)})
	case len(q.Products) > 0:
		return q.walk("product", anys(q.Products))
	case states != nil && (q.Order == ByUpdated || !slices.ContainsFunc(states, ends)): // what has ended changed long ago
		return q.walk("state", anys(states))
	case len(q.Types) > 0:
		return q.walk("type", anys(q.Types))
	case len(q.Outcomes) > 0:
		return q.walk("outcome", anys(q.Outcomes))
	case states != nil:
		return q.walk("state", anys(states))
	}
	return lead{}
}

// walk leads through the index of a column in the order of the query.
func (q Query) walk(column string, values []any) lead {
	l := lead{index: "listing_" + column + "_" + string(q.Order), column: column, values: values}
	if column != "state" {
		l.active = q.actives()
	}
	return l
}

// activeIn is whether cases in these states are active, where that is the same for all of them.
func activeIn(states []string, asked *bool, p *process.Process) *bool {
	if asked != nil || len(states) == 0 {
		return asked
	}
	first, _ := p.State(states[0])
	for _, id := range states {
		if s, _ := p.State(id); s.Active != first.Active {
			return nil
		}
	}
	return &first.Active
}

func (q Query) actives() []int64 {
	if q.Active != nil {
		return []int64{flag(*q.Active)}
	}
	return []int64{1, 0}
}

func anys[T any](values []T) []any {
	all := make([]any, len(values))
	for i, v := range values {
		all[i] = v
	}
	return all
}

// page reads a page of a list without words.
func (b *Book) page(ctx context.Context, a Actor, q Query, from *place) (found []hit, err error) {
	reach := q.narrow(a.reach(b.now()))
	if !q.worded(reach) {
		return b.pageOf(ctx, a, q, reach, from)
	}
	below := int64(math.MaxInt64)
	if from != nil {
		below = from.ID
	}
	err = b.newestFirst(ctx, below, q.Limit+1, func(within span) (int, error) {
		q.within = within
		found, err = b.pageOf(ctx, a, q, reach, from)
		return len(found), err
	})
	return found, err
}

func (b *Book) pageOf(ctx context.Context, a Actor, q Query, reach []branch, from *place) ([]hit, error) {
	s := &asking{}
	_, down := q.key()
	s.add("SELECT p.k, p.id, c.doc FROM (SELECT k, id FROM (")
	if !b.branches(s, a, q, reach, from, q.Limit+1) {
		return nil, nil
	}
	s.add(") AS u ORDER BY k", way(down), ", id", way(down), " LIMIT ", s.arg(q.Limit+1), ") AS p JOIN cases c ON c.id = p.id")
	s.add(" ORDER BY p.k", way(down), ", p.id", way(down))
	return b.hits(ctx, s)
}

func way(down bool) string {
	if down {
		return " DESC"
	}
	return ""
}

// branches adds, joined by UNION, the first limit cases of each branch of what an actor may see; false where there is none.
func (b *Book) branches(s *asking, a Actor, q Query, reach []branch, from *place, limit int) bool {
	n := 0
	next := func() {
		if n++; n > 1 {
			s.add(" UNION ")
		}
	}
	for _, br := range reach {
		if br.open() {
			b.open(s, a, q, br, from, limit, next)
			continue
		}
		for _, kind := range br.kinds {
			for _, kept := range keptFlags(br.restricted) {
				next()
				b.named(s, a, q, br, kind, kept, from, limit)
			}
		}
	}
	if a.Case != 0 && a.permits(ReadCase) {
		next()
		column, _ := q.key()
		s.add("SELECT * FROM (SELECT l.", column, " AS k, l.id FROM cases l WHERE l.id = ", s.arg(int64(a.Case)), " AND l.restricted < 2")
		if q.Embargo != nil {
			in(s, "l.restricted", []int64{flag(*q.Embargo)})
		}
		s.where(q, "l", "")
		s.after(q, from, "l.id")
		s.add(") AS own")
	}
	return n > 0
}

// keptFlags is restriction as listing_named has it: yes or no.
func keptFlags(restricted []int64) []int64 {
	var flags []int64
	for _, r := range restricted {
		if f := min(r, 1); !slices.Contains(flags, f) {
			flags = append(flags, f)
		}
	}
	return flags
}

// open adds the branches of the cases that need no name: one for each value of what leads.
func (b *Book) open(s *asking, a Actor, q Query, br branch, from *place, limit int, next func()) {
	active := activeIn(common(q.States, br.states), q.Active, b.process)
	closed := active != nil && !*active
	if q.DueBy != 0 && q.DueBy < never && (closed && q.Order != ByDue || active == nil && q.Order == ByUpdated) {
		b.closedDue(s, q, br, from, limit, next)
		q.Active = new(true) // of the others
		if closed {
			return
		}
	}
	if q.Order == ByArrival {
		b.arrivals(s, a, q, br, from, limit, next)
		return
	}
	if l := q.leading(br.states, b.process); l.column != "" {
		actives := l.active
		if actives == nil {
			actives = []int64{-1}
		}
		for _, v := range l.values {
			for _, active := range actives {
				next()
				b.walk(s, q, br, l, v, active, from, limit)
			}
		}
		return
	}
	b.unled(s, q, br, from, limit, next)
}

// walk adds a walk along one index at one value.
func (b *Book) walk(s *asking, q Query, br branch, l lead, value any, active int64, from *place, limit int) {
	b.along(s, q, l.index)
	s.add("l.", l.column, " = ", s.arg(value))
	switch l.column {
	case "product":
		s.add(" AND l.product <> ''") // so that the partial index is recognised
	case "assignee":
		s.add(" AND l.assignee <> 0")
	case "waiting":
		s.add(" AND l.waiting <> '' AND l.waiting <> 'team'")
	}
	if active >= 0 {
		s.add(" AND l.active = ", s.arg(active))
		q.Active = nil
	}
	if l.column == "state" {
		br.states = nil
	}
	s.narrowed(q, br, l.column, from, limit)
}

// unled adds the branches where no filter leads, by the index of the order.
func (b *Book) unled(s *asking, q Query, br branch, from *place, limit int, next func()) {
	index, parts := "listing_updated", []branch{br}
	if q.Order == ByDue {
		index, parts = "listing_queue", br.each()
	}
	for _, part := range parts {
		for _, active := range q.actives() {
			next()
			b.along(s, q, index)
			s.add("l.active = ", s.arg(active))
			s.narrowed(q, part, "active", from, limit)
		}
	}
}

// closedDue adds the closed cases with a deadline, of which there are few, newest first: by another index, all that are closed would be
// looked through for them. The sums keep PostgreSQL from the index of the order.
func (b *Book) closedDue(s *asking, q Query, br branch, from *place, limit int, next func()) {
	next()
	b.along(s, q, "listing_closed_due")
	s.add("l.active = 0 AND l.due < ", strconv.FormatInt(never, 10)) // the index's own words
	s.since(q.within, "l.id")
	s.bounded(br, "l")
	s.where(q, "l", "active")
	s.after(q, from, "l.id")
	column, _ := q.key()
	s.add(" ORDER BY l.", column, " + 0 DESC, l.id + 0 DESC LIMIT ", s.arg(limit), ") AS b")
}

// each is a branch for each restriction.
func (br branch) each() []branch {
	var all []branch
	for _, r := range br.restricted {
		part := br
		part.restricted = []int64{r}
		all = append(all, part)
	}
	return all
}

// arrivals adds the branches of a list by arrival: from the index of words, which knows most of what narrows it, where
// something does.
func (b *Book) arrivals(s *asking, a Actor, q Query, br branch, from *place, limit int, next func()) {
	if !q.worded([]branch{br}) {
		next()
		b.along(s, q, "")
		s.add("l.id > 0")
		s.narrowed(q, br, "", from, limit)
		return
	}
	below := int64(math.MaxInt64)
	if from != nil {
		below = from.ID
	}
	for _, part := range br.each() {
		next()
		kept := part.restricted[0]
		if kept == inQuarantine { // there are few, and of their words none are kept
			b.along(s, q, "listing_queue")
			s.add("l.active >= 0")
			s.since(q.within, "l.id")
			s.narrowed(q, part, "", from, limit)
			continue
		}
		s.add("SELECT id AS k, id FROM (")
		order := b.matches(s, a, q, br, kept, below)
		s.add(" ORDER BY ", order, " DESC LIMIT ", s.arg(limit), ") AS b) AS w")
	}
}

// along begins a branch that goes along an index.
func (b *Book) along(s *asking, q Query, index string) {
	column, _ := q.key()
	s.add("SELECT * FROM (SELECT l.", column, " AS k, l.id FROM listing l", b.hint(index), " WHERE ")
}

// narrowed ends such a branch.
func (s *asking) narrowed(q Query, br branch, leads string, from *place, limit int) {
	s.bounded(br, "l")
	s.where(q, "l", leads)
	s.after(q, from, "l.id")
	s.sorted(q, "l.id", limit)
}

// named adds the branch of the cases on which an actor is named.
func (b *Book) named(s *asking, a Actor, q Query, br branch, kind string, kept int64, from *place, limit int) {
	column, down := q.key()
	key, index := "l."+column, "listing_named_"+column
	if column == "id" {
		key, index = "l.case_id", ""
	}
	s.add("SELECT * FROM (SELECT ", key, " AS k, l.case_id AS id FROM listing_named l")
	if index != "" {
		s.add(b.hint(index))
	}
	s.add(" WHERE l.person = ", s.arg(int64(a.ID)), " AND l.kind = ", s.arg(kind), " AND l.kept = ", s.arg(kept))
	if exactly := without(br.restricted, func(r int64) bool { return min(r, 1) != kept }); kept == 1 && len(exactly) == 1 && kind != asReporter {
		in(s, "l.restricted", exactly)
	}
	if br.states != nil {
		in(s, "l.state", br.states)
	}
	s.where(q, "l", "")
	s.since(q.within, "l.case_id")
	s.afterKey(from, key, "l.case_id", down)
	s.add(" ORDER BY ", key, way(down), ", l.case_id", way(down), " LIMIT ", s.arg(limit), ") AS named")
}

// since leaves out the cases before a span, where words are looked for in one: what another index finds there is not all that there is.
func (s *asking) since(within span, id string) {
	if within.words != nil {
		s.add(" AND ", id, " >= COALESCE((SELECT first FROM epochs WHERE no = ", s.arg(within.first), "), 0)")
	}
}

// after adds the condition that a case stands behind a place.
func (s *asking) after(q Query, from *place, id string) {
	column, down := q.key()
	s.afterKey(from, "l."+column, id, down)
}

func (s *asking) afterKey(from *place, key, id string, down bool) {
	if from == nil {
		return
	}
	than := " > "
	if down {
		than = " < "
	}
	if key == id {
		s.add(" AND ", id, than, s.arg(from.ID))
		return
	}
	s.add(" AND (", key, ", ", id, ")", than, "(", s.arg(from.Key), ", ", s.arg(from.ID), ")")
}

// sorted ends a branch.
func (s *asking) sorted(q Query, id string, limit int) {
	column, down := q.key()
	if column == "id" {
		s.add(" ORDER BY ", id, way(down))
	} else {
		s.add(" ORDER BY l.", column, way(down), ", ", id, way(down))
	}
	s.add(" LIMIT ", s.arg(limit), ") AS b")
}

// hint has SQLite take the index that leads, or none and the table in the order of its ids: without statistics of
// values it cannot know. PostgreSQL has them.
func (b *Book) hint(index string) string {
	switch {
	case b.db.Dialect != sqldb.SQLite:
		return ""
	case index == "":
		return " NOT INDEXED"
	}
	return " INDEXED BY " + index
}

// ask asks the database.
func (b *Book) ask(ctx context.Context, s *asking) (*sql.Rows, error) {
	if b.trace != nil {
		b.trace(s.String(), s.args)
	}
	return b.db.Reader().QueryContext(ctx, s.String(), s.args...)
}

// number asks the database for one number.
func (b *Book) number(ctx context.Context, s *asking) (n int64, err error) {
	rows, err := b.ask(ctx, s)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(&n); err != nil {
			return 0, err
		}
	}
	return n, rows.Err()
}

// hits reads what was found.
func (b *Book) hits(ctx context.Context, s *asking) ([]hit, error) {
	rows, err := b.ask(ctx, s)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []hit
	for rows.Next() {
		var h hit
		if err := rows.Scan(&h.key, &h.id, &h.doc); err != nil {
			return nil, err
		}
		found = append(found, h)
	}
	return found, rows.Err()
}
