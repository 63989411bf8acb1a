package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
)

// InCase is the part of a request that names a case.
type InCase struct {
	ID string `path:"id" maxLength:"40" doc:"The case." example:"0K3V-9Q2XTA4MR"`
}

// target is the case that a request is about. What is no id names no case.
func (c InCase) target() (casebook.ID, error) {
	id, err := casebook.ParseID(c.ID)
	if err != nil {
		return 0, fault.New(fault.NotFound, "there is no such case").Do("ids look like 0K3V-9Q2XTA4MR")
	}
	return id, nil
}

// InFinding is the part of a request that names a finding.
type InFinding struct {
	InCase
	Number int `path:"number" minimum:"1" maximum:"100" doc:"The finding, from 1."`
}

// index is the finding's place in the casebook.
func (f InFinding) index() int { return f.Number - 1 }

// terms are those of a write.
type Terms struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"200" doc:"Your own name for this write: sent again, it is carried out once."`
}

// Conditions are the terms of a write to a case.
type Conditions struct {
	Terms
	IfMatch string `header:"If-Match" maxLength:"1000" doc:"The ETag of the case as you saw it, or a list of several of which one must be its own."`
}

// write says who writes, and under which terms. The digest of what is asked is made of the body's meaning, not of
// its spaces.
func (t Terms) write(ctx context.Context, body any) (casebook.Write, error) {
	r := asked(ctx)
	w := casebook.Write{Actor: r.actor, Key: t.IdempotencyKey, Replayed: new(bool)}
	if w.Key == "" {
		return w, nil
	}
	data, err := json.Marshal(body)
	if err != nil {
		return w, fault.New(fault.Internal, "%w", err)
	}
	sum := sha256.New()
	for _, part := range []string{r.http.Method, r.http.URL.Path, r.http.URL.RawQuery, string(data)} {
		_, _ = sum.Write([]byte(strconv.Itoa(len(part)) + ":" + part)) // never fails
	}
	w.Request = hex.EncodeToString(sum.Sum(nil))
	return w, nil
}

// replayed is the value of the header that tells an old answer.
func replayed(w casebook.Write) string {
	if *w.Replayed {
		return "true"
	}
	return ""
}

// CaseChange is a write to a case with a body.
type CaseChange[B any] struct {
	InCase
	Conditions
	Body B
}

func (c *CaseChange[B]) asks() any { return c.Body }

// Bare is a write to a case without a body.
type Bare struct {
	InCase
	Conditions
}

func (*Bare) asks() any { return nil }

// FindingWrite is a write to a finding.
type FindingWrite[B any] struct {
	InFinding
	Conditions
	Body B
}

func (c *FindingWrite[B]) asks() any { return c.Body }

// caseWrite is what every write to a case has.
type caseWrite[I any] interface {
	*I
	target() (casebook.ID, error)
	onlyIf(w *casebook.Write, required bool) error
	write(ctx context.Context, body any) (casebook.Write, error)
	asks() any
}

// oneCase answers with a case.
type oneCase struct {
	ETag     string `header:"ETag" doc:"For If-Match."`
	Replayed string `header:"Idempotent-Replayed" doc:"true where the write was carried out before."`
	Body     Case
}

// command registers a write to a case: it is carried out by work, and answered with the case as the writer now sees it.
func command[I any, P caseWrite[I]](a *API, r route, work func(context.Context, casebook.Write, casebook.ID, P) (*casebook.Case, error)) {
	huma.Register(a.huma, r.operation(), func(ctx context.Context, in *I) (*oneCase, error) {
		out, err := carryOut(ctx, a, r, P(in), work)
		if err != nil {
			return nil, problem(asked(ctx), err)
		}
		return out, nil
	})
}

func carryOut[I any, P caseWrite[I]](ctx context.Context, a *API, r route, in P, work func(context.Context, casebook.Write, casebook.ID, P) (*casebook.Case, error)) (*oneCase, error) {
	id, err := in.target()
	if err != nil {
		return nil, err
	}
	if r.match { // whether the case may be seen comes before what a write to it needs
		if err := a.Book.Visible(ctx, actorOf(ctx), id); err != nil {
			return nil, err
		}
	}
	w, err := in.write(ctx, in.asks())
	if err != nil {
		return nil, err
	}
	if err := in.onlyIf(&w, r.match); err != nil {
		return nil, err
	}
	c, err := work(ctx, w, id, in)
	if err != nil {
		return nil, err
	}
	return a.written(ctx, w, c.ID)
}

// written is the answer to a write: the case as the writer sees it, by the same rules as for any look at it. A write
// that took the case out of its writer's sight is answered with its id alone.
func (a *API) written(ctx context.Context, w casebook.Write, id casebook.ID) (*oneCase, error) {
	c, err := a.Book.Case(ctx, w.Actor, id)
	if fault.Is(err, fault.NotFound) {
		return &oneCase{Replayed: replayed(w), Body: caseFrom(&casebook.Case{ID: id, Embargo: casebook.Embargo{Status: casebook.EmbargoNone}})}, nil
	}
	if err != nil {
		return nil, err
	}
	return &oneCase{ETag: etag(c.Revision), Replayed: replayed(w), Body: caseFrom(c)}, nil
}

// query registers a look at a case.
func query[I any, P interface {
	*I
	target() (casebook.ID, error)
}, O any](a *API, r route, work func(context.Context, casebook.Actor, casebook.ID, P) (*O, error)) {
	r.method = http.MethodGet
	huma.Register(a.huma, r.operation(), func(ctx context.Context, in *I) (*O, error) {
		id, err := P(in).target()
		if err != nil {
			return nil, problem(asked(ctx), err)
		}
		out, err := work(ctx, actorOf(ctx), id, P(in))
		if same, ok := errors.AsType[*notModified](err); ok {
			return nil, same
		}
		if err != nil {
			return nil, problem(asked(ctx), err)
		}
		return out, nil
	})
}

// plain registers an operation that is about no case.
func plain[I, O any](a *API, r route, work func(context.Context, casebook.Actor, *I) (*O, error)) {
	huma.Register(a.huma, r.operation(), func(ctx context.Context, in *I) (*O, error) {
		if r.fresh {
			if err := a.confirmed(ctx); err != nil {
				return nil, problem(asked(ctx), err)
			}
		}
		out, err := work(ctx, actorOf(ctx), in)
		if err != nil {
			return nil, problem(asked(ctx), err)
		}
		return out, nil
	})
}

// confirmed refuses who did not prove lately who they are.
func (a *API) confirmed(ctx context.Context) error {
	if a.Confirm == nil {
		return nil
	}
	return a.Confirm(asked(ctx).http)
}
