package casebook

import (
	"context"
	"encoding/json"
	"slices"
)

// maxThanked bounds the names on the page of thanks.
const maxThanked = 500

// Thanked lists how reporters of mended weaknesses want to be named, as far as they do. Cases that are not
// public knowledge add nobody.
func (b *Book) Thanked(ctx context.Context) ([]string, error) {
	rows, err := b.db.Reader().QueryContext(ctx, `SELECT p.doc FROM cases c
		JOIN access a ON a.case_id = c.id AND a.role = 'reporter' JOIN people p ON p.id = a.person AND p.status = 'active'
		WHERE c.state IN ('published', 'closed') AND c.restricted = 0 AND c.outcome IN ('critical', 'important', 'moderate', 'low', 'in-scope')
		ORDER BY c.due, c.id LIMIT $1`, maxThanked)
	if err != nil {
		return nil, b.db.Trouble(err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var doc string
		var p Person
		if err := rows.Scan(&doc); err != nil {
			return nil, b.db.Trouble(err)
		}
		if json.Unmarshal([]byte(doc), &p) == nil && p.Identity.Credit != "" {
			names = append(names, p.Identity.Credit)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), b.db.Trouble(rows.Err())
}
