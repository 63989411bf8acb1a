package post

import (
	"bytes"
	"context"
	"errors"
	"log/slog"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"bugbar/internal/fault"
)

// MaxPerPoll bounds the mails that one look into the mailbox takes.
const MaxPerPoll = 50

// refusedFlag marks mail in the mailbox that was turned away, for the operator to remove.
const refusedFlag imap.Flag = "$BugbarRefused"

// Box is an IMAP mailbox that reports come to. What was dealt with is marked as seen and left where it is.
type Box struct {
	server
	password string
}

// NewBox reads imaps://USER@HOST:993/MAILBOX or imap://USER@HOST:143/MAILBOX, which uses STARTTLS; the mailbox is
// INBOX where none is named.
func NewBox(name, password string) (*Box, error) {
	s, err := parseServer(name, "imap", [2]int{143, 993})
	if err != nil {
		return nil, err
	}
	if s.path == "" {
		s.path = "INBOX"
	}
	return &Box{s, password}, nil
}

func (b *Box) connect(ctx context.Context) (*imapclient.Client, error) {
	var c *imapclient.Client
	var err error
	switch b.tls {
	case "implicit":
		c, err = imapclient.DialTLS(b.address(), nil)
	case "starttls":
		c, err = imapclient.DialStartTLS(b.address(), nil)
	default:
		c, err = imapclient.DialInsecure(b.address(), nil)
	}
	if err != nil {
		return nil, trouble(err)
	}
	context.AfterFunc(ctx, func() { _ = c.Close() })
	if err := c.Login(b.user, b.password).Wait(); err != nil {
		return nil, errors.Join(trouble(err), c.Close())
	}
	if _, err := c.Select(b.path, nil).Wait(); err != nil {
		return nil, errors.Join(trouble(err), c.Close())
	}
	return c, nil
}

func trouble(err error) error {
	if err == nil {
		return nil
	}
	return fault.New(fault.Unavailable, "mailbox: %w", err).Do("check the server, the user and the password")
}

// Poll takes what is new in a mailbox, at most MaxPerPoll mails, and says what became of them. A mail that cannot be
// dealt with now stays unseen and does not keep others from being read.
func (p *Post) Poll(ctx context.Context, b *Box, log *slog.Logger) (map[Fate]int, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c, err := b.connect(ctx)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	found, err := c.UIDSearch(&imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagSeen}}, nil).Wait()
	if err != nil {
		return nil, trouble(err)
	}
	fates := map[Fate]int{}
	for _, uid := range found.AllUIDs() {
		if len(fates) > 0 && total(fates) >= MaxPerPoll || ctx.Err() != nil {
			break
		}
		fate, err := p.takeFrom(ctx, c, uid)
		if err != nil {
			log.Warn("a mail could not be taken in", "uid", uid, "error", err)
			fate = Fate("failed")
		}
		fates[fate]++
	}
	return fates, ctx.Err()
}

func total(fates map[Fate]int) int {
	n := 0
	for _, k := range fates {
		n += k
	}
	return n
}

// takeFrom deals with one mail of a mailbox and marks it.
func (p *Post) takeFrom(ctx context.Context, c *imapclient.Client, uid imap.UID) (Fate, error) {
	set := imap.UIDSetNum(uid)
	sizes, err := c.Fetch(set, &imap.FetchOptions{RFC822Size: true}).Collect()
	if err != nil || len(sizes) == 0 {
		return "", trouble(err)
	}
	flags := []imap.Flag{imap.FlagSeen}
	fate := Fate("too-large")
	if sizes[0].RFC822Size <= MaxMail {
		raw, err := fetch(c, set)
		if err != nil {
			return "", err
		}
		if fate, err = p.Take(ctx, bytes.NewReader(raw)); fault.Is(err, fault.Invalid) {
			fate = "unreadable" // it stays so
		} else if err != nil || fate == Held {
			return fate, err
		}
	}
	if fate == Refused {
		flags = append(flags, refusedFlag)
	}
	return fate, trouble(c.Store(set, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: flags}, nil).Close())
}

func fetch(c *imapclient.Client, set imap.UIDSet) ([]byte, error) {
	whole := &imap.FetchItemBodySection{Peek: true}
	messages, err := c.Fetch(set, &imap.FetchOptions{BodySection: []*imap.FetchItemBodySection{whole}}).Collect()
	if err != nil {
		return nil, trouble(err)
	}
	if len(messages) == 0 {
		return nil, trouble(errors.New("a mail vanished"))
	}
	return messages[0].FindBodySection(whole), nil
}
