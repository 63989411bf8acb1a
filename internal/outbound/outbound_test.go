package outbound

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"bugbar/internal/fault"
)

// names answers look-ups; each look-up of a name takes the next of its answers, and the last for ever.
type names map[string][][]string

func (n names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	answers := n[host]
	if len(answers) > 1 {
		n[host] = answers[1:]
	}
	var ips []netip.Addr
	for _, text := range answers[0] {
		ips = append(ips, netip.MustParseAddr(text))
	}
	return ips, nil
}

// Attack 16: an address that a user gives leads inside.
func TestAttack16SSRF(t *testing.T) {
	t.Parallel()
	for _, ip := range []string{
		"127.0.0.1", "127.8.8.8", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1",
		"169.254.169.254", "168.63.129.16", "100.100.100.200", "192.0.0.192", "192.0.0.8", "198.18.0.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
		"::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "2001::1", "3fff::1", "100::1", "5f00::1",
		"::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:10.0.0.1", "::127.0.0.1", "::ffff:0:127.0.0.1",
		"64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:0:1:2:3:4:80ff:fffe",
	} {
		c := New(Policy{}, names{"evil.example": {{ip}}, "mixed.example": {{"93.184.216.34", ip}}})
		for _, address := range []string{"https://evil.example/", "https://mixed.example/", literal(ip)} {
			if _, err := c.Post(t.Context(), address, http.Header{}, nil); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s as %s: %v", ip, address, err)
			}
		}
	}
	for _, ip := range []string{"93.184.216.34", "1.1.1.1", "2606:4700::1111", "64:ff9b::5db8:d822", "::ffff:1.1.1.1"} {
		if err := (Policy{}).check(netip.MustParseAddr(ip)); err != nil {
			t.Errorf("%s: %v", ip, err)
		}
	}
}

func literal(ip string) string {
	if strings.Contains(ip, ":") {
		return "https://[" + strings.ReplaceAll(ip, "%", "%25") + "]/"
	}
	return "https://" + ip + "/"
}

func TestAttack16Forms(t *testing.T) {
	t.Parallel()
	c := New(Policy{}, names{"127.1": {{"127.0.0.1"}}, "2130706433": {{"127.0.0.1"}}, "0x7f.1": {{"127.0.0.1"}}, "localhost": {{"::1"}}})
	for _, address := range []string{
		"", "x", "//x", "https://", "http://example.org/", "ftp://example.org/", "file:///etc/passwd", "gopher://example.org/", "javascript:alert(1)",
		"https://user@example.org/", "https://user:secret@example.org/", "https://example.org:22/", "https://example.org:6379/", "https://example.org:80/",
		"https://127.1/", "https://2130706433/", "https://0x7f.1/", "https://localhost/", "https://[::ffff:7f00:1]/",
		"https://example.org/" + strings.Repeat("x", MaxURL),
	} {
		_, err := c.Post(t.Context(), address, http.Header{}, nil)
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%.40s: %v", address, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the error tells a password: %v", err)
		}
	}
}

// receiver is a server on the loopback, and a client that may call it.
func receiver(t *testing.T, answer http.HandlerFunc) (*Client, func(path string) string, names) {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	resolver := names{"hook.example": {{"127.0.0.1"}}}
	c := New(Policy{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, Ports: []uint16{uint16(port)}, Plain: true}, resolver)
	return c, func(path string) string { return "http://hook.example:" + u.Port() + path }, resolver
}

// A redirect is an answer like any other: it leads nowhere.
func TestAttack16Redirect(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	c, at, _ := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		http.Redirect(w, r, "/inside", http.StatusTemporaryRedirect)
	})
	answer, err := c.Post(t.Context(), at("/"), http.Header{}, []byte("x"))
	if err != nil || answer.Status != http.StatusTemporaryRedirect || calls.Load() != 1 {
		t.Errorf("%v, %v after %d calls", answer, err, calls.Load())
	}
}

// The name is resolved once for a call: what it says later is not asked, and the next call is checked anew.
func TestAttack16Rebinding(t *testing.T) {
	t.Parallel()
	c, at, resolver := receiver(t, func(http.ResponseWriter, *http.Request) {})
	resolver["hook.example"] = [][]string{{"127.0.0.1"}, {"10.0.0.1"}}
	if _, err := c.Post(t.Context(), at("/"), http.Header{}, nil); err != nil {
		t.Errorf("the allowed address: %v", err)
	}
	if _, err := c.Post(t.Context(), at("/"), http.Header{}, nil); !fault.Is(err, fault.Invalid) {
		t.Errorf("after the name turned: %v", err)
	}
}

