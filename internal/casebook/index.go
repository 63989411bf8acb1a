package casebook

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"slices"
	"strconv"
	"strings"

	"bugbar/internal/sqldb"
)

// index brings what lists, counts and searches need up to date with cases that changed, in the ledger's transaction.
func (b *Book) index(ctx context.Context, tx *sql.Tx, cases []ID) error {
	cases = slices.Clone(cases)
	slices.Sort(cases)
	tallies, to := tally{}, &repeated{tx: tx, ready: map[string]*sql.Stmt{}}
	for chunk := range slices.Chunk(slices.Compact(cases), 200) {
		if err := b.indexChunk(ctx, to, chunk, tallies); err != nil {
			return err
		}
	}
	if err := tallies.write(ctx, tx); err != nil {
		return err
	}
	return b.beginEpoch(ctx, tx)
}

// repeated carries out statements that come again and again, each of which is prepared once.
type repeated struct {
	tx    *sql.Tx
	ready map[string]*sql.Stmt // by text; they end with the transaction
}

func (r *repeated) exec(ctx context.Context, s sqldb.Stmt) (err error) {
	ready := r.ready[s.SQL]
	if ready == nil {
		if ready, err = r.tx.PrepareContext(ctx, s.SQL); err != nil {
			return err
		}
		r.ready[s.SQL] = ready
	}
	_, err = ready.ExecContext(ctx, s.Args...)
	return err
}

func (b *Book) indexChunk(ctx context.Context, to *repeated, ids []ID, tallies tally) error {
	entries, err := b.entries(ctx, to.tx, ids)
	if err != nil {
		return err
	}
	known, err := listed(ctx, to.tx, ids)
	if err != nil {
		return err
	}
	for _, e := range entries {
		old, was := known[e.id]
		if was {
			tallies.add(old, -1)
		}
		tallies.add(e.listing, 1)
		if err := b.writeEntry(ctx, to, e, old, was); err != nil {
			return err
		}
	}
	return nil
}

// listing is a case as its row in the table of that name has it.
type listing struct {
	id                         ID
	restricted, active         int64
	state, track, outcome, typ string
	product                    string
	assignee                   ID
	waiting                    string
	due, updated               int64
	words                      string // digest
}

// entry is a case with all that lists, counts and searches need to know.
type entry struct {
	listing
	named []nameRow
	text  string // its words, sorted
}

type nameRow struct {
	person ID
	kind   string
}

// tally is how the tallies change.
type tally map[[4]string]int64

func (t tally) add(l listing, n int64) {
	if l.restricted == 0 {
		t[[4]string{l.state, l.track, l.outcome, l.typ}] += n
	}
}

