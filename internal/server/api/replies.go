package api

import (
	"context"
	"net/http"

	"bugbar/internal/casebook"
)

// Reply is a text that the team often sends to reporters.
type Reply struct {
	Name    string `json:"name"`
	Body    string `json:"body" doc:"With variables in double braces, such as {{title}}."`
	Shipped bool   `json:"shipped" doc:"It comes with bugbar, and nobody changed it."`
	Retired bool   `json:"retired" doc:"It is not offered any more."`
}

// NewReply words a reply.
type NewReply struct {
	Body string `json:"body" minLength:"1" maxLength:"16384" doc:"Plain text. A variable in double braces that does not exist is refused."`
}

// FilledReply is a reply with its variables filled in for a case. Nothing is sent.
type FilledReply struct {
	Name string     `json:"name"`
	Text string     `json:"text" doc:"To be read, changed, and sent as a message."`
	Gaps []ReplyGap `json:"gaps" doc:"Variables that have no value yet: they still stand in the text."`
}

// ReplyGap is a variable without a value.
type ReplyGap struct {
	Variable string `json:"variable"`
	Why      string `json:"why"`
}

// OfReply is the part of a request that names a reply.
type OfReply struct {
	Reply string `path:"reply" maxLength:"240" doc:"Its name: small letters, digits, and hyphens between them." example:"needs-evidence"`
}

func replies(a *API) {
	const tag = "Replies"
	plain(a, route{id: "list-replies", method: http.MethodGet, path: "/replies", tag: tag, summary: "The replies of the team", text: "Retired ones included."},
		func(ctx context.Context, actor casebook.Actor, _ *struct{}) (*listed[Reply], error) {
			all, err := a.Book.Replies(ctx, actor)
			return list(each(all, replyFrom)), err
		})
	plain(a, route{id: "set-reply", method: http.MethodPut, path: "/replies/{reply}", tag: tag, status: http.StatusNoContent, summary: "Make a reply, change one, or bring a retired one back"},
		func(ctx context.Context, _ casebook.Actor, in *struct {
			OfReply
			Terms
			Body NewReply
		},
		) (*nothing, error) {
			return in.change(ctx, in.Body, func(w casebook.Write) error {
				return a.Book.SetReply(ctx, w, casebook.Reply{Name: in.Reply, Body: in.Body.Body})
			})
		})
	plain(a, route{id: "retire-reply", method: http.MethodDelete, path: "/replies/{reply}", tag: tag, status: http.StatusNoContent, summary: "Retire a reply", text: "What was sent with it stays."},
		func(ctx context.Context, _ casebook.Actor, in *struct {
			OfReply
			Terms
		},
		) (*nothing, error) {
			return in.change(ctx, nil, func(w casebook.Write) error { return a.Book.RetireReply(ctx, w, in.Reply) })
		})
	query(a, route{
		id: "fill-reply", path: "/cases/{id}/replies/{reply}", tag: tag, summary: "Fill a reply in for a case",
		text: "Values come from what the case's own reporter may see. Send the text, once somebody has read it, with post-message.",
	}, func(ctx context.Context, actor casebook.Actor, id casebook.ID, in *struct {
		InCase
		OfReply
	},
	) (*shown[FilledReply], error) {
		f, err := a.Book.Fill(ctx, actor, id, in.Reply, a.URL)
		return &shown[FilledReply]{FilledReply{f.Name, f.Text, each(f.Gaps, func(g casebook.Gap) ReplyGap { return ReplyGap(g) })}}, err
	})
}

func replyFrom(r casebook.Reply) Reply { return Reply(r) }

// change carries out a write that answers with nothing.
func (t Terms) change(ctx context.Context, body any, work func(casebook.Write) error) (*nothing, error) {
	w, err := t.write(ctx, body)
	if err != nil {
		return nil, err
	}
	if err := work(w); err != nil {
		return nil, err
	}
	return &nothing{replayed(w)}, nil
}
