package post

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
)

// Fate is what became of a mail.
type Fate string

// The fates.
const (
	Opened    Fate = "case"      // a new case
	Added     Fate = "message"   // a message on a case
	Duplicate Fate = "duplicate" // it came before
	Loop      Fate = "loop"      // written by a program, maybe by this one
	Bounce    Fate = "bounce"    // what was sent did not arrive
	Refused   Fate = "refused"   // material that is never accepted; nothing of it is kept
	Held      Fate = "held"      // too many at once: to be tried again later
)

// Limits of mail that comes.
const (
	MaxMail      = 40 << 20 // bytes of one message
	MaxPerSender = 20       // that lead to something, in an hour
	MaxPerHour   = 300      // of all senders
)

// Take deals with one mail that came. After an error, or where it is Held, the same mail is to be given again: whatever
// it led to happens once.
func (p *Post) Take(ctx context.Context, r io.Reader) (Fate, error) {
	raw, err := io.ReadAll(io.LimitReader(r, MaxMail+1))
	if err != nil {
		return "", err
	}
	if len(raw) > MaxMail {
		return "", fault.New(fault.Invalid, "a mail larger than %d MiB", MaxMail>>20).Do("send the part that matters")
	}
	l, err := envelope(raw)
	if err != nil {
		return "", err
	}
	if l.id == "" {
		l.id = casebook.MailDigest(p.keys.secret, string(raw))
	}
	in := casebook.MailIn{
		Message: casebook.MailDigest(p.keys.secret, "in", l.id, l.from.Address),
		Party:   casebook.MailDigest(p.keys.secret, "party", l.from.Address),
	}
	fate, id, err := p.book.MailKnown(ctx, in.Message)
	switch {
	case err != nil:
		return "", err
	case fate == string(Opened):
		return Duplicate, p.acknowledgeLate(ctx, l, in, id)
	case fate != "":
		return Duplicate, nil
	}
	if why := p.keys.stop(l.header, p.address); why != "" {
		return Fate(why), p.book.MailDone(ctx, in, why, 0)
	}
	if full, err := p.flooded(ctx, in.Party); full || err != nil {
		return Held, err
	}
	return p.takeIn(ctx, l, in)
}

// flooded says whether a sender, or all together, wrote too much in the last hour.
func (p *Post) flooded(ctx context.Context, party string) (bool, error) {
	since := p.book.Now().Add(-time.Hour)
	n, err := p.book.MailSince(ctx, party, since, false)
	if err != nil || n >= MaxPerSender {
		return true, err
	}
	n, err = p.book.MailSince(ctx, "", since, false)
	return n >= MaxPerHour, err
}

func (p *Post) takeIn(ctx context.Context, l *letter, in casebook.MailIn) (fate Fate, err error) {
	defer func() { err = errors.Join(err, l.drop()) }()
	if err := l.read(ctx); err != nil {
		return "", err
	}
	if l.refuse {
		if err := p.book.RefuseMail(ctx, in); err != nil {
			return "", err
		}
		return Refused, p.tellRefused(ctx, l)
	}
	if id := p.keys.caseOf(l.header); id != 0 {
		fate, err = p.reply(ctx, l, in, id)
	} else {
		fate, err = p.open(ctx, l, in)
	}
	if err != nil && fate == "" {
		if known, _, _ := p.book.MailKnown(ctx, in.Message); known != "" {
			return Duplicate, nil // another process took the same mail at the same moment
		}
	}
	return fate, err
}

// store puts the attachments into the store.
func (p *Post) store(ctx context.Context, l *letter) ([]casebook.File, error) {
	var files []casebook.File
	for _, f := range l.files {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return nil, fault.New(fault.Unavailable, "%w", err)
		}
		ref, err := p.blobs.Put(ctx, f, MaxMail)
		if err != nil {
			return nil, err
		}
		files = append(files, casebook.File{SHA256: ref.SHA256, Name: f.name, Type: oneLine(f.kind, 100), Size: ref.Size})
	}
	return files, nil
}

// reply adds a mail to its case. One that comes from another address than the reporter's is a note for the team: a key
// can be passed on or read along.
func (p *Post) reply(ctx context.Context, l *letter, in casebook.MailIn, id casebook.ID) (Fate, error) {
	files, err := p.store(ctx, l)
	if err != nil {
		return "", err
	}
	c, err := p.book.Known(ctx, id)
	if err != nil {
		return "", err
	}
	post := casebook.Post{Visibility: casebook.ToReporter, Text: cut(l.text), Files: files, Mail: &in}
	if strings.TrimSpace(post.Text) == "" && len(files) == 0 {
		post.Text = "(an empty mail)"
	}
	by := casebook.Write{Actor: casebook.Actor{Case: id}}
	same, err := p.isReporter(ctx, c, l.from.Address)
	if err != nil {
		return "", err
	}
	if !same || c.Quarantined {
		by.Actor, post.Visibility = casebook.SystemActor, casebook.ToTeam
	}
	if !same {
		post.Text = cut("A mail with the key of this report came from another address than the reporter's:\n\n" + post.Text)
	}
	if _, err := p.book.Write(ctx, by, id, post); err != nil {
		return "", err
	}
	return Added, nil
}

