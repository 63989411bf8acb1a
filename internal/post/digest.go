package post

import (
	"context"
	"fmt"
	"strings"

	"bugbar/internal/casebook"
)

// MaxDigest bounds the lines of a digest; the rest is counted.
const MaxDigest = 50

// Line is one thing of which somebody of the team is told.
type Line struct {
	Case     *casebook.Case
	Deadline casebook.Deadline // its ID is empty for a case that is new
}

// Digest tells somebody of the team of several things in one mail. name is what the digest is known by, so that it is
// sent once. Of a restricted case only its id and the clock stand in it.
func (p *Post) Digest(ctx context.Context, to *casebook.Person, name string, lines []Line) error {
	if len(lines) == 0 {
		return nil
	}
	var text strings.Builder
	for i, l := range lines {
		if i == MaxDigest {
			fmt.Fprintf(&text, "\nand %d more.\n", len(lines)-MaxDigest)
			break
		}
		text.WriteString(p.line(l))
	}
	if p.base != "" {
		text.WriteString("\n" + p.base + "\n")
	}
	_, err := p.send(ctx, to.Identity.Email, Mail{
		Subject: fmt.Sprintf("bugbar: %d to look at", len(lines)), Text: text.String(), ID: p.keys.messageID("digest", name, p.address),
	}, 0)
	return err
}

func (p *Post) line(l Line) string {
	title := oneLine(l.Case.Title, 80)
	if l.Case.Restricted() {
		title = "(restricted)"
	}
	if l.Deadline.ID == "" {
		return fmt.Sprintf("%s  new: %s\n", l.Case.ID, title)
	}
	word := "until"
	if l.Deadline.Due <= p.book.Now().UnixMilli() {
		word = "overdue since"
	}
	return fmt.Sprintf("%s  %s, %s %s: %s\n", l.Case.ID, p.book.Deadline(l.Deadline.ID).Name, word, when(l.Deadline.Due), title)
}
