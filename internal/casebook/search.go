package casebook

import (
	"context"
	"slices"
	"strings"

	"bugbar/internal/sqldb"
)

// Words of the search index that begin with a sign are not of a text:
//
//	+word      a word that stands only in what is written for the team
//	@person    somebody is named on the case
//	=f:value   the case has this value of a filter
//	#n, ##n    the case is of this epoch, this age (epochs.go)
//
// They let the index alone find what a query asks, so that neither common words nor rare filters take long.

// searchTables hold the words of the cases that are not restricted, and of those that are.
var searchTables = [2]string{"search", "search_kept"}

// expression writes what is to be found in the language of one database's index.
type expression struct {
	dialect sqldb.Dialect
	parts   []string // which all must be so
}

// any adds that one of several words occurs; nothing where there are none.
func (e *expression) any(words ...wanted) {
	if len(words) == 0 {
		return
	}
	or := " OR "
	if e.dialect == sqldb.Postgres {
		or = " | "
	}
	var alternatives []string
	for _, w := range words {
		alternatives = append(alternatives, e.word(w))
	}
	e.parts = append(e.parts, "("+strings.Join(alternatives, or)+")")
}

// word quotes a word. Words are made of the few characters of ASCII that fold leaves.
func (e *expression) word(w wanted) string {
	switch {
	case e.dialect == sqldb.Postgres && w.prefix:
		return "'" + w.word + "':*"
	case e.dialect == sqldb.Postgres:
		return "'" + w.word + "'"
	case w.prefix:
		return `"` + w.word + `"*`
	}
	return `"` + w.word + `"`
}

// expression is what the index is asked for a branch.
func (b *Book) expression(a Actor, q Query, br branch) []string {
	e := &expression{dialect: b.db.Dialect}
	e.any(q.within.words...)
	for _, w := range wantedWords(q.Text) {
		if br.team {
			e.any(w, wanted{"+" + w.word, w.prefix})
		} else {
			e.any(w)
		}
	}
	for name, values := range q.filterWords(br) {
		alternatives := make([]wanted, len(values))
		for i, v := range values {
			alternatives[i] = wanted{word: filterWord(name, v)}
		}
		e.any(alternatives...)
	}
	if !br.open() {
		e.any(wanted{word: personWord(a.ID)})
	}
	if q.Assignee != 0 {
		e.any(wanted{word: personWord(q.Assignee)})
	}
	return e.parts
}

// filterWords are the filters that the index knows.
func (q Query) filterWords(br branch) map[string][]string {
	all := map[string][]string{}
	for name, values := range map[string][]string{"s": common(q.States, br.states), "t": q.Types, "o": q.Outcomes, "p": q.Products, "k": q.Tracks, "w": q.Waiting} {
		if len(values) > 0 {
			all[name] = values
		}
	}
	if q.Active != nil {
		all["a"] = []string{map[bool]string{true: "1", false: "0"}[*q.Active]}
	}
	return all
}

// filterWord is the word for a value of a filter: a digest, whatever the value is made of.
func filterWord(name, value string) string { return "=" + name + ":" + digestOf(value)[:10] }

func personWord(id ID) string { return "@" + strings.ToLower(id.String()) }

// search reads a page of the cases that hold all words, newest first.
func (b *Book) search(ctx context.Context, a Actor, q Query, from *place) (found []hit, err error) {
	below := from.below()
	reach := b.reach(a, q)
	err = b.newestFirst(ctx, below, q.Limit+1, func(within span) (int, error) {
		q.within = within
		found, err = b.searched(ctx, a, q, reach, below)
		return len(found), err
	})
	return found, err
}

// searched reads the cases with all words whose ids stand below one id.
func (b *Book) searched(ctx context.Context, a Actor, q Query, reach []branch, below int64) ([]hit, error) {
	s := &asking{}
	s.add("SELECT p.id AS k, p.id, c.doc FROM (SELECT id FROM (")
	n := 0
	for _, br := range reach {
		for _, kept := range br.restricted {
			if n++; n > 1 {
				s.add(" UNION ")
			}
			order := b.matches(s, a, q, br, kept, below)
			s.add(" ORDER BY ", order, " DESC LIMIT ", s.arg(q.Limit+1), ") AS b")
		}
	}
	if a.Case != 0 && a.permits(ReadCase) {
		if n++; n > 1 {
			s.add(" UNION ")
		}
		b.ownMatch(s, a, q, below)
	}
	if n == 0 {
		return nil, nil
	}
	s.add(") AS u ORDER BY id DESC LIMIT ", s.arg(q.Limit+1), ") AS p JOIN cases c ON c.id = p.id ORDER BY p.id DESC")
	return b.hits(ctx, s)
}

