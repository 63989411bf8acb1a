package casebook

// The payloads of events that make up a person.
type (
	// PersonAdded makes a person known.
	PersonAdded struct {
		Handle   string `json:"handle"`
		Roles    []Role `json:"roles,omitempty"`
		Identity string `json:"identity_sha256"` // with the salt
	}
	// RolesSet changes what somebody is to the programme.
	RolesSet struct {
		Roles []Role `json:"roles"`
	}
	// IdentitySet changes who somebody is.
	IdentitySet struct {
		Identity string `json:"identity_sha256"`
	}
	// StatusSet disables or enables somebody, or erases who they are.
	StatusSet struct {
		Status string `json:"status"`
	}
	// CredentialAdded and CredentialRevoked tell of a way to prove who one is, never of the secret.
	CredentialAdded struct {
		Credential string  `json:"credential"` // password | passkey | oidc | token
		Label      string  `json:"label,omitempty"`
		Scopes     []Right `json:"scopes,omitempty"`
		Expires    int64   `json:"expires,omitempty"`
		// Digest is of the row (credentialDigest).
		Digest string `json:"row_sha256,omitempty"`
	}
	CredentialRevoked struct {
		Credential string `json:"credential"`
		Label      string `json:"label,omitempty"`
		Why        string `json:"why,omitempty"`
	}
	// SignedIn and SignInFailed tell of sessions.
	SignedIn struct {
		With string `json:"with"`
	}
	SignInFailed struct {
		With string `json:"with"`
	}
	// GlassBroken lets somebody see every case for a time.
	GlassBroken struct {
		Reason string `json:"reason"`
		Until  int64  `json:"until"` // ms
	}
)

type personPayload interface {
	Payload
	applyTo(p *Person, e Event)
}

func (PersonAdded) kind() string       { return "person-added" }
func (RolesSet) kind() string          { return "roles-set" }
func (IdentitySet) kind() string       { return "identity-set" }
func (StatusSet) kind() string         { return "status-set" }
func (CredentialAdded) kind() string   { return "credential-added" }
func (CredentialRevoked) kind() string { return "credential-revoked" }
func (SignedIn) kind() string          { return "signed-in" }
func (SignInFailed) kind() string      { return "sign-in-failed" }
func (GlassBroken) kind() string       { return "glass-broken" }

func (a PersonAdded) applyTo(p *Person, e Event) {
	p.Handle, p.Roles, p.Status, p.Created = a.Handle, a.Roles, Active, e.At
}
func (a RolesSet) applyTo(p *Person, _ Event)    { p.Roles = a.Roles }
func (IdentitySet) applyTo(*Person, Event)       {}
func (a StatusSet) applyTo(p *Person, _ Event)   { p.Status = a.Status }
func (CredentialAdded) applyTo(*Person, Event)   {}
func (CredentialRevoked) applyTo(*Person, Event) {}
func (SignedIn) applyTo(*Person, Event)          {}
func (SignInFailed) applyTo(*Person, Event)      {}
func (a GlassBroken) applyTo(p *Person, _ Event) { p.Elevated = a.Until }

// personKinds decodes the events of a person, by kind.
var personKinds = map[string]func(Event) (personPayload, error){
	"person-added": ofPerson[PersonAdded], "roles-set": ofPerson[RolesSet], "identity-set": ofPerson[IdentitySet],
	"status-set": ofPerson[StatusSet], "credential-added": ofPerson[CredentialAdded],
	"credential-revoked": ofPerson[CredentialRevoked], "signed-in": ofPerson[SignedIn],
	"sign-in-failed": ofPerson[SignInFailed], "glass-broken": ofPerson[GlassBroken],
}

func ofPerson[P personPayload](e Event) (personPayload, error) { return decode[P](e) }
