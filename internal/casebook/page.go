package casebook

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"math"
	"slices"

	"bugbar/internal/fault"
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

// below bounds the ids of a list by arrival that goes on from a place, or begins.
func (p *place) below() int64 {
	if p == nil {
		return math.MaxInt64
	}
	return p.ID
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

// page reads a page of a list without words.
func (b *Book) page(ctx context.Context, a Actor, q Query, from *place) (found []hit, err error) {
	reach := b.reach(a, q)
	if !q.worded(reach) {
		return b.pageOf(ctx, a, q, reach, from)
	}
	err = b.newestFirst(ctx, from.below(), q.Limit+1, func(within span) (int, error) {
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
