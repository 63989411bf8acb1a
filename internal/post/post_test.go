package post

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"bugbar/internal/blob"
	"bugbar/internal/casebook"
	"bugbar/internal/post/posttest"
)

// desk is a casebook with mail.
type desk struct {
	*Post
	t     *testing.T
	smtp  *posttest.Server
	clock time.Time
}

func open(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, smtp: posttest.Start(t), clock: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	dir := t.TempDir()
	book, err := casebook.Open(t.Context(), filepath.Join(dir, "a.db"), casebook.Options{Now: func() time.Time { return d.clock }})
	if err != nil {
		t.Fatal(err)
	}
	blobs, err := blob.Open(t.Context(), filepath.Join(dir, "files"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = errors.Join(blobs.Close(), book.Close()) })
	sender, err := NewSender(d.smtp.URL, "")
	if err != nil {
		t.Fatal(err)
	}
	if d.Post, err = New(t.Context(), book, blobs, Options{Address: "reports@example.org", Pages: "https://bugs.example.org/", Sender: sender}); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) take(message string) Fate {
	d.t.Helper()
	fate, err := d.Take(d.t.Context(), strings.NewReader(strings.ReplaceAll(message, "\n", "\r\n")))
	if err != nil {
		d.t.Fatalf("%v\n%s", err, message)
	}
	return fate
}

var sys = casebook.Write{Actor: casebook.SystemActor}

func (d *desk) cases() []*casebook.Case {
	d.t.Helper()
	rows, err := d.book.DB().Reader().QueryContext(d.t.Context(), "SELECT id FROM cases ORDER BY id")
	if err != nil {
		d.t.Fatal(err)
	}
	defer rows.Close()
	var all []*casebook.Case
	for rows.Next() {
		var id casebook.ID
		if err := rows.Scan(&id); err != nil {
			d.t.Fatal(err)
		}
		c, err := d.book.Known(d.t.Context(), id)
		if err != nil {
			d.t.Fatal(err)
		}
		all = append(all, c)
	}
	return all
}

func (d *desk) thread(id casebook.ID) []casebook.Message {
	d.t.Helper()
	all, err := d.book.Thread(d.t.Context(), casebook.SystemActor, id, 0, 100)
	if err != nil {
		d.t.Fatal(err)
	}
	return all
}

// opened takes the first mail of a reporter in and returns its case.
func (d *desk) opened() *casebook.Case {
	d.t.Helper()
	if fate := d.take("From: Ann <ann@example.com>\nTo: reports@example.org\nSubject: The agent mails my files away\nMessage-ID: <1@example.com>\n\nSteps: ask it to.\n"); fate != Opened {
		d.t.Fatalf("fate %q", fate)
	}
	return d.cases()[0]
}

func TestMailOpensACase(t *testing.T) {
	t.Parallel()
	d := open(t)
	c := d.opened()
	if c.Title != "The agent mails my files away" || c.Source != "mail" || c.Reporter == 0 {
		t.Errorf("%+v", c)
	}
	who, err := d.book.Reporter(t.Context(), casebook.SystemActor, c.ID)
	if err != nil || who.Email != "ann@example.com" || who.Name != "Ann" {
		t.Errorf("%v, %v", who, err)
	}
	if text := d.thread(c.ID)[0].Text; !strings.Contains(text, "Steps: ask it to.") {
		t.Errorf("text %q", text)
	}
	mails := d.smtp.All()
	if len(mails) != 1 || mails[0].To[0] != "ann@example.com" {
		t.Fatalf("%v", mails)
	}
	for _, want := range []string{c.ID.String(), "Auto-Submitted: auto-replied", "In-Reply-To: <1@example.com>", "Reply-To: <" + d.keys.address("reports@example.org", c.ID)} {
		if !strings.Contains(mails[0].Data, want) {
			t.Errorf("the receipt lacks %q:\n%s", want, mails[0].Data)
		}
	}
	for _, deadline := range d.cases()[0].Deadlines {
		if deadline.ID == "acknowledge" && deadline.Met == 0 {
			t.Error("the clock of the acknowledgement still runs")
		}
	}
}

