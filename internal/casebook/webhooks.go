package casebook

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"bugbar/internal/fault"
	"bugbar/internal/sqldb"
)

// Limits of webhooks.
const (
	MaxWebhooks = 50  // of the casebook
	MaxFailures = 100 // attempts that fail in a row, after which a webhook is switched off
)

// What a webhook can be.
const (
	HookActive  = "active"
	HookPaused  = "paused"
	HookFailing = "failing" // switched off after too many failures
	hookRemoved = "removed"
)

// HookSet makes, changes or ends a webhook. Of its address only the host is told, since the rest may be secret.
type HookSet struct {
	Webhook ID     `json:"webhook"`
	Status  string `json:"status"`
	Host    string `json:"host,omitempty"`
	Digest  string `json:"webhook_sha256"` // of all that does not change, with the salt of the casebook
}

func (HookSet) kind() string { return "webhook-set" }

func (h Webhook) digest(salt string) string {
	return digestOf(strings.Join(append([]string{"webhook", salt, h.Owner.String(), h.Case.String(), h.URL, h.Secret}, h.Kinds...), "\x00"))
}

// Webhook tells somebody outside of events, as far as its owner may know of them.
type Webhook struct {
	ID       ID       `json:"id"`
	Owner    ID       `json:"owner"`
	Case     ID       `json:"case,omitempty"` // that case alone; else cases that are not restricted
	URL      string   `json:"url"`
	Kinds    []string `json:"kinds"` // of events; * for all
	Status   string   `json:"status"`
	Failures int64    `json:"failures"` // in a row
	Created  int64    `json:"created"`  // ms
	Secret   string   `json:"-"`
}

// Wants says whether a webhook is told of an event, as far as the event alone decides it.
func (h Webhook) Wants(e Event) bool {
	if _, ofCase := caseKinds[e.Kind]; !ofCase || e.Kind == (Read{}).kind() {
		return false // who looks at what is nobody's business outside
	}
	return h.Status == HookActive && (h.Case == 0 || h.Case == e.Stream) && (slices.Contains(h.Kinds, "*") || slices.Contains(h.Kinds, e.Kind))
}

// mayHook says whether an actor may make or change a webhook. One for a single case is for those who may invite
// others to it; one for all cases is the administrators'.
func (b *Book) mayHook(ctx context.Context, a Actor, h Webhook) error {
	if h.Case == 0 {
		return b.May(a, ManageSystem, nil)
	}
	c, err := b.load(ctx, h.Case)
	if err != nil {
		return err
	}
	return b.maySoberly(a, Invite, c)
}

// AddWebhook makes a webhook. Its address was checked, and its secret made, by the caller; the log names the host
// only, since addresses hold secrets.
func (b *Book) AddWebhook(ctx context.Context, w Write, h Webhook) (Webhook, error) {
	if err := b.mayHook(ctx, w.Actor, h); err != nil {
		return h, err
	}
	if id, done, err := b.done(ctx, w); done || err != nil {
		if err != nil {
			return h, err
		}
		return b.Hook(ctx, id)
	}
	u, err := url.Parse(h.URL)
	if err != nil || u.Hostname() == "" {
		return h, fault.New(fault.Invalid, "no web address").In("url")
	}
	for _, k := range h.Kinds {
		if k != "*" && !slices.Contains(Kinds(), k) {
			return h, fault.New(fault.Invalid, "unknown kind %q of event", k).In("kinds").Do("* for all, or one of: " + strings.Join(Kinds(), ", "))
		}
	}
	all, err := b.webhooks(ctx, "SELECT id, owner, case_id, url, secret, kinds, status, failures, created FROM webhooks ORDER BY id")
	if err != nil {
		return h, err
	}
	if len(h.Kinds) == 0 || len(all) >= MaxWebhooks {
		return h, fault.New(fault.Invalid, "at least one kind of event, and at most %d webhooks", MaxWebhooks).In("kinds")
	}
	now := b.now()
	h.ID, h.Owner, h.Status, h.Failures, h.Created = NewID(now), w.Actor.ID, HookActive, 0, ms(now)
	salt, err := b.Secret(ctx, "salt")
	if err != nil {
		return h, err
	}
	return h, b.logSystem(ctx, w.Actor, HookSet{Webhook: h.ID, Status: h.Status, Host: u.Hostname(), Digest: h.digest(salt)},
		append(b.remember(w, h.ID), sqldb.S("INSERT INTO webhooks (id, owner, case_id, url, secret, kinds, status, failures, created) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8)",
			int64(h.ID), int64(h.Owner), int64(h.Case), h.URL, h.Secret, strings.Join(h.Kinds, " "), h.Status, h.Created))...)
}

