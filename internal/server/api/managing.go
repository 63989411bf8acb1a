package api

import (
	"context"
	"net/http"

	"bugbar/internal/casebook"
)

// Assignment gives a case to somebody.
type Assignment struct {
	To *ID `json:"to,omitempty" doc:"A person of the team; left out for nobody."`
}

// Track says whether a case is of security or of content.
type Track struct {
	Track string `json:"track" enum:"security,content"`
}

// Reason says why.
type Reason struct {
	Reason string `json:"reason" minLength:"1" maxLength:"4000"`
}

// NewEmbargo proposes, starts, changes or ends an embargo.
type NewEmbargo struct {
	Status string `json:"status" enum:"proposed,active,exited"`
	Until  string `json:"until,omitempty" format:"date-time" doc:"When it ends, with zone. Needed but to end it." example:"2027-03-01T09:00:00Z"`
}

type InPerson struct {
	Person string `path:"person" maxLength:"40" doc:"The person's id."`
	Role   string `path:"role" enum:"guest,analyst,member,reporter"`
}

func (p InPerson) participant() (casebook.Participant, error) {
	id, err := personID(p.Person)
	return casebook.Participant{Person: id, Role: p.Role}, err
}

type naming struct {
	Bare
	InPerson
}

func managing(a *API) {
	const tag = "Access"
	command(a, route{id: "assign", method: http.MethodPut, path: "/cases/{id}/assignee", tag: tag, summary: "Give a case to somebody of the team, or to nobody"},
		func(ctx context.Context, w casebook.Write, id casebook.ID, in *CaseChange[Assignment]) (*casebook.Case, error) {
			to := casebook.ID(0)
			if in.Body.To != nil {
				to = casebook.ID(*in.Body.To)
			}
			return a.Book.Assign(ctx, w, id, to)
		})
	command(a, route{id: "set-track", method: http.MethodPut, path: "/cases/{id}/track", tag: "Decisions", summary: "Say whether a case is of security or of content"},
		func(ctx context.Context, w casebook.Write, id casebook.ID, in *CaseChange[Track]) (*casebook.Case, error) {
			return a.Book.SetTrack(ctx, w, id, in.Body.Track)
		})
	command(a, route{id: "set-flags", method: http.MethodPut, path: "/cases/{id}/flags", tag: "Decisions", summary: "Say what is known out in the world", text: "Attacks start the statutory clocks."},
		func(ctx context.Context, w casebook.Write, id casebook.ID, in *CaseChange[Flags]) (*casebook.Case, error) {
			return a.Book.SetFlags(ctx, w, id, casebook.Flags(in.Body))
		})
	command(a, route{
		id: "set-embargo", method: http.MethodPut, path: "/cases/{id}/embargo", tag: tag, summary: "Propose, start, change or end an embargo",
		text: "While one is active, only people named on the case know of it. Who starts one is named.",
	}, a.setEmbargo)
	command(a, route{id: "name-person", method: http.MethodPut, path: "/cases/{id}/people/{person}/{role}", tag: tag, summary: "Let somebody see and work on a case"},
		func(ctx context.Context, w casebook.Write, id casebook.ID, in *naming) (*casebook.Case, error) {
			p, err := in.participant()
			if err != nil {
				return nil, err
			}
			return a.Book.Name(ctx, w, id, p)
		})
	command(a, route{id: "unname-person", method: http.MethodDelete, path: "/cases/{id}/people/{person}/{role}", tag: tag, match: true, summary: "Take that back"},
		func(ctx context.Context, w casebook.Write, id casebook.ID, in *naming) (*casebook.Case, error) {
			p, err := in.participant()
			if err != nil {
				return nil, err
			}
			return a.Book.Unname(ctx, w, id, p)
		})
	command(a, route{
		id: "quarantine", method: http.MethodPut, path: "/cases/{id}/quarantine", tag: tag, summary: "Withhold a case's content from everybody but custodians",
		text: "For material that is never accepted and arrived all the same. Nothing is deleted.",
	}, func(ctx context.Context, w casebook.Write, id casebook.ID, in *CaseChange[Reason]) (*casebook.Case, error) {
		return a.Book.Quarantine(ctx, w, id, in.Body.Reason)
	})
	command(a, route{id: "release", method: http.MethodPost, path: "/cases/{id}/release", tag: tag, match: true, summary: "End a quarantine"},
		func(ctx context.Context, w casebook.Write, id casebook.ID, in *CaseChange[Reason]) (*casebook.Case, error) {
			return a.Book.Release(ctx, w, id, in.Body.Reason)
		})
}

