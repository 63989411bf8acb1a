package casebook

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"bugbar/internal/fault"
	"bugbar/internal/sqldb"
)

// ErrSignIn is the one answer to every password that does not lead in, whatever the reason: nobody learns
// from it who has an account.
var ErrSignIn = fault.New(fault.Forbidden, "this does not sign in").Because(ErrUnproven).
	Do("check handle and password; after many failures on an account only a passkey, a browser that was used before, or a one-time code from an administrator helps")

// maxTyped bounds what is looked at of what was typed.
const maxTyped = 4 << 10

// attempt is what is known when a password is about to be checked.
type attempt struct {
	person ID           // 0 where nobody, or nobody who may, is called so
	hash   passwordHash // nobody's, where there is nothing to check
	open   bool         // whether the right password leads in
	device bool         // whether it comes from a browser that the person used before
}

// SignInPassword begins a session of whoever proves by handle and password who they are. An attempt costs the
// same whether or not there is somebody called so.
func (b *Book) SignInPassword(ctx context.Context, from Caller, handle, password string) (SignIn, error) {
	done, err := turn(ctx)
	if err != nil {
		return SignIn{}, err
	}
	defer done()
	try, err := b.attempt(ctx, from, handle)
	if err != nil {
		return SignIn{}, err
	}
	if len(password) > maxTyped {
		password, try.open = "", false
	}
	if right := try.hash.fits(password); !right || !try.open {
		return SignIn{}, b.wrongPassword(ctx, from, try)
	}
	in, err := b.enter(ctx, from, try, password)
	if errors.Is(err, ErrSignIn) {
		return SignIn{}, b.wrongPassword(ctx, from, try)
	}
	return in, err
}

// attempt looks up what an attempt is about. Since attempts take turns, many at once do not pass the brakes
// together.
func (b *Book) attempt(ctx context.Context, from Caller, handle string) (attempt, error) {
	try := attempt{hash: nobodysHash()}
	p, err := b.readPerson(ctx, "SELECT doc FROM people WHERE handle = $1", printable(strings.ToLower(strings.TrimSpace(handle)), 64))
	if fault.Is(err, fault.NotFound) || err == nil && p.Handle == "" {
		return try, b.tooSoon(ctx, networkKey(from))
	}
	if err != nil {
		return try, err
	}
	try.person = p.ID
	if try.device, err = b.knows(ctx, p.ID, from.Device); err != nil {
		return try, err
	}
	key := networkKey(from)
	if try.device {
		key = deviceKey(from.Device)
	}
	if err := b.tooSoon(ctx, key); err != nil {
		return try, err
	}
	return try, b.openFor(ctx, p, &try)
}

// openFor finds out whether the right password would lead in.
func (b *Book) openFor(ctx context.Context, p *Person, try *attempt) error {
	var kept string
	err := b.db.Reader().QueryRowContext(ctx, "SELECT data FROM credentials WHERE kind = 'password' AND ref = $1", p.ID.String()).Scan(&kept)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return b.db.Trouble(err)
	}
	braked, err := b.waits(ctx, accountKey(p.ID), accountBrake)
	if err != nil {
		return err
	}
	if enough := b.mayHavePassword(ctx, p); enough != nil {
		if !fault.Is(enough, fault.Forbidden) {
			return enough
		}
		return nil
	}
	try.hash, err = parsePasswordHash(kept)
	try.open = try.device || braked == 0
	return err
}

// knows says whether somebody signed in before from the browser that holds a secret.
func (b *Book) knows(ctx context.Context, person ID, device string) (bool, error) {
	var n int
	err := b.db.Reader().QueryRowContext(ctx, "SELECT COUNT(*) FROM credentials WHERE kind = 'device' AND ref = $1 AND person = $2 AND expires > $3",
		digestOf(device), int64(person), ms(b.now())).Scan(&n)
	return device != "" && n == 1, b.db.Trouble(err)
}

// wrongPassword counts a failure where it belongs.
func (b *Book) wrongPassword(ctx context.Context, from Caller, try attempt) error {
	counts := []sqldb.Stmt{b.countFailure(networkKey(from), networkBrake)}
	switch {
	case try.person == 0:
		return b.failed(ctx, from, kindPassword, 0, ErrSignIn)
	case try.device:
		counts = []sqldb.Stmt{b.countFailure(deviceKey(from.Device), networkBrake)}
	case try.open:
		counts = append(counts, b.countFailure(accountKey(try.person), accountBrake))
	}
	_, err := b.changePerson(ctx, Actor{}, try.person, func(*Person) ([]personPayload, []sqldb.Stmt, error) {
		return []personPayload{SignInFailed{With: kindPassword}}, counts, nil
	})
	return orTrouble(ErrSignIn, err)
}

// enter begins the session, keeps the password anew where it was kept at less effort than is usual by now,
// and lets the browser be known from now on.
func (b *Book) enter(ctx context.Context, from Caller, try attempt, password string) (SignIn, error) {
	fresh := ""
	var also []personPayload
	if try.hash.effort != current {
		fresh, also = hashPassword(password), []personPayload{CredentialAdded{Credential: kindPassword, Label: "kept at more effort"}}
	}
	device := ""
	if !try.device {
		device = newKey(devicePrefix)
	}
	in, err := b.signIn(ctx, try.person, kindPassword, b.now(), from, func(p *Person) ([]sqldb.Stmt, error) {
		return b.entered(ctx, p, try, fresh, device)
	}, also...)
	in.Device = device
	return in, err
}

// entered is what is written with a session that a password began.
func (b *Book) entered(ctx context.Context, p *Person, try attempt, fresh, device string) ([]sqldb.Stmt, error) {
	var kept string
	err := b.db.Reader().QueryRowContext(ctx, "SELECT data FROM credentials WHERE kind = 'password' AND ref = $1", p.ID.String()).Scan(&kept)
	if errors.Is(err, sql.ErrNoRows) || err == nil && kept != try.hash.String() {
		return nil, ErrSignIn // it was changed meanwhile
	}
	if err != nil {
		return nil, b.db.Trouble(err)
	}
	extra := []sqldb.Stmt{sqldb.S("DELETE FROM credentials WHERE kind = 'throttle' AND ref = $1", accountKey(p.ID))}
	if fresh != "" {
		extra = append(extra, b.putPassword(p.ID, fresh)...)
	}
	if device != "" {
		extra = append(extra, b.credential(p.ID, kindDevice, digestOf(device), "", "", deviceTime))
	}
	return extra, nil
}
