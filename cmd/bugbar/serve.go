package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/term"

	"bugbar/internal/blob"
	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/server"
	"bugbar/internal/server/api"
	"bugbar/internal/server/auth"
	"bugbar/internal/server/web"
	"bugbar/internal/work"
)

type serveCmd struct {
	Listen       string     `help:"Address to listen on." default:"127.0.0.1:8080" env:"BUGBAR_LISTEN" placeholder:"HOST:PORT"`
	URL          webAddress `name:"url" help:"Address by which people reach the server, where it is another one." env:"BUGBAR_URL" placeholder:"URL"`
	Cert         string     `help:"Certificate for TLS, with its chain." env:"BUGBAR_CERT" placeholder:"FILE"`
	Key          string     `help:"Key of the certificate." env:"BUGBAR_KEY" placeholder:"FILE"`
	Proxy        []string   `help:"Proxies whose X-Forwarded-For is believed." env:"BUGBAR_PROXY" placeholder:"ADDRESS"`
	MetricsToken string     `help:"Lets whoever sends it read /metrics from elsewhere." env:"BUGBAR_METRICS_TOKEN" placeholder:"TOKEN"`
	NoRateLimit  bool       `help:"Let everybody ask as often as they like: for measurements, or behind a proxy that limits."`
	Demo         bool       `help:"Fill an empty casebook with a made year of cases, in a file that is gone when the server ends."`
	LogFormat    string     `help:"text or json." enum:"text,json" default:"text"`
	LogLevel     string     `help:"What is logged: debug, info, warn or error." enum:"debug,info,warn,error" default:"info"`
	mailFlags
	callFlags
	oidcFlags
	attachmentsFlag
	casebookFlag
}

// Help is shown by bugbar serve --help.
func (serveCmd) Help() string {
	return "Serves the casebook: pages for reporters and triagers, the REST API below /api/v1 (GET /openapi.json\n" +
		"describes it), /healthz, /readyz and /metrics.\n" +
		"A file that does not exist becomes an empty casebook. Several servers may share one PostgreSQL."
}

// failTime is how long a wrong password takes to answer at least, whatever was wrong about it.
const failTime = 400 * time.Millisecond

const (
	// noticeTime is how long a server behind a proxy says that it stops, before it refuses requests.
	noticeTime = 5 * time.Second
	// graceTime is how long requests that run then may take.
	graceTime = 20 * time.Second
	// stopTime is how long it takes a server to stop.
	stopTime = noticeTime + graceTime
)

func (c *serveCmd) Run(a *app) (err error) {
	if err := c.check(); err != nil {
		return err
	}
	log, err := c.log(a)
	if err != nil {
		return err
	}
	if c.Demo {
		return c.demo(a, log)
	}
	book, err := c.open(a.ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	return c.serve(a, book, log)
}

// serve serves an open casebook until the context ends.
func (c *serveCmd) serve(a *app, book *casebook.Book, log *slog.Logger) (err error) {
	store, err := c.openStore(a.ctx, c.casebookFlag)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	on, err := c.listen()
	if err != nil {
		return err
	}
	defer func() { _ = on.Close() }() // closed by the server, where it got that far
	worker, err := c.worker(a.ctx, book, store, on, log)
	if err != nil {
		return err
	}
	config, err := c.config(book, store, worker, on, log)
	if err != nil {
		return err
	}
	s, err := server.New(config)
	if err != nil {
		return err
	}
	if err := c.greet(a, book, on); err != nil {
		return err
	}
	return c.run(a.ctx, book, s, worker, on)
}

// run serves, settles and works until the context ends, or one of them fails.
func (c *serveCmd) run(ctx context.Context, book *casebook.Book, s *server.Server, worker *work.Worker, on net.Listener) error {
	server.Tune()
	group, ctx := errgroup.WithContext(ctx)
	settling, stop := context.WithCancel(context.WithoutCancel(ctx)) // what the last requests commit is settled as well
	group.Go(func() error {
		defer stop()
		return s.Serve(ctx, on, c.ending())
	})
	group.Go(func() error { return book.Run(settling) })
	group.Go(func() error { return worker.Run(settling) })
	return group.Wait()
}

// ending gives notice where a proxy is known that may ask for it; a server on somebody's own machine stops at once.
func (c *serveCmd) ending() server.Ending {
	if len(c.Proxy) == 0 {
		return server.Ending{Grace: graceTime}
	}
	return server.Ending{Notice: noticeTime, Grace: graceTime}
}

func (c *serveCmd) log(a *app) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return nil, &usageError{err}
	}
	options := &slog.HandlerOptions{Level: level}
	var h slog.Handler = slog.NewTextHandler(a.stderr, options)
	if c.LogFormat == "json" {
		h = slog.NewJSONHandler(a.stderr, options)
	}
	log := slog.New(h)
	slog.SetDefault(log)
	return log, nil
}

