package api

import (
	"context"
	"net/http"
	"time"

	"bugbar/internal/casebook"
)

// Message is something that was written on a case.
type Message struct {
	Number     int64     `json:"number" doc:"Of its event."`
	At         time.Time `json:"at"`
	Author     *ID       `json:"author,omitempty"`
	From       string    `json:"from,omitempty" doc:"reporter, where a reporter wrote."`
	Visibility string    `json:"visibility" enum:"reporter,team"`
	Text       string    `json:"text" doc:"As it was written: show it as text, or as Markdown made harmless."`
	Files      []File    `json:"files"`
}

// NewMessage is a message on its way.
type NewMessage struct {
	Visibility string `json:"visibility" enum:"reporter,team" doc:"reporter: the reporter reads it. team: only the team does."`
	Text       string `json:"text" minLength:"1" maxLength:"262144"`
}

func thread(a *API) {
	query(a, route{
		id: "get-thread", path: "/cases/{id}/messages", tag: "Thread", summary: "What was written on a case",
		text: "From the oldest, the report itself first. What is for the team only is shown to the team only.",
	}, func(ctx context.Context, actor casebook.Actor, id casebook.ID, in *struct {
		InCase
		Span
	},
	) (*paged[Message], error) {
		all, err := a.Book.Thread(ctx, actor, id, in.After, in.Limit)
		next := int64(0)
		if len(all) == in.Limit {
			next = all[len(all)-1].Seq
		}
		return pageOf(ctx, each(all, messageFrom), next), err
	})
	command(a, route{
		id: "post-message", method: http.MethodPost, path: "/cases/{id}/messages", tag: "Thread", summary: "Write a message",
		text: "The first message to a reporter acknowledges the report. What a reporter writes answers the question that the case waits for.",
	}, func(ctx context.Context, w casebook.Write, id casebook.ID, in *CaseChange[NewMessage]) (*casebook.Case, error) {
		return a.Book.Write(ctx, w, id, casebook.Post{Visibility: in.Body.Visibility, Text: in.Body.Text})
	})
	command(a, route{id: "acknowledge", method: http.MethodPost, path: "/cases/{id}/acknowledgement", tag: "Thread", summary: "Record that the reporter knows that the report arrived", text: "Where that did not happen by a message."},
		func(ctx context.Context, w casebook.Write, id casebook.ID, _ *Bare) (*casebook.Case, error) {
			return a.Book.Acknowledge(ctx, w, id)
		})
}

func messageFrom(m casebook.Message) Message {
	return Message{
		Number: m.Seq, At: at(m.At), Author: idOf(m.Author), From: m.From, Visibility: m.Visibility, Text: m.Text, Files: each(m.Files, fileFrom),
	}
}
