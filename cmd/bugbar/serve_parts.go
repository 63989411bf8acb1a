package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"bugbar/internal/blob"
	"bugbar/internal/casebook"
	"bugbar/internal/demo"
	"bugbar/internal/outbound"
	"bugbar/internal/server/auth"
	"bugbar/internal/work"
)

// callFlags say which addresses, of those that users give, may be called beyond https to the public internet.
type callFlags struct {
	AllowNetwork []netip.Prefix `help:"Internal networks with receivers of webhooks." env:"BUGBAR_ALLOW_NETWORK" placeholder:"NETWORK"`
	AllowPort    []uint16       `help:"Ports of receivers, beside 443." env:"BUGBAR_ALLOW_PORT" placeholder:"PORT"`
	AllowHTTP    bool           `name:"allow-http" help:"Call receivers without TLS as well." env:"BUGBAR_ALLOW_HTTP"`
}

func (f callFlags) client() *outbound.Client {
	return outbound.New(outbound.Policy{Networks: f.AllowNetwork, Ports: f.AllowPort, Plain: f.AllowHTTP}, nil)
}

// oidcFlags name where people sign in who have an identity elsewhere.
type oidcFlags struct {
	OIDCIssuer string `name:"oidc-issuer" help:"OpenID provider by which people may sign in." env:"BUGBAR_OIDC_ISSUER" placeholder:"URL"`
	OIDCClient string `name:"oidc-client" help:"Client id at the provider. Its secret stands in BUGBAR_OIDC_SECRET." env:"BUGBAR_OIDC_CLIENT" placeholder:"ID"`
}

// oidcSecret is where the secret of the client stands: others see the flags of a process.
const oidcSecret = "BUGBAR_OIDC_SECRET"

func (f oidcFlags) provider() *auth.Provider {
	if f.OIDCIssuer == "" {
		return nil
	}
	return &auth.Provider{Issuer: f.OIDCIssuer, ClientID: f.OIDCClient, ClientSecret: os.Getenv(oidcSecret)}
}

// worker does what nobody waits for.
func (c *serveCmd) worker(ctx context.Context, book *casebook.Book, store blob.Store, on net.Listener, log *slog.Logger) (*work.Worker, error) {
	mail, box, err := c.post(ctx, book, store, c.address(on))
	if err != nil {
		return nil, err
	}
	return work.Open(ctx, work.Config{Book: book, Blobs: store, Calls: c.client(), Post: mail, Box: box, Log: log})
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