func (a *API) setEmbargo(ctx context.Context, w casebook.Write, id casebook.ID, in *CaseChange[NewEmbargo]) (*casebook.Case, error) {
	e := casebook.Embargo{Status: in.Body.Status}
	if in.Body.Until != "" {
		until, err := timeOf(in.Body.Until)
		if err != nil {
			return nil, err
		}
		e.Until = until.UnixMilli()
	}
	return a.Book.SetEmbargo(ctx, w, id, e)
}

// NewLink relates a case to another one.
type NewLink struct {
	Kind string `json:"kind" enum:"duplicate-of,same-root-cause,regression-of,related"`
	To   ID     `json:"to" doc:"The other case. You must be allowed to see and relate both."`
}

// NewCandidates are cases that may say the same.
type NewCandidates struct {
	Candidates []NewCandidate `json:"candidates" minItems:"1" maxItems:"50"`
}

// NewCandidate is a case that may say the same.
type NewCandidate struct {
	Case     ID      `json:"case"`
	Score    float64 `json:"score" minimum:"0" maximum:"1" doc:"How alike."`
	Relation string  `json:"relation,omitempty" maxLength:"40"`
}

// Merging closes a case as a part of another one.
type Merging struct {
	Into     ID     `json:"into" doc:"The other case. You must be allowed to see and relate both."`
	Findings []int  `json:"findings,omitempty" maxItems:"100" doc:"The numbers of findings that the other does not have yet and takes over."`
	Reason   string `json:"reason,omitempty" maxLength:"4000"`
}

// Splitting moves findings into a new case.
type Splitting struct {
	Findings []int  `json:"findings" minItems:"1" maxItems:"100" doc:"The numbers of the findings that move."`
	Title    string `json:"title" minLength:"1" maxLength:"300" doc:"Of the new case."`
}

// indexes are findings as the casebook counts them.
func indexes(numbers []int) []int { return each(numbers, func(n int) int { return n - 1 }) }

func links(a *API) {
	const tag = "Relations"
	command(a, route{
		id: "merge", method: http.MethodPost, path: "/cases/{id}/merge", tag: tag, match: true, summary: "Close a case as a part of another one",
		text: "Texts and files stay where they are, and nobody gets to see the other case by it.",
	}, func(ctx context.Context, w casebook.Write, id casebook.ID, in *CaseChange[Merging]) (*casebook.Case, error) {
		return a.Book.Merge(ctx, w, id, casebook.ID(in.Body.Into), indexes(in.Body.Findings), in.Body.Reason)
	})
	command(a, route{
		id: "split", method: http.MethodPost, path: "/cases/{id}/split", tag: tag, match: true, status: http.StatusCreated, summary: "Move findings into a new case",
		text: "The new case has the people, the embargo and the statutory clocks of the old one. The answer is the new case.",
	}, func(ctx context.Context, w casebook.Write, id casebook.ID, in *CaseChange[Splitting]) (*casebook.Case, error) {
		return a.Book.Split(ctx, w, id, indexes(in.Body.Findings), in.Body.Title)
	})
	command(a, route{
		id: "relate", method: http.MethodPost, path: "/cases/{id}/links", tag: tag, match: true, summary: "Relate a case to another one",
		text: "Accepts the other case where it was suggested as a duplicate. A link gives nobody a right to the other case.",
	}, func(ctx context.Context, w casebook.Write, id casebook.ID, in *CaseChange[NewLink]) (*casebook.Case, error) {
		return a.Book.Relate(ctx, w, id, casebook.Link{Kind: in.Body.Kind, To: casebook.ID(in.Body.To)})
	})
	command(a, route{id: "propose-candidates", method: http.MethodPost, path: "/cases/{id}/candidates", tag: tag, summary: "Suggest cases that may say the same", text: "A person decides on each."},
		func(ctx context.Context, w casebook.Write, id casebook.ID, in *CaseChange[NewCandidates]) (*casebook.Case, error) {
			return a.Book.Propose(ctx, w, id, each(in.Body.Candidates, func(c NewCandidate) casebook.Candidate {
				return casebook.Candidate{Case: casebook.ID(c.Case), Score: c.Score, Relation: c.Relation}
			}))
		})
	command(a, route{id: "reject-candidate", method: http.MethodDelete, path: "/cases/{id}/candidates/{other}", tag: tag, match: true, summary: "Decide that a suggested case says something else"},
		func(ctx context.Context, w casebook.Write, id casebook.ID, in *struct {
			Bare
			Other string `path:"other" maxLength:"40" doc:"The suggested case."`
		},
		) (*casebook.Case, error) {
			other, err := InCase{in.Other}.target()
			if err != nil {
				return nil, err
			}
			return a.Book.Reject(ctx, w, id, other)
		})
}
