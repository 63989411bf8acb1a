package casebook

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"bugbar/internal/fault"
	"bugbar/internal/sqldb"
)

// How long tokens last.
const (
	TokenTime    = 90 * 24 * time.Hour
	MaxTokenTime = 366 * 24 * time.Hour
	maxTokens    = 100 // of one person
)

// caseRights are those that need to read the case that they are about.
var caseRights = []Right{
	ReadIdentity, WriteReporter, WriteTeam, AddEvidence, EditFacts, AssessCase, ProposeOverride, ApproveOverride, ProposeDuplicate,
	MergeDuplicate, ProposeEmbargo, SetEmbargo, Invite, Assign, MoveCase, WriteAdvisory, Publish, Quarantine, OpenQuarantine,
}

// MakeToken makes an API token for somebody and returns it: it is shown this once. Whatever it is made for,
// it never does more than its owner may at the time of use. People make their own; an administrator also
// those of services, which cannot sign in.
func (b *Book) MakeToken(ctx context.Context, w Write, person ID, label string, scopes []Right, lasts time.Duration) (string, Credential, error) {
	if lasts == 0 {
		lasts = TokenTime
	}
	token := newKey(TokenPrefix)
	made := Credential{ID: credentialID(kindToken, digestOf(token)), Kind: kindToken, Label: strings.TrimSpace(label), Scopes: scopes, Created: ms(b.now()), Expires: ms(b.now().Add(lasts))}
	if err := made.check(lasts); err != nil {
		return "", made, err
	}
	earlier := ""
	_, err := b.changePerson(ctx, w.Actor, person, func(p *Person) ([]personPayload, []sqldb.Stmt, error) {
		if w.Key != "" {
			var found bool
			var err error
			if _, earlier, found, err = b.answer(ctx, w); found || err != nil {
				return nil, nil, err
			}
		}
		if err := b.mayHaveToken(ctx, w.Actor, p, scopes); err != nil {
			return nil, nil, err
		}
		extra := []sqldb.Stmt{b.credential(person, kindToken, digestOf(token), made.Label, encodeDetails(details{Scopes: scopes}), lasts)}
		if w.Key != "" {
			extra = append(extra, sqldb.S(insertAnswer, keyDigest(w), w.Request, int64(person), 0, seal(w.Key, token), ms(b.now())))
		}
		return []personPayload{CredentialAdded{Credential: kindToken, Label: made.Label, Scopes: scopes, Expires: made.Expires}}, extra, nil
	})
	if earlier != "" && err == nil {
		made.ID, token = credentialID(kindToken, digestOf(earlier)), earlier
	}
	if err != nil {
		return "", made, err
	}
	if f, err := b.prove(ctx, kindToken, token); err == nil { // one that is asked for again may be revoked by now
		made.Created, made.Expires = f.created, f.expires
	}
	return token, made, nil
}

func (c Credential) check(lasts time.Duration) error {
	switch {
	case strings.ContainsFunc(c.Label, func(r rune) bool { return r < ' ' }):
		return fault.New(fault.Invalid, "control characters").In("label").Do("one line of text")
	case c.Label == "" || len([]rune(c.Label)) > MaxName:
		return fault.New(fault.Invalid, "a token needs a label of at most %d characters", MaxName).In("label").Do("say what it is for")
	case lasts < time.Minute || lasts > MaxTokenTime:
		return fault.New(fault.Invalid, "a token lasts from a minute to a year").In("expires")
	case len(c.Scopes) == 0:
		return fault.New(fault.Invalid, "a token needs a scope").In("scopes").Do("name what it may do, such as read")
	}
	for _, s := range c.Scopes {
		if _, known := policy[s]; !known {
			return fault.New(fault.Invalid, "unknown scope %q", clip(string(s))).In("scopes").Do("one of: " + strings.Join(rightNames(), ", "))
		}
	}
	if slices.ContainsFunc(c.Scopes, func(s Right) bool { return slices.Contains(caseRights, s) }) && !slices.Contains(c.Scopes, ReadCase) {
		return fault.New(fault.Invalid, "who works on cases reads them").In("scopes").Do("add the scope read")
	}
	return nil
}

func rightNames() []string {
	var names []string
	for r := range policy {
		names = append(names, string(r))
	}
	slices.Sort(names)
	return names
}

