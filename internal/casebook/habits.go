package casebook

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"unicode/utf8"

	"bugbar/internal/fault"
	"bugbar/internal/sqldb"
)

// View is a search that somebody keeps under a name.
type View struct {
	Name  string `json:"name"`
	Query string `json:"query"`
}

// MaxViews bounds the searches that one person keeps.
const MaxViews = 50

// Views lists the searches that the actor keeps, by name.
func (b *Book) Views(ctx context.Context, a Actor) ([]View, error) {
	rows, err := b.db.Reader().QueryContext(ctx, "SELECT name, query FROM views WHERE person = $1 ORDER BY name", int64(a.ID))
	if err != nil {
		return nil, b.db.Trouble(err)
	}
	defer rows.Close()
	var all []View
	for rows.Next() {
		var v View
		if err := rows.Scan(&v.Name, &v.Query); err != nil {
			return nil, b.db.Trouble(err)
		}
		all = append(all, v)
	}
	return all, b.db.Trouble(rows.Err())
}

// KeepView keeps a search under a name; one without a query is forgotten.
func (b *Book) KeepView(ctx context.Context, a Actor, v View) error {
	v.Name, v.Query = strings.TrimSpace(v.Name), strings.TrimSpace(v.Query)
	if a.ID == 0 {
		return fault.New(fault.Forbidden, "only people with an account keep searches")
	}
	if n := utf8.RuneCountInString(v.Name); n == 0 || n > 60 {
		return fault.New(fault.Invalid, "a name has 1 to 60 characters").In("name")
	}
	if v.Query == "" {
		return b.db.Commit(ctx, sqldb.S("DELETE FROM views WHERE person = $1 AND name = $2", int64(a.ID), v.Name))
	}
	if _, err := ParseQuery(v.Query); err != nil {
		return err
	}
	have, err := b.Views(ctx, a)
	if err != nil {
		return err
	}
	if len(have) >= MaxViews {
		return fault.New(fault.Invalid, "at most %d searches are kept", MaxViews).Do("forget one")
	}
	return b.db.Commit(ctx, sqldb.S("INSERT INTO views (person, name, query) VALUES ($1, $2, $3) ON CONFLICT (person, name) DO UPDATE SET query = excluded.query", int64(a.ID), v.Name, v.Query))
}

// Visit notes that the actor has seen a case as it is, and returns the number of the last event that they had seen
// before; 0 where they had seen nothing of it.
func (b *Book) Visit(ctx context.Context, a Actor, c *Case) (int64, error) {
	if a.ID == 0 {
		return 0, nil
	}
	var before int64
	err := b.db.Reader().QueryRowContext(ctx, "SELECT seq FROM visits WHERE person = $1 AND case_id = $2", int64(a.ID), int64(c.ID)).Scan(&before)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, b.db.Trouble(err)
	}
	if before >= c.Revision {
		return before, nil
	}
	return before, b.db.Commit(ctx, sqldb.S("INSERT INTO visits (person, case_id, seq) VALUES ($1, $2, $3) ON CONFLICT (person, case_id) DO UPDATE SET seq = excluded.seq",
		int64(a.ID), int64(c.ID), c.Version))
}

// Visits is how far the actor has read each of some cases, as Visit noted it; cases that they never opened are missing.
func (b *Book) Visits(ctx context.Context, a Actor, cases []Summary) (map[ID]int64, error) {
	seen := map[ID]int64{}
	if a.ID == 0 || len(cases) == 0 {
		return seen, nil
	}
	s, ids := &asking{}, make([]int64, len(cases))
	for i, c := range cases {
		ids[i] = int64(c.ID)
	}
	s.add("SELECT case_id, seq FROM visits WHERE person = ", s.arg(int64(a.ID)))
	in(s, "case_id", ids)
	rows, err := b.db.Reader().QueryContext(ctx, s.String(), s.args...)
	if err != nil {
		return nil, b.db.Trouble(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id ID
		var seq int64
		if err := rows.Scan(&id, &seq); err != nil {
			return nil, b.db.Trouble(err)
		}
		seen[id] = seq
	}
	return seen, b.db.Trouble(rows.Err())
}
