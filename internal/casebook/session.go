package casebook

import (
	"context"
	"slices"
	"strings"
	"time"

	"bugbar/internal/fault"
	"bugbar/internal/sqldb"
)

// How long sessions last: SessionIdle without use, SessionTime at most.
const (
	SessionIdle = 12 * time.Hour
	SessionTime = 7 * 24 * time.Hour
	deviceTime  = 180 * 24 * time.Hour
	maxAgent    = 200
)

// Caller is from where somebody signs in.
type Caller struct {
	Network string // by which failures are counted: an address, or the part of one that belongs to one household
	Address string // shown to the person beside the session
	Agent   string // likewise: what the browser calls itself
	Device  string // the secret of a browser from which somebody signed in before
}

// SignIn is a session that began: its secret is given out this once.
type SignIn struct {
	Actor   Actor
	Secret  string
	Session Session
	Device  string // a new secret for the browser, where it was not known
}

// Session is a browser's session, without its secret.
type Session struct {
	ID      string
	With    string    // how it began: password, passkey, oidc, link, report
	Proven  time.Time // when the person last proved who they are
	Expires time.Time // at the latest
}

// begin prepares a session of somebody.
func (b *Book) begin(person ID, with string, proven time.Time, from Caller, of ID) (SignIn, sqldb.Stmt) {
	now := b.now()
	in := SignIn{Secret: newKey(SessionPrefix)}
	ref := digestOf(in.Secret)
	in.Session = Session{ID: credentialID(kindSession, ref), With: with, Proven: proven, Expires: now.Add(SessionTime)}
	d := details{With: with, From: from.Address, Proven: ms(proven), Case: of}
	row := b.credential(person, kindSession, ref, printable(from.Agent, maxAgent), encodeDetails(d), SessionTime)
	return in, row
}

// printable is a text from outside, fit to be kept and shown.
func printable(text string, most int) string {
	text = strings.ToValidUTF8(text, "")
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, text)
	if r := []rune(text); len(r) > most {
		return string(r[:most])
	}
	return text
}

// signIn begins a session of somebody who has proved who they are, in one step with its event, with what
// the proof leads to, and with the events of that. check runs again where somebody else was faster.
func (b *Book) signIn(ctx context.Context, person ID, with string, proven time.Time, from Caller, check func(p *Person) ([]sqldb.Stmt, error), also ...personPayload) (SignIn, error) {
	var in SignIn
	p, err := b.changePerson(ctx, Actor{ID: person}, person, func(p *Person) ([]personPayload, []sqldb.Stmt, error) {
		extra, err := check(p)
		if err != nil {
			return nil, nil, err
		}
		if p.Status != Active {
			return nil, nil, ErrSignIn
		}
		var row sqldb.Stmt
		in, row = b.begin(person, with, proven, from, 0)
		return append(slices.Clone(also), SignedIn{With: with}), append(extra, row), nil
	})
	if err != nil {
		return SignIn{}, err
	}
	in.Actor, err = p.Actor()
	return in, err
}

// BySession is who a browser's session belongs to.
func (b *Book) BySession(ctx context.Context, session string) (Actor, error) {
	a, _, err := b.Session(ctx, session)
	return a, err
}

// Session is who a browser's session belongs to, and what is known of it.
func (b *Book) Session(ctx context.Context, secret string) (Actor, Session, error) {
	f, err := b.prove(ctx, kindSession, secret)
	if err != nil {
		return Actor{}, Session{}, err
	}
	if idle := b.now().Sub(timeOf(max(f.used, f.created))); idle > SessionIdle {
		return Actor{}, Session{}, fault.New(fault.Forbidden, "the session was not used for %d hours", int(SessionIdle.Hours())).Because(ErrUnproven).Do("sign in again")
	}
	s := Session{ID: credentialID(kindSession, f.ref), With: f.details.With, Proven: timeOf(f.details.Proven), Expires: timeOf(f.expires)}
	a := Actor{Case: f.details.Case}
	if f.person != nil {
		if a, err = f.person.Actor(); err != nil {
			return Actor{}, Session{}, unproven(err)
		}
	} else if a.Case == 0 {
		return Actor{}, Session{}, fault.New(fault.Forbidden, "this session is nobody's").Because(ErrUnproven)
	}
	b.use(ctx, kindSession, f)
	return a, s, nil
}

// SignInReportKey begins a session of a reporter without an account, who sees that one case. No person's
// stream can hold it, so it is no event.
func (b *Book) SignInReportKey(ctx context.Context, from Caller, key string) (SignIn, error) {
	if err := b.tooSoon(ctx, networkKey(from)); err != nil {
		return SignIn{}, err
	}
	a, err := b.ByReportKey(ctx, key)
	if fault.Is(err, fault.NotFound) {
		return SignIn{}, b.failed(ctx, from, "", 0, fault.New(fault.Forbidden, "no report has this key").Because(ErrUnproven))
	}
	if err != nil {
		return SignIn{}, err
	}
	in, row := b.begin(0, "report", b.now(), from, a.Case)
	in.Actor = a
	return in, b.db.Commit(ctx, row)
}

// SignOut ends a session by its secret.
func (b *Book) SignOut(ctx context.Context, secret string) error {
	a, s, err := b.Session(ctx, secret)
	if err != nil {
		return nil //nolint:nilerr // what is over needs no end
	}
	if a.ID == 0 {
		return b.db.Commit(ctx, sqldb.S("DELETE FROM credentials WHERE kind = 'session' AND ref = $1", digestOf(secret)))
	}
	return b.Revoke(ctx, Write{Actor: a}, a.ID, s.ID)
}
