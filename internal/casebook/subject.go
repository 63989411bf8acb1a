package casebook

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"bugbar/internal/fault"
	"bugbar/internal/sqldb"
)

// Subject is somebody as a provider of identities (OpenID Connect) knows them: never by a mail address or a
// name, which change hands.
type Subject struct {
	Issuer  string
	Subject string
}

// ref needs no escaping: an issuer is a URL, and has no spaces.
func (s Subject) ref() string { return s.Issuer + " " + s.Subject }

func (s Subject) check() error {
	switch {
	case s.Issuer == "" || s.Subject == "" || strings.ContainsAny(s.Issuer, " \t\r\n"):
		return fault.New(fault.Invalid, "the provider names nobody")
	case len(s.Issuer) > 1000 || len(s.Subject) > 1000 || strings.ContainsFunc(s.Subject, func(r rune) bool { return r < ' ' }):
		return fault.New(fault.Invalid, "the provider's name for this person is no name") // and is never cut short
	}
	return nil
}

// Newcomer is who is to be made known when a subject signs in that nobody is linked with: the operator's rule
// lets them in. The handle is a wish; another person's is never taken over.
type Newcomer struct {
	Handle   string
	Identity Identity
	Roles    []Role
}

// ErrNotLinked says that a provider knows somebody whom the casebook does not.
var ErrNotLinked = fault.New(fault.Forbidden, "nobody here is linked with this identity").Because(ErrUnproven).
	Do("have an administrator make an account; sign in with the one-time code and link the identity then")

// SignInSubject begins a session of the person who is linked with a subject. proven is when that person last
// proved to the provider who they are; zero where it does not say.
func (b *Book) SignInSubject(ctx context.Context, from Caller, s Subject, proven time.Time, newcomer *Newcomer) (SignIn, error) {
	if err := s.check(); err != nil {
		return SignIn{}, err
	}
	for range attempts {
		person, err := b.linked(ctx, s)
		if err != nil {
			return SignIn{}, err
		}
		if person != 0 {
			return b.signInLinked(ctx, from, person, s, proven)
		}
		if newcomer == nil {
			return SignIn{}, b.failed(ctx, from, kindSubject, 0, ErrNotLinked)
		}
		if err := b.welcome(ctx, s, *newcomer); err != nil && !fault.Is(err, fault.Conflict) {
			return SignIn{}, err
		}
	}
	return SignIn{}, fault.New(fault.Unavailable, "the account could not be made").Do("try again")
}

// linked is who is linked with a subject; 0 for nobody.
func (b *Book) linked(ctx context.Context, s Subject) (ID, error) {
	var person ID
	err := b.db.Reader().QueryRowContext(ctx, "SELECT person FROM credentials WHERE kind = 'oidc' AND ref = $1", s.ref()).Scan(&person)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return person, b.db.Trouble(err)
}

func (b *Book) signInLinked(ctx context.Context, from Caller, person ID, s Subject, proven time.Time) (SignIn, error) {
	in, err := b.signIn(ctx, person, kindSubject, proven, from, func(*Person) ([]sqldb.Stmt, error) {
		if now, err := b.linked(ctx, s); err != nil || now != person {
			return nil, orTrouble(ErrSignIn, err)
		}
		return []sqldb.Stmt{sqldb.S("UPDATE credentials SET used = $1 WHERE kind = 'oidc' AND ref = $2", ms(b.now()), s.ref())}, nil
	})
	if errors.Is(err, ErrSignIn) {
		return SignIn{}, b.failed(ctx, from, kindSubject, person, ErrSignIn)
	}
	return in, err
}

// welcome makes somebody known whom the operator's rule lets in, linked in the same step.
func (b *Book) welcome(ctx context.Context, s Subject, n Newcomer) error {
	for _, r := range n.Roles {
		if r == Admin || r == Auditor || r == Custodian || r == Manager {
			return fault.New(fault.Invalid, "no rule makes somebody %s", r).Do("an administrator gives this role by hand")
		}
	}
	handle, err := b.freeHandle(ctx, n.Handle)
	if err != nil {
		return err
	}
	p, change, err := b.newPerson(Actor{}, handle, n.Roles, n.Identity)
	if err != nil {
		return err
	}
	row := b.credential(p.ID, kindSubject, s.ref(), s.Issuer, "", 0)
	e, err := p.record(b.now(), Actor{}, CredentialAdded{Credential: kindSubject, Label: s.Issuer}.of(row))
	if err != nil {
		return err
	}
	update, err := p.row()
	if err != nil {
		return err
	}
	err = b.db.Commit(ctx, append(change, eventStmt(e), update, row)...)
	b.stir()
	return err
}

var notInHandles = regexp.MustCompile(`[^a-z0-9._-]+`)

// freeHandle makes a wish into a handle that nobody has.
func (b *Book) freeHandle(ctx context.Context, wish string) (string, error) {
	base := strings.TrimLeft(notInHandles.ReplaceAllString(strings.ToLower(wish), ""), "0123456789._-")
	if base = base[:min(len(base), 30)]; base == "" {
		base = "member"
	}
	handle := base
	for n := 2; n < 10_000; n++ {
		_, err := b.PersonCalled(ctx, handle)
		if fault.Is(err, fault.NotFound) {
			return handle, nil
		}
		if err != nil {
			return "", err
		}
		handle = fmt.Sprintf("%s-%d", base, n)
	}
	return "", fault.New(fault.Conflict, "every handle like %s is taken", base).Because(errRefused)
}

// LinkSubject links a person with a subject: from then on who signs in there is that person here.
func (b *Book) LinkSubject(ctx context.Context, w Write, person ID, s Subject) error {
	if err := w.Actor.present(person); err != nil {
		return err
	}
	if err := s.check(); err != nil {
		return err
	}
	_, err := b.changePerson(ctx, w.Actor, person, func(p *Person) ([]personPayload, []sqldb.Stmt, error) {
		other, err := b.linked(ctx, s)
		switch {
		case err != nil || other == person:
			return nil, nil, err
		case other != 0:
			return nil, nil, fault.New(fault.Conflict, "this identity is linked with another account").Because(errRefused).Do("sign in with it, and revoke it there")
		case p.Status != Active:
			return nil, nil, fault.New(fault.Forbidden, "%s is %s", p.Handle, p.Status)
		}
		return []personPayload{CredentialAdded{Credential: kindSubject, Label: s.Issuer}}, []sqldb.Stmt{b.credential(person, kindSubject, s.ref(), s.Issuer, "", 0)}, nil
	})
	return err
}
