// Package api is the casebook over HTTP: OpenAPI 3.1, JSON, problems as RFC 9457 has them.
//
// It has no rules of its own. Every operation turns a request into one command or query of package
// casebook, which decides who may do and see what, and turns the answer into the API's own types
// (model*.go), so that a change inside does not change what others build on.
package api

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/work"
)

// Base is where the API stands.
const Base = "/api/v1"

// Version is that of the description. Anything that changes it needs another one: the second number where
// something was added, the third for words; the first would be another Base.
const Version = "1.2.0"

// Config is what the API works with.
type Config struct {
	Book *casebook.Book
	// Store keeps the bytes of attachments; nil where none are taken.
	Store Store
	// Work does what takes long, and calls webhooks; nil where this server does neither.
	Work *work.Worker
	// Identify says who asks; the zero Actor is somebody who did not say.
	Identify func(*http.Request) (casebook.Actor, error)
	// Confirm refuses who did not prove lately who they are, for what is dangerous; nil where nobody is asked to.
	Confirm func(*http.Request) error
	// AllowReport refuses those who report too often without saying who they are; nil where everybody may.
	AllowReport func(*http.Request, casebook.Actor) error
	// URL is the public address of the server, without a path; it may be empty.
	URL string
}

// API answers requests below Base.
type API struct {
	Config
	mux        *http.ServeMux
	huma       huma.API
	feed       *feed
	ended      chan struct{} // closed once streams shall end
	endStreams func()
}

// New makes the API.
func New(c Config) *API {
	a := &API{Config: c, mux: http.NewServeMux(), feed: newFeed(c.Book), ended: make(chan struct{})}
	a.endStreams = sync.OnceFunc(func() { close(a.ended) })
	a.huma = humago.New(a.mux, description(c.URL))
	for _, register := range []func(*API){
		public, cases, caseOf, thread, replies, findings, judging, moves, managing, links, files, events, people, account, casebookWide, webhooks, tasks,
	} {
		register(a)
	}
	return a
}

// request is what a handler knows of who asks.
type request struct {
	actor casebook.Actor
	http  *http.Request
	w     http.ResponseWriter
	body  *sent
}

type requestKey struct{}

// asked is the request that a handler answers.
func asked(ctx context.Context) *request { return ctx.Value(requestKey{}).(*request) }

// actorOf is who asks.
func actorOf(ctx context.Context) casebook.Actor { return asked(ctx).actor }

// ServeHTTP answers a request. Whoever shows a credential that is none is turned away, even from what is public:
// otherwise a client with a token that ran out would take an outsider's answer for its own.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Add("Vary", "Authorization, Cookie, Report-Key")
	actor, err := a.Identify(r)
	if err != nil {
		WriteProblem(w, r, unidentified(err))
		return
	}
	if p := noRoute(a.mux, r); p != nil {
		WriteProblem(w, r, p)
		return
	}
	if _, err := url.ParseQuery(r.URL.RawQuery); err != nil { // what cannot be read would be left out, and more be answered than was asked for
		WriteProblem(w, r, &Problem{Status: http.StatusBadRequest, Code: "invalid", Field: "query", Detail: "the query cannot be read", Hint: "write what is special in it as %XX, and & between its parts"})
		return
	}
	who := &request{actor: actor, w: w, body: &sent{ReadCloser: r.Body}}
	r.Body = who.body
	r = r.WithContext(context.WithValue(r.Context(), requestKey{}, who))
	who.http = r
	a.mux.ServeHTTP(w, r)
}

// EndStreams ends the streams of events, those that begin later as well: their readers connect anew, to another server.
func (a *API) EndStreams() { a.endStreams() }

// Pattern is the route that a request takes, for metrics and logs; it is empty where there is none.
func (a *API) Pattern(r *http.Request) string {
	_, pattern := a.mux.Handler(r)
	return pattern
}

// Routed answers a request that a router has no route for with a problem.
func Routed(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p := noRoute(mux, r); p != nil {
			WriteProblem(w, r, p)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// noRoute says what is wrong with a request that no route takes: the path, or the method. It is nil where one does.
func noRoute(mux *http.ServeMux, r *http.Request) *Problem {
	h, pattern := mux.Handler(r)
	if pattern != "" {
		return nil
	}
	answer := &headersOnly{header: http.Header{}}
	h.ServeHTTP(answer, r)
	if allow := answer.header.Get("Allow"); allow != "" {
		return &Problem{Status: http.StatusMethodNotAllowed, Code: "invalid", Detail: r.Method + " is not allowed here", Hint: "one of: " + allow, header: http.Header{"Allow": {allow}}}
	}
	return &Problem{Status: http.StatusNotFound, Code: "not-found", Detail: "there is nothing at this path", Hint: "GET /openapi.json lists what there is"}
}

// headersOnly catches what the router says of a request that it has no route for.
type headersOnly struct{ header http.Header }

func (h *headersOnly) Header() http.Header         { return h.header }
func (h *headersOnly) Write(b []byte) (int, error) { return len(b), nil }
func (h *headersOnly) WriteHeader(int)             {}

// OpenAPI is the description in OpenAPI 3.1.
func (a *API) OpenAPI() ([]byte, error) {
	return json.MarshalIndent(a.huma.OpenAPI(), "", "  ")
}

// OpenAPI30 is the description in OpenAPI 3.0, for tools that do not read 3.1.
func (a *API) OpenAPI30() ([]byte, error) {
	data, err := a.huma.OpenAPI().Downgrade()
	if err != nil {
		return nil, err
	}
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		return nil, err
	}
	return json.MarshalIndent(v, "", "  ")
}

// route is an operation in the words of this package.
type route struct {
	id      string // of the operation
	method  string
	path    string // below Base
	tag     string
	summary string
	text    string
	public  bool  // answers those who do not say who they are
	match   bool  // needs If-Match
	fresh   bool  // needs that a person proved lately who they are
	status  int   // 200 where it is 0
	max     int64 // bytes of the body; the package's default where it is 0
}

// operation is what huma makes of it.
func (r route) operation() huma.Operation {
	op := huma.Operation{
		OperationID: r.id, Method: r.method, Path: Base + r.path, Tags: []string{r.tag}, Summary: r.summary, Description: r.text,
		DefaultStatus: r.status, MaxBodyBytes: r.max, Security: signedIn, RejectUnknownQueryParameters: true,
	}
	if op.MaxBodyBytes == 0 {
		op.MaxBodyBytes = MaxBody
	}
	if r.fresh {
		op.Description = strings.TrimSpace(op.Description + " In a browser it needs that you signed in within the last minutes.")
	}
	if !r.public {
		op.Middlewares = huma.Middlewares{identified}
	} else {
		op.Security = append([]map[string][]string{{}}, signedIn...)
	}
	if r.match {
		op.Description = strings.TrimSpace(op.Description + " Needs If-Match with the ETag of the case as you saw it: what you decide on must not have changed meanwhile.")
	}
	return op
}

// signedIn are the ways to say who one is.
var signedIn = []map[string][]string{{"token": {}}, {"session": {}}, {"reportKey": {}}}

// identified turns away who did not say who they are, from what is not for everybody: a client that forgot its token
// must not take an empty list for the answer.
func identified(hc huma.Context, next func(huma.Context)) {
	who := asked(hc.Context())
	if !nobody(who.actor) {
		next(hc)
		return
	}
	WriteProblem(who.w, who.http, problem(who, fault.New(fault.Forbidden, "this is not for everybody")))
}
