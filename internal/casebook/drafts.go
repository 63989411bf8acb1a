package casebook

import (
	"context"
	"strings"
	"time"

	"bugbar/internal/fault"
	"bugbar/internal/sqldb"
)

// Draft is what somebody of the team has begun to write on a case and not sent.
type Draft struct {
	Visibility string // who would read it
	Text       string
	Since      int64 // the number of the case's last event when it was begun
	At         int64 // ms: last changed
}

// Limits of drafts.
const (
	MaxDrafts    = 200                 // of one person
	MaxDraftTime = 30 * 24 * time.Hour // since the last change; older ones are forgotten
)

const dropDraft = "DELETE FROM drafts WHERE person = $1 AND case_id = $2 AND visibility = $3"

// Drafts are those that the actor keeps on a case, by who would read them.
func (b *Book) Drafts(ctx context.Context, a Actor, c *Case) (map[string]Draft, error) {
	rows, err := b.db.Reader().QueryContext(ctx, "SELECT visibility, body, since, at FROM drafts WHERE person = $1 AND case_id = $2 AND at >= $3",
		int64(a.ID), int64(c.ID), ms(b.now().Add(-MaxDraftTime)))
	if err != nil {
		return nil, b.db.Trouble(err)
	}
	defer rows.Close()
	drafts := map[string]Draft{}
	for rows.Next() {
		var d Draft
		if err := rows.Scan(&d.Visibility, &d.Text, &d.Since, &d.At); err != nil {
			return nil, b.db.Trouble(err)
		}
		drafts[d.Visibility] = d
	}
	return drafts, b.db.Trouble(rows.Err())
}

// KeepDraft keeps what the actor has written so far; an empty text is forgotten. It is no event and changes nothing of the
// case, and what others do to the case meanwhile does not touch it.
func (b *Book) KeepDraft(ctx context.Context, a Actor, id ID, visibility, text string) error {
	text = storable(text)
	c, err := b.load(ctx, id)
	if err != nil {
		return err
	}
	if err := b.mayDraft(a, c, visibility); err != nil {
		return err
	}
	if strings.TrimSpace(text) == "" {
		return b.db.Commit(ctx, sqldb.S(dropDraft, int64(a.ID), int64(id), visibility))
	}
	if len(text) > MaxMessage {
		return fault.New(fault.Invalid, "larger than %d KiB", MaxMessage>>10).In("text").Do("attach it as a file")
	}
	if err := b.roomForDraft(ctx, a, id, visibility); err != nil {
		return err
	}
	return b.db.Commit(ctx, sqldb.S(`INSERT INTO drafts (person, case_id, visibility, body, since, at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (person, case_id, visibility) DO UPDATE SET body = excluded.body, at = excluded.at`,
		int64(a.ID), int64(id), visibility, text, c.Version, ms(b.now())))
}

// mayDraft asks for the right to send. Who is not of the team keeps drafts elsewhere.
func (b *Book) mayDraft(a Actor, c *Case, visibility string) error {
	if err := (Post{Visibility: visibility, Text: "-"}).check(); err != nil {
		return err
	}
	right := WriteTeam
	if visibility == ToReporter {
		right = WriteReporter
	}
	if err := b.May(a, right, c); err != nil {
		return err
	}
	if a.ID == 0 || len(a.Roles) == 0 {
		return fault.New(fault.Forbidden, "only the team keeps drafts here").Do("keep the text yourself")
	}
	return nil
}

func (b *Book) roomForDraft(ctx context.Context, a Actor, id ID, visibility string) error {
	var others int
	err := b.db.Reader().QueryRowContext(ctx, "SELECT COUNT(*) FROM drafts WHERE person = $1 AND NOT (case_id = $2 AND visibility = $3)", int64(a.ID), int64(id), visibility).Scan(&others)
	if err == nil && others >= MaxDrafts {
		return fault.New(fault.Invalid, "at most %d drafts are kept", MaxDrafts).Do("send or discard one")
	}
	return b.db.Trouble(err)
}
