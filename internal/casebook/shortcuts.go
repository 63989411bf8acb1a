package casebook

import (
	"context"

	"bugbar/internal/fault"
	"bugbar/internal/sqldb"
)

// Bounds of what somebody keeps about keys. What there is to press, and what clashes, the pages know.
const (
	maxShortcuts   = 100
	maxShortcutLen = 40 // bytes, of an action and of its keys
)

// Shortcuts are the keys that the actor chose, by action. An empty one is for none; what is missing is as it comes.
func (b *Book) Shortcuts(ctx context.Context, a Actor) (map[string]string, error) {
	rows, err := b.db.Reader().QueryContext(ctx, "SELECT action, keys FROM shortcuts WHERE person = $1", int64(a.ID))
	if err != nil {
		return nil, b.db.Trouble(err)
	}
	defer rows.Close()
	chosen := map[string]string{}
	for rows.Next() {
		var action, keys string
		if err := rows.Scan(&action, &keys); err != nil {
			return nil, b.db.Trouble(err)
		}
		chosen[action] = keys
	}
	return chosen, b.db.Trouble(rows.Err())
}

// KeepShortcuts keeps the keys that the actor chose in place of those that were kept; none resets them.
func (b *Book) KeepShortcuts(ctx context.Context, a Actor, chosen map[string]string) error {
	if a.ID == 0 || a.Scopes != nil {
		return fault.New(fault.Forbidden, "only people with an account choose keys")
	}
	if len(chosen) > maxShortcuts {
		return fault.New(fault.Invalid, "at most %d keys can be chosen", maxShortcuts)
	}
	change := []sqldb.Stmt{sqldb.S("DELETE FROM shortcuts WHERE person = $1", int64(a.ID))}
	for action, keys := range chosen {
		if action == "" || len(action) > maxShortcutLen || len(keys) > maxShortcutLen {
			return fault.New(fault.Invalid, "an action and its keys have at most %d characters", maxShortcutLen).In("keys")
		}
		change = append(change, sqldb.S("INSERT INTO shortcuts (person, action, keys) VALUES ($1, $2, $3)", int64(a.ID), action, keys))
	}
	return b.db.Commit(ctx, change...)
}
