// Package post takes mail in and sends mail out.
//
// In: a mail belongs to the case whose key stands in an address that it was sent to, in its subject, or in what it
// answers; who sent it proves nothing. A mail without a key opens a case. What programs wrote, what came before, and
// what floods in is stopped and counted. Material that is never accepted is turned away, and nothing of it kept.
// HTML is read as text.
//
// Out: plain text only. A reporter is sent what the team wrote to them; of a case under embargo only that there is
// news; of one in quarantine nothing. Every mail has a name that follows from what it is about, so that none is
// sent twice.
package post

import (
	"context"
	"net/mail"
	"strings"
	"time"

	"bugbar/internal/blob"
	"bugbar/internal/casebook"
	"bugbar/internal/fault"
)

// Post is a casebook's mail.
type Post struct {
	book    *casebook.Book
	blobs   blob.Store
	keys    keys
	address string  // of the mailbox that reports come to
	base    string  // where the casebook's pages are, without a slash at the end; empty where there are none
	sender  *Sender // nil where no mail is sent
}

// Options say how mail is dealt with.
type Options struct {
	Address string  // of the mailbox that reports come to; mail to ADDRESS+KEY has to arrive there as well
	Pages   string  // where the casebook's pages are: https://HOST
	Sender  *Sender // nil where no mail is sent
}

// New prepares a casebook's mail.
func New(ctx context.Context, book *casebook.Book, blobs blob.Store, o Options) (*Post, error) {
	address, err := mail.ParseAddress(o.Address)
	if err != nil || (casebook.Identity{Email: address.Address}).Check() != nil || strings.Contains(address.Address, "+") {
		return nil, fault.New(fault.Invalid, "%q is no mail address that reports can come to", o.Address).Do("one such as reports@example.org, without a plus sign")
	}
	secret, err := book.MailSecret(ctx)
	if err != nil {
		return nil, err
	}
	return &Post{book: book, blobs: blobs, keys: keys{secret}, address: address.Address, base: strings.TrimRight(o.Pages, "/"), sender: o.Sender}, nil
}

// Sends says whether mail can be sent at all.
func (p *Post) Sends() bool { return p.sender != nil }

// MaxToOne bounds the mails that one address is sent in an hour.
const MaxToOne = 20

// ErrLater says that an address was sent as much as it may get for now.
var ErrLater = fault.New(fault.Unavailable, "too much mail to one address")

// send sends a mail unless that was done, and says whether it is sent now. The name of a mail is kept after the server
// took it: between the two a crash may send it again, under the same name.
func (p *Post) send(ctx context.Context, to string, m Mail, about casebook.ID) (bool, error) {
	if p.sender == nil || to == "" {
		return false, nil
	}
	out := casebook.MailIn{Message: casebook.MailDigest(p.keys.secret, "out", m.ID, to), Party: casebook.MailDigest(p.keys.secret, "party", to)}
	if fate, _, err := p.book.MailKnown(ctx, out.Message); fate != "" || err != nil {
		return err == nil, err
	}
	n, err := p.book.MailSince(ctx, out.Party, p.book.Now().Add(-time.Hour), true)
	if err != nil {
		return false, err
	}
	if n >= MaxToOne {
		return false, ErrLater
	}
	m.To = to
	if err := p.sender.Send(ctx, p.address, m); err != nil {
		return false, err
	}
	return true, p.book.MailDone(ctx, out, "sent", about)
}
