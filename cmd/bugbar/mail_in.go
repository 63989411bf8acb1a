package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"bugbar/internal/blob"
	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/post"
)

// mailFlags say where mail comes from and goes to. Passwords stand in the environment: BUGBAR_SMTP_PASSWORD and
// BUGBAR_IMAP_PASSWORD.
type mailFlags struct {
	MailAddress string `help:"Address of the mailbox that reports come to; mail to it with a key, NAME+KEY@HOST, has to arrive there as well." env:"BUGBAR_MAIL_ADDRESS" placeholder:"ADDRESS"`
	SMTP        string `name:"smtp" help:"Server that takes mail: smtps://USER@HOST or smtp://USER@HOST:587." env:"BUGBAR_SMTP" placeholder:"SERVER"`
	IMAP        string `name:"imap" help:"Mailbox to read: imaps://USER@HOST/INBOX." env:"BUGBAR_IMAP" placeholder:"MAILBOX"`
}

// post prepares the mail of a casebook; both are nil where no address is given. pages is where the casebook's pages are.
func (f mailFlags) post(ctx context.Context, book *casebook.Book, blobs blob.Store, pages string) (*post.Post, *post.Box, error) {
	if f.MailAddress == "" {
		if f.SMTP+f.IMAP != "" {
			return nil, nil, &inputError{"a mail server without an address", "--mail-address reports@example.org"}
		}
		return nil, nil, nil
	}
	options := post.Options{Address: f.MailAddress, Pages: pages}
	var box *post.Box
	var err error
	if f.SMTP != "" {
		if options.Sender, err = post.NewSender(f.SMTP, os.Getenv("BUGBAR_SMTP_PASSWORD")); err != nil {
			return nil, nil, err
		}
	}
	if f.IMAP != "" {
		if box, err = post.NewBox(f.IMAP, os.Getenv("BUGBAR_IMAP_PASSWORD")); err != nil {
			return nil, nil, err
		}
	}
	p, err := post.New(ctx, book, blobs, options)
	return p, box, err
}

type mailInCmd struct {
	URL webAddress `name:"url" help:"Address of the casebook's pages." env:"BUGBAR_URL" placeholder:"URL"`
	mailFlags
	attachmentsFlag
	casebookFlag
}

// Help is shown by bugbar mail-in --help.
func (mailInCmd) Help() string {
	return "Reads one message from standard input, as a mail server pipes it: a report opens a case, an answer joins its own.\n" +
		"Leaves with 75 where the mail server shall try again later; the same message does nothing twice."
}

// errLater says that the same shall be tried again later.
var errLater = errors.New("try again later")

func (c *mailInCmd) Run(a *app) error {
	fate, err := c.take(a)
	switch {
	case fault.Is(err, fault.Invalid):
		return &inputError{err.Error(), "pipe one whole message, and give --mail-address"}
	case err != nil:
		return fmt.Errorf("%w: %w", errLater, err) // a report must not bounce because a disk is full
	case fate == post.Held:
		return fmt.Errorf("%w: too much mail at once", errLater)
	}
	_, err = fmt.Fprintln(a.stdout, fate)
	return err
}

func (c *mailInCmd) take(a *app) (fate post.Fate, err error) {
	if c.MailAddress == "" {
		return "", fault.New(fault.Invalid, "no address").In("mail-address")
	}
	book, err := c.openKept(a.ctx) // a report must not vanish in a casebook that nobody reads
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	blobs, err := c.openStore(a.ctx, c.casebookFlag)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, blobs.Close()) }()
	p, _, err := c.post(a.ctx, book, blobs, string(c.URL))
	if err != nil {
		return "", err
	}
	return p.Take(a.ctx, a.stdin)
}