// isReporter says whether an address is the one that the reporter of a case gave.
func (p *Post) isReporter(ctx context.Context, c *casebook.Case, address string) (bool, error) {
	if c.Reporter == 0 || address == "" {
		return false, nil
	}
	person, err := p.book.KnownPerson(ctx, c.Reporter)
	return err == nil && strings.EqualFold(person.Identity.Email, address), err
}

// cut keeps a text within what a message may hold.
func cut(text string) string {
	const more = "\n\n(The rest of this mail was too long to be kept.)"
	if len(text) <= casebook.MaxMessage {
		return text
	}
	return strings.ToValidUTF8(text[:casebook.MaxMessage-len(more)], "") + more
}

// open opens a case of a mail, and tells its sender.
func (p *Post) open(ctx context.Context, l *letter, in casebook.MailIn) (Fate, error) {
	rules, err := p.book.CurrentBar(ctx)
	if err != nil {
		return "", err
	}
	files, err := p.store(ctx, l)
	if err != nil {
		return "", err
	}
	s := casebook.Submission{
		Title: l.title, Text: l.text, Source: "mail", Bar: rules, Findings: []casebook.Finding{{}}, Files: files, Mail: &in,
	}
	if len(s.Text) > casebook.MaxText {
		s.Text = strings.ToValidUTF8(s.Text[:casebook.MaxText], "")
	}
	if contact := (casebook.Identity{Name: oneLine(l.from.Name, casebook.MaxName), Email: l.from.Address}); contact.Email != "" && contact.Check() == nil {
		s.Contact = &contact
	}
	receipt, c, err := p.book.Submit(ctx, p.write(in), s)
	if err != nil {
		return "", err
	}
	return Opened, p.acknowledge(ctx, l, receipt, c)
}

// write is under what key a mail opens a case: given again, it gets the same receipt.
func (p *Post) write(in casebook.MailIn) casebook.Write {
	return casebook.Write{Key: casebook.MailDigest(p.keys.secret, "key", in.Message), Request: "mail " + in.Message}
}

// acknowledge tells the sender of a new case that it arrived. A program or list gets no answer.
func (p *Post) acknowledge(ctx context.Context, l *letter, receipt casebook.Receipt, c *casebook.Case) error {
	if p.sender == nil || l.fromList() || c.Reporter == 0 {
		return nil
	}
	person, err := p.book.KnownPerson(ctx, c.Reporter)
	if err != nil {
		return err
	}
	sent, err := p.send(ctx, person.Identity.Email, receiptMail(p, receipt, "<"+l.id+">"), c.ID)
	if err != nil || !sent {
		return err
	}
	_, err = p.book.Acknowledge(ctx, casebook.Write{Actor: casebook.SystemActor}, c.ID)
	return err
}

// acknowledgeLate sends a receipt that could not be sent when its mail came first.
func (p *Post) acknowledgeLate(ctx context.Context, l *letter, in casebook.MailIn, id casebook.ID) error {
	c, err := p.book.Known(ctx, id)
	if err != nil || p.sender == nil {
		return err
	}
	for _, d := range c.Deadlines {
		if d.ID == "acknowledge" && d.Met == 0 {
			rules, err := p.book.CurrentBar(ctx)
			if err != nil {
				return err
			}
			receipt, c, err := p.book.Submit(ctx, p.write(in), casebook.Submission{Bar: rules, Title: l.id, Findings: []casebook.Finding{{}}, Mail: &in})
			if err != nil {
				return fmt.Errorf("the receipt of %s: %w", id, err)
			}
			return p.acknowledge(ctx, l, receipt, c)
		}
	}
	return nil
}

// tellRefused tells the sender where such material belongs, in the words of the bar.
func (p *Post) tellRefused(ctx context.Context, l *letter) error {
	rules, err := p.book.CurrentBar(ctx)
	if err != nil || rules.Notice == nil || p.sender == nil || l.fromList() || (casebook.Identity{Email: l.from.Address}).Check() != nil || l.from.Address == "" {
		return err
	}
	name := casebook.MailDigest(p.keys.secret, l.id)
	_, err = p.send(ctx, l.from.Address, Mail{ID: p.keys.messageID("refused", name, p.address), Subject: "Your mail was not kept", Text: rules.Notice.Text + "\n"}, 0)
	return err
}