// matches adds the cases of a branch that hold the words: those that are restricted, or those that are not. As all that
// lists are found by, they are as the ledger knows them. It returns the column by which they are sorted.
func (b *Book) matches(s *asking, a Actor, q Query, br branch, kept, below int64) (order string) {
	table := searchTables[kept]
	id := "s." + b.searchID()
	s.add("SELECT * FROM (SELECT ", id, " AS id FROM ")
	order = id
	words := b.expression(a, q, br)
	if b.db.Dialect == sqldb.Postgres { // by the index of words alone, whatever the planner makes of order and limit
		s.add("(SELECT s.id, s.id + 0 AS k FROM ", table, " s WHERE ")
		b.match(s, table, words)
		s.add(" AND s.id + 0 < ", s.arg(below), " ORDER BY 2 DESC OFFSET 0) s WHERE 1 = 1")
		order = "s.k"
	} else {
		s.add(table, " s WHERE ")
		b.match(s, table, words)
		s.add(" AND ", id, " < ", s.arg(below))
	}
	switch {
	case !br.open():
		s.namedAtAll(a, br, kept)
		s.add(" AND EXISTS (SELECT 1 FROM listing_named l WHERE l.person = ", s.arg(int64(a.ID)), " AND l.kept = ", s.arg(kept), " AND l.case_id = ", id)
		in(s, "l.kind", br.kinds)
	case !q.indexed():
		s.add(" AND EXISTS (SELECT 1 FROM listing l WHERE l.id = ", id)
	default:
		return order
	}
	if !q.indexed() {
		s.where(q, "l", "")
	}
	s.add(") = TRUE") // as a plain condition, SQLite would make a join of it and sort all that there is
	return order
}

// namedAtAll adds that somebody is named in a way on any case: who has never reported one need not look through all on which
// they are named otherwise.
func (s *asking) namedAtAll(a Actor, br branch, kept int64) {
	s.add(" AND EXISTS (SELECT 1 FROM listing_named n WHERE n.person = ", s.arg(int64(a.ID)), " AND n.kept = ", s.arg(kept))
	in(s, "n.kind", br.kinds)
	s.add(")")
}

// indexed says whether the index of words knows all that the query asks.
func (q Query) indexed() bool { return !q.Nobody && q.DueBy == 0 && q.Assignee == 0 }

// worded says whether a list by arrival is found by the index of words: an open branch is narrowed by what it knows.
func (q Query) worded(reach []branch) bool {
	return q.Order == ByArrival && slices.ContainsFunc(reach, func(br branch) bool {
		return br.open() && (len(q.filterWords(br)) > 0 || q.Assignee != 0)
	})
}

// ownMatch adds the one case of a reporter who came with its key.
func (b *Book) ownMatch(s *asking, a Actor, q Query, below int64) {
	for kept, table := range searchTables {
		if kept == 1 {
			s.add(" UNION ")
		}
		s.add("SELECT * FROM (SELECT s.", b.searchID(), " AS id FROM ", table, " s CROSS JOIN cases l WHERE l.id = s.", b.searchID(), " AND ")
		b.match(s, table, b.expression(Actor{}, q, branch{}))
		s.add(" AND s.", b.searchID(), " = ", s.arg(int64(a.Case)), " AND l.id < ", s.arg(below), " AND l.restricted < 2")
		if q.Embargo != nil {
			in(s, "l.restricted", []int64{flag(*q.Embargo)})
		}
		s.where(q, "l", "")
		s.add(") AS own")
	}
}

func (b *Book) searchID() string {
	if b.db.Dialect == sqldb.Postgres {
		return "id"
	}
	return "rowid"
}

// match adds the condition that a row of an index holds the words. PostgreSQL gets one for each part: of several it skips
// through the lists of words side by side, within one it looks at all of the shortest list.
func (b *Book) match(s *asking, table string, parts []string) {
	if b.db.Dialect == sqldb.SQLite {
		s.add("s.", table, " MATCH ", s.arg(strings.Join(parts, " AND ")))
		return
	}
	for i, part := range parts {
		if i > 0 {
			s.add(" AND ")
		}
		s.add("s.words @@ ", s.arg(part), "::tsquery")
	}
}
