package casebook

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"bugbar/internal/fault"
	"bugbar/internal/sqldb"
)

// glassTime is for how long broken glass lets one see every case.
const glassTime = time.Hour

func timeOf(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// needed refuses a field that is left empty.
func needed(field, value string) error {
	if strings.TrimSpace(value) == "" {
		return fault.New(fault.Invalid, "must be given").In(field)
	}
	return nil
}

// The payloads of events of the casebook itself, stream 0.
type (
	// Refused says that a report of never accepted material was turned away; nothing else is known of it.
	Refused struct{}
	// SettingSet changes a setting; of a secret one, only that it changed.
	SettingSet struct {
		Name  string `json:"name"`
		Value string `json:"value,omitempty"`
		// Digest is of a secret setting: with the salt that is a setting itself.
		Digest string `json:"value_sha256,omitempty"`
	}
	// Exported says that something left the casebook as a whole.
	Exported struct {
		What  string `json:"what"` // backup | cases | audit
		Count int64  `json:"count,omitempty"`
	}
)

func (Refused) kind() string    { return "refused" }
func (SettingSet) kind() string { return "setting-set" }
func (Exported) kind() string   { return "exported" }

// logSystem adds an event to the casebook's own stream, with what is written in the same step.
func (b *Book) logSystem(ctx context.Context, a Actor, p Payload, extra ...sqldb.Stmt) error {
	for attempt := 1; ; attempt++ {
		if attempt == 2 {
			defer b.lane(0)()
		}
		e, err := b.systemEvent(ctx, a, p)
		if err != nil {
			return err
		}
		err = b.db.Commit(ctx, append([]sqldb.Stmt{eventStmt(e)}, extra...)...)
		if err == nil {
			b.stir()
			return nil
		}
		if !fault.Is(err, fault.Conflict) || attempt == attempts {
			return err
		}
	}
}

// systemEvent makes the next event of the casebook's own stream.
func (b *Book) systemEvent(ctx context.Context, a Actor, p Payload) (Event, error) {
	var seq, last int64
	var head string
	err := b.db.Reader().QueryRowContext(ctx, "SELECT seq, at, hash FROM events WHERE stream = 0 ORDER BY seq DESC LIMIT 1").Scan(&seq, &last, &head)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Event{}, b.db.Trouble(err)
	}
	return link(0, seq+1, head, notBefore(b.now(), last), a.ID, p)
}

func (b *Book) logRefusal(ctx context.Context, a Actor) error {
	a.ID = 0 // nobody is named with it
	return b.logSystem(ctx, a, Refused{})
}

// Set makes a setting of the casebook. A secret one is not repeated in the log.
func (b *Book) Set(ctx context.Context, w Write, name, value string, secret bool) error {
	if err := b.May(w.Actor, ManageSystem, nil); err != nil {
		return err
	}
	if _, done, err := b.done(ctx, w); done || err != nil {
		return err
	}
	p := SettingSet{Name: name, Value: value}
	if secret {
		salt, err := b.Secret(ctx, "salt")
		if err != nil {
			return err
		}
		p.Value, p.Digest = "", settingDigest(salt, name, value)
	}
	set := sqldb.S("INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)
	return b.logSystem(ctx, w.Actor, p, append(b.remember(w, 0), set)...)
}

// Secret is a random setting of the casebook that is made when it is first asked for.
func (b *Book) Secret(ctx context.Context, name string) (string, error) {
	value, err := b.Setting(ctx, name)
	if value != "" || err != nil {
		return value, err
	}
	value = newSecret()
	salt := value
	if name != "salt" {
		if salt, err = b.Secret(ctx, "salt"); err != nil {
			return "", err
		}
	}
	err = b.logSystem(ctx, SystemActor, SettingSet{Name: name, Digest: settingDigest(salt, name, value)},
		sqldb.S("INSERT INTO settings (name, value) VALUES ($1, $2)", name, value))
	if fault.Is(err, fault.Conflict) {
		return b.Setting(ctx, name) // another process made it at the same moment
	}
	return value, err
}

// settingDigest is what the log holds of a secret setting: it tells nothing without the salt.
func settingDigest(salt, name, value string) string {
	return digestOf("setting\x00" + salt + "\x00" + name + "\x00" + value)
}

// stir tells the ledger that there is something to order.
func (b *Book) stir() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}
