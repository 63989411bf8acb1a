package casebook

import (
	"slices"
	"strconv"

	"bugbar/internal/process"
	"bugbar/internal/sqldb"
)

// Lists of cases that need no name are walks along the indexes of the listing, one for each value of the filter that leads, in the order that
// is asked for; those by arrival are found by the index of words.

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

// open adds the branches of the cases that need no name: one for each value of what leads.
func (b *Book) open(s *asking, a Actor, q Query, br branch, from *place, limit int, next func()) {
	active := activeIn(common(q.States, br.states), q.Active, b.process)
	closed := active != nil && !*active
	if q.DueBy != 0 && q.DueBy < never && (closed && q.Order != ByDue || active == nil && q.Order == ByUpdated) {
		b.closedDue(s, q, br, from, limit, next)
		if closed {
			return
		}
		q.Active = new(true) // the others
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
	s.conditions(q, br, "active", from)
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
		order := b.matches(s, a, q, br, kept, from.below())
		s.add(" ORDER BY ", order, " DESC LIMIT ", s.arg(limit), ") AS b) AS w")
	}
}

// along begins a branch that goes along an index.
func (b *Book) along(s *asking, q Query, index string) {
	column, _ := q.key()
	s.add("SELECT * FROM (SELECT l.", column, " AS k, l.id FROM listing l", b.hint(index), " WHERE ")
}

// conditions are what narrows such a branch, but for the filter that leads.
func (s *asking) conditions(q Query, br branch, leads string, from *place) {
	s.bounded(br, "l")
	s.where(q, "l", leads)
	s.after(q, from, "l.id")
}

// narrowed ends such a branch in the order of the query.
func (s *asking) narrowed(q Query, br branch, leads string, from *place, limit int) {
	s.conditions(q, br, leads, from)
	s.sorted(q, "l.id", limit)
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
