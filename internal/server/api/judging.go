package api

import (
	"context"
	"net/http"

	"bugbar/assess"
	"bugbar/internal/casebook"
)

// NewAdjustment lets another outcome stand than the bar's own.
type NewAdjustment struct {
	Outcome string `json:"outcome" maxLength:"100" doc:"An outcome of the bar; empty takes the adjustment back."`
	Why     string `json:"why" minLength:"1" maxLength:"4000"`
}

// BlindAssessment is what a second assessor says without building on the first.
type BlindAssessment struct {
	Facts Facts `json:"facts" maxProperties:"64"`
}

// Move takes a case to another state.
type Move struct {
	To     string `json:"to" maxLength:"40" doc:"A state of GET /process."`
	Reason string `json:"reason,omitempty" maxLength:"4000" doc:"Why; for needs-info, the question to the reporter."`
	Plan   *Plan  `json:"plan,omitempty" doc:"Where the move asks for owner, target, review or fix."`
	Appeal bool   `json:"appeal,omitempty" doc:"A reporter appeals the decision."`
}

// Destination is a state that a case could move to.
type Destination struct {
	To        string     `json:"to"`
	Name      string     `json:"name"`
	Open      bool       `json:"open" doc:"Nothing stands against it."`
	Asks      []string   `json:"asks" doc:"What must be given."`
	Obstacles []Obstacle `json:"obstacles"`
}

// Obstacle is why a move cannot be made.
type Obstacle struct {
	Guard string `json:"guard" doc:"A condition of GET /process, or no-such-move or role."`
	Text  string `json:"text"`
}

// Filing records that what a statutory deadline asks for was done.
type Filing struct {
	Reference string `json:"reference,omitempty" maxLength:"200" doc:"Under which number it was filed."`
}

func judging(a *API) {
	const tag = "Decisions"
	command(a, route{
		id: "adjust", method: http.MethodPut, path: "/cases/{id}/findings/{number}/adjustment", tag: tag, match: true, summary: "Let another outcome stand than the bar's own",
		text: "The bar's own result stays visible beside it. A second person has to approve.",
	}, func(ctx context.Context, w casebook.Write, id casebook.ID, in *FindingWrite[NewAdjustment]) (*casebook.Case, error) {
		return a.Book.Adjust(ctx, w, id, in.index(), in.Body.Outcome, in.Body.Why)
	})
	command(a, route{id: "assess-blind", method: http.MethodPost, path: "/cases/{id}/findings/{number}/blind-assessments", tag: tag, summary: "Record a second assessor's facts", text: "Changes nothing of the case: it tells how far two people agree."},
		func(ctx context.Context, w casebook.Write, id casebook.ID, in *FindingWrite[BlindAssessment]) (*casebook.Case, error) {
			return a.Book.AssessBlind(ctx, w, id, in.index(), in.Body.Facts.facts(assess.Confirmed))
		})
	command(a, route{id: "approve", method: http.MethodPost, path: "/cases/{id}/approval", tag: tag, match: true, summary: "Approve a critical outcome or an adjustment", text: "Nobody approves what they proposed."},
		func(ctx context.Context, w casebook.Write, id casebook.ID, _ *Bare) (*casebook.Case, error) {
			return a.Book.Approve(ctx, w, id)
		})
}

func moves(a *API) {
	const tag = "Decisions"
	query(a, route{id: "list-moves", path: "/cases/{id}/moves", tag: tag, summary: "Where a case could move, and what stands against it"},
		func(ctx context.Context, actor casebook.Actor, id casebook.ID, _ *InCase) (*listed[Destination], error) {
			c, err := a.Book.Case(ctx, actor, id)
			if err != nil {
				return nil, err
			}
			return list(each(a.Book.Options(actor, c), destinationFrom)), nil
		})
	query(a, route{id: "why-not", path: "/cases/{id}/moves/{to}", tag: tag, summary: "Why a case cannot move to a state", text: "No obstacles: it can."},
		func(ctx context.Context, actor casebook.Actor, id casebook.ID, in *struct {
			InCase
			To string `path:"to" maxLength:"40" doc:"A state of GET /process." example:"assessed"`
		},
		) (*listed[Obstacle], error) {
			c, err := a.Book.Case(ctx, actor, id)
			if err != nil {
				return nil, err
			}
			found, err := a.Book.WhyNot(actor, c, in.To)
			return list(each(found, func(o casebook.Obstacle) Obstacle { return Obstacle(o) })), err
		})
	command(a, route{id: "move", method: http.MethodPost, path: "/cases/{id}/moves", tag: tag, match: true, summary: "Move a case to another state"},
		func(ctx context.Context, w casebook.Write, id casebook.ID, in *CaseChange[Move]) (*casebook.Case, error) {
			step := casebook.Step{To: in.Body.To, Reason: in.Body.Reason, Appeal: in.Body.Appeal}
			if p := in.Body.Plan; p != nil {
				step.Plan = casebook.Plan{Owner: p.Owner, Target: msOf(p.Target), Review: msOf(p.Review), Fix: p.Fix}
			}
			return a.Book.Move(ctx, w, id, step)
		})
	command(a, route{id: "file-deadline", method: http.MethodPost, path: "/cases/{id}/deadlines/{deadline}/filing", tag: tag, summary: "Record that what a statutory deadline asks for was done"},
		func(ctx context.Context, w casebook.Write, id casebook.ID, in *struct {
			CaseChange[Filing]
			Deadline string `path:"deadline" maxLength:"60" doc:"Of GET /process." example:"cra-early-warning"`
		},
		) (*casebook.Case, error) {
			return a.Book.File(ctx, w, id, in.Deadline, in.Body.Reference)
		})
}

func destinationFrom(o casebook.Option) Destination {
	return Destination{o.To, o.Name, len(o.Obstacles) == 0, some(o.Asks), each(o.Obstacles, func(x casebook.Obstacle) Obstacle { return Obstacle(x) })}
}
