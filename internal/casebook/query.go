package casebook

import (
	"context"
	"slices"
	"time"

	"bugbar/internal/fault"
)

// Query picks cases and their order. The fields narrow it together; of the values of a field, any will do.
type Query struct {
	Text     string // words that all must occur; word* finds each word that begins so
	States   []string
	Types    []string
	Outcomes []string
	Products []string
	Tracks   []string
	Waiting  []string
	Assignee ID // 0 for any
	// AssigneeName is a handle, or "me", in place of Assignee.
	AssigneeName string
	Nobody       bool  // not assigned to anybody
	Active       *bool // somebody has to do something
	Embargo      *bool // under embargo, and not in quarantine
	DueBy        int64 // ms; 0 for any
	// DueIn is a time from now by which a deadline ends; nil for any.
	DueIn *time.Duration
	Order Order  // with words, ByArrival; otherwise ByDue where none is given
	After string // the Next of the page before
	Limit int    // 1 to MaxPage; 0 for 50

	within span // of what is found by the index of words; all of it where it is empty
}

// MaxPage bounds a page of a list.
const MaxPage = 200

// Order is how a list is sorted.
type Order string

// The orders.
const (
	ByDue     Order = "due"     // the nearest deadline first
	ByUpdated Order = "updated" // the latest change first
	ByArrival Order = "arrival" // the newest first
)

// Summary is a case as a list shows it.
type Summary struct {
	ID         ID     `json:"id"`
	Revision   int64  `json:"revision"`
	Title      string `json:"title"`
	Product    string `json:"product,omitempty"`
	State      string `json:"state"`
	Track      string `json:"track,omitempty"`
	Type       string `json:"type,omitempty"`
	Outcome    string `json:"outcome"`
	Assignee   ID     `json:"assignee,omitempty"`
	Waiting    string `json:"waiting,omitempty"`
	Restricted bool   `json:"restricted,omitempty"`
	Due        int64  `json:"due,omitempty"`      // ms; 0 where no deadline runs
	Deadline   string `json:"deadline,omitempty"` // which one is nearest
	Pending    int    `json:"pending,omitempty"`  // duplicates that were suggested and not decided
	Created    int64  `json:"created"`            // ms
	Updated    int64  `json:"updated"`            // ms
}

// summarize makes a line of a list of what is shown of a case.
func summarize(c *Case) Summary {
	s := Summary{
		ID: c.ID, Revision: c.Revision, Title: c.Title, Product: c.Product, State: c.State, Track: c.Track, Type: c.Type(), Outcome: c.Outcome,
		Assignee: c.Assignee, Waiting: c.Waiting, Restricted: c.Restricted(), Pending: len(c.Pending), Created: c.Created, Updated: c.Updated,
	}
	if d := c.NextDeadline(); d != nil {
		s.Due, s.Deadline = d.Due, d.ID
	}
	return s
}

// Summaries are those of some cases, as far as the actor may see them.
func (b *Book) Summaries(ctx context.Context, a Actor, ids []ID) (map[ID]Summary, error) {
	all := map[ID]Summary{}
	for chunk := range slices.Chunk(ids, 200) {
		numbers := make([]int64, len(chunk))
		for i, id := range chunk {
			numbers[i] = int64(id)
		}
		s := &asking{}
		s.add("SELECT doc FROM cases WHERE id > 0")
		in(s, "id", numbers)
		cases, err := b.cases(ctx, s.String(), s.args...)
		if err != nil {
			return nil, err
		}
		for _, c := range cases {
			if b.lists(a, c) {
				all[c.ID] = summarize(b.shown(a, c, false))
			}
		}
	}
	return all, nil
}

// Page is a part of a list. Next leads to the part that follows; it is empty at the end.
type Page struct {
	Cases []Summary `json:"cases"`
	Next  string    `json:"next,omitempty"`
}

// Number is how many cases there are. It is exact up to a bound, and where the ledger keeps count.
type Number struct {
	N     int64 `json:"count"`
	Exact bool  `json:"exact"`
}

// List reads a page of the cases that the actor may see. What the query asks is found in what the ledger
// keeps for lists, which is behind the last commits for a moment; whether a case is shown, and what of it, is
// decided by the case itself.
func (b *Book) List(ctx context.Context, a Actor, q Query) (Page, error) {
	q, err := b.prepare(ctx, a, q)
	if err != nil {
		return Page{}, err
	}
	from, err := q.cursor()
	if err != nil {
		return Page{}, err
	}
	var found []hit
	if q.Text != "" {
		found, err = b.search(ctx, a, q, from)
	} else {
		found, err = b.page(ctx, a, q, from)
	}
	if err != nil {
		return Page{}, b.db.Trouble(err)
	}
	p := Page{Cases: []Summary{}}
	if len(found) > q.Limit {
		found = found[:q.Limit]
		p.Next = q.next(found[q.Limit-1])
	}
	for _, h := range found {
		c, err := decodeCase(h.doc)
		if err != nil {
			return Page{}, err
		}
		if b.lists(a, c) {
			p.Cases = append(p.Cases, summarize(b.shown(a, c, false)))
		}
	}
	return p, nil
}

// lists says whether a case may stand in an actor's list.
func (b *Book) lists(a Actor, c *Case) bool {
	return b.May(a, ReadCase, c) == nil || c.Quarantined && b.May(a, OpenQuarantine, c) == nil
}

// prepare checks a query and fills in what is left to be filled in.
func (b *Book) prepare(ctx context.Context, a Actor, q Query) (Query, error) {
	if q.Limit < 0 || q.Limit > MaxPage {
		return q, fault.New(fault.Invalid, "a page has 1 to %d cases", MaxPage).In("limit")
	}
	if q.Limit == 0 {
		q.Limit = 50
	}
	if err := q.check(b.process); err != nil {
		return q, err
	}
	if err := b.assignee(ctx, a, &q); err != nil {
		return q, err
	}
	if q.DueIn != nil {
		by := ms(b.now().Add(*q.DueIn))
		if q.DueBy == 0 || by < q.DueBy {
			q.DueBy = by
		}
	}
	if q.Order == "" {
		q.Order = ByDue
		if q.Text != "" {
			q.Order = ByArrival
		}
	}
	return q, nil
}

// assignee finds who is meant. Who a case is assigned to is nothing that a reporter or a guest learns.
func (b *Book) assignee(ctx context.Context, a Actor, q *Query) error {
	if q.AssigneeName == "" && q.Assignee == 0 && !q.Nobody {
		return nil
	}
	if len(a.Roles) == 0 && !a.system {
		return fault.New(fault.Forbidden, "who a case is assigned to is for the team to know").In("assignee")
	}
	switch {
	case q.AssigneeName == "":
	case q.AssigneeName == handleMe:
		q.Assignee = a.ID
	default:
		p, err := b.PersonCalled(ctx, q.AssigneeName)
		if err != nil {
			return err
		}
		q.Assignee = p.ID
	}
	return nil
}
