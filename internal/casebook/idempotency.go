package casebook

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"errors"

	"bugbar/internal/fault"
	"bugbar/internal/sqldb"
)

// repeated answers a write that was already carried out.
func (b *Book) repeated(ctx context.Context, w Write) (*Case, bool, error) {
	if w.Key == "" {
		return nil, false, nil
	}
	id, _, found, err := b.answer(ctx, w)
	if !found || err != nil {
		return nil, false, err
	}
	c, err := b.load(ctx, id)
	return c, err == nil, err
}

// answer finds what an earlier write with the same key led to.
func (b *Book) answer(ctx context.Context, w Write) (id ID, opened string, found bool, err error) {
	var request, sealed string
	err = b.db.Reader().QueryRowContext(ctx, "SELECT request, case_id, sealed FROM answers WHERE key_digest = $1", keyDigest(w)).Scan(&request, &id, &sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, "", false, nil
	}
	if err != nil {
		return 0, "", false, b.db.Trouble(err)
	}
	if request != w.Request {
		return 0, "", false, fault.New(fault.Conflict, "this Idempotency-Key was used for another request").Because(errRefused).Do("make a new key for each new request")
	}
	if w.Replayed != nil {
		*w.Replayed = true
	}
	opened, err = unseal(w.Key, sealed)
	return id, opened, true, err
}

// done says whether a write that is about no case was carried out before, and on what.
func (b *Book) done(ctx context.Context, w Write) (ID, bool, error) {
	if w.Key == "" {
		return 0, false, nil
	}
	id, _, found, err := b.answer(ctx, w)
	return id, found, err
}

// remember is written with such a write, so that it is carried out once.
func (b *Book) remember(w Write, id ID) []sqldb.Stmt {
	if w.Key == "" {
		return nil
	}
	return []sqldb.Stmt{sqldb.S(insertAnswer, keyDigest(w), w.Request, int64(id), 0, "", ms(b.now()))}
}

// keyDigest is what an idempotency key is kept as: of no use to who reads the database, and another one
// for each writer. Strangers cannot be told apart, so that theirs is another one for each request: nobody can use up
// the keys of others, or be refused by them.
func keyDigest(w Write) string {
	writer := w.Actor.ID.String() + "\x00" + w.Actor.Case.String()
	if w.Actor.stranger() {
		writer = "stranger\x00" + w.Request
	}
	return digestOf("idempotency\x00" + writer + "\x00" + w.Key)
}

// stranger says that nothing is known of who acts.
func (a Actor) stranger() bool { return a.ID == 0 && a.Case == 0 && !a.system }

// seal encrypts a receipt with the key that only the writer has (AES-256-GCM).
func seal(key, text string) string {
	if text == "" {
		return ""
	}
	box := sealer(key)
	nonce := make([]byte, box.NonceSize())
	_, _ = rand.Read(nonce) // never fails
	return base64.StdEncoding.EncodeToString(box.Seal(nonce, nonce, []byte(text), nil))
}

func unseal(key, sealed string) (string, error) {
	if sealed == "" {
		return "", nil
	}
	data, err := base64.StdEncoding.DecodeString(sealed)
	box := sealer(key)
	if err != nil || len(data) < box.NonceSize() {
		return "", fault.New(fault.Internal, "a sealed answer is damaged")
	}
	text, err := box.Open(nil, data[:box.NonceSize()], data[box.NonceSize():], nil)
	if err != nil {
		return "", fault.New(fault.Internal, "a sealed answer is damaged: %w", err)
	}
	return string(text), nil
}

func sealer(key string) cipher.AEAD {
	sum := sha256.Sum256([]byte("seal\x00" + key))
	block, err := aes.NewCipher(sum[:])
	if err != nil {
		panic(err) // a key of 32 bytes is always right
	}
	box, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // and so is a block of 16
	}
	return box
}
