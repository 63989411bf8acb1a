package casebook

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"bugbar/internal/fault"
	"bugbar/internal/sqldb"
)

// Person is somebody, or a program, that the casebook knows.
type Person struct {
	ID       ID       `json:"id"`
	Version  int64    `json:"version"`
	Head     string   `json:"head"`
	Handle   string   `json:"handle"` // the name that others see; empty for a reporter without an account
	Status   string   `json:"status"` // active | disabled | erased
	Roles    []Role   `json:"roles,omitempty"`
	Identity Identity `json:"identity"`
	Salt     string   `json:"salt"`     // of the digest of Identity in the person's events
	Elevated int64    `json:"elevated"` // ms: until when the glass is broken
	Created  int64    `json:"created"`  // ms
	Seen     int64    `json:"seen"`     // ms: the last event
}

// Identity is who somebody is. It can be erased.
type Identity struct {
	Name   string `json:"name,omitempty"`
	Email  string `json:"email,omitempty"`
	Credit string `json:"credit,omitempty"` // how to be thanked; empty for not at all
}

// What a person can be.
const (
	Active   = "active"
	Disabled = "disabled"
	Erased   = "erased"
)

// digest is what the events hold of an identity: it tells nothing without the salt.
func (i Identity) digest(salt string) string {
	data, _ := canonical(i) // three strings
	return digestOf(salt + "\x00" + string(data))
}

// Words that stand for a person where a handle could.
const (
	handleMe     = "me"
	handleNobody = "nobody"
)

var (
	handles = regexp.MustCompile(`^[a-z][a-z0-9._-]{0,39}$`)
	// emails is deliberately strict: one address, no comment, no quoting, no control character.
	emails = regexp.MustCompile(`^[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?$`)
)

// Check says whether an identity can be kept.
func (i Identity) Check() error {
	switch {
	case i.Email != "" && !emails.MatchString(i.Email):
		return fault.New(fault.Invalid, "no mail address").In("email").Do("one address, such as name@example.org")
	case utf8.RuneCountInString(i.Name) > MaxName || utf8.RuneCountInString(i.Credit) > MaxName || len(i.Email) > 254:
		return fault.New(fault.Invalid, "too long").In("name").Do(fmt.Sprintf("at most %d characters; a mail address at most 254", MaxName))
	case strings.ContainsFunc(i.Name+i.Credit, func(r rune) bool { return r < ' ' }):
		return fault.New(fault.Invalid, "control characters").In("name").Do("one line of text")
	}
	return nil
}

// AddPerson makes somebody known. Who gives roles has to be allowed to.
func (b *Book) AddPerson(ctx context.Context, w Write, handle string, roles []Role, identity Identity) (*Person, error) {
	if err := b.mayGive(w.Actor, roles, nil); err != nil {
		return nil, err
	}
	if err := CheckHandle(handle); err != nil {
		return nil, err
	}
	for range attempts {
		_, unknown := b.PersonCalled(ctx, handle)
		if id, done, err := b.done(ctx, w); done || err != nil {
			return b.again(ctx, id, err) // asked after the handle: the same request may be carried out meanwhile
		}
		if unknown == nil {
			break
		}
		p, change, err := b.newPerson(w.Actor, handle, roles, identity)
		if err != nil {
			return nil, err
		}
		err = b.db.Commit(ctx, append(change, b.remember(w, p.ID)...)...)
		if !fault.Is(err, fault.Conflict) {
			b.stir()
			return p, err
		} // somebody was faster, or an id came up twice
	}
	return nil, fault.New(fault.Conflict, "there is already somebody called %s", handle).In("handle").Do("choose another handle")
}

// CheckHandle refuses what cannot be the name that others see of somebody.
func CheckHandle(handle string) error {
	switch {
	case !handles.MatchString(handle):
		return fault.New(fault.Invalid, "%q is no handle", clip(handle)).In("handle").Do("small letters, digits, dots and hyphens, at most 40")
	case handle == handleMe || handle == handleNobody:
		return fault.New(fault.Invalid, "%q is a word of its own in searches and assignments", handle).In("handle").Do("choose another handle")
	}
	return nil
}

// again is the person whom a write that is repeated was about.
func (b *Book) again(ctx context.Context, id ID, err error) (*Person, error) {
	if err != nil {
		return nil, err
	}
	return b.person(ctx, id)
}

// mayGive says whether an actor may give roles to somebody. Nobody gives roles to themself, and only an
// administrator makes administrators, auditors and custodians.
func (b *Book) mayGive(a Actor, roles []Role, to *Person) error {
	if a.system {
		return nil
	}
	if err := b.May(a, ManageMembers, nil); err != nil {
		return err
	}
	if to != nil && to.ID == a.ID {
		return fault.New(fault.Forbidden, "nobody changes their own roles").Do("ask another manager or administrator")
	}
	for _, r := range roles {
		if (r == Admin || r == Auditor || r == Custodian || r == Manager) && !a.Has(Admin) {
			return fault.New(fault.Forbidden, "only an administrator makes somebody %s", r).Do("ask an administrator")
		}
	}
	return nil
}

