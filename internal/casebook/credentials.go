package casebook

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"bugbar/internal/fault"
	"bugbar/internal/sqldb"
)

// The kinds of credentials, and of what is kept beside them.
const (
	kindPassword = "password"
	kindPasskey  = "passkey"
	kindSubject  = "oidc"
	kindToken    = "token"
	kindSession  = "session"
	kindLink     = "link"     // signs in once, in place of what was lost
	kindDevice   = "device"   // a browser from which somebody signed in before
	kindNote     = "note"     // what a server has to remember between two steps of a ceremony
	kindSetup    = "setup"    // makes the first account
	kindThrottle = "throttle" // how often it failed
)

// The prefixes by which people and scanners of leaked secrets know what they found.
const (
	TokenPrefix   = "bbt_"
	SessionPrefix = "bbs_"
	LinkPrefix    = "bbl_"
	devicePrefix  = "bbd_"
	notePrefix    = "bbn_"
	SetupPrefix   = "bbx_"
)

// ErrUnproven marks that nobody proved who they are: a secret is missing, wrong, over or revoked.
var ErrUnproven = errors.New("not proven")

// Credential is a way in which somebody proves who they are, without its secret.
type Credential struct {
	ID      string  `json:"id"` // names it where it is revoked; of no use as a secret
	Kind    string  `json:"kind"`
	Label   string  `json:"label,omitempty"`
	Scopes  []Right `json:"scopes,omitempty"` // of a token
	With    string  `json:"with,omitempty"`   // of a session: how it began
	From    string  `json:"from,omitempty"`   // of a session: from which address
	Created int64   `json:"created"`          // ms
	Expires int64   `json:"expires,omitempty"`
	Used    int64   `json:"used,omitempty"`
}

// details are what the data of tokens and sessions hold.
type details struct {
	Scopes []Right `json:"scopes,omitempty"`
	With   string  `json:"with,omitempty"`
	From   string  `json:"from,omitempty"`
	Proven int64   `json:"proven,omitempty"` // ms: when the person last proved who they are
	Case   ID      `json:"case,omitempty"`   // of a reporter who came with the key of a report
}

// newKey makes a secret of 256 bits behind a prefix.
func newKey(prefix string) string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return prefix + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:]))
}

// credentialID is how a credential is called where its secret must not be.
func credentialID(kind, ref string) string { return digestOf(kind + " " + ref)[:16] }

const insertCredential = `INSERT INTO credentials (person, kind, ref, label, data, created, expires, used) VALUES ($1, $2, $3, $4, $5, $6, $7, 0)`

// credential prepares a row; one without an end lasts until it is revoked.
func (b *Book) credential(person ID, kind, ref, label, data string, lasts time.Duration) sqldb.Stmt {
	now, expires := b.now(), never
	if lasts != 0 {
		expires = ms(now.Add(lasts))
	}
	return sqldb.S(insertCredential, int64(person), kind, ref, label, data, ms(now), expires)
}

func encodeDetails(d details) string {
	data, _ := json.Marshal(d) // strings and numbers
	return string(data)
}

// Credentials lists the ways in which somebody can prove who they are, and their sessions: one's own, or
// for an administrator those of others.
func (b *Book) Credentials(ctx context.Context, a Actor, person ID) ([]Credential, error) {
	if a.ID != person || a.ID == 0 {
		if err := b.May(a, ManageSystem, nil); err != nil {
			return nil, err
		}
	}
	return b.credentials(ctx, person)
}

