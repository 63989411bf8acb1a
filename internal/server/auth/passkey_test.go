package auth_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/descope/virtualwebauthn"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"

	"bugbar/internal/casebook"
)

// device is an authenticator in somebody's hand.
type device struct {
	rp virtualwebauthn.RelyingParty
	virtualwebauthn.Authenticator
	key virtualwebauthn.Credential
}

func (s *site) device() *device {
	return &device{
		rp:            virtualwebauthn.RelyingParty{Name: "bugbar", ID: "bugbar.example", Origin: s.auth.URL.String()},
		Authenticator: virtualwebauthn.NewAuthenticator(),
		key:           newCredential(),
	}
}

// newCredential has a key that can be read: the library leaves out the zeros with which one coordinate in 256 begins.
func newCredential() virtualwebauthn.Credential {
	for {
		c := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
		if _, err := webauthncose.ParsePublicKey(c.Key.AttestationData()); err == nil {
			return c
		}
	}
}

// register makes a passkey for whoever is signed in, and returns what the server says of it.
func (b *browser) register(d *device) answer {
	b.Helper()
	begun := b.must(200, "POST", "/auth/passkey/new/begin", nil)
	var options struct {
		PublicKey struct {
			User struct {
				ID string `json:"id"`
			} `json:"user"`
			AuthenticatorSelection struct {
				ResidentKey      string `json:"residentKey"`
				UserVerification string `json:"userVerification"`
			} `json:"authenticatorSelection"`
		} `json:"publicKey"`
	}
	if err := json.Unmarshal(begun.body, &options); err != nil {
		b.Fatal(err)
	}
	if sel := options.PublicKey.AuthenticatorSelection; sel.ResidentKey != "required" || sel.UserVerification != "required" {
		b.Errorf("asked for %+v", sel)
	}
	user, err := base64.RawURLEncoding.DecodeString(options.PublicKey.User.ID)
	if err != nil {
		b.Fatal(err)
	}
	d.Options.UserHandle = user
	ask, err := virtualwebauthn.ParseAttestationOptions(begun.String())
	if err != nil {
		b.Fatal(err)
	}
	return b.do("POST", "/auth/passkey/new/finish?label=blue+key", virtualwebauthn.CreateAttestationResponse(d.rp, d.Authenticator, d.key, *ask))
}

// assertion begins a sign-in and has the device answer.
func (b *browser) assertion(d *device) string {
	b.Helper()
	begun := b.must(200, "POST", "/auth/passkey/begin", nil)
	if !strings.Contains(begun.String(), `"userVerification":"required"`) || strings.Contains(begun.String(), "allowCredentials") {
		b.Errorf("asked for %s", begun)
	}
	ask, err := virtualwebauthn.ParseAssertionOptions(begun.String())
	if err != nil {
		b.Fatal(err)
	}
	return virtualwebauthn.CreateAssertionResponse(d.rp, d.Authenticator, d.key, *ask)
}

func TestPasskey(t *testing.T) {
	onBoth(t, nil, func(s *site) {
		lee := s.person("lee", casebook.Triager)
		d := s.device()
		b := s.browser().signIn("lee")
		if got := b.register(d); got.status != http.StatusNoContent {
			s.Fatal(got)
		}
		if got := b.register(d); got.status != http.StatusConflict {
			s.Errorf("the same again: %s", got)
		}
		for count := range uint32(3) {
			d.key.Counter = count + 1
			other := s.browser()
			other.must(200, "POST", "/auth/passkey/finish", other.assertion(d))
			if other.who() != "lee" {
				s.Fatalf("signed in as %q", other.who())
			}
		}
		if all, err := s.book.Credentials(s.Context(), lee, lee.ID); err != nil || !slices.ContainsFunc(all, func(c casebook.Credential) bool { return c.Kind == "passkey" && c.Label == "blue key" && c.Used != 0 }) {
			s.Errorf("listed: %+v, %v", all, err)
		}
		// a password is not needed any more, and a passkey suffices where one is not enough
		if err := s.book.Set(s.Context(), system, casebook.SettingNoPassword, "triager", false); err != nil {
			s.Fatal(err)
		}
		d.key.Counter = 9
		other := s.browser()
		other.must(401, "POST", "/auth/password", map[string]string{"handle": "lee", "password": goodPassword})
		other.must(200, "POST", "/auth/passkey/finish", other.assertion(d))
	})
}