// Attack 33: the same mail again, as after a crash or from a second address, does nothing twice.
func TestAttack33SameMailTwice(t *testing.T) {
	t.Parallel()
	d := open(t)
	message := "From: Ann <ann@example.com>\nSubject: x\nMessage-ID: <1@example.com>\n\ntext\n"
	d.take(message)
	if fate := d.take(message); fate != Duplicate {
		t.Errorf("fate %q", fate)
	}
	id := d.cases()[0].ID
	reply := "From: ann@example.com\nTo: " + d.keys.address("reports@example.org", id) + "\nSubject: more\nMessage-ID: <2@example.com>\n\nmore\n"
	if fates := []Fate{d.take(reply), d.take(reply)}; fates[0] != Added || fates[1] != Duplicate {
		t.Errorf("fates %v", fates)
	}
	if n := len(d.cases()); n != 1 || len(d.thread(id)) != 2 || len(d.smtp.All()) != 1 {
		t.Errorf("%d cases, %d messages, %d mails sent", n, len(d.thread(id)), len(d.smtp.All()))
	}
	var all sync.WaitGroup
	for range 8 { // at once
		all.Go(func() {
			if _, err := d.Take(context.Background(), strings.NewReader("From: bob@example.com\nSubject: y\nMessage-ID: <3@example.com>\n\ntext\n")); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := len(d.cases()); n != 2 {
		t.Errorf("%d cases after eight at once", n)
	}
}

// A receipt that could not be sent is sent when the mail is given again, with the same key.
func TestReceiptIsSentLater(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.smtp.Break(true)
	message := "From: ann@example.com\nSubject: x\nMessage-ID: <1@example.com>\n\ntext\n"
	if _, err := d.Take(t.Context(), strings.NewReader(message)); err == nil {
		t.Fatal("no error though nothing was sent")
	}
	d.smtp.Break(false)
	d.take(message)
	d.take(message)
	mails := d.smtp.All()
	if len(mails) != 1 || len(d.cases()) != 1 || !strings.Contains(mails[0].Data, "with this key: ") {
		t.Fatalf("%d cases, mails %v", len(d.cases()), mails)
	}
	_, rest, _ := strings.Cut(mails[0].Data, "with this key: ")
	key, _, _ := strings.Cut(rest, "\r\n")
	if a, err := d.book.ByReportKey(t.Context(), key); err != nil || a.Case != d.cases()[0].ID {
		t.Errorf("the key %q opens %v: %v", key, a, err)
	}
}

// Attack 20: who knows an id, or writes under the reporter's address, does not get into a case; who has the key but
// another address does not speak for the reporter.
func TestAttack20SpoofedSender(t *testing.T) {
	t.Parallel()
	d := open(t)
	c := d.opened()
	id, tag := plain(c.ID), d.keys.tag("case", plain(c.ID))
	forged := d.keys.tag("case", plain(c.ID+1))
	for name, header := range map[string]string{
		"sender alone":        "From: ann@example.com\nTo: reports@example.org\nSubject: Re: The agent mails my files away\n",
		"answer to her mail":  "From: ann@example.com\nSubject: Re\nIn-Reply-To: <1@example.com>\n",
		"id without key":      "From: ann@example.com\nTo: reports+" + id + "@example.org\nSubject: [" + c.ID.String() + "]\n",
		"key of another case": "From: ann@example.com\nTo: reports+" + id + "-" + forged + "@example.org\nSubject: [" + c.ID.String() + " " + forged + "]\n",
		"forged Message-ID":   "From: ann@example.com\nSubject: x\nIn-Reply-To: <case." + id + "-1." + forged + "@example.org>\n",
		"key of another kind": "From: ann@example.com\nSubject: x\nIn-Reply-To: <digest." + id + "-1." + d.keys.tag("digest", id+"-1") + "@example.org>\n",
	} {
		before := len(d.cases())
		if fate := d.take(header + "Message-ID: <" + strings.ReplaceAll(name, " ", ".") + "@evil.example>\n\nLet me in.\n"); fate != Opened || len(d.cases()) != before+1 {
			t.Errorf("%s: %q", name, fate)
		}
	}
	if got := d.thread(c.ID); len(got) != 1 {
		t.Errorf("the case has %d messages", len(got))
	}
	d.take("From: mallory@evil.example\nTo: reports+" + id + "-" + tag + "@example.org\nCc: eve@evil.example\nSubject: x\nMessage-ID: <9@evil.example>\n\nI am Ann.\n")
	thread := d.thread(c.ID)
	last := thread[len(thread)-1]
	if len(thread) != 2 || last.Visibility != casebook.ToTeam || last.From == "reporter" || !strings.Contains(last.Text, "another address") {
		t.Errorf("%+v", last)
	}
	for _, m := range d.smtp.All() {
		if strings.Contains(m.Data, "I am Ann") || strings.Contains(strings.Join(m.To, " "), "eve@") {
			t.Errorf("told %v", m.To)
		}
	}
}

// A reporter's answer finds its case by any of the three ways, and answers a question.
func TestRepliesFindTheirCase(t *testing.T) {
	t.Parallel()
	d := open(t)
	c := d.opened()
	_, data, _ := strings.Cut(d.smtp.All()[0].Data, "")
	receipt, err := mail.ReadMessage(strings.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for i, header := range []string{
		"To: " + receipt.Header.Get("Reply-To"),
		"To: reports@example.org\nIn-Reply-To: " + receipt.Header.Get("Message-Id"),
		"To: reports@example.org\nReferences: <x@y>\n " + receipt.Header.Get("Message-Id"),
		"To: x@example.org\nDelivered-To: " + strings.ToUpper(strings.Trim(receipt.Header.Get("Reply-To"), "<>")),
		"Subject: RE: " + receipt.Header.Get("Subject"),
	} {
		if fate := d.take(fmt.Sprintf("From: Ann <ANN@example.com>\nMessage-ID: <r%d@example.com>\n%s\n\nAnswer %d\n", i, header, i)); fate != Added {
			t.Errorf("%q: %s", header, fate)
		}
	}
	thread := d.thread(c.ID)
	if len(thread) != 6 || thread[5].From != "reporter" || thread[5].Visibility != casebook.ToReporter || !strings.Contains(thread[5].Text, "Answer 4") {
		t.Errorf("%+v", thread)
	}
}

// Attack 32: loops, bounces and floods are stopped and counted.
func TestAttack32LoopsAndFloods(t *testing.T) {
	t.Parallel()
	d := open(t)
	c := d.opened()
	id := d.keys.messageID("case", plain(c.ID)+"-1", "reports@example.org")
	for i, test := range []struct {
		header string
		want   Fate
	}{
		{"Auto-Submitted: auto-replied", Loop},
		{"Auto-Submitted: auto-generated; type=x", Loop},
		{"Precedence: bulk", Loop},
		{"Precedence: junk", Loop},
		{"X-Loop: Reports@Example.org", Loop},
		{"X-Autoreply: yes", Loop},
		{"Message-ID: <" + id + ">", Loop},
		{"Return-Path: <>", Bounce},
		{"Content-Type: multipart/report; report-type=delivery-status; boundary=x", Bounce},
		{"From: MAILER-DAEMON@example.net", Bounce},
		{"Auto-Submitted: no", Opened},
		{"Precedence: list\nList-Id: <security.example.net>", Opened},
	} {
		message := test.header + fmt.Sprintf("\nTo: reports@example.org\nSubject: Out of office\nDate: Mon, 2 Mar 2026 09:00:%02d +0000\n", i)
		if !strings.Contains(test.header, "Message-ID") {
			message += fmt.Sprintf("Message-ID: <l%d@example.net>\n", i)
		}
		if !strings.Contains(test.header, "From") {
			message += "From: someone@example.net\n"
		}
		if fate := d.take(message + "\nI am away.\n"); fate != test.want {
			t.Errorf("%s: %q", test.header, fate)
		}
	}
	if n := len(d.smtp.All()); n != 2 { // the receipts of the first mail and of Auto-Submitted: no
		t.Errorf("%d answers", n)
	}
	held := 0
	for i := range MaxPerSender + 10 {
		if d.take(fmt.Sprintf("From: flood@example.net\nSubject: x\nMessage-ID: <f%d@example.net>\n\nx\n", i)) == Held {
			held++
		}
	}
	if held != 10 {
		t.Errorf("%d held", held)
	}
	d.clock = d.clock.Add(2 * time.Hour)
	if fate := d.take(fmt.Sprintf("From: flood@example.net\nSubject: x\nMessage-ID: <f%d@example.net>\n\nx\n", MaxPerSender+5)); fate != Opened {
		t.Errorf("an hour later: %q", fate)
	}
	fates, err := d.book.MailFates(t.Context(), time.Time{})
	if err != nil || fates["loop"] != 7 || fates["bounce"] != 3 {
		t.Errorf("counted %v, %v", fates, err)
	}
}

// Attack 21: an address that is too long, or none, is not cut down to another one: such a report has no contact.
func TestAttack21AddressesAreNotCut(t *testing.T) {
	t.Parallel()
	d := open(t)
	for i, from := range []string{
		strings.Repeat("a", 250) + "@example.org.evil.example", "ann@example.org\x00.evil.example", "ann@example.org, eve@evil.example",
		"ann@example.org\nFrom: eve@evil.example", "\"ann@example.org\"@evil.example", "x",
	} {
		if fate := d.take(fmt.Sprintf("From: %s\nSubject: x\nMessage-ID: <t%d@example.com>\n\nx\n", from, i)); fate != Opened {
			t.Errorf("%q: %s", from, fate)
		}
	}
	for _, c := range d.cases() {
		if c.Reporter != 0 {
			who, err := d.book.Reporter(t.Context(), casebook.SystemActor, c.ID)
			t.Errorf("%+v, %v", who, err)
		}
	}
	if n := len(d.smtp.All()); n != 0 {
		t.Errorf("%d answers", n)
	}
}

// Material that is never accepted leaves nothing behind but that it happened.
func TestRefusedMailIsNotKept(t *testing.T) {
	t.Parallel()
	d := open(t)
	for i, body := range []string{
		"Subject: x\n\nCategory: CSAM\n\nSECRET words\n",
		"Subject: CSAM SECRET\n\nx\n",
		"Subject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b\nContent-Type: image/png\nContent-Disposition: attachment; filename=csam.png\n\nSECRET\n--b--\n",
	} {
		if fate := d.take(fmt.Sprintf("From: s@example.com\nMessage-ID: <c%d@example.com>\n%s", i, body)); fate != Refused {
			t.Errorf("%q: %s", body, fate)
		}
	}
	if n := len(d.cases()); n != 0 {
		t.Errorf("%d cases", n)
	}
	if err := d.blobs.Each(t.Context(), func(r blob.Ref, _ time.Time) error { return fmt.Errorf("kept %v", r) }); err != nil {
		t.Error(err)
	}
	for _, m := range d.smtp.All() {
		if strings.Contains(m.Data, "SECRET") || !strings.Contains(m.Data, "Please do not send it") {
			t.Errorf("answered %s", m.Data)
		}
	}
}

func TestWhatCouldNotBeReadIsSaid(t *testing.T) {
	t.Parallel()
	d := open(t)
	scan := "--b\nContent-Type: application/json; name=scan.sarif\n\n{\"version\": \"2.1.0\", \"runs\": [{\"tool\"\n"
	damaged := "--b\nContent-Type: image/png\nContent-Disposition: attachment; filename=\"\x1b.png\"\n\nlost\n"
	d.take("From: s@example.com\nMessage-ID: <a@example.com>\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHello\n" +
		scan + damaged + damaged + "--b\nContent-Type: image/png; name=b.png\n\nkept\n--b--\n")
	c := d.cases()[0]
	files, err := d.book.Files(t.Context(), casebook.SystemActor, c.ID)
	if err != nil || len(files) != 2 {
		t.Errorf("%v, %v", files, err)
	}
	if text := d.thread(c.ID)[0].Text; text != "Hello\n\n(Not all of this mail could be read: a part whose header cannot be read.)" {
		t.Errorf("the case says %q", text)
	}
}

func TestAttachmentsGoToTheStore(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.take("From: s@example.com\nMessage-ID: <a@example.com>\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n" +
		"--b\nContent-Type: text/html\n\n<p>Hello <b>there</b></p><script>alert(1)</script>\n" +
		"--b\nContent-Type: text/html; name=\"../../evil.html\"\nContent-Disposition: attachment; filename=\"../../evil.html\"\nContent-Transfer-Encoding: base64\n\nPHNjcmlwdD4=\n--b--\n")
	c := d.cases()[0]
	files, err := d.book.Files(t.Context(), casebook.SystemActor, c.ID)
	if err != nil || len(files) != 1 || files[0].Name != "evil.html" || files[0].Size != 8 {
		t.Fatalf("%v, %v", files, err)
	}
	r, err := d.blobs.Open(t.Context(), files[0].SHA256)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if content, err := io.ReadAll(r); err != nil || string(content) != "<script>" {
		t.Errorf("%q, %v", content, err)
	}
	if text := d.thread(c.ID)[0].Text; !strings.Contains(text, "Hello there") || strings.Contains(text, "<") {
		t.Errorf("HTML became %q", text)
	}
}