// newPerson prepares a person and what is to be written for it.
func (b *Book) newPerson(by Actor, handle string, roles []Role, identity Identity) (*Person, []sqldb.Stmt, error) {
	if err := cmp.Or(CheckRoles(roles), identity.Check()); err != nil {
		return nil, nil, err
	}
	now := b.now()
	p := &Person{ID: NewID(now), Identity: identity, Salt: newSecret()}
	roles = slices.Clone(roles)
	slices.Sort(roles)
	e, err := p.record(now, by, PersonAdded{Handle: handle, Roles: slices.Compact(roles), Identity: identity.digest(p.Salt)})
	if err != nil {
		return nil, nil, err
	}
	row, err := personRow(p)
	if err != nil {
		return nil, nil, fault.New(fault.Internal, "%w", err)
	}
	insert := sqldb.S("INSERT INTO people (id, version, head, handle, email, status, doc) VALUES ($1, $2, $3, $4, $5, $6, $7)", row...)
	return p, []sqldb.Stmt{eventStmt(e), insert}, nil
}

// record takes a person one event further.
func (p *Person) record(now time.Time, by Actor, payload personPayload) (Event, error) {
	e, err := link(p.ID, p.Version+1, p.Head, notBefore(now, p.Seen), by.ID, payload)
	if err != nil {
		return e, err
	}
	p.take(payload, e)
	return e, nil
}

// take applies a payload that was decoded or just made.
func (p *Person) take(payload personPayload, e Event) {
	payload.applyTo(p, e)
	p.ID, p.Version, p.Head, p.Seen = e.Stream, e.Seq, e.Hash, e.At
}

// newContact makes a reporter known who has no account and can be written to.
func (e *edit) newContact(identity Identity) (ID, error) {
	p, change, err := e.book.newPerson(e.actor, "", nil, identity)
	if err != nil {
		return 0, err
	}
	e.stmts = append(e.stmts, change...)
	return p.ID, nil
}

// changePerson is the one way in which a person changes; extra is written in the same step.
func (b *Book) changePerson(ctx context.Context, by Actor, id ID, work func(p *Person) (payloads []personPayload, extra []sqldb.Stmt, err error)) (*Person, error) {
	for attempt := 1; ; attempt++ {
		if attempt == 2 {
			defer b.lane(id)()
		}
		p, err := b.person(ctx, id)
		if err != nil {
			return nil, err
		}
		payloads, change, err := work(p)
		if err != nil || len(payloads) == 0 && len(change) == 0 {
			return p, err
		}
		vouch(payloads, change)
		for _, payload := range payloads {
			e, err := p.record(b.now(), by, payload)
			if err != nil {
				return nil, err
			}
			change = append(change, eventStmt(e))
		}
		update, err := p.row()
		if err != nil {
			return nil, err
		}
		err = b.db.Commit(ctx, append(change, update)...)
		if err == nil {
			b.stir()
			return p, nil
		}
		if !fault.Is(err, fault.Conflict) || attempt == attempts {
			return nil, err
		}
	}
}

// row brings the table of people into line with a person.
func (p *Person) row() (sqldb.Stmt, error) {
	row, err := personRow(p)
	if err != nil {
		return sqldb.Stmt{}, fault.New(fault.Internal, "%w", err)
	}
	return sqldb.S("UPDATE people SET version = $2, head = $3, handle = $4, email = $5, status = $6, doc = $7 WHERE id = $1", row...), nil
}

// person reads a person without asking who wants it.
func (b *Book) person(ctx context.Context, id ID) (*Person, error) {
	return b.readPerson(ctx, "SELECT doc FROM people WHERE id = $1", int64(id))
}

func (b *Book) readPerson(ctx context.Context, query string, args ...any) (*Person, error) {
	var doc string
	if err := b.db.Reader().QueryRowContext(ctx, query, args...).Scan(&doc); err != nil {
		return nil, b.orNotFound(err, "there is no such person")
	}
	p := &Person{}
	if err := unmarshal([]byte(doc), p); err != nil {
		return nil, fault.New(fault.Internal, "a person in the database cannot be read: %w", err).Do("bugbar verify")
	}
	return p, nil
}

func (b *Book) orNotFound(err error, format string, args ...any) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fault.New(fault.NotFound, format, args...)
	}
	return b.db.Trouble(err)
}

// PersonCalled finds somebody by handle.
func (b *Book) PersonCalled(ctx context.Context, handle string) (*Person, error) {
	p, err := b.readPerson(ctx, "SELECT doc FROM people WHERE handle = $1", handle)
	if fault.Is(err, fault.NotFound) {
		return nil, fault.New(fault.NotFound, "there is nobody called %q", handle).Do("bugbar user list")
	}
	return p, err
}

