package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"bugbar/internal/blob"
	"bugbar/internal/casebook"
	"bugbar/internal/demo"
	"bugbar/internal/outbound"
	"bugbar/internal/post"
	"bugbar/internal/server/auth"
	"bugbar/internal/work"
)

// mailFlags say how reports come and answers go by mail.
type mailFlags struct {
	MailAddress string `help:"Address that reports come to by mail; mail to ADDRESS+KEY has to arrive there as well." env:"BUGBAR_MAIL_ADDRESS" placeholder:"ADDRESS"`
	SMTP        string `name:"smtp" help:"Server that sends mail: smtps://USER@HOST or smtp://USER@HOST (STARTTLS). The password stands in BUGBAR_SMTP_PASSWORD." env:"BUGBAR_SMTP" placeholder:"URL"`
	IMAP        string `name:"imap" help:"Mailbox that reports come to: imaps://USER@HOST/MAILBOX. The password stands in BUGBAR_IMAP_PASSWORD." env:"BUGBAR_IMAP" placeholder:"URL"`
}

// post prepares mail; nil where no address is given.
func (f mailFlags) post(ctx context.Context, book *casebook.Book, store blob.Store, pages string) (*post.Post, *post.Box, error) {
	if f.MailAddress == "" {
		return nil, nil, nil
	}
	o := post.Options{Address: f.MailAddress, Pages: pages}
	var err error
	if f.SMTP != "" {
		if o.Sender, err = post.NewSender(f.SMTP, os.Getenv("BUGBAR_SMTP_PASSWORD")); err != nil {
			return nil, nil, err
		}
	}
	var box *post.Box
	if f.IMAP != "" {
		if box, err = post.NewBox(f.IMAP, os.Getenv("BUGBAR_IMAP_PASSWORD")); err != nil {
			return nil, nil, err
		}
	}
	p, err := post.New(ctx, book, store, o)
	return p, box, err
}

// oidcFlags name where people sign in who have an identity elsewhere.
type oidcFlags struct {
	OIDCIssuer string `name:"oidc-issuer" help:"OpenID provider by which people may sign in." env:"BUGBAR_OIDC_ISSUER" placeholder:"URL"`
	OIDCClient string `name:"oidc-client" help:"Client id at the provider. Its secret stands in BUGBAR_OIDC_SECRET." env:"BUGBAR_OIDC_CLIENT" placeholder:"ID"`
}

func (f oidcFlags) provider() *auth.Provider {
	if f.OIDCIssuer == "" {
		return nil
	}
	return &auth.Provider{Issuer: f.OIDCIssuer, ClientID: f.OIDCClient, ClientSecret: os.Getenv("BUGBAR_OIDC_SECRET")}
}

// worker does what nobody waits for.
func (c *serveCmd) worker(ctx context.Context, book *casebook.Book, store blob.Store, on net.Listener, log *slog.Logger) (*work.Worker, error) {
	mail, box, err := c.post(ctx, book, store, c.address(on))
	if err != nil {
		return nil, err
	}
	return work.Open(ctx, work.Config{Book: book, Blobs: store, Calls: outbound.New(outbound.Policy{}, nil), Post: mail, Box: box, Log: log})
}

// demo serves a made year of cases from a folder that is gone when the server ends.
func (c *serveCmd) demo(a *app, log *slog.Logger) (err error) {
	folder, err := os.MkdirTemp("", "bugbar-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	c.Casebook, c.Attachments = filepath.Join(folder, "demo.db"), filepath.Join(folder, "attachments")
	clock := &demo.Clock{}
	book, err := casebook.Open(a.ctx, c.Casebook, casebook.Options{Now: clock.Now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	if err := demo.Fill(a.ctx, book, clock, demo.Seed, time.Now()); err != nil {
		return err
	}
	p := newPage(a.stdout)
	p.printf("A made year of cases. Sign in as lee, noor, tomas, ines, bo, mara, audit or admin; the password of all is: %s\n", demo.Password)
	if p.err != nil {
		return p.err
	}
	return c.serve(a, book, log)
}
