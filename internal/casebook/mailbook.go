package casebook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"bugbar/internal/sqldb"
)

// MailIn names a mail that led to something: it is written in the same step, so that the same mail leads to nothing
// more.
type MailIn struct {
	Message string // keyed digest of its Message-ID and sender
	Party   string // keyed digest of its sender
}

func (m *MailIn) stmts(fate string, id ID, now time.Time) []sqldb.Stmt {
	if m == nil {
		return nil
	}
	return []sqldb.Stmt{sqldb.S("INSERT INTO mails (message, party, fate, case_id, at) VALUES ($1, $2, $3, $4, $5)", m.Message, m.Party, fate, int64(id), ms(now))}
}

// MailSecret is the key of the casebook's mail, made when it is first needed.
func (b *Book) MailSecret(ctx context.Context) ([]byte, error) {
	secret, err := b.Secret(ctx, "mail")
	return []byte(secret), err
}

// MailDigest is what an address or Message-ID is kept as.
func MailDigest(secret []byte, parts ...string) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(strings.ToLower(strings.Join(parts, "\x00"))))
	return hex.EncodeToString(mac.Sum(nil))[:32]
}

// MailKnown says whether a mail was dealt with, and as what.
func (b *Book) MailKnown(ctx context.Context, message string) (fate string, id ID, err error) {
	err = b.db.Reader().QueryRowContext(ctx, "SELECT fate, case_id FROM mails WHERE message = $1", message).Scan(&fate, &id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", 0, nil
	}
	return fate, id, b.db.Trouble(err)
}

// MailDone keeps what became of a mail that leads to nothing, or that was sent.
func (b *Book) MailDone(ctx context.Context, m MailIn, fate string, id ID) error {
	return b.db.Commit(ctx, sqldb.S("INSERT INTO mails (message, party, fate, case_id, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (message) DO NOTHING",
		m.Message, m.Party, fate, int64(id), ms(b.now())))
}

// MailSince counts mails of a party, or of all where it is empty, since a time: those that were sent, or those that
// came.
func (b *Book) MailSince(ctx context.Context, party string, since time.Time, sent bool) (int, error) {
	query := "SELECT COUNT(*) FROM mails WHERE at >= $1 AND (fate = 'sent') = ($2 = 1)"
	args := []any{ms(since), flag(sent)}
	if party != "" {
		query += " AND party = $3"
		args = append(args, party)
	}
	var n int
	err := b.db.Reader().QueryRowContext(ctx, query, args...).Scan(&n)
	return n, b.db.Trouble(err)
}

// MailFates counts what became of mail since a time, for those who watch.
func (b *Book) MailFates(ctx context.Context, since time.Time) (map[string]int, error) {
	rows, err := b.db.Reader().QueryContext(ctx, "SELECT fate, COUNT(*) FROM mails WHERE at >= $1 GROUP BY fate", ms(since))
	if err != nil {
		return nil, b.db.Trouble(err)
	}
	defer rows.Close()
	fates := map[string]int{}
	for rows.Next() {
		var fate string
		var n int
		if err := rows.Scan(&fate, &n); err != nil {
			return nil, b.db.Trouble(err)
		}
		fates[fate] = n
	}
	return fates, b.db.Trouble(rows.Err())
}

// RefuseMail records that a mail of never accepted material was turned away. Nothing of it is kept.
func (b *Book) RefuseMail(ctx context.Context, m MailIn) error {
	return b.logSystem(ctx, SystemActor, Refused{}, m.stmts("refused", 0, b.now())...)
}
