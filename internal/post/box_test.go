package post

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
)

// A real IMAP server: what is new is taken and marked, what is held stays, and a second look finds nothing.
func TestMailbox(t *testing.T) {
	t.Parallel()
	d := open(t)
	user := imapmemserver.NewUser("reports", "secret")
	if err := user.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	backend := imapmemserver.New()
	backend.AddUser(user)
	server := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return backend.NewSession(), nil, nil
		},
		InsecureAuth: true, Caps: imap.CapSet{imap.CapIMAP4rev1: {}},
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	for i := range MaxPerSender + 3 {
		deliver(t, user, fmt.Sprintf("From: ann@example.com\r\nSubject: report %d\r\nMessage-ID: <m%d@example.com>\r\n\r\ntext\r\n", i, i))
	}
	deliver(t, user, "From: b@example.com\r\nSubject: CSAM\r\n\r\nx\r\n")
	deliver(t, user, "no mail at all")
	box, err := NewBox("imap://reports@"+l.Addr().String()+"?tls=none", "secret")
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	fates, err := d.Poll(t.Context(), box, log)
	if err != nil || fates[Opened] != MaxPerSender || fates[Held] != 3 || fates[Refused] != 1 || fates["unreadable"] != 1 {
		t.Fatalf("%v, %v", fates, err)
	}
	d.clock = d.clock.Add(2 * time.Hour)
	for i, want := range []map[Fate]int{{Opened: 3}, {}} {
		if fates, err = d.Poll(t.Context(), box, log); err != nil || fmt.Sprint(fates) != fmt.Sprint(want) {
			t.Errorf("look %d: %v, %v", i+2, fates, err)
		}
	}
	if _, err := NewBox("imap://reports@mail.example.org?tls=none", "x"); err == nil {
		t.Error("without TLS to another machine")
	}
	wrong, err := NewBox("imap://reports@"+l.Addr().String()+"?tls=none", "wrong")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Poll(t.Context(), wrong, log); err == nil {
		t.Error("a wrong password opens the mailbox")
	}
}

type literal struct{ *bytes.Reader }

func (l literal) Size() int64 { return l.Reader.Size() }

func deliver(t *testing.T, user *imapmemserver.User, message string) {
	t.Helper()
	if _, err := user.Append("INBOX", literal{bytes.NewReader([]byte(message))}, &imap.AppendOptions{}); err != nil {
		t.Fatal(err)
	}
}
