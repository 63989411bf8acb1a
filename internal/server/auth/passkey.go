package auth

import (
	"encoding/binary"
	"encoding/json"
	"io"
	"net/http"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
)

// maxCeremony bounds what a browser answers in a ceremony, in bytes.
const maxCeremony = 64 << 10

// relyingParty is this server towards authenticators. Each passkey is found without a name being typed, and
// verifies its user, by a finger or a number.
func relyingParty(host, origin string) (*webauthn.WebAuthn, error) {
	return webauthn.New(&webauthn.Config{
		RPID: host, RPDisplayName: "bugbar", RPOrigins: []string{origin},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(), UserVerification: protocol.VerificationRequired,
		},
	})
}

// owner is a person as the ceremonies know them.
type owner struct {
	id          casebook.ID
	handle      string
	credentials []webauthn.Credential
}

func (o owner) WebAuthnID() []byte                         { return binary.BigEndian.AppendUint64(nil, uint64(o.id)) }
func (o owner) WebAuthnName() string                       { return o.handle }
func (o owner) WebAuthnDisplayName() string                { return o.handle }
func (o owner) WebAuthnCredentials() []webauthn.Credential { return o.credentials }

func ownerOf(id casebook.ID, handle string, keys []casebook.Passkey) (owner, error) {
	o := owner{id: id, handle: handle}
	for _, k := range keys {
		var c webauthn.Credential
		if err := json.Unmarshal([]byte(k.Data), &c); err != nil {
			return o, fault.New(fault.Internal, "a passkey in the database cannot be read: %w", err)
		}
		o.credentials = append(o.credentials, c)
	}
	return o, nil
}

// begin keeps what a ceremony began with until it is finished, bound to this browser.
func (a *Auth) begin(w http.ResponseWriter, r *http.Request, purpose string, began any) error {
	data, err := json.Marshal(began)
	if err != nil {
		return fault.New(fault.Internal, "%w", err)
	}
	secret, err := a.Book.Note(r.Context(), purpose, string(data), stepTime)
	if err == nil {
		a.keep(w, stepCookie, secret, stepTime)
	}
	return err
}

// began gives back what a ceremony began with, once.
func (a *Auth) began(w http.ResponseWriter, r *http.Request, purpose string, into any) error {
	secret := a.cookie(r, stepCookie)
	a.forget(w, stepCookie)
	data, err := a.Book.Take(r.Context(), purpose, secret)
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(data), into); err != nil {
		return fault.New(fault.Internal, "%w", err)
	}
	return nil
}

const (
	toSignIn = "passkey" // what notes are for
	toAdd    = "passkey-new"
	toLink   = "provider"
)

// BeginPasskey begins a sign-in by passkey: what it returns goes to navigator.credentials.get.
func (a *Auth) BeginPasskey(w http.ResponseWriter, r *http.Request) (*protocol.CredentialAssertion, error) {
	if _, err := a.allow(r); err != nil {
		return nil, err
	}
	options, began, err := a.passkeys.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired))
	if err != nil {
		return nil, fault.New(fault.Internal, "%w", err)
	}
	return options, a.begin(w, r, toSignIn, began)
}

// FinishPasskey signs in whoever the authenticator's answer, in the request's body, proves.
func (a *Auth) FinishPasskey(w http.ResponseWriter, r *http.Request) (casebook.Actor, error) {
	return a.signIn(w, r, "passkey", func(from casebook.Caller) (casebook.SignIn, error) {
		var session webauthn.SessionData
		if err := a.began(w, r, toSignIn, &session); err != nil {
			return casebook.SignIn{}, err
		}
		answer, err := protocol.ParseCredentialRequestResponseBody(io.LimitReader(r.Body, maxCeremony))
		if err != nil || len(answer.Response.UserHandle) != 8 {
			return casebook.SignIn{}, a.Book.FailedPasskey(r.Context(), from)
		}
		person := casebook.ID(binary.BigEndian.Uint64(answer.Response.UserHandle))
		return a.Book.SignInPasskey(r.Context(), from, person, answer.RawID, func(p *casebook.Person, all []casebook.Passkey) (casebook.Passkey, error) {
			return a.verify(p, all, session, answer)
		})
	})
}

// verify makes sure that an answer is right, and that its counter went on.
func (a *Auth) verify(p *casebook.Person, all []casebook.Passkey, session webauthn.SessionData, answer *protocol.ParsedCredentialAssertionData) (casebook.Passkey, error) {
	o, err := ownerOf(p.ID, p.Handle, all)
	if err != nil {
		return casebook.Passkey{}, err
	}
	_, used, err := a.passkeys.ValidatePasskeyLogin(func(_, _ []byte) (webauthn.User, error) { return o, nil }, session, answer)
	if err != nil {
		return casebook.Passkey{}, err
	}
	if used.Authenticator.CloneWarning {
		return casebook.Passkey{}, casebook.ErrCloned
	}
	return kept(used)
}

func kept(c *webauthn.Credential) (casebook.Passkey, error) {
	data, err := json.Marshal(c)
	if err != nil {
		return casebook.Passkey{}, fault.New(fault.Internal, "%w", err)
	}
	return casebook.Passkey{ID: c.ID, Data: string(data)}, nil
}

// BeginNewPasskey begins the making of a passkey for whoever asks: what it returns goes to
// navigator.credentials.create.
func (a *Auth) BeginNewPasskey(w http.ResponseWriter, r *http.Request) (*protocol.CredentialCreation, error) {
	o, err := a.owner(r)
	if err != nil {
		return nil, err
	}
	var known []protocol.CredentialDescriptor
	for _, c := range o.credentials {
		known = append(known, c.Descriptor())
	}
	options, began, err := a.passkeys.BeginRegistration(o, webauthn.WithExclusions(known))
	if err != nil {
		return nil, fault.New(fault.Internal, "%w", err)
	}
	return options, a.begin(w, r, toAdd, began)
}

// owner is whoever asks, with their passkeys.
func (a *Auth) owner(r *http.Request) (owner, error) {
	who, err := a.present(r)
	if err != nil {
		return owner{}, err
	}
	keys, err := a.Book.Passkeys(r.Context(), who.Actor.ID)
	if err != nil {
		return owner{}, err
	}
	return ownerOf(who.Actor.ID, who.Actor.Handle, keys)
}

// FinishNewPasskey adds the passkey that the authenticator made, in the request's body, under a label.
func (a *Auth) FinishNewPasskey(w http.ResponseWriter, r *http.Request, label string) error {
	o, err := a.owner(r)
	if err != nil {
		return err
	}
	var session webauthn.SessionData
	if err := a.began(w, r, toAdd, &session); err != nil {
		return err
	}
	answer, err := protocol.ParseCredentialCreationResponseBody(io.LimitReader(r.Body, maxCeremony))
	if err != nil {
		return fault.New(fault.Invalid, "the browser's answer cannot be read: %w", err)
	}
	made, err := a.passkeys.CreateCredential(o, session, answer)
	if err != nil {
		return fault.New(fault.Invalid, "the passkey cannot be added: %w", err).Do("begin again; the authenticator has to verify its user")
	}
	k, err := kept(made)
	if err != nil {
		return err
	}
	who, err := a.present(r)
	if err != nil {
		return err
	}
	return a.Book.AddPasskey(r.Context(), casebook.Write{Actor: who.Actor}, who.Actor.ID, label, k)
}