// Actor is what a person may do. One who is not active may do nothing.
func (p *Person) Actor() (Actor, error) {
	if p.Status != Active {
		return Actor{}, fault.New(fault.Forbidden, "%s is %s", p.Handle, p.Status)
	}
	return Actor{ID: p.ID, Handle: p.Handle, Roles: p.Roles, Elevated: timeOf(p.Elevated)}, nil
}

// SetRoles changes what somebody is to the programme.
func (b *Book) SetRoles(ctx context.Context, w Write, id ID, roles []Role) (*Person, error) {
	return b.changePerson(ctx, w.Actor, id, func(p *Person) ([]personPayload, []sqldb.Stmt, error) {
		if err := b.mayGive(w.Actor, append(slices.Clone(roles), p.Roles...), p); err != nil {
			return nil, nil, err
		}
		if err := CheckRoles(roles); err != nil {
			return nil, nil, err
		}
		if _, done, err := b.done(ctx, w); done || err != nil {
			return nil, nil, err
		}
		roles := slices.Clone(roles)
		slices.Sort(roles)
		return []personPayload{RolesSet{Roles: slices.Compact(roles)}}, b.remember(w, id), nil
	})
}

// SetStatus disables or enables somebody, or erases who they are. Sessions and tokens end at once where
// the person is not active any more.
func (b *Book) SetStatus(ctx context.Context, w Write, id ID, status string) (*Person, error) {
	return b.changePerson(ctx, w.Actor, id, func(p *Person) ([]personPayload, []sqldb.Stmt, error) {
		if err := b.mayGive(w.Actor, p.Roles, p); err != nil {
			return nil, nil, err
		}
		if _, done, err := b.done(ctx, w); done || err != nil {
			return nil, nil, err
		}
		extra := b.remember(w, id)
		payloads := []personPayload{StatusSet{Status: status}}
		switch status {
		case Active:
			if p.Status == Erased {
				return nil, nil, fault.New(fault.Conflict, "who was erased does not come back").Do("add a new person")
			}
		case Disabled:
			extra = append(extra, sqldb.S("DELETE FROM credentials WHERE person = $1 AND kind IN ('session', 'token', 'link', 'device')", int64(id)))
		case Erased:
			p.Identity, p.Salt = Identity{}, ""
			for _, table := range []string{"credentials", "drafts", "views", "visits"} {
				extra = append(extra, sqldb.S("DELETE FROM "+table+" WHERE person = $1", int64(id)))
			}
		default:
			return nil, nil, fault.New(fault.Invalid, "unknown status %q", status).In("status").Do("active, disabled or erased")
		}
		return payloads, extra, nil
	})
}

// People lists who is known, by handle; contacts without an account are left out.
func (b *Book) People(ctx context.Context, a Actor) ([]*Person, error) {
	if !a.system && len(a.Roles) == 0 {
		return nil, fault.New(fault.Forbidden, "only the team sees who is in it")
	}
	rows, err := b.db.Reader().QueryContext(ctx, "SELECT doc FROM people ORDER BY handle")
	if err != nil {
		return nil, b.db.Trouble(err)
	}
	defer rows.Close()
	var all []*Person
	for rows.Next() {
		var doc string
		p := &Person{}
		if err := rows.Scan(&doc); err != nil {
			return nil, b.db.Trouble(err)
		}
		if err := unmarshal([]byte(doc), p); err != nil {
			return nil, fault.New(fault.Internal, "%w", err)
		}
		if p.Handle != "" {
			all = append(all, p)
		}
	}
	return all, b.db.Trouble(rows.Err())
}

// BreakGlass lets somebody of the team see every case for a time, with a reason. Every manager is told of it.
func (b *Book) BreakGlass(ctx context.Context, w Write, reason string) (*Person, error) {
	if len(w.Actor.Roles) == 0 {
		return nil, fault.New(fault.Forbidden, "only the team may do this")
	}
	if err := w.Actor.present(w.Actor.ID); err != nil {
		return nil, err
	}
	if err := needed("reason", reason); err != nil {
		return nil, err
	}
	return b.changePerson(ctx, w.Actor, w.Actor.ID, func(*Person) ([]personPayload, []sqldb.Stmt, error) {
		if _, done, err := b.done(ctx, w); done || err != nil {
			return nil, nil, err
		}
		return []personPayload{GlassBroken{Reason: reason, Until: ms(b.now().Add(glassTime))}}, b.remember(w, w.Actor.ID), nil
	})
}

// HandleOf is what others call a person; the empty text for a contact without an account, and for one who is
// not known.
func (b *Book) HandleOf(ctx context.Context, id ID) string {
	var handle string
	if err := b.db.Reader().QueryRowContext(ctx, "SELECT handle FROM people WHERE id = $1", int64(id)).Scan(&handle); err != nil || handle == id.String() {
		return ""
	}
	return handle
}