func TestPasskeyIsRefused(t *testing.T) {
	onBoth(t, nil, func(s *site) {
		lee, max := s.person("lee", casebook.Triager), s.person("max", casebook.Admin)
		d := s.device()
		if got := s.browser().signIn("lee").register(d); got.status != http.StatusNoContent {
			s.Fatal(got)
		}
		d.key.Counter = 5
		b := s.browser()
		answer := b.assertion(d)
		cookies := b.client.Jar.Cookies(s.auth.URL)
		b.must(200, "POST", "/auth/passkey/finish", answer)
		b.client.Jar.SetCookies(s.auth.URL, cookies)
		b.must(404, "POST", "/auth/passkey/finish", answer) // the same once more
		b = s.browser()
		answer = b.assertion(d)
		s.browser().must(404, "POST", "/auth/passkey/finish", answer) // begun in another browser
		b.must(401, "POST", "/auth/passkey/finish", answer)           // the counter stands still
		for what, change := range map[string]func(d *device){
			"counter went back": func(d *device) { d.key.Counter = 4 },
			"user not verified": func(d *device) { d.Options.UserNotVerified = true },
			"user not present":  func(d *device) { d.Options.UserNotPresent = true },
			"another site":      func(d *device) { d.rp.Origin = "https://evil.example" },
			"a site below":      func(d *device) { d.rp.Origin = "https://bugbar.example.evil.example" },
			"another party":     func(d *device) { d.rp.ID = "evil.example" },
			"another key":       func(d *device) { d.key.Key = newCredential().Key },
			"another id":        func(d *device) { d.key.ID = []byte("no such credential id") },
			"another person":    func(d *device) { d.Options.UserHandle = handleOf(max.ID) },
			"nobody":            func(d *device) { d.Options.UserHandle = handleOf(12345) },
			"no user handle":    func(d *device) { d.Options.UserHandle = nil },
		} {
			wrong := *d
			wrong.key.Counter = 100
			change(&wrong)
			b := s.browser()
			if got := b.do("POST", "/auth/passkey/finish", b.assertion(&wrong)); got.status != http.StatusUnauthorized && got.status != http.StatusTooManyRequests {
				s.Errorf("%s: %d %s", what, got.status, got)
			}
			if b.who() != "" {
				s.Errorf("%s: signed in as %s", what, b.who())
			}
			s.add(20 * 60 * 1e9)
		}
		events, err := s.book.PersonHistory(s.Context(), casebook.SystemActor, lee.ID, 0, 100)
		if err != nil {
			s.Fatal(err)
		}
		if !slices.ContainsFunc(events, func(e casebook.Event) bool {
			return e.Kind == "sign-in-failed" && strings.Contains(string(e.Payload), "counter went back")
		}) {
			s.Error("nobody is told of the passkey's double")
		}
		d.key.Counter = 6
		b = s.browser()
		b.must(200, "POST", "/auth/passkey/finish", b.assertion(d))
		if _, err := s.book.SetStatus(s.Context(), system, lee.ID, casebook.Disabled); err != nil {
			s.Fatal(err)
		}
		d.key.Counter = 7
		b = s.browser()
		b.must(401, "POST", "/auth/passkey/finish", b.assertion(d))
	})
}

func handleOf(id casebook.ID) []byte {
	b := make([]byte, 8)
	for i := range b {
		b[i] = byte(id >> (56 - 8*i))
	}
	return b
}

func TestPasskeyRegistrationIsRefused(t *testing.T) {
	onBoth(t, nil, func(s *site) {
		s.person("lee", casebook.Triager)
		for what, change := range map[string]func(d *device){
			"user not verified": func(d *device) { d.Options.UserNotVerified = true },
			"another site":      func(d *device) { d.rp.Origin = "https://evil.example" },
			"another party":     func(d *device) { d.rp.ID = "evil.example" },
		} {
			d := s.device()
			change(d)
			if got := s.browser().signIn("lee").register(d); got.status != http.StatusUnprocessableEntity {
				s.Errorf("%s: %d %s", what, got.status, got)
			}
		}
		s.browser().must(401, "POST", "/auth/passkey/new/begin", nil)
	})
}
