package casebook

import (
	"encoding/json"
	"fmt"

	"bugbar/internal/sqldb"
)

// lasting are the kinds of credentials that stay until they are revoked. What is over within days is vouched for
// by nobody.
var lasting = map[string]bool{kindPassword: true, kindPasskey: true, kindSubject: true, kindToken: true}

// passing are the others.
var passing = map[string]bool{kindSession: true, kindLink: true, kindDevice: true, kindNote: true, kindSetup: true, kindThrottle: true}

// of has the event of a new credential vouch for its row: one that was put there or changed by hand opens no door
// unseen.
func (p CredentialAdded) of(row sqldb.Stmt) CredentialAdded {
	p.Digest = credentialDigest(row.Args...)
	return p
}

// vouch has new credentials among payloads vouch for the rows that come with them.
func vouch(payloads []personPayload, rows []sqldb.Stmt) {
	for i, payload := range payloads {
		p, ok := payload.(CredentialAdded)
		for _, row := range rows {
			if ok && p.Digest == "" && row.SQL == insertCredential && row.Args[1] == p.Credential {
				payloads[i] = p.of(row)
			}
		}
	}
}

// credentialDigest is of a row as insertCredential writes it, without what changes by use.
func credentialDigest(row ...any) string {
	kind, data := row[1].(string), row[4].(string)
	if kind == kindPasskey {
		var p struct {
			Key json.RawMessage `json:"publicKey"` // beside it, the passkey counts its uses
		}
		_ = json.Unmarshal([]byte(data), &p)
		data = string(p.Key)
	}
	return digestOf(fmt.Sprintf("credential\x00%d\x00%s\x00%s\x00%s\x00%s\x00%d\x00%d", row[0], kind, row[2], row[3], data, row[5], row[6]))
}
