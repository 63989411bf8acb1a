package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"bugbar/internal/casebook"
)

// CaseSummary is a case as lists show it.
type CaseSummary struct {
	ID         ID         `json:"id"`
	Revision   int64      `json:"revision"`
	Title      string     `json:"title"`
	Product    string     `json:"product,omitempty"`
	State      string     `json:"state"`
	Track      string     `json:"track,omitempty"`
	Type       string     `json:"type,omitempty"`
	Outcome    string     `json:"outcome"`
	Assignee   *ID        `json:"assignee,omitempty"`
	Waiting    string     `json:"waiting,omitempty"`
	Restricted bool       `json:"restricted"`
	Due        *time.Time `json:"due,omitempty"`
	Deadline   string     `json:"deadline,omitempty" doc:"Which one is nearest."`
	Candidates int        `json:"candidates" doc:"Duplicates that were suggested and not decided on."`
	Created    time.Time  `json:"created"`
	Updated    time.Time  `json:"updated"`
}

func summaryFrom(s casebook.Summary) CaseSummary {
	return CaseSummary{
		ID: ID(s.ID), Revision: s.Revision, Title: s.Title, Product: s.Product, State: s.State, Track: s.Track, Type: s.Type, Outcome: s.Outcome,
		Assignee: idOf(s.Assignee), Waiting: s.Waiting, Restricted: s.Restricted, Due: atOf(s.Due), Deadline: s.Deadline, Candidates: s.Pending,
		Created: at(s.Created), Updated: at(s.Updated),
	}
}

// Count is how many cases there are.
type Count struct {
	Count int64 `json:"count"`
	Exact bool  `json:"exact" doc:"Where it is false, there are at least so many."`
}

// Filter is the part of a request that picks cases.
type Filter struct {
	Query string `query:"q" maxLength:"1000" doc:"Words that must all occur, and filters: state: type: outcome: product: track: waiting: assignee: due:<2d is:active." example:"state:triaging due:<2d exfiltration"`
}

type listing struct {
	Filter
	Order string `query:"order" enum:"due,updated,arrival" doc:"due: the nearest deadline first. updated: the latest change first. arrival: the newest first. Left out: due, and with words arrival."`
	After string `query:"after" maxLength:"500" doc:"The next of the page before."`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

type casesAnswer struct {
	Link string `header:"Link" doc:"Leads to the page that follows, as rel=\"next\"."`
	Body struct {
		Items []CaseSummary `json:"items"`
		Next  string        `json:"next,omitempty" doc:"Give it as after to read on; left out at the end."`
	}
}

func cases(a *API) {
	plain(a, route{
		id: "list-cases", method: http.MethodGet, path: "/cases", tag: "Cases", summary: "Find cases",
		text: "Only cases that you may see are found, whatever the filter. Pages are cut by position: a page late in the list costs as much as the first.",
	}, func(ctx context.Context, actor casebook.Actor, in *listing) (*casesAnswer, error) {
		q, err := casebook.ParseQuery(in.Query)
		if err != nil {
			return nil, err
		}
		q.After, q.Limit = in.After, in.Limit
		if in.Order != "" { // what stands among the words counts otherwise
			q.Order = casebook.Order(in.Order)
		}
		page, err := a.Book.List(ctx, actor, q)
		if err != nil {
			return nil, err
		}
		out := &casesAnswer{}
		out.Body.Items, out.Body.Next = each(page.Cases, summaryFrom), page.Next
		if page.Next != "" {
			out.Link = nextLink(ctx, page.Next)
		}
		return out, nil
	})
	plain(a, route{id: "count-cases", method: http.MethodGet, path: "/cases/count", tag: "Cases", summary: "Count cases", text: "By the same rules as the list: what you may not see is not counted."},
		func(ctx context.Context, actor casebook.Actor, in *Filter) (*shown[Count], error) {
			q, err := casebook.ParseQuery(in.Query)
			if err != nil {
				return nil, err
			}
			n, err := a.Book.Count(ctx, actor, q)
			return &shown[Count]{Count{n.N, n.Exact}}, err
		})
}

// Identity is who reported.
type Identity struct {
	Name   string `json:"name,omitempty"`
	Email  string `json:"email,omitempty"`
	Credit string `json:"credit,omitempty"`
}

// Rename corrects what a case is called by; what is left out stays.
type Rename struct {
	Title   string   `json:"title,omitempty" maxLength:"300"`
	Product string   `json:"product,omitempty" maxLength:"200"`
	Model   string   `json:"model,omitempty" maxLength:"200"`
	Refs    []string `json:"refs,omitempty" maxItems:"50" maxLength:"2000"`
}

type caseRead struct {
	InCase
	IfNoneMatch string `header:"If-None-Match" maxLength:"1000" doc:"An ETag, or a list of several: the answer is 304 where one of them is still the case's own."`
}

func caseOf(a *API) {
	query(a, route{
		id: "get-case", path: "/cases/{id}", tag: "Cases", summary: "Read a case",
		text: "As you may see it. A look at a case under embargo or in quarantine is an event of its own.",
	}, func(ctx context.Context, actor casebook.Actor, id casebook.ID, in *caseRead) (*oneCase, error) {
		c, err := a.Book.Case(ctx, actor, id)
		if err != nil {
			return nil, err
		}
		if in.holds(etag(c.Revision)) {
			return nil, &notModified{etag(c.Revision)}
		}
		return &oneCase{ETag: etag(c.Revision), Body: caseFrom(c)}, nil
	})
	a.huma.OpenAPI().Paths[Base+"/cases/{id}"].Get.Responses["304"] = &huma.Response{Description: "The case is still as the ETag in If-None-Match says."}
	command(a, route{id: "rename-case", method: http.MethodPatch, path: "/cases/{id}", tag: "Cases", summary: "Correct what a case is called by"},
		func(ctx context.Context, w casebook.Write, id casebook.ID, in *CaseChange[Rename]) (*casebook.Case, error) {
			b := in.Body
			return a.Book.Rename(ctx, w, id, casebook.Renamed{Title: b.Title, Product: b.Product, Model: b.Model, Refs: b.Refs})
		})
	query(a, route{id: "get-history", path: "/cases/{id}/events", tag: "Cases", summary: "What happened to a case", text: "From the oldest. Reporters and guests see what they caused and what is addressed to them."},
		func(ctx context.Context, actor casebook.Actor, id casebook.ID, in *struct {
			InCase
			Span
		},
		) (*paged[Event], error) {
			all, err := a.Book.History(ctx, actor, id, in.After, in.Limit)
			if err != nil {
				return nil, err
			}
			last, err := a.Book.Length(ctx, id)
			return pageOf(ctx, each(all, eventFrom), in.following(last)), err
		})
	query(a, route{id: "get-reporter", path: "/cases/{id}/reporter", tag: "Cases", summary: "Who reported a case", text: "An event of its own."},
		func(ctx context.Context, actor casebook.Actor, id casebook.ID, _ *InCase) (*shown[Identity], error) {
			who, err := a.Book.Reporter(ctx, actor, id)
			return &shown[Identity]{Identity(who)}, err
		})
}

// notModified says that there is nothing new.
type notModified struct{ etag string }

func (*notModified) Error() string             { return "not modified" }
func (*notModified) GetStatus() int            { return http.StatusNotModified }
func (n *notModified) GetHeaders() http.Header { return http.Header{"Etag": {n.etag}} }
