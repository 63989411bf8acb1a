package post

import (
	"context"
	"fmt"

	"bugbar/internal/casebook"
)

// GlassBroken tells a manager that somebody lets themself see every case for a time: who and until when. The reason may
// speak of a case that is under embargo, and stays in the audit, which knows what was looked at as well.
func (p *Post) GlassBroken(ctx context.Context, to *casebook.Person, e casebook.Event) error {
	said, err := casebook.PayloadOf[casebook.GlassBroken](e)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("On %s %s broke the glass: every case is open to them until %s.\n\n"+
		"The reason, and each case that they look at, stand in the audit. Where nobody knows why, end their sessions.\n",
		when(e.At), p.book.HandleOf(ctx, e.Stream), when(said.Until))
	if p.base != "" {
		text += "\n" + p.base + "/audit?kind=glass-broken\n"
	}
	_, err = p.send(ctx, to.Identity.Email, Mail{
		Subject: "bugbar: the glass was broken", Text: text,
		ID: p.keys.messageID("glass", fmt.Sprintf("%d-%d-%d", int64(to.ID), int64(e.Stream), e.Seq), p.address),
	}, 0)
	return err
}
