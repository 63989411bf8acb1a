package api

import (
	"context"
	"net/http"
	"time"

	"bugbar/internal/casebook"
	"bugbar/internal/fault"
)

// Person is somebody of the team, or a service.
type Person struct {
	ID       ID         `json:"id"`
	Handle   string     `json:"handle"`
	Status   string     `json:"status" enum:"active,disabled,erased"`
	Roles    []string   `json:"roles"`
	Identity *Identity  `json:"identity,omitempty" doc:"For the person, and for those who look after members."`
	Elevated *time.Time `json:"elevated,omitempty" doc:"Until when the glass is broken: every case may be seen, and it is recorded."`
}

// NewPerson makes somebody known.
type NewPerson struct {
	Handle   string    `json:"handle" minLength:"1" maxLength:"40" doc:"The name that others see: small letters, digits, dots and hyphens."`
	Roles    []string  `json:"roles,omitempty" maxItems:"20" enum:"intake,triager,analyst,reviewer,editor,publisher,manager,auditor,admin,custodian,service"`
	Identity *Identity `json:"identity,omitempty"`
}

// Roles are what somebody is to the programme.
type Roles struct {
	Roles []string `json:"roles" maxItems:"20" enum:"intake,triager,analyst,reviewer,editor,publisher,manager,auditor,admin,custodian,service"`
}

// Status disables or enables somebody, or erases who they are.
type Status struct {
	Status string `json:"status" enum:"active,disabled,erased" doc:"erased is for ever: what identifies the person is gone."`
}

// onePerson answers with a person.
type onePerson struct {
	Replayed string `header:"Idempotent-Replayed" doc:"true where the write was carried out before."`
	Body     Person
}

type OfPerson struct {
	Person string `path:"person" maxLength:"40" doc:"The person's id."`
}

// personID is the person that a request is about. What is no id names nobody.
func personID(text string) (casebook.ID, error) {
	id, err := casebook.ParseID(text)
	if err != nil {
		return 0, fault.New(fault.NotFound, "there is no such person")
	}
	return id, nil
}

func rolesOf(names []string) []casebook.Role {
	return each(names, func(name string) casebook.Role { return casebook.Role(name) })
}

// personFor is a person as an actor may see them.
func (a *API) personFor(actor casebook.Actor, p *casebook.Person) Person {
	out := Person{ID: ID(p.ID), Handle: p.Handle, Status: p.Status, Roles: each(p.Roles, func(r casebook.Role) string { return string(r) })}
	if p.ID == actor.ID || a.Book.May(actor, casebook.ManageMembers, nil) == nil {
		who := Identity(p.Identity)
		out.Identity = &who
	}
	if p.Elevated > a.Book.Now().UnixMilli() {
		out.Elevated = atOf(p.Elevated)
	}
	return out
}

// personWrite carries out a write to a person.
func (a *API) personWrite(ctx context.Context, t Terms, body any, work func(casebook.Write) (*casebook.Person, error)) (*onePerson, error) {
	w, err := t.write(ctx, body)
	if err != nil {
		return nil, err
	}
	p, err := work(w)
	if err != nil {
		return nil, err
	}
	return &onePerson{Replayed: replayed(w), Body: a.personFor(w.Actor, p)}, nil
}

func people(a *API) {
	const tag = "People"
	plain(a, route{id: "list-people", method: http.MethodGet, path: "/people", tag: tag, summary: "The team", text: "Only the team sees who is in it."},
		func(ctx context.Context, actor casebook.Actor, _ *struct{}) (*listed[Person], error) {
			all, err := a.Book.People(ctx, actor)
			return list(each(all, func(p *casebook.Person) Person { return a.personFor(actor, p) })), err
		})
	plain(a, route{id: "get-person", method: http.MethodGet, path: "/people/{person}", tag: tag, summary: "One of the team"},
		func(ctx context.Context, actor casebook.Actor, in *OfPerson) (*onePerson, error) {
			id, err := personID(in.Person)
			if err != nil {
				return nil, err
			}
			p, err := a.Book.Person(ctx, actor, id)
			if err != nil {
				return nil, err
			}
			return &onePerson{Body: a.personFor(actor, p)}, nil
		})
	plain(a, route{id: "get-person-history", method: http.MethodGet, path: "/people/{person}/events", tag: tag, summary: "What happened to somebody: roles, credentials, sign-ins", text: "One's own, or for auditors, managers and administrators those of others."},
		func(ctx context.Context, actor casebook.Actor, in *struct {
			OfPerson
			Span
		},
		) (*paged[Event], error) {
			id, err := personID(in.Person)
			if err != nil {
				return nil, err
			}
			all, err := a.Book.PersonHistory(ctx, actor, id, in.After, in.Limit)
			next := int64(0)
			if len(all) == in.Limit {
				next = all[len(all)-1].Seq
			}
			return pageOf(ctx, each(all, eventFrom), next), err
		})
	plain(a, route{id: "add-person", fresh: true, method: http.MethodPost, path: "/people", tag: tag, status: http.StatusCreated, summary: "Make somebody known", text: "Nobody gives more than their own office lets them: only an administrator makes managers, auditors, custodians and administrators."},
		func(ctx context.Context, _ casebook.Actor, in *struct {
			Terms
			Body NewPerson
		},
		) (*onePerson, error) {
			who := casebook.Identity{}
			if in.Body.Identity != nil {
				who = casebook.Identity(*in.Body.Identity)
			}
			return a.personWrite(ctx, in.Terms, in.Body, func(w casebook.Write) (*casebook.Person, error) {
				return a.Book.AddPerson(ctx, w, in.Body.Handle, rolesOf(in.Body.Roles), who)
			})
		})
	plain(a, route{id: "set-roles", fresh: true, method: http.MethodPut, path: "/people/{person}/roles", tag: tag, summary: "Change what somebody is to the programme", text: "Nobody changes their own."},
		func(ctx context.Context, _ casebook.Actor, in *struct {
			OfPerson
			Terms
			Body Roles
		},
		) (*onePerson, error) {
			id, err := personID(in.Person)
			if err != nil {
				return nil, err
			}
			return a.personWrite(ctx, in.Terms, in.Body, func(w casebook.Write) (*casebook.Person, error) {
				return a.Book.SetRoles(ctx, w, id, rolesOf(in.Body.Roles))
			})
		})
	plain(a, route{id: "set-status", fresh: true, method: http.MethodPut, path: "/people/{person}/status", tag: tag, summary: "Disable or enable somebody, or erase who they are", text: "Sessions and tokens of who is not active end at once."},
		func(ctx context.Context, _ casebook.Actor, in *struct {
			OfPerson
			Terms
			Body Status
		},
		) (*onePerson, error) {
			id, err := personID(in.Person)
			if err != nil {
				return nil, err
			}
			return a.personWrite(ctx, in.Terms, in.Body, func(w casebook.Write) (*casebook.Person, error) {
				return a.Book.SetStatus(ctx, w, id, in.Body.Status)
			})
		})
}
