package post

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"net/mail"
	"regexp"
	"strings"

	"bugbar/internal/casebook"
)

// keys makes and knows what leads a mail to its case. Each form says which case it is and proves with an HMAC that
// the casebook wrote it: who guesses at ids, or writes under another's address, does not get in.
type keys struct{ secret []byte }

const tagLength = 16 // of base 32: 80 bits

var letters = base32.StdEncoding.WithPadding(base32.NoPadding)

func (k keys) tag(kind, of string) string {
	mac := hmac.New(sha256.New, k.secret)
	mac.Write([]byte(kind + "\x00" + of))
	return strings.ToLower(letters.EncodeToString(mac.Sum(nil)))[:tagLength]
}

func (k keys) proves(kind, of, tag string) bool {
	return hmac.Equal([]byte(k.tag(kind, of)), []byte(strings.ToLower(tag)))
}

func plain(id casebook.ID) string { return strings.ToLower(strings.ReplaceAll(id.String(), "-", "")) }

// address is where a reporter answers on a case: reports+ID-TAG@example.org.
func (k keys) address(base string, id casebook.ID) string {
	at := strings.LastIndexByte(base, '@')
	return base[:at] + "+" + plain(id) + "-" + k.tag("case", plain(id)) + base[at:]
}

// mark stands in the subject of mail about a case.
func (k keys) mark(id casebook.ID) string {
	return "[" + id.String() + " " + k.tag("case", plain(id)) + "]"
}

// messageID names a mail that the casebook sends: KIND.NAME.TAG@domain. The same mail has the same name whenever it is
// sent.
func (k keys) messageID(kind, name, base string) string {
	return kind + "." + name + "." + k.tag(kind, name) + base[strings.LastIndexByte(base, '@'):]
}

// own reads a Message-ID that the casebook made.
func (k keys) own(id string) (kind, name string, ok bool) {
	local, _, _ := strings.Cut(strings.ToLower(strings.Trim(id, "<> ")), "@")
	parts := strings.Split(local, ".")
	if len(parts) != 3 || !k.proves(parts[0], parts[1], parts[2]) {
		return "", "", false
	}
	return parts[0], parts[1], true
}

var (
	tagged = regexp.MustCompile(`(?i)\+([0-9a-z]{13})-([a-z2-7]{16})@`)
	marked = regexp.MustCompile(`(?i)\[([0-9a-z]{4}-?[0-9a-z]{9}) ([a-z2-7]{16})\]`)
	msgIDs = regexp.MustCompile(`<[^<>\s]{1,300}>`)
)

// recipients are the headers in which the address stands that a mail was sent to.
var recipients = []string{"Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc"}

// caseOf finds the case that a mail belongs to: by a key in an address, in the subject, or in what it answers; 0 for
// none. The sender plays no part.
func (k keys) caseOf(h mail.Header) casebook.ID {
	var found [][]string
	for _, name := range recipients {
		for _, value := range h[name] {
			found = append(found, tagged.FindAllStringSubmatch(value, 20)...)
		}
	}
	found = append(found, marked.FindAllStringSubmatch(h.Get("Subject"), 5)...)
	for _, m := range found {
		if id, err := casebook.ParseID(m[1]); err == nil && k.proves("case", plain(id), m[2]) {
			return id
		}
	}
	for _, name := range []string{"In-Reply-To", "References"} {
		for _, ref := range msgIDs.FindAllString(h.Get(name), 100) {
			kind, of, ok := k.own(ref)
			if of, _, _ = strings.Cut(of, "-"); ok && kind == "case" {
				if id, err := casebook.ParseID(of); err == nil {
					return id
				}
			}
		}
	}
	return 0
}