func (t tally) write(ctx context.Context, tx *sql.Tx) error {
	sorted := slices.SortedFunc(maps.Keys(t), func(a, b [4]string) int { return cmp.Compare(strings.Join(a[:], "\x00"), strings.Join(b[:], "\x00")) })
	for _, k := range sorted {
		if t[k] == 0 {
			continue
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO tallies (state, track, outcome, type, n) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (state, track, outcome, type) DO UPDATE SET n = tallies.n + excluded.n`, k[0], k[1], k[2], k[3], t[k]); err != nil {
			return err
		}
	}
	return nil
}

// entries reads cases and works out their entries.
func (b *Book) entries(ctx context.Context, tx *sql.Tx, ids []ID) ([]entry, error) {
	cases := map[ID]*Case{}
	err := each(ctx, tx, "SELECT id, doc FROM cases WHERE id", "", ids, func(scan func(...any) error) error {
		var id ID
		var doc string
		if err := scan(&id, &doc); err != nil {
			return err
		}
		c, err := decodeCase(doc)
		cases[id] = c
		return err
	})
	if err != nil {
		return nil, err
	}
	texts := map[ID]*caseText{}
	err = each(ctx, tx, "SELECT stream, visibility, substr(body, 1, "+strconv.Itoa(maxIndexed)+") FROM events WHERE body IS NOT NULL AND stream", "ORDER BY stream, seq", ids, func(scan func(...any) error) error {
		var id ID
		var visibility, body string
		if err := scan(&id, &visibility, &body); err != nil {
			return err
		}
		if texts[id] == nil {
			texts[id] = &caseText{}
		}
		texts[id].add(visibility, body)
		return nil
	})
	if err != nil {
		return nil, err
	}
	var all []entry
	for _, id := range ids {
		if c := cases[id]; c != nil {
			all = append(all, b.entry(c, texts[id]))
		}
	}
	return all, nil
}

// caseText is what was written on a case, up to a bound.
type caseText struct {
	public, team strings.Builder
}

func (t *caseText) add(visibility, body string) {
	to := &t.public
	if visibility != ToReporter {
		to = &t.team
	}
	if room := maxIndexed - to.Len(); room > 0 {
		to.WriteString(body[:min(room, len(body))])
		to.WriteByte('\n')
	}
}

// entry works out the entry of a case.
func (b *Book) entry(c *Case, t *caseText) entry {
	row := b.columns(c)
	e := entry{listing: listing{
		id: c.ID, state: row[3].(string), active: row[4].(int64), track: row[5].(string), outcome: row[6].(string), typ: row[7].(string), product: row[8].(string),
		assignee: ID(row[11].(int64)), waiting: row[12].(string), restricted: row[13].(int64), due: row[14].(int64), updated: row[15].(int64),
	}}
	for p := range c.named() {
		kind := kindOf(p.Role)
		if n := (nameRow{p.Person, kind}); !slices.Contains(e.named, n) && !(kind == asReporter && c.Quarantined) {
			e.named = append(e.named, n)
		}
	}
	slices.SortFunc(e.named, func(a, b nameRow) int { return cmp.Or(cmp.Compare(a.person, b.person), cmp.Compare(a.kind, b.kind)) })
	if !c.Quarantined {
		e.text = e.search(c, t)
		e.words = digestOf(e.text)[:20]
	}
	return e
}

// search collects the words by which a case is found.
func (e *entry) search(c *Case, t *caseText) string {
	all := map[string]bool{}
	add := func(word string) {
		if len(all) < maxDistinct {
			all[word] = true
		}
	}
	for name, value := range map[string]string{"s": e.state, "t": e.typ, "o": e.outcome, "p": e.product, "k": e.track, "w": e.waiting, "a": strconv.FormatInt(e.active, 10)} {
		if value != "" {
			add(filterWord(name, value))
		}
	}
	for _, n := range e.named {
		add(personWord(n.person))
	}
	add(strings.ToLower(c.ID.String()))
	for _, text := range append([]string{c.Title, c.Product, c.Model}, c.Refs...) {
		words(text, add)
	}
	if t != nil {
		words(t.public.String(), add)
		words(t.team.String(), func(w string) {
			if !all[w] {
				add("+" + w)
			}
		})
	}
	return strings.Join(slices.Sorted(maps.Keys(all)), " ")
}

// listed reads the rows of cases as they stand in the listing.
func listed(ctx context.Context, tx *sql.Tx, ids []ID) (map[ID]listing, error) {
	known := map[ID]listing{}
	err := each(ctx, tx, "SELECT id, restricted, active, state, track, outcome, type, product, assignee, waiting, due, updated, words FROM listing WHERE id", "", ids, func(scan func(...any) error) error {
		var l listing
		err := scan(&l.id, &l.restricted, &l.active, &l.state, &l.track, &l.outcome, &l.typ, &l.product, &l.assignee, &l.waiting, &l.due, &l.updated, &l.words)
		known[l.id] = l
		return err
	})
	return known, err
}

// each reads the rows that belong to ids.
func each(ctx context.Context, tx *sql.Tx, query, order string, ids []ID, row func(scan func(...any) error) error) error {
	s := &asking{}
	s.add(query, " IN (")
	for i, id := range ids {
		if i > 0 {
			s.add(", ")
		}
		s.add(s.arg(int64(id)))
	}
	s.add(") ", order)
	rows, err := tx.QueryContext(ctx, s.String(), s.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

const (
	upsertListing = `INSERT INTO listing (id, restricted, active, state, track, outcome, type, product, assignee, waiting, due, updated, words)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (id) DO UPDATE SET restricted = excluded.restricted, active = excluded.active,
		state = excluded.state, track = excluded.track, outcome = excluded.outcome, type = excluded.type, product = excluded.product, assignee = excluded.assignee,
		waiting = excluded.waiting, due = excluded.due, updated = excluded.updated, words = excluded.words`
	insertNamed = `INSERT INTO listing_named (person, kind, kept, case_id, restricted, active, state, track, outcome, type, product, assignee, waiting, due, updated)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`
)

func (l listing) row() []any {
	return []any{
		int64(l.id), l.restricted, l.active, l.state, l.track, l.outcome, l.typ, l.product, int64(l.assignee), l.waiting, l.due, l.updated, l.words,
	}
}

func (e entry) namedRows() [][]any {
	rows := make([][]any, len(e.named))
	for i, n := range e.named {
		row := e.row()
		rows[i] = append([]any{int64(n.person), n.kind, min(e.restricted, 1)}, row[:len(row)-1]...)
	}
	return rows
}

// writeEntry writes what is new of an entry.
func (b *Book) writeEntry(ctx context.Context, to *repeated, e entry, old listing, was bool) error {
	change := []sqldb.Stmt{sqldb.S(upsertListing, e.row()...)}
	if was {
		change = append(change, sqldb.S("DELETE FROM listing_named WHERE case_id = $1", int64(e.id)))
	}
	for _, row := range e.namedRows() {
		change = append(change, sqldb.S(insertNamed, row...))
	}
	if !was || old.words != e.words || min(old.restricted, 1) != min(e.restricted, 1) {
		change = append(change, b.searchStmts(e, was)...)
	}
	for _, s := range change {
		if err := to.exec(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// searchStmts replace the words of a case. Of one in quarantine none stay.
func (b *Book) searchStmts(e entry, was bool) []sqldb.Stmt {
	var change []sqldb.Stmt
	id := b.searchID()
	if was {
		change = append(change, sqldb.S("DELETE FROM search WHERE "+id+" = $1", int64(e.id)), sqldb.S("DELETE FROM search_kept WHERE "+id+" = $1", int64(e.id)))
	}
	if e.text == "" {
		return change
	}
	words := "$2"
	if b.db.Dialect == sqldb.Postgres {
		words = "array_to_tsvector(string_to_array($2 || ' ' || " + epochWords + ", ' '))"
	}
	table := searchTables[min(e.restricted, 1)]
	return append(change, sqldb.S("INSERT INTO "+table+" ("+id+", words) VALUES ($1, "+words+")", int64(e.id), e.text))
}
