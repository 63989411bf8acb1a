package casebook

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"bugbar/internal/fault"
	"bugbar/internal/sqldb"
)

// How long passwords are.
const (
	MinPassword = 12  // characters
	MaxPassword = 200 // characters
)

// effort is what checking a password costs. It is raised as machines grow; a password that was kept at less
// is kept anew at its next use.
type effort struct {
	memory  uint32 // KiB
	passes  uint32
	threads uint8
}

// current follows RFC 9106, section 4, at half its memory for small machines, with the passes that it asks
// for there.
var current = effort{memory: 32 << 10, passes: 3, threads: 1}

const (
	saltSize = 16
	sumSize  = 32
)

// hashing bounds how many passwords this process works on at a time: each takes 32 MiB.
var hashing = make(chan struct{}, 2)

// turn waits until it is one's turn to work on a password. done must be called.
func turn(ctx context.Context) (done func(), err error) {
	select {
	case hashing <- struct{}{}:
		return func() { <-hashing }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// passwordHash is a password as it is kept: the PHC string format of argon2id.
type passwordHash struct {
	effort
	salt, sum []byte
}

// hashPassword makes what is kept of a password. It is done in turn.
func hashPassword(password string) string {
	h := nobodysHash()
	h.sum = h.of(password)
	return h.String()
}

// nobodysHash is one that no password fits. It costs as much to check as any other.
func nobodysHash() passwordHash {
	h := passwordHash{effort: current, salt: make([]byte, saltSize)}
	_, _ = rand.Read(h.salt) // never fails
	return h
}

// of computes what a password comes to. It is done in turn.
func (h passwordHash) of(password string) []byte {
	return argon2.IDKey([]byte(norm.NFC.String(password)), h.salt, h.passes, h.memory, h.threads, sumSize)
}

func (h passwordHash) fits(password string) bool {
	return subtle.ConstantTimeCompare(h.of(password), h.sum) == 1
}

func (h passwordHash) String() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.memory, h.passes, h.threads, b64.EncodeToString(h.salt), b64.EncodeToString(h.sum))
}

// Bounds of what a kept password may ask of this machine.
const (
	maxMemory = 1 << 20 // KiB
	maxPasses = 64
)

func parsePasswordHash(text string) (h passwordHash, err error) {
	var version int
	var salt, sum string
	parts := strings.Split(text, "$")
	if len(parts) == 6 && parts[1] == "argon2id" {
		_, err = fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &h.memory, &h.passes, &h.threads)
		salt, sum = parts[4], parts[5]
	}
	if err == nil {
		h.salt, err = base64.RawStdEncoding.DecodeString(salt)
	}
	if err == nil {
		h.sum, err = base64.RawStdEncoding.DecodeString(sum)
	}
	if err != nil || version != argon2.Version || h.memory > maxMemory || h.passes < 1 || h.passes > maxPasses || h.threads < 1 || len(h.sum) != sumSize || len(h.salt) < 8 {
		return h, fault.New(fault.Internal, "a password in the database is not kept as it should be").Do("set it anew: bugbar user password")
	}
	return h, nil
}

//go:embed common.txt
var commonWords string

var commonPasswords = slices.DeleteFunc(strings.Fields(commonWords), func(w string) bool { return strings.HasPrefix(w, "#") })

// unleet undoes the letters that people put digits and signs for.
var unleet = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i")