// Kinds lists the kinds of events of cases that a webhook can be told of.
func Kinds() []string {
	var all []string
	for k := range caseKinds {
		if k != (Read{}).kind() {
			all = append(all, k)
		}
	}
	slices.Sort(all)
	return all
}

// Webhooks lists the webhooks that an actor may change.
func (b *Book) Webhooks(ctx context.Context, a Actor) ([]Webhook, error) {
	all, err := b.webhooks(ctx, "SELECT id, owner, case_id, url, secret, kinds, status, failures, created FROM webhooks ORDER BY id")
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(h Webhook) bool { return b.mayHook(ctx, a, h) != nil }), nil
}

// SetWebhook pauses a webhook, or switches it on again.
func (b *Book) SetWebhook(ctx context.Context, w Write, id ID, status string) error {
	if status != HookActive && status != HookPaused {
		return fault.New(fault.Invalid, "unknown status %q", status).In("status").Do("active or paused")
	}
	return b.changeWebhook(ctx, w, id, status, sqldb.S("UPDATE webhooks SET status = $2, failures = 0 WHERE id = $1", int64(id), status))
}

// RemoveWebhook ends a webhook, with what is known of its deliveries.
func (b *Book) RemoveWebhook(ctx context.Context, w Write, id ID) error {
	return b.changeWebhook(ctx, w, id, hookRemoved,
		sqldb.S("DELETE FROM webhooks WHERE id = $1", int64(id)), sqldb.S("DELETE FROM deliveries WHERE webhook = $1", int64(id)))
}

func (b *Book) changeWebhook(ctx context.Context, w Write, id ID, status string, change ...sqldb.Stmt) error {
	if _, done, err := b.done(ctx, w); done || err != nil {
		return err
	}
	h, err := b.Hook(ctx, id)
	if err != nil {
		return err
	}
	if b.mayHook(ctx, w.Actor, h) != nil {
		return noHook(id)
	}
	salt, err := b.Secret(ctx, "salt")
	if err != nil {
		return err
	}
	return b.logSystem(ctx, w.Actor, HookSet{Webhook: id, Status: status, Digest: h.digest(salt)}, append(change, b.remember(w, id)...)...)
}

func noHook(id ID) error { return fault.New(fault.NotFound, "there is no webhook %s", id) }

// Hook reads a webhook for the casebook's own work, its secret included.
func (b *Book) Hook(ctx context.Context, id ID) (Webhook, error) {
	all, err := b.webhooks(ctx, "SELECT id, owner, case_id, url, secret, kinds, status, failures, created FROM webhooks WHERE id = $1", int64(id))
	if err == nil && len(all) == 0 {
		err = noHook(id)
	}
	if err != nil {
		return Webhook{}, err
	}
	return all[0], nil
}

// Hooks reads all webhooks that are switched on, for the casebook's own work.
func (b *Book) Hooks(ctx context.Context) ([]Webhook, error) {
	return b.webhooks(ctx, "SELECT id, owner, case_id, url, secret, kinds, status, failures, created FROM webhooks WHERE status = 'active'")
}

