package post

import (
	"context"
	"fmt"
	"strings"
	"time"

	"bugbar/internal/casebook"
)

// steps is where a case is, as a reporter is told.
var steps = []string{"", "received", "being looked at", "judged", "being mended", "done"}

// link leads to where a reporter sees how a report stands, where there are pages: by its key, or by an account.
func (p *Post) link() string {
	if p.base == "" {
		return ""
	}
	return p.base + "/status"
}

// receiptMail tells a sender that a report arrived.
func receiptMail(p *Post, r casebook.Receipt, answers string) Mail {
	var text strings.Builder
	fmt.Fprintf(&text, "Thank you. Your report arrived and is known as %s.\n\nTo add to it, answer this mail and leave its subject as it is.\n", r.ID)
	if r.Key != "" && p.base != "" {
		fmt.Fprintf(&text, "\nTo see where it stands: %s\nwith this key: %s\nKeep the key: it opens your report, and is not sent again.\n", p.link(), r.Key)
	}
	return Mail{
		Subject: p.keys.mark(r.ID) + " Your report arrived", Text: text.String(), ReplyTo: p.keys.address(p.address, r.ID),
		ID: p.keys.messageID("case", plain(r.ID)+"-1", p.address), Answers: answers, Reply: true,
	}
}

// Tell sends the reporter of a case what an event means to them, if anything. It reads the case as it is now: what came
// under embargo meanwhile is not told.
func (p *Post) Tell(ctx context.Context, c *casebook.Case, e casebook.Event) error {
	if p.sender == nil || c.Quarantined || c.Reporter == 0 {
		return nil
	}
	person, err := p.book.KnownPerson(ctx, c.Reporter)
	if err != nil {
		return err
	}
	text, err := p.news(ctx, c, e)
	if err != nil || text == "" || person.Status != casebook.Active {
		return err
	}
	m := Mail{
		Subject: p.keys.mark(c.ID) + " News on your report", Text: text + p.foot(), ReplyTo: p.keys.address(p.address, c.ID),
		ID: p.keys.messageID("case", fmt.Sprintf("%s-%d", plain(c.ID), e.Seq), p.address),
	}
	_, err = p.send(ctx, person.Identity.Email, m, c.ID)
	return err
}

func (p *Post) foot() string {
	text := "\n\nTo write to us, answer this mail and leave its subject as it is.\n"
	if link := p.link(); link != "" {
		text += "Your report: " + link + "\n"
	}
	return text
}

// news words what an event means to the reporter; empty where it means nothing.
func (p *Post) news(ctx context.Context, c *casebook.Case, e casebook.Event) (string, error) {
	var text string
	var err error
	switch e.Kind {
	case "message-added":
		text, err = p.message(ctx, c, e)
	case "moved":
		text, err = p.moved(e)
	case "warned":
		text, err = p.reminder(c, e)
	}
	if err != nil || text == "" {
		return "", err
	}
	if c.Restricted() {
		return "There is news on your report " + c.ID.String() + ". It is under embargo, so this mail does not say what.", nil
	}
	return text, nil
}

func (p *Post) message(ctx context.Context, c *casebook.Case, e casebook.Event) (string, error) {
	said, err := casebook.PayloadOf[casebook.MessageAdded](e)
	if err != nil || said.Visibility != casebook.ToReporter || said.From == "reporter" {
		return "", err
	}
	thread, err := p.book.Thread(ctx, casebook.SystemActor, c.ID, e.Seq-1, 1)
	if err != nil || len(thread) == 0 || thread[0].Seq != e.Seq || thread[0].Visibility != casebook.ToReporter {
		return "", err
	}
	text := "The team wrote:\n\n" + printable(thread[0].Text)
	if n := len(said.Files); n > 0 {
		text += fmt.Sprintf("\n\n(%d files are with it, which are not sent by mail.)", n)
	}
	return text, nil
}

// moved tells of another step, and of an end with its reason. A question is a message as well, which tells it.
func (p *Post) moved(e casebook.Event) (string, error) {
	m, err := casebook.PayloadOf[casebook.Moved](e)
	if err != nil {
		return "", err
	}
	from, _ := p.book.Process().State(m.From)
	to, _ := p.book.Process().State(m.To)
	switch {
	case to.Waiting == "reporter":
		return "", nil
	case to.Terminal:
		text := "Your report is now: " + to.Name + "."
		if m.Reason != "" {
			text += "\n\n" + printable(m.Reason)
		}
		return text, nil
	case from.Step != to.Step:
		return "Your report is now: " + steps[to.Step] + ".", nil
	}
	return "", nil
}

// reminder asks again for an answer that a case waits for.
func (p *Post) reminder(c *casebook.Case, e casebook.Event) (string, error) {
	w, err := casebook.PayloadOf[casebook.Warned](e)
	if err != nil {
		return "", err
	}
	for _, d := range c.Deadlines {
		if a := p.book.AlarmOf(d, e.At); d.ID == w.Deadline && d.Met == 0 && a != nil && a.Whom == "reporter" && c.State == "needs-info" {
			return fmt.Sprintf("The team still waits for your answer, until %s:\n\n%s", when(d.Due), printable(c.Reason)), nil
		}
	}
	return "", nil
}

func when(ms int64) string { return time.UnixMilli(ms).UTC().Format("Mon 2 Jan 2006 15:04 UTC") }

// printable is a text without control characters, its lines kept.
func printable(text string) string {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.Map(func(r rune) rune {
			if r < ' ' && r != '\t' || r == 0x7f {
				return -1
			}
			return r
		}, line)
	}
	return strings.Join(lines, "\n")
}
