// Package outbound calls addresses that users give, such as those of webhooks, and nothing inside the
// operator's network that the operator did not name.
//
// A host name is resolved once; every address that it has is checked; one of the checked addresses is
// dialled. What the name says a moment later is of no matter (DNS rebinding). Redirects are not followed,
// proxies of the environment not used, and answers cut at a limit.
package outbound

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"syscall"
	"time"

	"bugbar/internal/fault"
)

// Limits of one call.
const (
	Timeout  = 15 * time.Second // from the name to the end of the answer
	MaxReply = 64 << 10         // bytes of an answer that are read
	MaxURL   = 2000             // characters
)

// Policy is what the operator allows beyond the common case, which is https on port 443 to addresses of
// the public internet.
type Policy struct {
	Networks []netip.Prefix // internal ones with receivers; metadata services stay out of reach
	Ports    []uint16       // beside 443, and 80 where Plain is set
	Plain    bool           // http as well as https
}

// Resolver finds the addresses of a name; *net.Resolver is one, and tests that play tricks are others.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Client calls addresses that users give.
type Client struct {
	policy   Policy
	resolver Resolver
	http     *http.Client
}

// New makes a client; resolver is net.DefaultResolver where it is nil.
func New(p Policy, resolver Resolver) *Client {
	if resolver == nil {
		resolver = net.DefaultResolver
	}
	c := &Client{policy: p, resolver: resolver}
	c.http = &http.Client{
		Timeout:       Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:                  nil, // a proxy would resolve the name anew
			DialContext:            c.dial,
			TLSHandshakeTimeout:    10 * time.Second,
			ResponseHeaderTimeout:  10 * time.Second,
			MaxResponseHeaderBytes: 16 << 10,
			DisableCompression:     true, // no bombs
			DisableKeepAlives:      true, // every call is checked anew
		},
	}
	return c
}

// Check says whether an address has a form that may be called. Where it leads is checked when it is.
func (c *Client) Check(address string) error {
	u, err := url.Parse(address)
	if err != nil || len(address) > MaxURL || u.Hostname() == "" {
		return refuse("no web address").Do("https://HOST/PATH, at most " + strconv.Itoa(MaxURL) + " characters")
	}
	switch {
	case u.Scheme != "https" && (u.Scheme != "http" || !c.policy.Plain):
		return refuse("%q is not allowed", u.Scheme).Do("use https")
	case u.User != nil:
		return refuse("a name or password stands in the address").Do("leave it out; deliveries are signed")
	}
	if _, err := c.port(u.Port(), u.Scheme); err != nil {
		return err
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil {
		return c.policy.check(ip)
	}
	return nil
}

func refuse(format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, format, args...).In("url")
}

func (c *Client) port(port, scheme string) (uint16, error) {
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[scheme]
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n != 443 && (n != 80 || !c.policy.Plain) && !slices.Contains(c.policy.Ports, uint16(n)) {
		return 0, refuse("port %s is not allowed", port).Do("use 443, or have the operator allow it")
	}
	return uint16(n), nil
}

// Answer is what a receiver said.
type Answer struct {
	Status int
	Body   []byte // at most MaxReply bytes
}

// Post sends a body. An answer that is no success, a redirect among them, is an Answer and no error.
func (c *Client) Post(ctx context.Context, address string, header http.Header, body []byte) (Answer, error) {
	if err := c.Check(address); err != nil {
		return Answer{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return Answer{}, refuse("%w", err)
	}
	request.Header = header.Clone()
	request.Header.Set("User-Agent", "bugbar")
	response, err := c.http.Do(request)
	if err != nil {
		return Answer{}, unreachable(err)
	}
	defer response.Body.Close()
	reply, err := io.ReadAll(io.LimitReader(response.Body, MaxReply))
	if err != nil {
		return Answer{}, unreachable(err)
	}
	return Answer{Status: response.StatusCode, Body: reply}, nil
}

// unreachable tells what went wrong. Whoever gave the address reads it, so it has nothing of how this machine calls:
// neither the address, which may hold secrets, nor those that it stands for here, nor whom its name is asked of.
func unreachable(err error) error {
	if known, ok := errors.AsType[*fault.Error](err); ok {
		return known
	}
	return fault.New(fault.Unavailable, "%s", failure(err)).Because(err)
}

// failure words an error of the network.
func failure(err error) string {
	name, isName := errors.AsType[*net.DNSError](err)
	call, isCall := errors.AsType[net.Error](err)
	number, isNumber := errors.AsType[syscall.Errno](err)
	certificate, isCertificate := errors.AsType[*tls.CertificateVerificationError](err)
	alert, isAlert := errors.AsType[tls.AlertError](err)
	switch {
	case isName && name.IsNotFound:
		return "no such host"
	case isName:
		return "the host's name could not be looked up"
	case errors.Is(err, context.DeadlineExceeded), isCall && call.Timeout():
		return "it took too long"
	case isNumber:
		return number.Error()
	case isCertificate:
		return certificate.Error()
	case isAlert:
		return alert.Error()
	case errors.Is(err, http.ErrSchemeMismatch):
		return "the receiver does not speak TLS"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the receiver hung up"
	}
	return "the call failed"
}

// dial resolves a name, checks what comes out of it, and connects to exactly that.
func (c *Client) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, refuse("%w", err)
	}
	n, err := c.port(port, "")
	if err != nil {
		return nil, err
	}
	ips, err := c.addresses(ctx, host)
	if err != nil {
		return nil, err
	}
	var conn net.Conn
	for _, ip := range ips {
		if conn, err = (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, network, netip.AddrPortFrom(ip, n).String()); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

// addresses finds the addresses of a host. One that must not be called spoils them all: a name that leads
// inside as well as outside is a trick or a mistake.
func (c *Client) addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	ips, err := c.lookUp(ctx, host)
	if err != nil {
		return nil, unreachable(err)
	}
	if len(ips) == 0 {
		return nil, fault.New(fault.Unavailable, "%s has no address", host)
	}
	for i, ip := range ips {
		if err := c.policy.check(ip); err != nil {
			return nil, err
		}
		ips[i] = ip.Unmap()
	}
	return ips, nil
}

func (c *Client) lookUp(ctx context.Context, host string) ([]netip.Addr, error) {
	if ip, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{ip}, nil
	}
	return c.resolver.LookupNetIP(ctx, "ip", host)
}