// mayHaveToken says whether an actor may make a token of these scopes for somebody.
func (b *Book) mayHaveToken(ctx context.Context, a Actor, p *Person, scopes []Right) error {
	if p.Status != Active {
		return fault.New(fault.Invalid, "%s is %s", p.Handle, p.Status)
	}
	if err := a.present(p.ID); err != nil {
		service := slices.Contains(p.Roles, Service) && a.Scopes == nil
		if !service || b.May(a, ManageSystem, nil) != nil {
			return err
		}
	}
	for _, s := range scopes {
		if !slices.ContainsFunc(append(slices.Clone(p.Roles), ReporterRole, Guest), func(r Role) bool { return policy[s][r] != nowhere }) {
			return fault.New(fault.Invalid, "%s may not %s", p.Handle, s).In("scopes").Do("a token does no more than its owner may; ask one of: " + rolesWith(s))
		}
	}
	var n int
	if err := b.db.Reader().QueryRowContext(ctx, "SELECT COUNT(*) FROM credentials WHERE person = $1 AND kind = 'token'", int64(p.ID)).Scan(&n); err != nil {
		return b.db.Trouble(err)
	}
	if n >= maxTokens {
		return fault.New(fault.Conflict, "%s has %d tokens", p.Handle, n).Because(errRefused).Do("revoke some")
	}
	return nil
}

// proof is what a secret was found to be.
type proof struct {
	ref, label string
	details    details
	created    int64
	expires    int64
	used       int64
	person     *Person // nil for a reporter without an account
}

// prove finds what a token or session stands for.
func (b *Book) prove(ctx context.Context, kind, secret string) (proof, error) {
	f := proof{ref: digestOf(secret)}
	var data string
	var doc sql.NullString
	err := b.db.Reader().QueryRowContext(ctx, `SELECT c.label, c.data, c.created, c.expires, c.used, p.doc FROM credentials c
		LEFT JOIN people p ON p.id = c.person WHERE c.kind = $1 AND c.ref = $2`, kind, f.ref).Scan(&f.label, &data, &f.created, &f.expires, &f.used, &doc)
	if errors.Is(err, sql.ErrNoRows) || err == nil && f.expires <= ms(b.now()) {
		return f, fault.New(fault.Forbidden, "this %s is unknown, over or revoked", kind).Because(ErrUnproven).Do("sign in, or make a new one")
	}
	if err != nil {
		return f, b.db.Trouble(err)
	}
	if err := json.Unmarshal([]byte(data), &f.details); err != nil {
		return f, fault.New(fault.Internal, "a %s in the database cannot be read: %w", kind, err)
	}
	if doc.Valid {
		f.person = &Person{}
		if err := json.Unmarshal([]byte(doc.String), f.person); err != nil {
			return f, fault.New(fault.Internal, "a person in the database cannot be read: %w", err).Do("bugbar verify")
		}
	}
	return f, nil
}

// ByToken is who an API token belongs to, bounded by the token's scopes. Glass that its owner broke is not
// broken for it.
func (b *Book) ByToken(ctx context.Context, token string) (Actor, error) {
	f, err := b.prove(ctx, kindToken, token)
	if err != nil {
		return Actor{}, err
	}
	if f.person == nil {
		return Actor{}, fault.New(fault.Forbidden, "this token is nobody's").Because(ErrUnproven)
	}
	a, err := f.person.Actor()
	if err != nil {
		return Actor{}, unproven(err)
	}
	a = a.sober()
	a.Scopes = append([]Right{}, f.details.Scopes...) // never nil: nil is a person who is present
	b.use(ctx, kindToken, f)
	return a, nil
}

func unproven(err error) error { return fault.New(fault.Forbidden, "%s", err).Because(ErrUnproven) }

// useEvery is how exactly it is known when a token or session was last used.
const useEvery = time.Minute

// use writes down that a credential was used. That it could not be written keeps nobody out.
func (b *Book) use(ctx context.Context, kind string, f proof) {
	if now := ms(b.now()); now-f.used >= useEvery.Milliseconds() {
		_ = b.db.Commit(ctx, sqldb.S("UPDATE credentials SET used = $1 WHERE kind = $2 AND ref = $3", now, kind, f.ref))
	}
}