// checkPassword refuses passwords that are guessed first.
func checkPassword(password string, p *Person) error {
	password = norm.NFC.String(password)
	n := utf8.RuneCountInString(password)
	switch {
	case !utf8.ValidString(password):
		return fault.New(fault.Invalid, "this is not UTF-8").In("password").Do("give it in UTF-8, as terminals and browsers do")
	case strings.ContainsFunc(password, unicode.IsControl):
		return fault.New(fault.Invalid, "control characters").In("password").Do("letters, digits, signs and blanks")
	case n < MinPassword:
		return fault.New(fault.Invalid, "%d characters are too few", n).In("password").Do(fmt.Sprintf("at least %d; a few words that do not belong together are easy to keep in mind", MinPassword))
	case n > MaxPassword:
		return fault.New(fault.Invalid, "%d characters are too many", n).In("password").Do(fmt.Sprintf("at most %d", MaxPassword))
	case isGuessable(password, p.Handle, p.Identity.Name, p.Identity.Email):
		return fault.New(fault.Invalid, "this is among the first that are tried").In("password").Do("no name, no row of keys, no common word with digits behind it; a few words that do not belong together")
	}
	return nil
}

// isGuessable says whether a password is made of common words, of the person's own names, or of few
// characters, with whatever digits and signs around it.
func isGuessable(password string, names ...string) bool {
	lower := strings.ToLower(password)
	seen := map[rune]bool{}
	for _, r := range lower {
		seen[r] = true
	}
	if len(seen) < 5 {
		return true
	}
	words := slices.Clone(commonPasswords)
	for _, name := range names {
		words = append(words, strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) })...)
	}
	words = slices.DeleteFunc(words, func(w string) bool { return len(w) < 3 })
	slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) })
	return utf8.RuneCountInString(cut(words, letters(lower))) < 4 || utf8.RuneCountInString(cut(words, letters(unleet.Replace(lower)))) < 4
}

// letters is what remains of a text without digits and signs.
func letters(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, text)
}

// cut takes words out of a text, the longest first.
func cut(words []string, text string) string {
	for _, w := range words {
		text = strings.ReplaceAll(text, w, "")
	}
	return text
}

// SetPassword gives somebody a password and ends their sessions but the one called keep. People set their
// own; nobody sets that of another, who gets a link instead (IssueLink).
func (b *Book) SetPassword(ctx context.Context, w Write, person ID, password, keep string) error {
	if err := w.Actor.present(person); err != nil {
		return err
	}
	p, err := b.person(ctx, person)
	if err != nil {
		return err
	}
	if err := b.mayHavePassword(ctx, p); err != nil {
		return err
	}
	if err := checkPassword(password, p); err != nil {
		return err
	}
	done, err := turn(ctx)
	if err != nil {
		return err
	}
	hash := hashPassword(password)
	done()
	_, err = b.changePerson(ctx, w.Actor, person, func(*Person) ([]personPayload, []sqldb.Stmt, error) {
		end, err := b.endSessions(ctx, person, keep)
		return []personPayload{CredentialAdded{Credential: kindPassword}}, append(end, b.putPassword(person, hash)...), err
	})
	return err
}

// putPassword puts a password in the place of an earlier one.
func (b *Book) putPassword(person ID, hash string) []sqldb.Stmt {
	return []sqldb.Stmt{
		sqldb.S("DELETE FROM credentials WHERE kind = 'password' AND ref = $1", person.String()),
		b.credential(person, kindPassword, person.String(), "", hash, 0),
	}
}

// SettingNoPassword names the setting that lists, with commas, the roles for which a password is not enough:
// who has one of them signs in with a passkey or through the organisation's provider.
const SettingNoPassword = "no-password-roles"

// mayHavePassword says whether a password is enough for somebody.
func (b *Book) mayHavePassword(ctx context.Context, p *Person) error {
	roles, err := b.Setting(ctx, SettingNoPassword)
	if err != nil {
		return err
	}
	for name := range strings.SplitSeq(roles, ",") {
		if slices.Contains(p.Roles, Role(strings.TrimSpace(name))) {
			return fault.New(fault.Forbidden, "a password is not enough for the role %s", strings.TrimSpace(name)).Do("add a passkey")
		}
	}
	if p.Status != Active || slices.Contains(p.Roles, Service) {
		return fault.New(fault.Forbidden, "%s does not sign in", p.Handle)
	}
	return nil
}
