package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
)

// How the stream of events behaves.
const (
	feedPoll     = time.Second      // how often the ledger's end is looked up, for all streams together
	feedBeat     = 15 * time.Second // how often a silent stream shows that it lives, and is asked anew who reads it
	feedBatch    = 200
	writeTimeout = 10 * time.Second // for a reader who does not read
)

// feed tells the streams of events that the ledger has grown. One look at the database serves all of them.
type feed struct {
	book  *casebook.Book
	mu    sync.Mutex
	pos   int64
	asked time.Time
}

func newFeed(b *casebook.Book) *feed { return &feed{book: b} }

// end is the place of the last event, as it was at most feedPoll ago.
func (f *feed) end(ctx context.Context) (int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.asked) < feedPoll {
		return f.pos, nil
	}
	pos, err := f.book.Position(ctx)
	if err == nil {
		f.pos, f.asked = pos, time.Now()
	}
	return pos, err
}

type stream struct {
	After       int64  `query:"after" minimum:"0" doc:"The place in the ledger to read on from. Where neither it nor Last-Event-ID is given, only what happens from now on is sent."`
	LastEventID string `header:"Last-Event-ID" maxLength:"20" doc:"What a browser sends when it connects anew."`
}

func events(a *API) {
	const tag = "Events"
	plain(a, route{
		id: "list-events", method: http.MethodGet, path: "/events", tag: tag, summary: "What happened, in the order of the ledger",
		text: "Events of all cases that you may see. Read from after=0 to have them all, and keep next to read on, also from an empty page. Reads of cases are among them. " +
			"Only who may read the audit sees the ledger's own places: to others pos and next are numbers without an order, since a gap would tell of what they may not know.",
	}, func(ctx context.Context, actor casebook.Actor, in *Span) (*feedAnswer, error) {
		page, next, err := a.Book.Feed(ctx, actor, in.After, in.Limit)
		out := &feedAnswer{}
		out.Body.Items, out.Body.Next = each(page, eventFrom), next
		if next != in.After {
			out.Link = nextLink(ctx, strconv.FormatInt(next, 10))
		}
		return out, err
	})
	r := route{
		id: "stream-events", method: http.MethodGet, path: "/events/stream", tag: tag, summary: "The same as server-sent events",
		text: "Each event is sent as one named ledger with its pos as id and the JSON of list-events as data; a comment is sent every 15 seconds of silence. " +
			"A browser's EventSource connects anew by itself and goes on where it was.",
	}
	huma.Register(a.huma, r.operation(), func(ctx context.Context, in *stream) (*huma.StreamResponse, error) {
		after, err := a.streamStart(ctx, in)
		if err != nil {
			return nil, problem(asked(ctx), err)
		}
		if after < 0 {
			if _, after, err = a.Book.Feed(ctx, actorOf(ctx), after, 1); err != nil {
				return nil, problem(asked(ctx), err)
			}
		}
		return &huma.StreamResponse{Body: func(hc huma.Context) { a.stream(hc, after) }}, nil
	})
	a.huma.OpenAPI().Paths[Base+r.path].Get.Responses["200"].Content = map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}}}
	plain(a, route{
		id: "audit", method: http.MethodGet, path: "/audit", tag: tag, summary: "Who did or looked at what, and when",
		text: "For auditors and managers. What an event says is left out where you may not see its case. A page may be empty though more follows: go by next.",
	}, a.audit)
}

// feedAnswer is a part of the feed.
type feedAnswer struct {
	Link string `header:"Link" doc:"Leads to what follows, as rel=\"next\"; left out where there was nothing new."`
	Body struct {
		Items []Event `json:"items"`
		Next  int64   `json:"next" doc:"Give it as after to read on, now or later."`
	}
}

