// Package posttest gives tests a mail server that keeps what it is given.
package posttest

import (
	"errors"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"
)

// Server is an SMTP server on the loopback.
type Server struct {
	URL   string // as post.NewSender takes it
	mu    sync.Mutex
	got   []Mail
	broke bool
}

// Mail is one that the server was given.
type Mail struct {
	To   []string
	Data string
}

type session struct {
	*Server
	mail Mail
}

// Start starts a server that ends with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{}
	server := smtp.NewServer(s)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	s.URL = "smtp://" + l.Addr().String() + "?tls=none"
	return s
}

// All lists what came.
func (s *Server) All() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail{}, s.got...)
}

// Break has the server refuse all mail, or take it again.
func (s *Server) Break(broke bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broke = broke
}

// NewSession is called by the server for each connection.
func (s *Server) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{Server: s}, nil }

func (s *session) Reset()                               { s.mail = Mail{} }
func (s *session) Logout() error                        { return nil }
func (s *session) Mail(string, *smtp.MailOptions) error { return nil }
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.mail.To = append(s.mail.To, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broke {
		return errors.New("no room")
	}
	s.mail.Data = string(data)
	s.got = append(s.got, s.mail)
	return err
}
