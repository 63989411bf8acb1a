package casebook

import (
	"context"
	"time"

	"bugbar/internal/sqldb"
)

// For how long somebody counts as being at a case after their browser said so, and how often that is written.
const (
	presenceTime  = 75 * time.Second
	presenceEvery = 20 * time.Second
)

// Here notes that the actor has a case open, and returns who else of the team has, by their ids. It is no event and no
// look, and nothing of it is left after a few minutes.
func (b *Book) Here(ctx context.Context, a Actor, id ID) ([]ID, error) {
	c, err := b.load(ctx, id)
	if err != nil {
		return nil, err
	}
	opens := c.Quarantined && b.May(a, OpenQuarantine, c) == nil
	if err := b.May(a, ReadCase, c); err != nil && !opens {
		return nil, err
	}
	if !a.presentAt(c) || c.Quarantined && !opens {
		return nil, nil
	}
	now := ms(b.now())
	others, mine, err := b.present(ctx, a, id, now-presenceTime.Milliseconds())
	if err != nil || now-mine < presenceEvery.Milliseconds() {
		return others, err
	}
	return others, b.db.Commit(ctx, sqldb.S("INSERT INTO presence (case_id, person, seen) VALUES ($1, $2, $3) ON CONFLICT (case_id, person) DO UPDATE SET seen = excluded.seen",
		int64(id), int64(a.ID), now))
}

// presentAt says whether the actor is of those who see each other at a case: people of the team. A program is never
// there, nor is a case's own reporter, who sees nothing of the team.
func (a Actor) presentAt(c *Case) bool {
	return a.ID != 0 && len(a.Roles) > 0 && a.Scopes == nil && !a.reported(c)
}

// present is who was at a case since a moment, without the actor, and when the actor was last.
func (b *Book) present(ctx context.Context, a Actor, id ID, since int64) (others []ID, mine int64, err error) {
	rows, err := b.db.Reader().QueryContext(ctx, "SELECT person, seen FROM presence WHERE case_id = $1 AND seen > $2 ORDER BY person", int64(id), since)
	if err != nil {
		return nil, 0, b.db.Trouble(err)
	}
	defer rows.Close()
	for rows.Next() {
		var person ID
		var seen int64
		if err := rows.Scan(&person, &seen); err != nil {
			return nil, 0, b.db.Trouble(err)
		}
		if person == a.ID {
			mine = seen
			continue
		}
		others = append(others, person)
	}
	return others, mine, b.db.Trouble(rows.Err())
}

// ForgetPresence removes who has left. One process does it now and then: if every writer did, two could wait for
// each other's rows.
func (b *Book) ForgetPresence(ctx context.Context) error {
	return b.db.Commit(ctx, sqldb.S("DELETE FROM presence WHERE seen <= $1", ms(b.now().Add(-presenceTime))))
}