func (c *serveCmd) config(book *casebook.Book, store blob.Store, worker *work.Worker, on net.Listener, log *slog.Logger) (server.Config, error) {
	config := server.Config{Book: book, Store: store, Work: worker, URL: c.address(on), MetricsToken: c.MetricsToken, Log: log}
	proxies, err := c.proxies()
	if err != nil {
		return config, err
	}
	address, err := url.Parse(config.URL)
	if err != nil {
		return config, &inputError{err.Error(), "--url takes an address such as https://bugs.example.org"}
	}
	who, err := auth.New(auth.Config{Book: book, URL: address, Proxies: proxies, Provider: c.provider(), Log: log, Limits: c.limits(), FailAfter: failTime})
	if err != nil {
		return config, err
	}
	config.Auth = who
	config.Pages = web.New(web.Config{Book: book, Files: store, Auth: who, Work: worker, URL: config.URL, Log: log})
	return config, nil
}

// limits bound how often somebody may ask.
func (c *serveCmd) limits() auth.Limits {
	if c.NoRateLimit {
		return auth.Limits{}
	}
	return auth.DefaultLimits
}

func (c *serveCmd) proxies() ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, text := range c.Proxy {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			var addr netip.Addr
			if addr, err = netip.ParseAddr(text); err == nil {
				p, err = addr.Prefix(addr.BitLen())
			}
		}
		if err != nil {
			return nil, &inputError{fmt.Sprintf("--proxy %s: no address", text), "an address such as 10.0.0.5, or a network such as 10.0.0.0/24"}
		}
		all = append(all, p)
	}
	return all, nil
}

func (c *serveCmd) listen() (net.Listener, error) {
	if (c.Cert == "") != (c.Key == "") {
		return nil, &inputError{"--cert and --key belong together", "give both, or neither behind a proxy that speaks TLS"}
	}
	on, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return nil, &inputError{err.Error(), "choose another --listen, or end what listens there"}
	}
	if c.Cert == "" {
		return on, nil
	}
	pair, err := tls.LoadX509KeyPair(c.Cert, c.Key)
	if err != nil {
		return nil, errors.Join(&inputError{err.Error(), "a certificate and its key in PEM"}, on.Close())
	}
	return tls.NewListener(on, &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}), nil
}

// greet says where the server listens and, as long as nobody has an account, how the first one is made: to a person
// on a terminal, not into a pipe.
func (c *serveCmd) greet(a *app, book *casebook.Book, on net.Listener) error {
	at := c.address(on)
	slog.InfoContext(a.ctx, "listening", "address", at)
	if out, isFile := a.stdout.(*os.File); !isFile || !term.IsTerminal(int(out.Fd())) {
		return nil
	}
	secret, err := book.SetupSecret(a.ctx)
	if err != nil {
		return err
	}
	p := newPage(a.stdout)
	p.printf("%s\n", p.strong.Render("bugbar serves "+c.Casebook+" at "+at))
	if secret != "" {
		p.printf("Make the first account, within a day, at %s\n", at+"/set-up, with the secret "+secret)
	}
	return p.err
}

func (c *serveCmd) address(on net.Listener) string {
	if c.URL != "" {
		return strings.TrimSuffix(string(c.URL), "/")
	}
	scheme := "http://"
	if c.Cert != "" {
		scheme = "https://"
	}
	listening := on.Addr().(*net.TCPAddr) // listen asked for tcp
	host := listening.IP.String()
	if listening.IP.IsLoopback() || listening.IP.IsUnspecified() {
		host = "localhost" // passkeys are bound to a name
	}
	return scheme + net.JoinHostPort(host, strconv.Itoa(listening.Port))
}

type openapiCmd struct {
	V30 bool       `name:"3.0" help:"OpenAPI 3.0 in place of 3.1, for tools that do not read it."`
	URL webAddress `name:"url" help:"The server's address, to stand in the description." placeholder:"URL"`
}

// Help is shown by bugbar openapi --help.
func (openapiCmd) Help() string {
	return "The description of the REST API that bugbar serve has, for generators of clients. A server has it as /openapi.json."
}

func (c *openapiCmd) Run(a *app) error {
	described := api.New(api.Config{URL: strings.TrimSuffix(string(c.URL), "/")})
	write := described.OpenAPI
	if c.V30 {
		write = described.OpenAPI30
	}
	data, err := write()
	if err != nil {
		return fault.New(fault.Internal, "%w", err)
	}
	_, err = fmt.Fprintf(a.stdout, "%s\n", data)
	return err
}
