package casebook

import (
	"context"
	"errors"
	"strings"

	"bugbar/internal/fault"
)

// Who sees a message or a file.
const (
	ToReporter = "reporter" // the reporter and the team
	ToTeam     = "team"     // the team only
)

// Message is something that was written on a case.
type Message struct {
	Seq        int64  `json:"seq"` // of its event
	At         int64  `json:"at"`  // ms
	Author     ID     `json:"author,omitempty"`
	From       string `json:"from,omitempty"` // reporter, where a reporter wrote
	Visibility string `json:"visibility"`
	Text       string `json:"text"`
	Files      []File `json:"files,omitempty"`
}

// Post is a message on its way.
type Post struct {
	Visibility string
	Text       string
	Files      []File // whose bytes the attachment store holds already
	// Draft says that it was written in the draft that the writer keeps of it, which goes when it is sent.
	Draft bool
	// Mail is the mail that brought it, where one did.
	Mail *MailIn
	// Asks, where it is given, says that the case waits for the reporter's answer from now on, and why: the case moves with
	// the message or the message is not sent.
	Asks string
}

// MaxMessage is the size of the largest message, in bytes.
const MaxMessage = 256 << 10

// Write adds a message. What a reporter writes answers a question that the case waits for.
func (b *Book) Write(ctx context.Context, w Write, id ID, p Post) (*Case, error) {
	return b.change(ctx, w, id, func(e *edit) error {
		if err := e.post(p); err != nil || p.Asks == "" {
			return err
		}
		return e.step(Step{To: needsInfo, Reason: p.Asks})
	})
}

// post adds a message, which acknowledges a report where it is the first that the team writes to its reporter.
func (e *edit) post(p Post) error {
	p.Text = storable(p.Text)
	if err := p.check(); err != nil {
		return err
	}
	right := WriteTeam
	if p.Visibility == ToReporter {
		right = WriteReporter
	}
	if err := e.book.May(e.actor, right, e.c); err != nil {
		return err
	}
	m := MessageAdded{Visibility: p.Visibility, Text: digestOf(p.Text), Files: onceEach(p.Files)}
	if e.actor.reported(e.c) {
		m.From, m.Waits = "reporter", "team"
	}
	if err := e.record(m); err != nil {
		return err
	}
	e.say(p.Visibility, p.Text)
	e.stmts = append(e.stmts, p.Mail.stmts("message", e.c.ID, e.now)...)
	if p.Draft {
		e.write(dropDraft, int64(e.actor.ID), int64(e.c.ID), p.Visibility)
	}
	for _, f := range m.Files {
		e.writeFile(e.c.Version, p.Visibility, f)
	}
	team := e.book.May(e.actor, WriteTeam, e.c) == nil
	if team && m.From == "" && p.Visibility == ToReporter && !e.c.met("acknowledge") {
		return e.record(Acknowledged{})
	}
	return nil
}

func (p Post) check() error {
	switch {
	case p.Visibility != ToReporter && p.Visibility != ToTeam:
		return fault.New(fault.Invalid, "unknown visibility %q", p.Visibility).In("visibility").Do("reporter or team")
	case strings.TrimSpace(p.Text) == "" && len(p.Files) == 0:
		return fault.New(fault.Invalid, "nothing is written").In("text").Do("write something, or attach a file")
	case len(p.Text) > MaxMessage:
		return fault.New(fault.Invalid, "larger than %d KiB", MaxMessage>>10).In("text").Do("attach it as a file")
	case p.Asks != "" && p.Visibility != ToReporter:
		return fault.New(fault.Invalid, "a note of the team asks the reporter nothing").In("visibility").Do("reporter")
	}
	return nil
}

// Acknowledge says that the reporter knows that the report arrived, where that did not happen by a message.
func (b *Book) Acknowledge(ctx context.Context, w Write, id ID) (*Case, error) {
	return b.change(ctx, w, id, func(e *edit) error {
		if err := errors.Join(b.May(w.Actor, WriteReporter, e.c), b.May(w.Actor, WriteTeam, e.c)); err != nil {
			return err // a reporter does not stop the clock that runs for them
		}
		if e.c.met("acknowledge") {
			return nil
		}
		return e.record(Acknowledged{})
	})
}
