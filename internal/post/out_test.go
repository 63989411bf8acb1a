package post

import (
	"net/mail"
	"strings"
	"testing"
	"time"

	"bugbar/internal/casebook"
	"bugbar/internal/post/posttest"
)

// Attack 10: what somebody wrote into a title, a name or a message adds no header, no recipient and no HTML.
func TestAttack10HeaderInjection(t *testing.T) {
	t.Parallel()
	s := posttest.Start(t)
	sender, err := NewSender(s.URL, "")
	if err != nil {
		t.Fatal(err)
	}
	evil := "x\r\nBcc: eve@evil.example\r\n\r\n<script>alert(1)</script>"
	if err := sender.Send(t.Context(), "reports@example.org", Mail{To: "ann@example.com", Subject: evil, Text: "<b>hi</b>\r\n.\r\nMAIL FROM:<x>\r\n", ID: "a.b.c@example.org" + evil, Answers: "<x>" + evil}); err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{"ann@example.com\r\nBcc: eve@evil.example", "ann@example.com, eve@evil.example", "Ann <ann@example.com>", "", "ann@", "ann@example.com>\r\nRCPT TO:<eve@evil.example>"} {
		if err := sender.Send(t.Context(), "reports@example.org", Mail{To: to, Subject: "x", Text: "x", ID: "a@b"}); err == nil && to != "" {
			t.Errorf("sent to %q", to)
		}
	}
	mails := s.All()
	if len(mails) != 1 {
		t.Fatalf("%d mails", len(mails))
	}
	m, err := mail.ReadMessage(strings.NewReader(mails[0].Data))
	if err != nil {
		t.Fatal(err)
	}
	if len(mails[0].To) != 1 || m.Header.Get("Bcc") != "" || !strings.HasPrefix(m.Header.Get("Content-Type"), "text/plain") || m.Header.Get("In-Reply-To") != "" {
		t.Errorf("to %v:\n%s", mails[0].To, mails[0].Data)
	}
}

// Attack 34: of a case under embargo a reporter's mail says only that there is news; of one in quarantine there is
// none; and notes of the team never leave.
func TestAttack34MailTellsWhatItMay(t *testing.T) {
	t.Parallel()
	d := open(t)
	c := d.opened()
	tell := func() string {
		t.Helper()
		c, err := d.book.Known(t.Context(), c.ID)
		if err != nil {
			t.Fatal(err)
		}
		e, err := d.book.Event(t.Context(), c.ID, c.Version)
		if err != nil {
			t.Fatal(err)
		}
		before := len(d.smtp.All())
		if err := d.Tell(t.Context(), c, e); err != nil {
			t.Fatal(err)
		}
		all := d.smtp.All()
		if len(all) == before {
			return ""
		}
		return all[before].Data
	}
	write := func(visibility, text string) {
		t.Helper()
		if _, err := d.book.Write(t.Context(), sys, c.ID, casebook.Post{Visibility: visibility, Text: text}); err != nil {
			t.Fatal(err)
		}
	}
	write(casebook.ToReporter, "PUBLIC words")
	if got := tell(); !strings.Contains(got, "PUBLIC words") {
		t.Errorf("a message: %s", got)
	}
	if got := tell(); got != "" {
		t.Errorf("told twice: %s", got)
	}
	write(casebook.ToTeam, "TEAM words")
	if got := tell(); got != "" {
		t.Errorf("a note left: %s", got)
	}
	until := d.clock.Add(24 * time.Hour).UnixMilli()
	if _, err := d.book.SetEmbargo(t.Context(), sys, c.ID, casebook.Embargo{Status: casebook.EmbargoActive, Until: until}); err != nil {
		t.Fatal(err)
	}
	write(casebook.ToReporter, "EMBARGOED words")
	if got := tell(); strings.Contains(got, "EMBARGOED") || strings.Contains(got, c.Title) || !strings.Contains(got, "There is news") || !strings.Contains(got, "https://bugs.example.org/status") {
		t.Errorf("under embargo: %s", got)
	}
	if _, err := d.book.Quarantine(t.Context(), sys, c.ID, "x"); err != nil {
		t.Fatal(err)
	}
	write(casebook.ToReporter, "QUARANTINED words")
	if got := tell(); got != "" {
		t.Errorf("in quarantine: %s", got)
	}
}

func TestServersNeedTLS(t *testing.T) {
	t.Parallel()
	s := posttest.Start(t)
	withTLS, err := NewSender(strings.TrimSuffix(s.URL, "?tls=none"), "")
	if err != nil {
		t.Fatal(err)
	}
	if err := withTLS.Send(t.Context(), "a@example.org", Mail{To: "b@example.org", Subject: "x", Text: "x", ID: "a@b"}); err == nil || len(s.All()) != 0 {
		t.Errorf("sent without TLS: %v", err)
	}
	for _, name := range []string{"smtp://example.org?tls=none", "http://example.org", "smtp://u:secret@example.org", "smtp://", "smtp://localhost?tls=none"} {
		if _, err := NewSender(name, ""); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
