package casebook

import (
	"database/sql"
	"strings"
)

// webhookRows holds the webhooks against the events of the casebook: one that was put in, pointed elsewhere or given to another
// owner by hand would tell outsiders what happens.
func (v *verifier) webhookRows() error {
	salt := ""
	if err := v.tx.QueryRowContext(v.ctx, "SELECT COALESCE((SELECT value FROM settings WHERE name = 'salt'), '')").Scan(&salt); err != nil {
		return err
	}
	there := map[ID]bool{}
	err := v.each("SELECT id, owner, case_id, url, secret, kinds, status FROM webhooks", nil, func(rows *sql.Rows) error {
		var h Webhook
		var kinds string
		if err := rows.Scan(&h.ID, &h.Owner, &h.Case, &h.URL, &h.Secret, &kinds, &h.Status); err != nil {
			return err
		}
		h.Kinds, there[h.ID] = strings.Fields(kinds), true
		p, known := v.hooks[h.ID]
		switch {
		case !known || p.Status == hookRemoved:
			v.problem("webhooks", h.ID, 0, 0, "no event tells of it")
		case p.Digest != h.digest(salt):
			v.problem("webhooks", h.ID, 0, 0, "it is not what was made")
		case h.Status != p.Status && (p.Status != HookActive || h.Status != HookFailing):
			v.problem("webhooks", h.ID, 0, 0, "it is %s, and was set %s", h.Status, p.Status)
		}
		return nil
	})
	for id, p := range v.hooks {
		if !there[id] && p.Status != hookRemoved {
			v.problem("webhooks", id, 0, 0, "it is missing")
		}
	}
	return err
}
