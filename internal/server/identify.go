package server

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
)

// ByHeader says who asks by what a program sends: a token, or the key of a report. Nobody is nobody.
func ByHeader(b *casebook.Book) func(*http.Request) (casebook.Actor, error) {
	return func(r *http.Request) (casebook.Actor, error) {
		authorization, key := r.Header.Get("Authorization"), r.Header.Get("Report-Key")
		switch {
		case authorization != "" && key != "":
			return casebook.Actor{}, fault.New(fault.Forbidden, "a token and the key of a report")
		case key != "":
			return b.ByReportKey(r.Context(), key)
		case authorization == "":
			return casebook.Actor{}, nil
		}
		scheme, token, _ := strings.Cut(authorization, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return casebook.Actor{}, fault.New(fault.Forbidden, "unknown way to say who one is")
		}
		return b.ByToken(r.Context(), strings.TrimSpace(token))
	}
}

// identify says who asks, unless they ask too often: those who are known by who they are, and everybody else by
// where they ask from. Secrets that are none count as well.
func (s *Server) identify(r *http.Request) (casebook.Actor, error) {
	from := s.client(r).String()
	actor, err := s.config.Identify(r)
	if err != nil {
		if slow := s.limits.take(from, s.limits.rates.Strangers, r); slow != nil {
			return actor, slow
		}
		return actor, err
	}
	return actor, s.limits.take(nameOf(actor, from), s.limits.rateOf(actor), r)
}

// nameOf is what an actor's requests are counted under.
func nameOf(a casebook.Actor, from string) string {
	switch {
	case a.ID != 0:
		return "person " + a.ID.String()
	case a.Case != 0:
		return "case " + a.Case.String()
	}
	return from
}

// client is the address that a request comes from. What a proxy says of it counts only where the proxy is known.
func (s *Server) client(r *http.Request) netip.Prefix {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Prefix{}
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && s.known(addr); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		addr = next
	}
	return household(addr)
}

// household is the part of an address that one customer of a network has for themself.
func household(addr netip.Addr) netip.Prefix {
	addr = addr.Unmap().WithZone("")
	bits := 32
	if addr.Is6() {
		bits = 64
	}
	p, _ := addr.Prefix(bits) // never longer than the address
	return p
}

func (s *Server) known(addr netip.Addr) bool {
	for _, p := range s.config.Proxies {
		if p.Contains(addr.Unmap().WithZone("")) {
			return true
		}
	}
	return false
}
