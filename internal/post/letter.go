package post

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/mail"
	"os"
	"slices"
	"strings"
	"unicode"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/intake"
)

// letter is a mail that came.
type letter struct {
	raw    []byte
	header mail.Header
	from   mail.Address // as the sender says; never trusted
	id     string       // Message-ID, or a digest of the whole
	text   string
	title  string
	files  []spooled
	extra  int // attachments beyond the limit
	refuse bool
}

// spooled is an attachment on its way to the store.
type spooled struct {
	*os.File
	name, kind string
}

// envelope reads the header of a mail.
func envelope(raw []byte) (*letter, error) {
	msg, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return nil, fault.New(fault.Invalid, "no mail: its header cannot be read").Do("pipe one whole message")
	}
	l := &letter{raw: raw, header: msg.Header, id: strings.Trim(msg.Header.Get("Message-Id"), "<> ")}
	if len(msg.Header["From"]) == 1 { // of two, who knows which one a reader is shown
		if all, err := (&mail.AddressParser{WordDecoder: &mime.WordDecoder{}}).ParseList(msg.Header.Get("From")); err == nil && len(all) == 1 {
			l.from = *all[0]
		}
	}
	return l, nil
}

// stop says whether a mail is one that nobody wrote, and which kind of it.
func (k keys) stop(h mail.Header, base string) string {
	get := func(name string) string { return strings.ToLower(strings.TrimSpace(h.Get(name))) }
	kind, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	from := get("From")
	_, _, own := k.own(h.Get("Message-Id"))
	auto, _, _ := strings.Cut(get("Auto-Submitted"), ";")
	path := h["Return-Path"]
	switch {
	case own, strings.Contains(get("X-Loop"), strings.ToLower(base)):
		return "loop"
	case kind == "multipart/report", strings.Contains(from, "mailer-daemon@"), strings.Contains(from, "<postmaster@"), len(path) > 0 && strings.TrimSpace(path[0]) == "<>":
		return "bounce"
	case auto != "" && auto != "no", h.Get("X-Autoreply") != "", h.Get("X-Autorespond") != "":
		return "loop"
	}
	switch get("Precedence") {
	case "bulk", "junk", "auto_reply":
		return "loop"
	}
	return ""
}

// fromList says whether a mail came over a mailing list, which is read and not answered.
func (l *letter) fromList() bool {
	return l.header.Get("List-Id") != "" || strings.EqualFold(strings.TrimSpace(l.header.Get("Precedence")), "list")
}

// read reads text and attachments, the latter into temporary files.
func (l *letter) read(ctx context.Context) error {
	batch, err := intake.ReadMail(ctx, bytes.NewReader(l.raw), intake.Options{Keep: l.keep})
	if err != nil {
		return err
	}
	if batch.Totals[intake.NotAccepted] > 0 {
		l.refuse = true
		return nil
	}
	if len(batch.Reports) == 0 {
		return fault.New(fault.Invalid, "no mail: nothing can be read in it")
	}
	l.title = oneLine(batch.Reports[0].Title, casebook.MaxTitle)
	var text strings.Builder
	for i, r := range batch.Reports {
		if i > 0 {
			fmt.Fprintf(&text, "\n\nForwarded message: %s\n\n", oneLine(r.Title, casebook.MaxTitle))
		}
		text.WriteString(r.Text)
		l.refuse = l.refuse || intake.RefusedText(r.Title, r.Text)
	}
	if l.extra > 0 {
		fmt.Fprintf(&text, "\n\n(%d more attachments were not kept: at most %d are.)", l.extra, casebook.MaxFiles)
	}
	if lost := unread(batch.Skipped); len(lost) > 0 {
		fmt.Fprintf(&text, "\n\n(Not all of this mail could be read: %s.)", strings.Join(lost, "; "))
	}
	l.text = text.String()
	return nil
}

// unread words what of the mail itself could not be read, each once. What stands in an attachment is kept with it.
func unread(skipped []intake.LineError) []string {
	var lost []string
	for _, s := range skipped {
		if s.File == intake.MailName && !slices.Contains(lost, s.What) {
			lost = append(lost, s.What)
		}
	}
	return lost
}

func (l *letter) keep(name, kind string) (io.Writer, error) {
	if len(l.files) >= casebook.MaxFiles {
		l.extra++
		return nil, nil
	}
	f, err := os.CreateTemp("", "bugbar-mail-*")
	if err != nil {
		return nil, fault.New(fault.Unavailable, "%w", err)
	}
	l.files = append(l.files, spooled{f, casebook.CleanName(name), kind})
	return f, ignoreMissing(os.Remove(f.Name())) // it ends with this process, however that ends
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// drop gives the temporary files back.
func (l *letter) drop() error {
	var errs []error
	for _, f := range l.files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// oneLine makes a text fit for a title or a header: one line without control characters, at most n characters.
func oneLine(text string, n int) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r): // also what turns the direction of writing
			return -1
		}
		return r
	}, text)
	runes := []rune(strings.Join(strings.Fields(text), " "))
	return string(runes[:min(len(runes), n)])
}