// What the operator lists opens that network, and never a metadata service.
func TestOperatorsNetworks(t *testing.T) {
	t.Parallel()
	p := Policy{Networks: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}}
	for ip, want := range map[string]bool{
		"10.1.2.3": true, "::ffff:10.1.2.3": true, "64:ff9b::10.1.2.3": true, "fd12::1": true, "169.254.169.254": false, "fd00:ec2::254": false,
		"100.100.100.200": false, "0.0.0.0": false, "ff02::1": false,
	} {
		if got := p.check(netip.MustParseAddr(ip)) == nil; got != want {
			t.Errorf("%s: %v", ip, got)
		}
	}
}

// failing is a resolver that fails.
type failing struct{ err error }

func (f failing) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return nil, f.err
}

// Whoever made a webhook reads why it could not be called, and learns nothing of the network that calls.
func TestFailuresTellNoAddress(t *testing.T) {
	t.Parallel()
	_, at, _ := receiver(t, func(http.ResponseWriter, *http.Request) {})
	port, err := strconv.ParseUint(at("/")[len("http://hook.example:"):len(at(""))], 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	open := Policy{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Ports: []uint16{1, uint16(port)}, Plain: true}
	hung, atHung, _ := receiver(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	for _, test := range []struct {
		client        *Client
		address, want string
	}{
		{New(open, failing{&net.DNSError{Err: "no such host", Name: "hook.example", Server: "10.255.255.53:53", IsNotFound: true}}), "https://hook.example/", "no such host"},
		{New(open, failing{&net.DNSError{Err: "server misbehaving", Name: "hook.example", Server: "10.255.255.53:53"}}), "https://hook.example/", "the host's name could not be looked up"},
		{New(open, failing{&net.OpError{Op: "read", Net: "udp", Source: &net.UDPAddr{IP: net.IPv4(10, 0, 0, 5)}, Err: errors.New("broken")}}), "https://hook.example/", "the call failed"},
		{New(open, names{"hook.example": {{"127.9.9.9"}}}), "http://hook.example:1/", "connection refused"},
		{New(open, names{"hook.example": {{"127.0.0.1"}}}), strings.Replace(at("/"), "http:", "https:", 1), "the receiver does not speak TLS"},
		{New(open, failing{context.DeadlineExceeded}), "https://hook.example/", "it took too long"},
		{hung, atHung("/"), "the receiver hung up"},
	} {
		_, err := test.client.Post(t.Context(), test.address, http.Header{}, nil)
		if !fault.Is(err, fault.Unavailable) || err.Error() != test.want {
			t.Errorf("%s: %v, want %s", test.address, err, test.want)
		}
	}
}

func TestNoProxyFromTheEnvironment(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	t.Setenv("http_proxy", "http://127.0.0.1:1")
	c, at, _ := receiver(t, func(http.ResponseWriter, *http.Request) {})
	if _, err := c.Post(t.Context(), at("/"), http.Header{}, nil); err != nil {
		t.Error(err)
	}
}

func TestAnswersAreCut(t *testing.T) {
	t.Parallel()
	c, at, _ := receiver(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(make([]byte, 4*MaxReply))
	})
	if answer, err := c.Post(t.Context(), at("/"), http.Header{}, nil); err != nil || len(answer.Body) != MaxReply {
		t.Errorf("%d bytes, %v", len(answer.Body), err)
	}
}

func TestSilenceEnds(t *testing.T) {
	t.Parallel()
	done := make(chan struct{})
	c, at, _ := receiver(t, func(http.ResponseWriter, *http.Request) { <-done })
	defer close(done)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.Post(ctx, at("/"), http.Header{}, nil); !fault.Is(err, fault.Unavailable) || strings.Contains(err.Error(), "hook.example") {
		t.Errorf("%v", err)
	}
}

// The signature is what the official library of Standard Webhooks accepts, for this body, id and time only.
func TestSignature(t *testing.T) {
	t.Parallel()
	secret := NewSecret()
	body := []byte(`{"type":"case.moved"}`)
	official, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	header, err := Sign(secret, "msg_1", time.Now(), body)
	if err != nil {
		t.Fatal(err)
	}
	if err := official.Verify(body, header); err != nil {
		t.Error(err)
	}
	if official.Verify([]byte(`{"type":"case.read"}`), header) == nil {
		t.Error("another body is accepted")
	}
	old, err := Sign(secret, "msg_1", time.Now().Add(-time.Hour), body)
	if err != nil || official.Verify(body, old) == nil {
		t.Errorf("an old delivery is accepted (%v)", err)
	}
	header.Set("Webhook-Id", "msg_2")
	if official.Verify(body, header) == nil {
		t.Error("another id is accepted")
	}
	if _, err := Sign("whsec_AAAA", "x", time.Now(), nil); err == nil {
		t.Error("a short secret is accepted")
	}
}