// streamStart is where a stream begins: after what its reader has seen, or with what happens from now on.
func (a *API) streamStart(ctx context.Context, in *stream) (int64, error) {
	if in.LastEventID != "" {
		n, err := strconv.ParseInt(in.LastEventID, 10, 64)
		if err != nil || n < 0 {
			return 0, fault.New(fault.Invalid, "no id of an event").In("Last-Event-ID").Do("send the id as it was given")
		}
		return n, nil
	}
	if asked(ctx).http.URL.Query().Has("after") {
		return in.After, nil
	}
	return -1, nil
}

// stream sends what happens until the reader goes, or may no longer read.
func (a *API) stream(hc huma.Context, after int64) {
	r, w := humago.Unwrap(hc)
	control := http.NewResponseController(w)
	hc.SetHeader("Content-Type", "text/event-stream")
	hc.SetHeader("X-Accel-Buffering", "no") // a proxy must not hold events back
	hc.SetStatus(http.StatusOK)
	s := &sender{w: w, control: control, pos: after}
	s.write("retry: 2000\n\n")
	tick := time.NewTicker(feedPoll)
	defer tick.Stop()
	for s.err == nil {
		actor, err := a.Identify(r) // a session or token that ended ends its stream
		if err != nil {
			return
		}
		if err := a.send(r.Context(), actor, s); err != nil {
			return
		}
		if !a.await(r.Context(), s, tick) {
			return
		}
	}
}

// send sends what follows the last event that was sent.
func (a *API) send(ctx context.Context, actor casebook.Actor, s *sender) error {
	for {
		page, next, err := a.Book.Feed(ctx, actor, s.pos, feedBatch)
		if err != nil {
			return err
		}
		for _, e := range page {
			s.event(eventFrom(e))
		}
		if s.err != nil || next == s.pos {
			return s.err
		}
		s.pos = next
	}
}

// await waits until the ledger has grown or a beat is due. It is false once the reader is gone, or the stream shall end.
func (a *API) await(ctx context.Context, s *sender, tick *time.Ticker) bool {
	seen, err := a.feed.end(ctx)
	if err != nil {
		return false
	}
	for beat := time.Now().Add(feedBeat); ; {
		select {
		case <-ctx.Done():
			return false
		case <-a.ended:
			return false
		case <-tick.C:
		}
		now, err := a.feed.end(ctx)
		if err != nil {
			return false
		}
		if now != seen {
			return true
		}
		if time.Now().After(beat) {
			s.write(": still here\n\n")
			return s.err == nil
		}
	}
}

// sender writes server-sent events.
type sender struct {
	w       http.ResponseWriter
	control *http.ResponseController
	pos     int64
	err     error
}

func (s *sender) write(text string) {
	if s.err != nil {
		return
	}
	_ = s.control.SetWriteDeadline(time.Now().Add(writeTimeout)) // where a server stands behind it
	if _, s.err = fmt.Fprint(s.w, text); s.err == nil {
		s.err = s.control.Flush()
	}
}

func (s *sender) event(e Event) {
	data, err := json.Marshal(e) // one line: line breaks are escaped in it
	if err != nil {
		s.err = err
		return
	}
	s.write(fmt.Sprintf("id: %d\nevent: ledger\ndata: %s\n\n", e.Pos, data))
}

type auditQuery struct {
	Span
	Stream string `query:"stream" maxLength:"40" doc:"Only of this case or person."`
	Actor  string `query:"actor" maxLength:"40" doc:"Only by this person."`
	Kind   string `query:"kind" maxLength:"40" doc:"Only of this kind, such as read."`
}

func (a *API) audit(ctx context.Context, actor casebook.Actor, in *auditQuery) (*paged[Event], error) {
	q := casebook.AuditQuery{After: in.After, Kind: in.Kind, Limit: in.Limit}
	for _, p := range []struct {
		text string
		id   *casebook.ID
	}{{in.Stream, &q.Stream}, {in.Actor, &q.Actor}} {
		if p.text == "" {
			continue
		}
		id, err := casebook.ParseID(p.text)
		if err != nil {
			return nil, err
		}
		*p.id = id
	}
	page, err := a.Book.Audit(ctx, actor, q)
	return pageOf(ctx, each(page.Events, eventFrom), page.Next), err
}