func (b *Book) credentials(ctx context.Context, person ID) ([]Credential, error) {
	rows, err := b.db.Reader().QueryContext(ctx, `SELECT kind, ref, label, data, created, expires, used FROM credentials
		WHERE person = $1 AND kind IN ('password', 'passkey', 'oidc', 'token', 'session', 'link') AND expires > $2 ORDER BY created, ref`, int64(person), ms(b.now()))
	if err != nil {
		return nil, b.db.Trouble(err)
	}
	defer rows.Close()
	all := []Credential{}
	for rows.Next() {
		var c Credential
		var ref, data string
		if err := rows.Scan(&c.Kind, &ref, &c.Label, &data, &c.Created, &c.Expires, &c.Used); err != nil {
			return nil, b.db.Trouble(err)
		}
		if err := c.describe(ref, data); err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, b.db.Trouble(rows.Err())
}

// describe takes what may be shown from a row.
func (c *Credential) describe(ref, data string) error {
	c.ID = credentialID(c.Kind, ref)
	if c.Expires == never {
		c.Expires = 0
	}
	if c.Kind != kindToken && c.Kind != kindSession {
		return nil
	}
	var d details
	if err := json.Unmarshal([]byte(data), &d); err != nil {
		return fault.New(fault.Internal, "a credential in the database cannot be read: %w", err)
	}
	c.Scopes, c.With, c.From = d.Scopes, d.With, d.From
	return nil
}

// Revoke ends a credential or a session at once: one's own, or for an administrator that of others.
func (b *Book) Revoke(ctx context.Context, w Write, person ID, credential string) error {
	if err := b.mayRevoke(w.Actor, person); err != nil {
		return err
	}
	_, err := b.changePerson(ctx, w.Actor, person, func(*Person) ([]personPayload, []sqldb.Stmt, error) {
		if _, done, err := b.done(ctx, w); done || err != nil {
			return nil, nil, err
		}
		c, ref, err := b.findCredential(ctx, person, credential)
		if err != nil {
			return nil, nil, err
		}
		end := sqldb.S("DELETE FROM credentials WHERE kind = $1 AND ref = $2", c.Kind, ref)
		return []personPayload{CredentialRevoked{Credential: c.Kind, Label: c.Label}}, append(b.remember(w, person), end), nil
	})
	return err
}

// RevokeSessions ends all sessions of somebody, except the one called keep.
func (b *Book) RevokeSessions(ctx context.Context, w Write, person ID, keep string) error {
	if err := b.mayRevoke(w.Actor, person); err != nil {
		return err
	}
	_, err := b.changePerson(ctx, w.Actor, person, func(*Person) ([]personPayload, []sqldb.Stmt, error) {
		if _, done, err := b.done(ctx, w); done || err != nil {
			return nil, nil, err
		}
		end, err := b.endSessions(ctx, person, keep)
		return []personPayload{CredentialRevoked{Credential: kindSession, Why: "all sessions ended"}}, append(b.remember(w, person), end...), err
	})
	return err
}

// endSessions prepares the end of all sessions but one, of unused links, and of what is known of devices.
func (b *Book) endSessions(ctx context.Context, person ID, keep string) ([]sqldb.Stmt, error) {
	kept := ""
	if keep != "" {
		if _, ref, err := b.findCredential(ctx, person, keep); err == nil {
			kept = ref
		}
	}
	return []sqldb.Stmt{sqldb.S("DELETE FROM credentials WHERE person = $1 AND kind IN ('session', 'link', 'device') AND ref <> $2", int64(person), kept)}, nil
}

func (b *Book) mayRevoke(a Actor, person ID) error {
	if a.ID == person && a.ID != 0 && a.Scopes == nil {
		return nil
	}
	return b.May(a, ManageSystem, nil)
}

// findCredential finds a credential of somebody by what it is called.
func (b *Book) findCredential(ctx context.Context, person ID, name string) (Credential, string, error) {
	rows, err := b.db.Reader().QueryContext(ctx, "SELECT kind, ref, label FROM credentials WHERE person = $1", int64(person))
	if err != nil {
		return Credential{}, "", b.db.Trouble(err)
	}
	defer rows.Close()
	for rows.Next() {
		var c Credential
		var ref string
		if err := rows.Scan(&c.Kind, &ref, &c.Label); err != nil {
			return Credential{}, "", b.db.Trouble(err)
		}
		if c.ID = credentialID(c.Kind, ref); c.ID == name {
			return c, ref, nil
		}
	}
	if err := rows.Err(); err != nil {
		return Credential{}, "", b.db.Trouble(err)
	}
	return Credential{}, "", fault.New(fault.NotFound, "there is no credential %q", clip(name)).Do("bugbar token list")
}

func clip(text string) string {
	if len(text) > 40 {
		return text[:40] + "…"
	}
	return text
}

// present says whether the person themself is there, with a session or a terminal, and no program with a token.
func (a Actor) present(person ID) error {
	switch {
	case a.system, a.ID == person && a.ID != 0 && a.Scopes == nil:
		return nil
	case a.Scopes != nil:
		return fault.New(fault.Forbidden, "a token cannot do this").Do("sign in yourself")
	}
	return fault.New(fault.Forbidden, "only the person may do this")
}

// Sweep removes what is over: sessions, links, notes, counts of failures; tokens a month later, so that one
// sees for a while what expired.
func (b *Book) Sweep(ctx context.Context) error {
	now := b.now()
	return b.db.Commit(ctx,
		sqldb.S("DELETE FROM credentials WHERE expires < $1 AND kind <> 'token'", ms(now)),
		sqldb.S("DELETE FROM credentials WHERE expires < $1 AND kind = 'token'", ms(now.Add(-30*24*time.Hour))))
}
