package casebook_test

import (
	"encoding/base32"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"bugbar/bars"
	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/sqldb"
)

// TestAttack03RolesBySecondWay: roles change by one way only, and by nobody who may not; not through an
// invitation, a token, an identity, or a status.
func TestAttack03RolesBySecondWay(t *testing.T) {
	provingOnBoth(t, func(p *proofs) {
		ctx := p.Context()
		lee := p.actor(p.person("lee", casebook.Triager))
		max := p.actor(p.person("max", casebook.Manager))
		ada := p.actor(p.person("ada", casebook.Admin))
		weak := ada
		weak.Scopes = []casebook.Right{casebook.ReadCase}
		for what, try := range map[string]func() error{
			"own roles": func() error {
				return second(p.SetRoles(ctx, casebook.Write{Actor: lee}, lee.ID, []casebook.Role{casebook.Admin}))
			},
			"another's roles": func() error { return second(p.SetRoles(ctx, casebook.Write{Actor: lee}, max.ID, nil)) },
			"a manager's own": func() error {
				return second(p.SetRoles(ctx, casebook.Write{Actor: max}, max.ID, []casebook.Role{casebook.Auditor}))
			},
			"a manager makes one": func() error {
				return second(p.SetRoles(ctx, casebook.Write{Actor: max}, lee.ID, []casebook.Role{casebook.Admin}))
			},
			"a manager unmakes":  func() error { return second(p.SetRoles(ctx, casebook.Write{Actor: max}, ada.ID, nil)) },
			"a manager disables": func() error { return second(p.SetStatus(ctx, casebook.Write{Actor: max}, ada.ID, casebook.Disabled)) },
			"a manager adds admin": func() error {
				return second(p.AddPerson(ctx, casebook.Write{Actor: max}, "evil", []casebook.Role{casebook.Admin}, casebook.Identity{}))
			},
			"a token without it": func() error {
				return second(p.SetRoles(ctx, casebook.Write{Actor: weak}, lee.ID, []casebook.Role{casebook.Admin}))
			},
			"a reporter's key": func() error {
				return second(p.SetRoles(ctx, casebook.Write{Actor: casebook.Actor{Case: 9}}, lee.ID, nil))
			},
			"a setting": func() error { return p.Set(ctx, casebook.Write{Actor: max}, casebook.SettingNoPassword, "", false) },
		} {
			refused(p.T, what, try(), fault.Forbidden)
		}
		_, err := p.SetRoles(ctx, casebook.Write{Actor: ada}, lee.ID, []casebook.Role{"root"})
		refused(p.T, "a role that is none", err, fault.Invalid)
		_, err = p.SetRoles(ctx, casebook.Write{Actor: ada}, lee.ID, []casebook.Role{casebook.System})
		refused(p.T, "the system", err, fault.Invalid)
		people, err := p.People(ctx, casebook.SystemActor)
		if err != nil {
			p.Fatal(err)
		}
		for _, who := range people {
			if want := map[string]casebook.Role{"lee": casebook.Triager, "max": casebook.Manager, "ada": casebook.Admin}[who.Handle]; !slices.Equal(who.Roles, []casebook.Role{want}) {
				p.Errorf("%s is %v", who.Handle, who.Roles)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }

// TestAttack21Truncation: no address, handle or subject is ever cut short, and an address gives no right.
func TestAttack21Truncation(t *testing.T) {
	provingOnBoth(t, func(p *proofs) {
		ctx := p.Context()
		long := "admin@corp.example" + strings.Repeat(".evil", 60) + ".test"
		for _, email := range []string{long, "admin@corp.example\x00@evil.test", "admin@corp.example\n@evil.test", "admin@corp.example (x)@evil.test", "a@b@c", "\"admin@corp.example\"@evil.test"} {
			_, err := p.AddPerson(ctx, system, "mallory", nil, casebook.Identity{Email: email})
			refused(p.T, fmt.Sprintf("%.30q", email), err, fault.Invalid)
		}
		_, err := p.AddPerson(ctx, system, "lee"+strings.Repeat("e", 60), nil, casebook.Identity{})
		refused(p.T, "a long handle", err, fault.Invalid)
		common := strings.Repeat("s", 900)
		one, two := casebook.Subject{Issuer: "https://idp.example", Subject: common + "1"}, casebook.Subject{Issuer: "https://idp.example", Subject: common + "2"}
		first, second := p.person("first"), p.person("second")
		for who, s := range map[casebook.ID]casebook.Subject{first.ID: one, second.ID: two} {
			if err := p.LinkSubject(ctx, system, who, s); err != nil {
				p.Fatal(err)
			}
		}
		if in, err := p.SignInSubject(ctx, from("a"), two, time.Time{}, nil); err != nil || in.Actor.ID != second.ID {
			p.Errorf("signed in as %v, %v", in.Actor, err)
		}
		_, err = p.SignInSubject(ctx, from("a"), casebook.Subject{Issuer: "https://idp.example", Subject: strings.Repeat("s", 5000)}, time.Time{}, &casebook.Newcomer{Handle: "x"})
		refused(p.T, "a subject without end", err, fault.Invalid)
		_, err = p.SignInSubject(ctx, from("a"), casebook.Subject{Issuer: "https://idp.example", Subject: common}, time.Time{}, nil)
		if !errors.Is(err, casebook.ErrNotLinked) {
			p.Errorf("the part that both have: %v", err)
		}
		// a handle that is cut to fit never takes over another's
		victim := p.person(strings.Repeat("v", 30), casebook.Admin)
		in, err := p.SignInSubject(ctx, from("a"), casebook.Subject{Issuer: "https://idp.example", Subject: "mallory"}, time.Time{}, &casebook.Newcomer{Handle: strings.Repeat("v", 50)})
		if err != nil || in.Actor.ID == victim.ID || len(in.Actor.Roles) != 0 {
			p.Errorf("signed in as %+v, %v", in.Actor, err)
		}
	})
}

// TestAttack23SecretsInTheDatabase uses every kind of secret, and looks for each in everything that is kept.
func TestAttack23SecretsInTheDatabase(t *testing.T) {
	provingOnBoth(t, func(p *proofs) {
		ctx := p.Context()
		secrets := map[string]string{"password": goodPassword, "wrong password": "my mistyped password", "password as handle": "typed into the wrong field"}
		keep := func(name, secret string, err error) {
			p.Helper()
			if err != nil || len(secret) < 20 {
				p.Fatalf("%s: %q, %v", name, secret, err)
			}
			secrets[name] = secret
		}
		setup, err := p.SetupSecret(ctx)
		keep("setup secret", setup, err)
		in, err := p.Found(ctx, from("a"), setup, "lee", casebook.Identity{}, goodPassword)
		keep("first session", in.Secret, err)
		in, err = p.SignInPassword(ctx, from("a"), "lee", goodPassword)
		keep("session", in.Secret, err)
		keep("device", in.Device, nil)
		if _, err := p.SignInPassword(ctx, from("a"), "lee", secrets["wrong password"]); !errors.Is(err, casebook.ErrSignIn) {
			p.Fatal(err)
		}
		if _, err := p.SignInPassword(ctx, from("a"), secrets["password as handle"], "whatever it is"); !errors.Is(err, casebook.ErrSignIn) {
			p.Fatal(err)
		}
		token, _, err := p.MakeToken(ctx, casebook.Write{Actor: in.Actor, Key: "key-of-a-repeated-request", Request: "r"}, in.Actor.ID, "x", []casebook.Right{casebook.ReadCase}, 0)
		keep("token", token, err)
		secrets["idempotency key"] = "key-of-a-repeated-request"
		link, err := p.IssueLink(ctx, system, in.Actor.ID, 0)
		keep("link", link, err)
		used, err := p.SignInLink(ctx, from("a"), link)
		keep("session by link", used.Secret, err)
		note, err := p.Note(ctx, "x", "data", time.Hour)
		keep("note", note, err)
		rules, err := bars.Load(bars.Default)
		if err != nil {
			p.Fatal(err)
		}
		receipt, _, err := p.Submit(ctx, casebook.Write{}, casebook.Submission{Title: "x", Bar: rules, Findings: []casebook.Finding{{}}})
		keep("report key", receipt.Key, err)
		guest, err := p.SignInReportKey(ctx, from("a"), receipt.Key)
		keep("session by report key", guest.Secret, err)
		if err := p.Set(ctx, system, "webhook-secret", "whsec_not_in_the_log", true); err != nil {
			p.Fatal(err)
		}
		everything := p.dump()
		if !strings.Contains(everything, "signed-in") || !strings.Contains(everything, "argon2id") {
			p.Fatal("the dump holds not everything")
		}
		for name, secret := range secrets {
			if strings.Contains(strings.ToLower(everything), strings.ToLower(secret)) {
				p.Errorf("the %s is in the database", name)
			}
		}
		if n := strings.Count(everything, "whsec_not_in_the_log"); n == 0 || strings.Contains(p.events(), "whsec_not_in_the_log") {
			p.Errorf("a secret setting: %d times in the database, in the events %v", n, strings.Contains(p.events(), "whsec_not_in_the_log"))
		}
	})
}

// events are the texts of all events.
func (p *proofs) events() string {
	p.Helper()
	return p.texts("SELECT kind || ' ' || payload FROM events")
}

// dump is everything that the database holds: for SQLite the bytes of its files, for PostgreSQL all rows.
func (p *proofs) dump() string {
	p.Helper()
	if p.DB().Dialect == sqldb.SQLite {
		var all strings.Builder
		for _, suffix := range []string{"", "-wal"} {
			data, err := os.ReadFile(p.name + suffix)
			if err != nil {
				p.Fatal(err)
			}
			all.Write(data)
		}
		return all.String()
	}
	var all strings.Builder
	for table := range strings.Lines(p.texts("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")) {
		all.WriteString(p.texts(fmt.Sprintf("SELECT CAST(t AS TEXT) FROM %q t", strings.TrimSpace(table))))
	}
	return all.String()
}

func (p *proofs) texts(query string) string {
	p.Helper()
	rows, err := p.DB().Reader().Query(query)
	if err != nil {
		p.Fatal(err)
	}
	defer rows.Close()
	var all strings.Builder
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			p.Fatal(err)
		}
		all.WriteString(text + "\n")
	}
	if err := rows.Err(); err != nil {
		p.Fatal(err)
	}
	return all.String()
}

// TestAttack24StolenSession: a session ends at once where it is revoked, and is of no use as a token, nor a token
// as a session.
func TestAttack24StolenSession(t *testing.T) {
	provingOnBoth(t, func(p *proofs) {
		ctx := p.Context()
		lee := p.withPassword("lee", casebook.Triager)
		stolen := p.signIn("lee")
		token, _, err := p.MakeToken(ctx, casebook.Write{Actor: lee}, lee.ID, "x", []casebook.Right{casebook.ReadCase}, 0)
		if err != nil {
			p.Fatal(err)
		}
		for what, err := range map[string]error{
			"a session as a token":     second(p.ByToken(ctx, stolen.Secret)),
			"a token as a session":     second(p.BySession(ctx, token)),
			"a session by its digest":  second(p.BySession(ctx, stolen.Session.ID)),
			"a session as a link":      second(p.SignInLink(ctx, from("a"), stolen.Secret)),
			"a device as a session":    second(p.BySession(ctx, stolen.Device)),
			"a session as a note":      second(p.Take(ctx, "x", stolen.Secret)),
			"a session as a report":    second(p.SignInReportKey(ctx, from("a"), stolen.Secret)),
			"a session as a setup":     second(p.Found(ctx, from("a"), stolen.Secret, "evil", casebook.Identity{}, goodPassword)),
			"a session by its prefix":  second(p.BySession(ctx, stolen.Secret[:len(stolen.Secret)-1])),
			"a session in upper case":  second(p.BySession(ctx, strings.ToUpper(stolen.Secret))),
			"a session with a newline": second(p.BySession(ctx, stolen.Secret+"\n")),
			"nothing":                  second(p.BySession(ctx, "")),
		} {
			if !errors.Is(err, casebook.ErrUnproven) && !fault.Is(err, fault.NotFound) {
				p.Errorf("%s: %v", what, err)
			}
		}
		if _, err := p.BySession(ctx, stolen.Secret); err != nil {
			p.Fatal(err)
		}
		if err := p.RevokeSessions(ctx, casebook.Write{Actor: lee}, lee.ID, ""); err != nil {
			p.Fatal(err)
		}
		if _, err := p.BySession(ctx, stolen.Secret); !errors.Is(err, casebook.ErrUnproven) {
			p.Errorf("after it was revoked: %v", err)
		}
	})
}

// TestAttack28Guessable: every secret has at least 160 bits of chance, and no two are alike.
func TestAttack28Guessable(t *testing.T) {
	provingOnBoth(t, func(p *proofs) {
		ctx := p.Context()
		lee := p.withPassword("lee", casebook.Triager)
		rules, err := bars.Load(bars.Default)
		if err != nil {
			p.Fatal(err)
		}
		seen := map[string]bool{}
		check := func(name, secret string, err error, bits int) {
			p.Helper()
			if err != nil {
				p.Fatal(err)
			}
			_, chance, cut := strings.Cut(secret, "_")
			if !cut {
				chance = secret
			}
			raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.ToUpper(chance))
			if err != nil || 8*len(raw) < bits || seen[secret] || seen[chance[:16]] {
				p.Errorf("%s %q: %d bits (%v)", name, secret, 8*len(raw), err)
			}
			seen[secret], seen[chance[:16]] = true, true
		}
		for range 20 {
			token, _, err := p.MakeToken(ctx, casebook.Write{Actor: lee}, lee.ID, "x", []casebook.Right{casebook.ReadCase}, 0)
			check("token", token, err, 256)
			link, err := p.IssueLink(ctx, system, lee.ID, 0)
			check("link", link, err, 256)
			in, err := p.SignInLink(ctx, from("a"), link)
			check("session", in.Secret, err, 256)
			receipt, _, err := p.Submit(ctx, casebook.Write{}, casebook.Submission{Title: "x", Bar: rules, Findings: []casebook.Finding{{}}})
			check("report key", receipt.Key, err, 160)
		}
	})
}
