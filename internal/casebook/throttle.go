package casebook

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"bugbar/internal/fault"
	"bugbar/internal/sqldb"
)

// brake says how failures slow down what follows: so many are free, then each doubles the pause, up to the
// longest; after a while without any, they are forgotten.
type brake struct {
	free    int64
	longest time.Duration
	forget  time.Duration
}

// The brakes. That of a network, or of a browser that is known, is told to the caller. That of an account
// is not, since it would tell that there is the account: attempts of strangers simply fail while it is on.
// It does not concern browsers from which the person signed in before, passkeys, providers and links, so
// that nobody can lock another out.
var (
	networkBrake = brake{free: 5, longest: 15 * time.Minute, forget: time.Hour}
	accountBrake = brake{free: 10, longest: 5 * time.Minute, forget: 24 * time.Hour}
)

// TooSoonError says that there were too many failures, and when another attempt is heard.
type TooSoonError struct{ Wait time.Duration }

func (e *TooSoonError) Error() string {
	return fmt.Sprintf("too many attempts failed; wait %s", e.Wait.Round(time.Second))
}

// Hint says what would do.
func (e *TooSoonError) Hint() string { return "or sign in with a passkey" }

func (e *TooSoonError) Unwrap() error { return fault.New(fault.Unavailable, "%s", e.Error()) }

func networkKey(from Caller) string { return "network " + from.Network }
func accountKey(person ID) string   { return "account " + person.String() }
func deviceKey(device string) string {
	return "device " + digestOf(device)
}

// unknownKey counts failures that are about nobody who is known. What was typed is not kept: it may be
// somebody's password.
const unknownKey = "unknown"

// pause is for how long a number of failures, the last of them at a time, makes others wait.
func (k brake) pause(failures int64, last, now time.Time) time.Duration {
	over := failures - k.free
	if over <= 0 {
		return 0
	}
	pause := k.longest
	if over < 20 {
		pause = min(k.longest, time.Second<<(over-1))
	}
	return max(0, last.Add(pause).Sub(now))
}

// waits says for how long a key has to wait.
func (b *Book) waits(ctx context.Context, key string, k brake) (time.Duration, error) {
	var failures, last, expires int64
	err := b.db.Reader().QueryRowContext(ctx, "SELECT CAST(data AS BIGINT), used, expires FROM credentials WHERE kind = 'throttle' AND ref = $1", key).Scan(&failures, &last, &expires)
	if errors.Is(err, sql.ErrNoRows) || err == nil && expires <= ms(b.now()) {
		return 0, nil
	}
	return k.pause(failures, timeOf(last), b.now()), b.db.Trouble(err)
}

// tooSoon refuses those that have to wait.
func (b *Book) tooSoon(ctx context.Context, key string) error {
	wait, err := b.waits(ctx, key, networkBrake)
	if err == nil && wait > 0 {
		return &TooSoonError{Wait: wait}
	}
	return err
}

const countFailure = `INSERT INTO credentials (person, kind, ref, label, data, created, expires, used) VALUES (0, 'throttle', $1, '', '1', $2, $3, $2)
	ON CONFLICT (kind, ref) DO UPDATE SET used = excluded.used, expires = excluded.expires,
	data = CASE WHEN credentials.expires <= excluded.used THEN '1' ELSE CAST(CAST(credentials.data AS BIGINT) + 1 AS TEXT) END`

// count adds a failure to a key.
func (b *Book) countFailure(key string, k brake) sqldb.Stmt {
	now := b.now()
	return sqldb.S(countFailure, key, ms(now), ms(now.Add(k.forget)))
}

// failed writes a failure down, of a person where it is known whose it is, and returns answer.
func (b *Book) failed(ctx context.Context, from Caller, with string, person ID, answer error) error {
	counts := []sqldb.Stmt{b.countFailure(networkKey(from), networkBrake)}
	if person == 0 {
		counts = append(counts, b.countFailure(unknownKey, brake{forget: 10 * 365 * 24 * time.Hour}))
		return orTrouble(answer, b.db.Commit(ctx, counts...))
	}
	_, err := b.changePerson(ctx, Actor{}, person, func(*Person) ([]personPayload, []sqldb.Stmt, error) {
		return []personPayload{SignInFailed{With: with}}, counts, nil
	})
	return orTrouble(answer, err)
}

// orTrouble is an answer, or what kept it from being written down.
func orTrouble(answer, trouble error) error {
	if trouble != nil {
		return trouble
	}
	return answer
}

// UnknownSignIns is how many attempts to sign in named nobody who is known.
func (b *Book) UnknownSignIns(ctx context.Context) (int64, error) {
	var n int64
	err := b.db.Reader().QueryRowContext(ctx, "SELECT CAST(data AS BIGINT) FROM credentials WHERE kind = 'throttle' AND ref = $1", unknownKey).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return n, b.db.Trouble(err)
}
