package auth

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"testing"

	"bugbar/internal/casebook"
)

// TestNetwork: what the requests of strangers are counted under.
func TestNetwork(t *testing.T) {
	t.Parallel()
	a := &Auth{Config: Config{URL: &url.URL{Scheme: "http", Host: "localhost"}, Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}}
	for _, test := range []struct{ from, forwarded, want string }{
		{"192.0.2.1:5", "", "192.0.2.1"},
		{"192.0.2.1:5", "198.51.100.1", "192.0.2.1"}, // no proxy of ours
		{"10.1.1.1:5", "198.51.100.1", "198.51.100.1"},
		{"10.1.1.1:5", "203.0.113.9, 198.51.100.1", "198.51.100.1"}, // what the client wrote itself stands further left
		{"10.1.1.1:5", "198.51.100.1, 10.2.2.2", "198.51.100.1"},
		{"10.1.1.1:5", "nonsense", "10.1.1.1"},
		{"[2001:db8:1:2:3::4]:5", "", "2001:db8:1::/56"},
		{"[::ffff:192.0.2.1]:5", "", "192.0.2.1"},
		{"@", "", ""}, // a socket: all of its callers are one
	} {
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		r.RemoteAddr = test.from
		if test.forwarded != "" {
			r.Header.Set("X-Forwarded-For", test.forwarded)
		}
		if got := a.Caller(r).Network; got != test.want {
			t.Errorf("from %s, forwarded %q: %s, want %s", test.from, test.forwarded, got, test.want)
		}
	}
}

// TestBuckets: however many ask, few are remembered, and those who asked last are.
func TestBuckets(t *testing.T) {
	t.Parallel()
	l := newLimiter(Rate{PerSecond: 1e-9, Burst: 1})
	for i := range maxBuckets + 10 {
		if err := l.take(strconv.Itoa(i), 1); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(l.buckets); n > maxBuckets || n != l.recent.Len() {
		t.Errorf("%d askers are remembered", n)
	}
	if err := l.take(strconv.Itoa(maxBuckets+9), 1); err == nil {
		t.Error("who asked last is forgotten")
	}
	if err := l.take("0", 1); err != nil {
		t.Error("who asked first is remembered")
	}
}

// TestReportsAreCounted: those of strangers by their network; those of people with an account have limits of their own.
func TestReportsAreCounted(t *testing.T) {
	t.Parallel()
	a := &Auth{Config: Config{URL: &url.URL{Scheme: "http", Host: "localhost"}}, limits: newLimiters(Limits{Report: Rate{PerSecond: 1e-9, Burst: 2}})}
	allow := func(from string, by casebook.Actor) error {
		r := httptest.NewRequest(http.MethodPost, "/", http.NoBody)
		r.RemoteAddr = from
		return a.AllowReport(r, by)
	}
	for i, want := range []bool{true, true, false} {
		if err := allow("192.0.2.1:"+strconv.Itoa(i), casebook.Actor{}); (err == nil) != want {
			t.Errorf("report %d: %v", i, err)
		}
	}
	if err := allow("192.0.2.1:9", casebook.Actor{Case: 7}); err == nil {
		t.Error("the key of a report lets one report without end")
	}
	if err := allow("192.0.2.1:9", casebook.Actor{ID: 7}); err != nil {
		t.Error(err)
	}
	if err := allow("192.0.2.2:9", casebook.Actor{}); err != nil {
		t.Error(err)
	}
}
