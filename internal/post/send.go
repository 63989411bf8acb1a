package post

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
)

// Mail is one on its way out: plain text.
type Mail struct {
	To, Subject, Text string
	ID                string // Message-ID
	Answers           string // Message-ID of what it answers, with its brackets; may be empty
	ReplyTo           string // may be empty
	Reply             bool   // it answers a mail by itself
}

// Sender hands mail to an SMTP server.
type Sender struct{ client *gomail.Client }

// server is the address of a mail server: smtps://USER@HOST:465 (TLS from the start), smtp://USER@HOST:587 (STARTTLS,
// without which nothing is sent).
type server struct {
	host, user string
	port       int
	tls        string // implicit | starttls | none
	path       string
}

func parseServer(name, scheme string, ports [2]int) (server, error) {
	wrong := func(text string) (server, error) {
		return server{}, fault.New(fault.Invalid, "mail server: %s", text).Do(scheme + "s://USER@HOST, with the password in the environment")
	}
	u, err := url.Parse(name)
	if err != nil || u.Hostname() == "" || u.Scheme != scheme && u.Scheme != scheme+"s" {
		return wrong("not an address of " + scheme)
	}
	s := server{host: u.Hostname(), user: u.User.Username(), port: ports[0], tls: "starttls", path: strings.Trim(u.Path, "/")}
	if u.Scheme == scheme+"s" {
		s.port, s.tls = ports[1], "implicit"
	}
	if _, has := u.User.Password(); has {
		return wrong("a password stands in the address, where others see it")
	}
	if u.Port() != "" {
		if s.port, err = strconv.Atoi(u.Port()); err != nil {
			return wrong("not a port")
		}
	}
	if u.Query().Get("tls") == "none" {
		if ip, err := netip.ParseAddr(s.host); err != nil || !ip.IsLoopback() {
			return wrong("without TLS only to this machine, such as 127.0.0.1")
		}
		s.tls = "none"
	}
	return s, nil
}

func (s server) address() string { return net.JoinHostPort(s.host, strconv.Itoa(s.port)) }

// NewSender reads smtps://USER@HOST:465 or smtp://USER@HOST:587.
func NewSender(name, password string) (*Sender, error) {
	s, err := parseServer(name, "smtp", [2]int{587, 465})
	if err != nil {
		return nil, err
	}
	opts := []gomail.Option{gomail.WithPort(s.port), gomail.WithTimeout(30 * time.Second)}
	switch s.tls {
	case "implicit":
		opts = append(opts, gomail.WithSSL())
	case "starttls":
		opts = append(opts, gomail.WithTLSPolicy(gomail.TLSMandatory))
	default:
		opts = append(opts, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if s.user != "" {
		opts = append(opts, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.user), gomail.WithPassword(password))
	}
	client, err := gomail.NewClient(s.host, opts...)
	if err != nil {
		return nil, fault.New(fault.Invalid, "mail server: %w", err)
	}
	return &Sender{client}, nil
}

// maxSubject is the length of the longest subject, in characters.
const maxSubject = 200

// Send hands a mail to the server.
func (s *Sender) Send(ctx context.Context, from string, m Mail) error {
	msg, err := compose(from, m)
	if err != nil {
		return err
	}
	if err := s.client.DialAndSendWithContext(ctx, msg); err != nil {
		return fault.New(fault.Unavailable, "mail: %w", err).Do("check the mail server")
	}
	return nil
}

// compose makes the message. What stands in headers is one line without control characters, and addresses are plain
// ones: nothing that somebody wrote can add a header or a recipient.
func compose(from string, m Mail) (*gomail.Msg, error) {
	for _, address := range []string{from, m.To, m.ReplyTo} {
		if (casebook.Identity{Email: address}).Check() != nil {
			return nil, fault.New(fault.Invalid, "no mail address").In("email")
		}
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	if err := msg.From(from); err != nil {
		return nil, fault.New(fault.Invalid, "%w", err).In("from")
	}
	if err := msg.To(m.To); err != nil {
		return nil, fault.New(fault.Invalid, "%w", err).In("email")
	}
	if m.ReplyTo != "" {
		if err := msg.ReplyTo(m.ReplyTo); err != nil {
			return nil, fault.New(fault.Invalid, "%w", err).In("email")
		}
	}
	auto := "auto-generated"
	if m.Reply {
		auto = "auto-replied"
	}
	msg.Subject(oneLine(m.Subject, maxSubject))
	msg.SetMessageIDWithValue(oneLine(m.ID, 300))
	msg.SetGenHeader("Auto-Submitted", auto)
	msg.SetGenHeader("X-Auto-Response-Suppress", "All")
	msg.SetGenHeader("X-Loop", from)
	if m.Answers != "" && msgIDs.FindString(m.Answers) == m.Answers {
		msg.SetGenHeader("In-Reply-To", oneLine(m.Answers, 300))
		msg.SetGenHeader("References", oneLine(m.Answers, 300))
	}
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	return msg, nil
}
