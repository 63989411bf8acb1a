package casebook

import (
	"context"
	"encoding/base64"
	"errors"
	"time"

	"bugbar/internal/fault"
	"bugbar/internal/sqldb"
)

// maxPasskeys bounds how many one person has.
const maxPasskeys = 20

// ErrPasskey is the answer to every passkey that does not sign in.
var ErrPasskey = fault.New(fault.Forbidden, "this passkey does not sign in").Because(ErrUnproven).Do("use another one, or ask an administrator for a one-time code")

// ErrCloned marks a passkey whose counter went back: there are two of it.
var ErrCloned = errors.New("the passkey's counter went back")

// Passkey is a passkey as the casebook keeps it. What Data says, the ceremonies know (internal/server/auth);
// it holds no secret.
type Passkey struct {
	ID   []byte
	Data string
}

func (k Passkey) ref() string { return base64.RawURLEncoding.EncodeToString(k.ID) }

// Passkeys are those of somebody.
func (b *Book) Passkeys(ctx context.Context, person ID) ([]Passkey, error) {
	rows, err := b.db.Reader().QueryContext(ctx, "SELECT ref, data FROM credentials WHERE person = $1 AND kind = 'passkey' ORDER BY created, ref", int64(person))
	if err != nil {
		return nil, b.db.Trouble(err)
	}
	defer rows.Close()
	var all []Passkey
	for rows.Next() {
		var k Passkey
		var ref string
		if err := rows.Scan(&ref, &k.Data); err != nil {
			return nil, b.db.Trouble(err)
		}
		if k.ID, err = base64.RawURLEncoding.DecodeString(ref); err != nil {
			return nil, fault.New(fault.Internal, "a passkey in the database cannot be read: %w", err)
		}
		all = append(all, k)
	}
	return all, b.db.Trouble(rows.Err())
}

// AddPasskey gives somebody a passkey, after its ceremony.
func (b *Book) AddPasskey(ctx context.Context, w Write, person ID, label string, k Passkey) error {
	if err := w.Actor.present(person); err != nil {
		return err
	}
	if label = printable(label, MaxName); label == "" {
		label = "passkey"
	}
	_, err := b.changePerson(ctx, w.Actor, person, func(p *Person) ([]personPayload, []sqldb.Stmt, error) {
		known, err := b.Passkeys(ctx, person)
		switch {
		case err != nil:
			return nil, nil, err
		case p.Status != Active:
			return nil, nil, fault.New(fault.Forbidden, "%s is %s", p.Handle, p.Status)
		case len(known) >= maxPasskeys:
			return nil, nil, fault.New(fault.Invalid, "%d passkeys, and no more are kept", len(known)).Do("remove one")
		}
		return []personPayload{CredentialAdded{Credential: kindPasskey, Label: label}}, []sqldb.Stmt{b.credential(person, kindPasskey, k.ref(), label, k.Data, 0)}, nil
	})
	if fault.Is(err, fault.Conflict) {
		return fault.New(fault.Conflict, "this passkey is known already").Do("sign in with it")
	}
	return err
}

// SignInPasskey begins a session of the person whose passkey this is. check makes sure that it is used
// rightly, and returns what is to be kept of it from now on, such as its counter. Since sign-ins of one person
// follow each other, no two see the same counter.
func (b *Book) SignInPasskey(ctx context.Context, from Caller, person ID, id []byte, check func(p *Person, all []Passkey) (Passkey, error)) (SignIn, error) {
	if err := b.tooSoon(ctx, networkKey(from)); err != nil {
		return SignIn{}, err
	}
	in, err := b.signIn(ctx, person, kindPasskey, b.now(), from, func(p *Person) ([]sqldb.Stmt, error) {
		all, err := b.Passkeys(ctx, person)
		if err != nil {
			return nil, err
		}
		k, err := check(p, all)
		if err != nil {
			return nil, unkey(err)
		}
		return []sqldb.Stmt{sqldb.S("UPDATE credentials SET data = $1, used = $2 WHERE kind = 'passkey' AND ref = $3", k.Data, ms(b.now()), k.ref())}, nil
	})
	switch {
	case errors.Is(err, ErrCloned):
		return SignIn{}, b.failed(ctx, from, "passkey: "+ErrCloned.Error(), person, ErrPasskey)
	case errors.Is(err, ErrUnproven):
		return SignIn{}, b.failed(ctx, from, kindPasskey, person, ErrPasskey)
	case fault.Is(err, fault.NotFound):
		return SignIn{}, b.failed(ctx, from, kindPasskey, 0, ErrPasskey)
	}
	return in, err
}

// unkey marks what a ceremony refuses as no proof; trouble with the database stays what it is.
func unkey(err error) error {
	if errors.Is(err, ErrCloned) || fault.Is(err, fault.Unavailable) || errors.Is(err, context.Canceled) {
		return err
	}
	return errors.Join(ErrUnproven, err)
}

// FailedPasskey writes down that a ceremony failed before it was known whose passkey it is.
func (b *Book) FailedPasskey(ctx context.Context, from Caller) error {
	return b.failed(ctx, from, kindPasskey, 0, ErrPasskey)
}

// Note keeps what a server has to remember between two steps of a ceremony, and returns the secret by which
// it is taken back, once (Take).
func (b *Book) Note(ctx context.Context, purpose, data string, lasts time.Duration) (string, error) {
	secret := newKey(notePrefix)
	return secret, b.db.Commit(ctx, b.credential(0, kindNote, digestOf(secret), purpose, data, lasts))
}

// Take takes a note back: it works once, on whichever server.
func (b *Book) Take(ctx context.Context, purpose, secret string) (string, error) {
	var data string
	var expires int64
	err := b.db.Writer().QueryRowContext(ctx, "DELETE FROM credentials WHERE kind = 'note' AND ref = $1 AND label = $2 RETURNING data, expires", digestOf(secret), purpose).Scan(&data, &expires)
	if err != nil {
		return "", b.orNotFound(err, "this step was begun too long ago, in another browser, or was finished before")
	}
	if expires <= ms(b.now()) {
		return "", fault.New(fault.NotFound, "this step was begun too long ago")
	}
	return data, nil
}
