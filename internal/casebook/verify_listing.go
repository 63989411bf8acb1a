package casebook

import (
	"database/sql"
	"fmt"
	"maps"
	"slices"
)

// atOnce is for how many cases lists are made anew at a time.
const atOnce = 200

// listing makes what lists, counts and searches are read from anew, and compares. What waits for its place in the
// ledger is not expected to be there yet.
func (v *verifier) listing() error {
	counts := tally{}
	for last := least; ; {
		ids, err := v.ids("SELECT id FROM cases WHERE id > $1 ORDER BY id LIMIT $2", last, atOnce)
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			break
		}
		last = int64(ids[len(ids)-1])
		if err := v.listed(ids, counts); err != nil {
			return err
		}
	}
	for name, table := range map[string]string{"listing": "listing l", "listing_named": "(SELECT DISTINCT case_id AS id FROM listing_named) l"} {
		strays, err := v.ids("SELECT l.id FROM "+table+" LEFT JOIN cases c ON c.id = l.id WHERE c.id IS NULL LIMIT $1", maxProblems)
		if err != nil {
			return err
		}
		for _, id := range strays {
			v.problem(name, id, 0, 0, "there is no such case")
		}
	}
	return v.counted(counts)
}

func (v *verifier) ids(query string, args ...any) ([]ID, error) {
	var ids []ID
	err := v.each(query, args, func(rows *sql.Rows) error {
		var id ID
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	})
	return ids, err
}

// among reads the ids that a query finds among some.
func (v *verifier) among(query string, ids []ID) (map[ID]bool, error) {
	found := map[ID]bool{}
	err := each(v.ctx, v.tx, query, "", ids, func(scan func(...any) error) error {
		var id ID
		err := scan(&id)
		found[id] = true
		return err
	})
	return found, err
}

// listed compares the rows of some cases, and counts them.
func (v *verifier) listed(ids []ID, counts tally) error {
	entries, err := v.entries(v.ctx, v.tx, ids)
	if err != nil {
		return nil //nolint:nilerr // a case that cannot be read was told of
	}
	have, err := listed(v.ctx, v.tx, ids)
	if err != nil {
		return err
	}
	waiting, err := v.among("SELECT DISTINCT stream FROM events WHERE pos IS NULL AND stream", ids)
	if err != nil {
		return err
	}
	named, err := v.namedRows(ids)
	if err != nil {
		return err
	}
	var found [2]map[ID]bool
	for i, table := range searchTables {
		if found[i], err = v.among("SELECT "+v.searchID()+" FROM "+table+" WHERE "+v.searchID(), ids); err != nil {
			return err
		}
	}
	for _, e := range entries {
		l, there := have[e.id]
		if there {
			counts.add(l, 1)
		}
		if waiting[e.id] {
			continue
		}
		kept := e.restricted != 0
		switch {
		case !there:
			v.problem("listing", e.id, 0, 0, "the case is missing")
		case l != e.listing:
			v.problem("listing", e.id, 0, 0, "the row is not what the case comes to")
		case fmt.Sprint(named[e.id]) != fmt.Sprint(sortedRows(e.namedRows())):
			v.problem("listing_named", e.id, 0, 0, "the rows are not what the case comes to")
		case found[0][e.id] != (!kept && e.text != ""), found[1][e.id] != (kept && e.text != ""):
			v.problem("search", e.id, 0, 0, "the case is where it should not be, or not where it should")
		}
	}
	return nil
}

// namedRows reads who is named in the lists for some cases.
func (v *verifier) namedRows(ids []ID) (map[ID][]string, error) {
	rows := map[ID][]string{}
	err := each(v.ctx, v.tx, `SELECT person, kind, kept, case_id, restricted, active, state, track, outcome, type, product, assignee, waiting, due, updated
		FROM listing_named WHERE case_id`, "", ids, func(scan func(...any) error) error {
		var person, kept, id, restricted, active, assignee, due, updated int64
		var kind, state, track, outcome, typ, product, waiting string
		err := scan(&person, &kind, &kept, &id, &restricted, &active, &state, &track, &outcome, &typ, &product, &assignee, &waiting, &due, &updated)
		rows[ID(id)] = append(rows[ID(id)], fmt.Sprint([]any{person, kind, kept, id, restricted, active, state, track, outcome, typ, product, assignee, waiting, due, updated}))
		return err
	})
	for _, of := range rows {
		slices.Sort(of)
	}
	return rows, err
}

func sortedRows(rows [][]any) []string {
	var texts []string
	for _, row := range rows {
		texts = append(texts, fmt.Sprint(row))
	}
	slices.Sort(texts)
	return texts
}

// counted holds the tallies against the rows of the listing, which were held against the cases.
func (v *verifier) counted(counts tally) error {
	err := v.each("SELECT state, track, outcome, type, n FROM tallies", nil, func(rows *sql.Rows) error {
		var key [4]string
		var n int64
		err := rows.Scan(&key[0], &key[1], &key[2], &key[3], &n)
		counts[key] -= n
		return err
	})
	for _, key := range slices.SortedFunc(maps.Keys(counts), func(a, b [4]string) int { return slices.Compare(a[:], b[:]) }) {
		if off := counts[key]; off != 0 {
			v.problem("tallies", 0, 0, 0, "%v: %d cases are not counted", key, off)
		}
	}
	return err
}
