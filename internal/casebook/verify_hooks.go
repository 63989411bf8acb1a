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

// replyRows holds the team's replies against the events of the casebook: what reporters are sent is not to be reworded by
// hand.
func (v *verifier) replyRows() error {
	there := map[string]bool{}
	err := v.each("SELECT name, body, retired FROM replies", nil, func(rows *sql.Rows) error {
		var r ReplySet
		var retired int64
		if err := rows.Scan(&r.Name, &r.Body, &retired); err != nil {
			return err
		}
		there[r.Name] = true
		want, known := v.replies[r.Name]
		r.Retired = want.Retired
		switch {
		case !known:
			v.problem("replies", 0, 0, 0, "no event tells of %q", brief([]any{r.Name}))
		case r != want || retired != flag(want.Retired):
			v.problem("replies", 0, 0, 0, "%q is not what was made", brief([]any{r.Name}))
		}
		return nil
	})
	for name := range v.replies {
		if !there[name] {
			v.problem("replies", 0, 0, 0, "%q is missing", brief([]any{name}))
		}
	}
	return err
}
