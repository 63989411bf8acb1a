package casebook

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"bugbar/internal/fault"
	"bugbar/internal/sqldb"
)

// setupTime is how long a setup secret lasts.
const setupTime = 24 * time.Hour

// First says whether nobody has an account yet. Contacts of reporters have none.
func (b *Book) First(ctx context.Context) (bool, error) {
	var n int
	err := b.db.Reader().QueryRowContext(ctx, `SELECT 1 FROM people WHERE doc NOT LIKE '%"handle":"",%' LIMIT 1`).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return true, nil
	}
	return false, b.db.Trouble(err)
}

// SetupSecret makes the secret with which the first account is made: it is shown where only an operator sees
// it. Where there is an account already, it is empty. Each server that starts may show one of its own.
func (b *Book) SetupSecret(ctx context.Context) (string, error) {
	first, err := b.First(ctx)
	if err != nil || !first {
		return "", err
	}
	secret := newKey(SetupPrefix)
	return secret, b.db.Commit(ctx, b.credential(0, kindSetup, digestOf(secret), "", "", setupTime))
}

// Found makes the first account, administrator, manager and triager, and signs it in. A stranger who reaches
// the server first has no secret; of two who have one, the first is served.
func (b *Book) Found(ctx context.Context, from Caller, secret, handle string, identity Identity, password string) (SignIn, error) {
	if err := b.tooSoon(ctx, networkKey(from)); err != nil {
		return SignIn{}, err
	}
	if err := b.maySetUp(ctx, from, secret); err != nil {
		return SignIn{}, err
	}
	if err := CheckHandle(handle); err != nil {
		return SignIn{}, err
	}
	p, change, err := b.newPerson(Actor{}, handle, []Role{Admin, Manager, Triager}, identity)
	if err != nil {
		return SignIn{}, err
	}
	if err := checkPassword(password, p); err != nil {
		return SignIn{}, err
	}
	done, err := turn(ctx)
	if err != nil {
		return SignIn{}, err
	}
	hash := hashPassword(password)
	done()
	in, err := b.found(ctx, from, p, change, hash)
	if fault.Is(err, fault.Conflict) {
		return SignIn{}, alreadyFounded()
	}
	return in, err
}

// maySetUp says whether a secret makes the first account.
func (b *Book) maySetUp(ctx context.Context, from Caller, secret string) error {
	var expires int64
	err := b.db.Reader().QueryRowContext(ctx, "SELECT expires FROM credentials WHERE kind = 'setup' AND ref = $1", digestOf(secret)).Scan(&expires)
	if err = b.orNotFound(err, "no secret"); err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if err != nil || expires <= ms(b.now()) {
		wrong := fault.New(fault.Forbidden, "this is not the setup secret").Because(ErrUnproven).Do("read it where the server was started; it lasts a day, and a restart shows a new one")
		return b.failed(ctx, from, kindSetup, 0, wrong)
	}
	first, err := b.First(ctx)
	if err == nil && !first {
		return alreadyFounded()
	}
	return err
}

func alreadyFounded() error {
	return fault.New(fault.Conflict, "there is an account already").Do("sign in, or have a one-time code made: bugbar user link")
}

// found writes the first account and its session. The setting is a key: there is only one first.
func (b *Book) found(ctx context.Context, from Caller, p *Person, change []sqldb.Stmt, hash string) (SignIn, error) {
	by := Actor{ID: p.ID}
	password := b.putPassword(p.ID, hash)
	payloads := []personPayload{CredentialAdded{Credential: kindPassword}, SignedIn{With: kindSetup}}
	vouch(payloads, password)
	for _, payload := range payloads {
		e, err := p.record(b.now(), by, payload)
		if err != nil {
			return SignIn{}, err
		}
		change = append(change, eventStmt(e))
	}
	update, err := p.row()
	if err != nil {
		return SignIn{}, err
	}
	in, session := b.begin(p.ID, kindSetup, b.now(), from, 0)
	change = append(append(change, update, session), password...)
	setting, err := b.systemEvent(ctx, by, SettingSet{Name: "founder", Value: p.ID.String()})
	if err != nil {
		return SignIn{}, err
	}
	change = append(change, eventStmt(setting))
	change = append(change, sqldb.S("INSERT INTO settings (name, value) VALUES ('founder', $1)", p.ID.String()), sqldb.S("DELETE FROM credentials WHERE kind = 'setup'"))
	if err := b.db.Commit(ctx, change...); err != nil {
		return SignIn{}, err
	}
	b.stir()
	in.Actor, err = p.Actor()
	return in, err
}
