package main

import (
	"net/netip"
	"net/url"
	"os"
)

// check refuses settings with which the server would start and not do what they are for, before it opens anything.
func (c *serveCmd) check() error {
	if c.Bars != "" {
		if info, err := os.Stat(c.Bars); err != nil || !info.IsDir() {
			return &inputError{"--bars " + c.Bars + ": no folder", "a folder that holds a folder for each bar"}
		}
	}
	return c.oidcFlags.check()
}

// check refuses a provider that nobody could sign in with.
func (f oidcFlags) check() error {
	switch {
	case f.OIDCIssuer == "" && f.OIDCClient == "":
		return nil
	case f.OIDCIssuer == "":
		return &inputError{"--oidc-client without --oidc-issuer", "name the provider with --oidc-issuer URL"}
	case f.OIDCClient == "" || os.Getenv(oidcSecret) == "":
		return &inputError{"--oidc-issuer without a client and its secret", "register bugbar at the provider, and give --oidc-client ID and the secret in " + oidcSecret}
	case !isIssuer(f.OIDCIssuer):
		return &inputError{"--oidc-issuer is no address of a provider", "such as https://id.example.org; http is only for one on this machine"}
	}
	return nil
}

// isIssuer says whether an address is one of a provider as OpenID Connect has it: with TLS, and without a query. It may
// have a path.
func isIssuer(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && isHere(u.Hostname())
}

func isHere(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
