package api

import (
	"context"
	"net/url"
	"strconv"

	"bugbar/internal/casebook"
)

// paged is a part of a list that is ordered by number.
type paged[T any] struct {
	Link string `header:"Link" doc:"Leads to the part that follows, as rel=\"next\"; left out at the end."`
	Body struct {
		Items []T   `json:"items"`
		Next  int64 `json:"next,omitempty" doc:"Give it as after to read on; left out at the end."`
	}
}

// pageOf makes a page; next is 0 at the end.
func pageOf[T any](ctx context.Context, items []T, next int64) *paged[T] {
	p := &paged[T]{}
	p.Body.Items, p.Body.Next = some(items), next
	if next != 0 {
		p.Link = nextLink(ctx, strconv.FormatInt(next, 10))
	}
	return p
}

// nextLink leads to the part of a list that follows.
func nextLink(ctx context.Context, cursor string) string {
	u := *asked(ctx).http.URL
	q := u.Query()
	q.Set("after", cursor)
	return "<" + (&url.URL{Path: u.Path, RawQuery: q.Encode()}).String() + `>; rel="next"`
}

// Span is the part of a request that picks a part of a list ordered by number.
type Span struct {
	After int64 `query:"after" minimum:"0" doc:"The next of the part before."`
	Limit int   `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"How many at most."`
}

// following is the number to read on from in a list that has ends numbered without a gap.
func (s Span) following(last int64) int64 {
	if next := min(s.After, last) + int64(s.Limit); next < last { // after is anybody's number, up to the largest there is
		return next
	}
	return 0
}

// Event is one thing that happened.
type Event struct {
	Stream  *ID    `json:"stream,omitempty" doc:"The case or person that it happened to; left out for the casebook itself."`
	Number  int64  `json:"number" doc:"Its place in the stream, from 1."`
	At      string `json:"at" format:"date-time"`
	Actor   *ID    `json:"actor,omitempty" doc:"Who did it; left out for the system, for reporters without an account, and where you may not know."`
	Kind    string `json:"kind"`
	Payload any    `json:"payload" doc:"What it says, by kind. Where you may not see something it is left out, and then the hash is that of the whole."`
	Prev    string `json:"prev,omitempty" doc:"The hash of the event before it in its stream."`
	Hash    string `json:"hash" doc:"SHA-256 of its canonical JSON (RFC 8785)."`
	Pos     int64  `json:"pos,omitempty" doc:"Its place in the ledger, from 1; left out until it has one."`
}

func eventFrom(e casebook.Event) Event {
	return Event{
		Stream: idOf(e.Stream), Number: e.Seq, At: e.Time().Format("2006-01-02T15:04:05.000Z"), Actor: idOf(e.Actor), Kind: e.Kind, Payload: e.Payload,
		Prev: e.Prev, Hash: e.Hash, Pos: e.Pos,
	}
}
