package casebook_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/sqldb"
	"bugbar/internal/sqldb/sqldbtest"
)

// proofClock is a casebook's clock that a test sets.
type proofClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *proofClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *proofClock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// proofs is a casebook with people who prove who they are.
type proofs struct {
	*testing.T
	*casebook.Book
	*proofClock
	name string
}

// provingOnBoth runs a test of proofs on each kind of database.
func provingOnBoth(t *testing.T, test func(p *proofs)) {
	t.Helper()
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, fresh func() string) {
		p := openProofs(t, fresh())
		test(p)
		p.whole()
	})
}

// whole makes sure that the casebook is as its events make it.
func (p *proofs) whole() {
	p.Helper()
	if _, err := p.Settle(p.Context()); err != nil {
		p.Fatal(err)
	}
	report, err := p.Verify(p.Context(), casebook.Check{})
	if err != nil || !report.Whole() {
		p.Errorf("%v %v", report.Problems, err)
	}
}

func openProofs(t *testing.T, name string) *proofs {
	t.Helper()
	c := &proofClock{now: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)}
	b, err := casebook.Open(t.Context(), name, casebook.Options{Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return &proofs{t, b, c, name}
}

var system = casebook.Write{Actor: casebook.SystemActor}

const goodPassword = "seven purple anvils whistle"

func from(network string) casebook.Caller { return casebook.Caller{Network: network, Address: network} }

func (p *proofs) person(handle string, roles ...casebook.Role) *casebook.Person {
	p.Helper()
	who, err := p.AddPerson(p.Context(), system, handle, roles, casebook.Identity{})
	if err != nil {
		p.Fatal(err)
	}
	return who
}

// withPassword adds somebody who has goodPassword.
func (p *proofs) withPassword(handle string, roles ...casebook.Role) casebook.Actor {
	p.Helper()
	who := p.person(handle, roles...)
	if err := p.SetPassword(p.Context(), system, who.ID, goodPassword, ""); err != nil {
		p.Fatal(err)
	}
	return p.actor(who)
}

func (p *proofs) actor(who *casebook.Person) casebook.Actor {
	p.Helper()
	a, err := who.Actor()
	if err != nil {
		p.Fatal(err)
	}
	return a
}

func (p *proofs) signIn(handle string) casebook.SignIn {
	p.Helper()
	in, err := p.SignInPassword(p.Context(), from("198.51.100.7"), handle, goodPassword)
	if err != nil {
		p.Fatal(err)
	}
	return in
}

// kinds are the kinds of somebody's events.
func (p *proofs) kinds(person casebook.ID) []string {
	p.Helper()
	events, err := p.PersonHistory(p.Context(), casebook.SystemActor, person, 0, 1000)
	if err != nil {
		p.Fatal(err)
	}
	var kinds []string
	for _, e := range events {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

func refused(t *testing.T, what string, err error, code fault.Code) {
	t.Helper()
	if !fault.Is(err, code) {
		t.Errorf("%s: %v, want %s", what, err, code)
	}
}

func TestSessionsEnd(t *testing.T) {
	provingOnBoth(t, func(p *proofs) {
		ctx := p.Context()
		lee := p.withPassword("lee", casebook.Triager)
		in := p.signIn("lee")
		alive := func(secret string) bool {
			p.Helper()
			a, err := p.BySession(ctx, secret)
			if err != nil && !errors.Is(err, casebook.ErrUnproven) {
				p.Fatal(err)
			}
			return err == nil && a.ID == lee.ID
		}
		for range 3 { // used, it lasts beyond the idle time
			p.add(casebook.SessionIdle - time.Hour)
			if !alive(in.Secret) {
				p.Fatal("a session that is used ends")
			}
		}
		p.add(casebook.SessionIdle + time.Minute)
		if alive(in.Secret) {
			p.Error("an idle session goes on")
		}
		in = p.signIn("lee")
		for range int(casebook.SessionTime / (6 * time.Hour)) {
			alive(in.Secret)
			p.add(6 * time.Hour)
		}
		if alive(in.Secret) {
			p.Error("a session goes on beyond its time")
		}
		one, two, three := p.signIn("lee"), p.signIn("lee"), p.signIn("lee")
		if err := p.Revoke(ctx, casebook.Write{Actor: lee}, lee.ID, one.Session.ID); err != nil || alive(one.Secret) || !alive(two.Secret) {
			p.Errorf("revoking one: %v", err)
		}
		if err := p.RevokeSessions(ctx, casebook.Write{Actor: lee}, lee.ID, two.Session.ID); err != nil || !alive(two.Secret) || alive(three.Secret) {
			p.Errorf("revoking the others: %v", err)
		}
		if err := p.SetPassword(ctx, casebook.Write{Actor: lee}, lee.ID, "another good pass phrase", ""); err != nil || alive(two.Secret) {
			p.Errorf("a new password leaves old sessions: %v", err)
		}
		if err := p.SetPassword(ctx, system, lee.ID, goodPassword, ""); err != nil {
			p.Fatal(err)
		}
		four := p.signIn("lee")
		if _, err := p.SetStatus(ctx, system, lee.ID, casebook.Disabled); err != nil || alive(four.Secret) {
			p.Errorf("a disabled person goes on: %v", err)
		}
		if _, err := p.SignInPassword(ctx, from("198.51.100.7"), "lee", goodPassword); !errors.Is(err, casebook.ErrSignIn) {
			p.Errorf("a disabled person signs in: %v", err)
		}
	})
}

func TestSignInIsRecorded(t *testing.T) {
	provingOnBoth(t, func(p *proofs) {
		lee := p.withPassword("lee", casebook.Triager)
		p.signIn("lee")
		if _, err := p.SignInPassword(p.Context(), from("203.0.113.9"), "lee", "wrong wrong wrong"); !errors.Is(err, casebook.ErrSignIn) {
			p.Fatal(err)
		}
		want := []string{"person-added", "credential-added", "signed-in", "sign-in-failed"}
		if got := p.kinds(lee.ID); !slices.Equal(got, want) {
			p.Errorf("events %v, want %v", got, want)
		}
		if _, err := p.SignInPassword(p.Context(), from("203.0.113.9"), "nobody", "wrong wrong wrong"); !errors.Is(err, casebook.ErrSignIn) {
			p.Fatal(err)
		}
		if n, err := p.UnknownSignIns(p.Context()); err != nil || n != 1 {
			p.Errorf("%d unknown sign-ins are counted (%v)", n, err)
		}
	})
}

// TestEffortIsRaised: who signs in with a password that was kept at less effort has it kept anew.
func TestEffortIsRaised(t *testing.T) {
	provingOnBoth(t, func(p *proofs) {
		p.withPassword("lee")
		kept := func() (data string) {
			if err := p.DB().Reader().QueryRow("SELECT data FROM credentials WHERE kind = 'password'").Scan(&data); err != nil {
				p.Fatal(err)
			}
			return data
		}
		weak := "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$mjtDk65yIwMlEAZN9kk9fbIhs5kK9UaXETVP+ZyVq2I"
		if err := p.DB().Commit(p.Context(), sqldb.S("UPDATE credentials SET data = $1 WHERE kind = 'password'", weak)); err != nil {
			p.Fatal(err)
		}
		if _, err := p.SignInPassword(p.Context(), from("a"), "lee", "wrong wrong wrong"); !errors.Is(err, casebook.ErrSignIn) || kept() != weak {
			p.Errorf("a wrong password: %v", err)
		}
		p.signIn("lee")
		if kept() == weak {
			p.Error("it is kept as before")
		}
		p.whole() // no event vouches for the weak one that was put there, but one does for the new one
		p.signIn("lee")
	})
}

func TestLinkWorksOnce(t *testing.T) {
	provingOnBoth(t, func(p *proofs) {
		ctx := p.Context()
		lee := p.person("lee", casebook.Triager)
		for who, role := range map[string]casebook.Role{"manager": casebook.Manager, "triager": casebook.Triager, "auditor": casebook.Auditor} {
			_, err := p.IssueLink(ctx, casebook.Write{Actor: p.actor(p.person(who, role))}, lee.ID, 0)
			refused(p.T, "a link by a "+who, err, fault.Forbidden)
		}
		ada := casebook.Write{Actor: p.actor(p.person("ada", casebook.Admin))}
		first, err := p.IssueLink(ctx, ada, lee.ID, 0)
		if err != nil {
			p.Fatal(err)
		}
		second, err := p.IssueLink(ctx, ada, lee.ID, 0)
		if err != nil {
			p.Fatal(err)
		}
		if _, err := p.SignInLink(ctx, from("a"), first); !errors.Is(err, casebook.ErrLink) {
			p.Errorf("a link that was replaced: %v", err)
		}
		// of many at once, one gets in
		var wg sync.WaitGroup
		in := make(chan casebook.SignIn, 8)
		for i := range 8 {
			wg.Go(func() {
				if s, err := p.SignInLink(ctx, from(string(rune('b'+i))), second); err == nil {
					in <- s
				} else if !errors.Is(err, casebook.ErrLink) {
					p.Error(err)
				}
			})
		}
		wg.Wait()
		if len(in) != 1 || (<-in).Actor.ID != lee.ID {
			p.Error("a link does not work exactly once")
		}
		late, err := p.IssueLink(ctx, ada, lee.ID, time.Minute)
		if err != nil {
			p.Fatal(err)
		}
		p.add(time.Minute)
		if _, err := p.SignInLink(ctx, from("z"), late); !errors.Is(err, casebook.ErrLink) {
			p.Errorf("a link that is over: %v", err)
		}
	})
}

// TestFirstAccount: a stranger who reaches the server first gets nothing, and of many with the secret one is served.
func TestFirstAccount(t *testing.T) {
	provingOnBoth(t, func(p *proofs) {
		ctx := p.Context()
		secret, err := p.SetupSecret(ctx)
		if err != nil || secret == "" {
			p.Fatal(secret, err)
		}
		for _, wrong := range []string{"", "bbx_", secret[:len(secret)-1], strings.ToUpper(secret)} {
			if _, err := p.Found(ctx, from("stranger"), wrong, "mallory", casebook.Identity{}, goodPassword); !errors.Is(err, casebook.ErrUnproven) {
				p.Errorf("secret %q: %v", wrong, err)
			}
		}
		_, err = p.Found(ctx, from("operator"), secret, "lee", casebook.Identity{}, "short")
		refused(p.T, "a bad password", err, fault.Invalid)
		var wg sync.WaitGroup
		in := make(chan casebook.SignIn, 4)
		for i := range 4 {
			wg.Go(func() {
				s, err := p.Found(ctx, from("operator"), secret, "founder-"+string(rune('a'+i)), casebook.Identity{}, goodPassword)
				if err == nil {
					in <- s
				} else if !fault.Is(err, fault.Conflict) && !errors.Is(err, casebook.ErrUnproven) {
					p.Error(err)
				}
			})
		}
		wg.Wait()
		if len(in) != 1 {
			p.Fatalf("%d first accounts", len(in))
		}
		s := <-in
		if !s.Actor.Has(casebook.Admin) || !s.Actor.Has(casebook.Manager) || !s.Actor.Has(casebook.Triager) {
			p.Errorf("roles %v", s.Actor.Roles)
		}
		if again, err := p.SetupSecret(ctx); again != "" || err != nil {
			p.Errorf("another setup secret: %q, %v", again, err)
		}
		if people, err := p.People(ctx, casebook.SystemActor); len(people) != 1 || err != nil {
			p.Errorf("%d people, %v", len(people), err)
		}
		if got := p.kinds(s.Actor.ID); !slices.Equal(got, []string{"person-added", "credential-added", "signed-in"}) {
			p.Errorf("events %v", got)
		}
	})
}

func TestNotes(t *testing.T) {
	provingOnBoth(t, func(p *proofs) {
		ctx := p.Context()
		note, err := p.Note(ctx, "a", "data", time.Minute)
		if err != nil {
			p.Fatal(err)
		}
		_, err = p.Take(ctx, "b", note)
		refused(p.T, "for another purpose", err, fault.NotFound)
		if data, err := p.Take(ctx, "a", note); data != "data" || err != nil {
			p.Error(data, err)
		}
		_, err = p.Take(ctx, "a", note)
		refused(p.T, "twice", err, fault.NotFound)
		late, err := p.Note(ctx, "a", "data", time.Minute)
		if err != nil {
			p.Fatal(err)
		}
		p.add(time.Minute)
		_, err = p.Take(ctx, "a", late)
		refused(p.T, "late", err, fault.NotFound)
	})
}

func TestSweep(t *testing.T) {
	provingOnBoth(t, func(p *proofs) {
		lee := p.withPassword("lee", casebook.Triager)
		p.signIn("lee")
		if _, err := p.Note(p.Context(), "a", "", time.Minute); err != nil {
			p.Fatal(err)
		}
		count := func() (n int) {
			if err := p.DB().Reader().QueryRow("SELECT COUNT(*) FROM credentials").Scan(&n); err != nil {
				p.Fatal(err)
			}
			return n
		}
		before := count()
		p.add(casebook.SessionTime + time.Hour)
		if err := p.Sweep(p.Context()); err != nil {
			p.Fatal(err)
		}
		if after := count(); before != 4 || after != 2 { // password and device stay
			p.Errorf("%d rows before, %d after", before, after)
		}
		_ = lee
	})
}

func TestIdentityGivesNothing(t *testing.T) {
	provingOnBoth(t, func(p *proofs) {
		lee := p.actor(p.person("lee"))
		ada := p.person("ada", casebook.Admin)
		if _, err := p.SetIdentity(p.Context(), system, ada.ID, casebook.Identity{Email: "ada@corp.example"}); err != nil {
			p.Fatal(err)
		}
		got, err := p.SetIdentity(p.Context(), casebook.Write{Actor: lee}, lee.ID, casebook.Identity{Name: "Lee", Email: "ada@corp.example"})
		if err != nil || got.Identity.Name != "Lee" || len(got.Roles) != 0 {
			p.Errorf("%+v, %v", got, err)
		}
		_, err = p.SetIdentity(p.Context(), casebook.Write{Actor: lee}, ada.ID, casebook.Identity{})
		refused(p.T, "the identity of another", err, fault.Forbidden)
	})
}