func (b *Book) webhooks(ctx context.Context, query string, args ...any) ([]Webhook, error) {
	rows, err := b.db.Reader().QueryContext(ctx, query, args...)
	if err != nil {
		return nil, b.db.Trouble(err)
	}
	defer rows.Close()
	all := []Webhook{}
	for rows.Next() {
		var h Webhook
		var kinds string
		if err := rows.Scan(&h.ID, &h.Owner, &h.Case, &h.URL, &h.Secret, &kinds, &h.Status, &h.Failures, &h.Created); err != nil {
			return nil, b.db.Trouble(err)
		}
		h.Kinds = strings.Fields(kinds)
		all = append(all, h)
	}
	return all, b.db.Trouble(rows.Err())
}

// Delivers says whether a webhook may be told of a case as it is now: its owner must be able to see the case without
// breaking glass, and one that is restricted is told of only by a webhook that was made for it.
func (b *Book) Delivers(ctx context.Context, h Webhook, c *Case) bool {
	owner, err := b.person(ctx, h.Owner)
	if err != nil {
		return false
	}
	a, err := owner.Actor()
	if err != nil || c.Quarantined || c.Restricted() && h.Case != c.ID {
		return false
	}
	a = a.sober()
	if h.Case == 0 && a.Has(Admin) {
		return true // an administrator's webhook for the whole programme, of what is not restricted
	}
	return b.May(a, ReadCase, c) == nil
}

// Delivery is one attempt to tell a webhook of an event.
type Delivery struct {
	Event   ID     `json:"stream"`
	Seq     int64  `json:"seq"`
	Attempt int    `json:"attempt"`
	At      int64  `json:"at"`               // ms
	Status  int    `json:"status,omitempty"` // of HTTP
	Error   string `json:"error,omitempty"`
}

// Delivered keeps what became of an attempt, and switches a webhook off that failed too often.
func (b *Book) Delivered(ctx context.Context, id ID, d Delivery) error {
	change := []sqldb.Stmt{sqldb.S(`INSERT INTO deliveries (webhook, stream, seq, attempt, at, status, error) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (webhook, stream, seq, attempt) DO NOTHING`, int64(id), int64(d.Event), d.Seq, d.Attempt, ms(b.now()), d.Status, d.Error)}
	if d.Error == "" {
		change = append(change, sqldb.S("UPDATE webhooks SET failures = 0 WHERE id = $1 AND failures > 0", int64(id)))
	} else {
		change = append(change, sqldb.S(`UPDATE webhooks SET failures = failures + 1,
			status = CASE WHEN status = 'active' AND failures + 1 >= $2 THEN 'failing' ELSE status END WHERE id = $1`, int64(id), MaxFailures))
	}
	return b.db.Commit(ctx, change...)
}

// Deliveries lists the latest attempts of a webhook that the actor may change.
func (b *Book) Deliveries(ctx context.Context, a Actor, id ID, limit int) ([]Delivery, error) {
	h, err := b.Hook(ctx, id)
	if err != nil {
		return nil, err
	}
	if b.mayHook(ctx, a, h) != nil {
		return nil, noHook(id)
	}
	rows, err := b.db.Reader().QueryContext(ctx, "SELECT stream, seq, attempt, at, status, error FROM deliveries WHERE webhook = $1 ORDER BY at DESC, seq DESC, attempt DESC LIMIT $2", int64(id), limit)
	if err != nil {
		return nil, b.db.Trouble(err)
	}
	defer rows.Close()
	all := []Delivery{}
	for rows.Next() {
		var d Delivery
		if err := rows.Scan(&d.Event, &d.Seq, &d.Attempt, &d.At, &d.Status, &d.Error); err != nil {
			return nil, b.db.Trouble(err)
		}
		all = append(all, d)
	}
	return all, b.db.Trouble(rows.Err())
}

// Event reads one event for the casebook's own work.
func (b *Book) Event(ctx context.Context, stream ID, seq int64) (Event, error) {
	found, err := b.stream(ctx, stream, seq-1, 1)
	if err == nil && (len(found) == 0 || found[0].Seq != seq) {
		err = fault.New(fault.NotFound, "there is no event %d of %s", seq, stream)
	}
	if err != nil {
		return Event{}, err
	}
	return found[0], nil
}

// PayloadOf reads what an event says.
func PayloadOf[P Payload](e Event) (P, error) { return decode[P](e) }
