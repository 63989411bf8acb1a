package outbound

import (
	"net/netip"
	"slices"
)

func prefixes(list ...string) []netip.Prefix {
	all := make([]netip.Prefix, len(list))
	for i, p := range list {
		all[i] = netip.MustParsePrefix(p)
	}
	return all
}

var (
	// inside is what IANA's registries of special-purpose addresses keep from the public internet
	// (RFC 6890 and later), but for what public and never hold already.
	inside = prefixes(
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
		"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", // Teredo and its kin, examples, 6to4
	)
	// public is all of IPv6 that is given to networks.
	public = netip.MustParsePrefix("2000::/3")
	// never are addresses that not even the operator's list opens: those of metadata services, which hand
	// out keys, and what names no single host.
	never = prefixes(
		"169.254.0.0/16", "168.63.129.16/32", "100.100.100.200/32", "192.0.0.192/32", "fd00:ec2::254/128", "fe80::/10",
		"224.0.0.0/4", "255.255.255.255/32", "ff00::/8", "0.0.0.0/32", "::/128",
	)
	// nat64 is where networks without IPv4 reach it; the last 32 bits are an IPv4 address (RFC 6052).
	nat64 = netip.MustParsePrefix("64:ff9b::/96")
)

// check refuses an address that must not be called.
func (p Policy) check(ip netip.Addr) error {
	ip = ip.Unmap() // ::ffff:127.0.0.1 is 127.0.0.1
	if nat64.Contains(ip) {
		bytes := ip.As16()
		return p.check(netip.AddrFrom4([4]byte(bytes[12:])))
	}
	within := func(n netip.Prefix) bool { return n.Contains(ip) }
	switch {
	case ip.Zone() != "", slices.ContainsFunc(never, within):
	case slices.ContainsFunc(p.Networks, within):
		return nil
	case slices.ContainsFunc(inside, within), ip.Is6() && !public.Contains(ip):
	default:
		return nil
	}
	return refuse("%s is not an address of the public internet", ip).Do("use a public address, or have the operator allow the network")
}
