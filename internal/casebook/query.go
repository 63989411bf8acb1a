package casebook

import (
	"context"

	"bugbar/internal/fault"
)

// Query picks cases and their order.
type Query struct {
	Text     string   // words that all must occur
	States   []string // any of them
	Types    []string
	Outcomes []string
	Products []string
	Tracks   []string
	Waiting  []string
	Assignee ID    // 0 for any
	Nobody   bool  // not assigned to anybody
	Active   *bool // somebody has to do something
	Embargo  *bool
	DueBy    int64 // ms; 0 for any
	Order    Order
	After    string // the Next of the page before
	Limit    int    // 1 to MaxPage; 0 for 50
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

// ParseQuery reads typed filters among words: state: type: outcome: product: track: waiting: assignee: due:<2d is:active.
func ParseQuery(text string) (Query, error) {
	return Query{}, fault.New(fault.Internal, "not written yet")
}

// List reads a page of the cases that the actor may see.
func (b *Book) List(ctx context.Context, a Actor, q Query) (Page, error) {
	return Page{}, fault.New(fault.Internal, "not written yet")
}

// Count counts the cases that the actor may see.
func (b *Book) Count(ctx context.Context, a Actor, q Query) (Number, error) {
	return Number{}, fault.New(fault.Internal, "not written yet")
}
