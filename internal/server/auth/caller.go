package auth

import (
	"net/http"
	"net/netip"
	"strings"

	"bugbar/internal/casebook"
)

// householdBits is the part of an IPv6 address that providers give to one household.
const householdBits = 56

// Caller is from where a request comes.
func (a *Auth) Caller(r *http.Request) casebook.Caller {
	from := casebook.Caller{Agent: r.UserAgent(), Device: a.cookie(r, deviceCookie)}
	addr, ok := a.address(r)
	if !ok {
		return from // a socket, for instance: all of its callers are one
	}
	from.Address, from.Network = addr.String(), addr.String()
	if addr.Is6() {
		if home, err := addr.Prefix(householdBits); err == nil {
			from.Network = home.String()
		}
	}
	return from
}

// address is that of the client. Of what proxies say only the part is believed that one of ours wrote: the last
// address that is none of ours.
func (a *Auth) address(r *http.Request) (netip.Addr, bool) {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}, false
	}
	addr := peer.Addr().Unmap().WithZone("")
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && a.ours(addr); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		addr = hop.Unmap().WithZone("")
	}
	return addr, true
}

func (a *Auth) ours(addr netip.Addr) bool {
	for _, p := range a.Proxies {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}
