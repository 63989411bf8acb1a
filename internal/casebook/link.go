package casebook

import (
	"context"
	"errors"
	"slices"
	"time"

	"bugbar/internal/fault"
	"bugbar/internal/sqldb"
)

// How long one-time codes last.
const (
	LinkTime    = time.Hour
	MaxLinkTime = 24 * time.Hour
)

// ErrLink is the answer to every one-time code that does not sign in.
var ErrLink = fault.New(fault.Forbidden, "this code is unknown, used or over").Because(ErrUnproven).Do("ask an administrator for a new one")

// IssueLink makes a code with which somebody signs in once, in place of what they lost, and ends those that
// were made before. It takes an administrator, or an operator at the machine; nothing is sent by mail.
func (b *Book) IssueLink(ctx context.Context, w Write, person ID, lasts time.Duration) (string, error) {
	if w.Actor.Scopes != nil {
		return "", w.Actor.present(person)
	}
	if err := b.May(w.Actor, ManageSystem, nil); err != nil {
		return "", err
	}
	if lasts == 0 {
		lasts = LinkTime
	}
	if lasts < time.Minute || lasts > MaxLinkTime {
		return "", fault.New(fault.Invalid, "a one-time code lasts from a minute to a day").In("expires")
	}
	code := newKey(LinkPrefix)
	_, err := b.changePerson(ctx, w.Actor, person, func(p *Person) ([]personPayload, []sqldb.Stmt, error) {
		if p.Status != Active || p.Handle == "" || slices.Contains(p.Roles, Service) {
			return nil, nil, fault.New(fault.Invalid, "%s does not sign in", p.Handle)
		}
		return []personPayload{CredentialAdded{Credential: kindLink, Expires: ms(b.now().Add(lasts))}}, []sqldb.Stmt{
			sqldb.S("DELETE FROM credentials WHERE person = $1 AND kind = 'link'", int64(person)),
			b.credential(person, kindLink, digestOf(code), "", "", lasts),
		}, nil
	})
	if err != nil {
		return "", err
	}
	return code, nil
}

// SignInLink begins a session with a one-time code, which is used up by it.
func (b *Book) SignInLink(ctx context.Context, from Caller, code string) (SignIn, error) {
	if err := b.tooSoon(ctx, networkKey(from)); err != nil {
		return SignIn{}, err
	}
	person, err := b.linkOf(ctx, code)
	if errors.Is(err, ErrLink) {
		return SignIn{}, b.failed(ctx, from, kindLink, 0, ErrLink)
	}
	if err != nil {
		return SignIn{}, err
	}
	in, err := b.signIn(ctx, person, kindLink, b.now(), from, func(*Person) ([]sqldb.Stmt, error) {
		if _, err := b.linkOf(ctx, code); err != nil {
			return nil, err
		}
		return []sqldb.Stmt{sqldb.S("DELETE FROM credentials WHERE kind = 'link' AND ref = $1", digestOf(code))}, nil
	})
	if errors.Is(err, ErrUnproven) {
		return SignIn{}, b.failed(ctx, from, kindLink, person, ErrLink)
	}
	return in, err
}

func (b *Book) linkOf(ctx context.Context, code string) (ID, error) {
	var person ID
	var expires int64
	err := b.db.Reader().QueryRowContext(ctx, "SELECT person, expires FROM credentials WHERE kind = 'link' AND ref = $1", digestOf(code)).Scan(&person, &expires)
	if err = b.orNotFound(err, "no code"); fault.Is(err, fault.NotFound) || err == nil && expires <= ms(b.now()) {
		return 0, ErrLink
	}
	return person, err
}
