package api

import (
	"context"
	"encoding/json"
	"net/http"

	"bugbar/assess"
	"bugbar/internal/casebook"
	"bugbar/internal/fault"
)

// Answer answers a decision point.
type Answer struct {
	Values   []string `json:"values" minItems:"1" maxItems:"64" maxLength:"100" doc:"The values still possible, each once."`
	Evidence string   `json:"evidence,omitempty" maxLength:"2000" doc:"Where it can be checked."`
}

// NewFinding is another weakness in the same report.
type NewFinding struct {
	Title string `json:"title,omitempty" maxLength:"300"`
	Facts Facts  `json:"facts,omitempty" maxProperties:"64"`
}

// Criterion says, before anything is tried, what counts as success.
type Criterion struct {
	Criterion string `json:"criterion" minLength:"1" maxLength:"4000"`
	Planned   int    `json:"planned" minimum:"1" maximum:"1000000" doc:"How many attempts."`
}

// NewRun is an attempt to reproduce: k successes of n attempts.
type NewRun struct {
	Successes int    `json:"successes" minimum:"0"`
	Attempts  int    `json:"attempts" minimum:"1"`
	Errors    int    `json:"errors,omitempty" minimum:"0"`
	Unjudged  int    `json:"unjudged,omitempty" minimum:"0"`
	Judge     string `json:"judge,omitempty" maxLength:"200"`
	Target    string `json:"target,omitempty" maxLength:"200" doc:"Model and version."`
}

// NewEvidence is something measured.
type NewEvidence struct {
	Kind   string `json:"kind" enum:"attribute,input-extraction,membership,perturbation,property,reconstruction,theft,trials,canary" doc:"Of bugbar measure, or canary."`
	File   string `json:"file,omitempty" pattern:"^[0-9a-f]{64}$" doc:"SHA-256 of the attachment that it was measured from."`
	Result any    `json:"result" doc:"What was measured: the JSON of bugbar measure."`
	Facts  Facts  `json:"facts,omitempty" maxProperties:"64" doc:"The facts that it settles: they become measured ones."`
}

type AtPoint struct {
	Point string `path:"point" maxLength:"100" doc:"A decision point of the case's bar." example:"impact"`
}

type factAnswer struct {
	FindingWrite[Answer]
	AtPoint
}

type factTaken struct {
	InFinding
	Conditions
	AtPoint
}

func (*factTaken) asks() any { return nil }

func findings(a *API) {
	const tag = "Findings"
	command(a, route{id: "add-finding", method: http.MethodPost, path: "/cases/{id}/findings", tag: tag, summary: "Add another weakness of the same report"},
		func(ctx context.Context, w casebook.Write, id casebook.ID, in *CaseChange[NewFinding]) (*casebook.Case, error) {
			facts := in.Body.Facts.facts(assess.Confirmed)
			for point, f := range facts {
				f.By = w.Actor.Handle
				facts[point] = f
			}
			return a.Book.AddFinding(ctx, w, id, casebook.Finding{Title: in.Body.Title, Facts: facts})
		})
	command(a, route{
		id: "set-fact", method: http.MethodPut, path: "/cases/{id}/findings/{number}/facts/{point}", tag: tag, summary: "Answer a decision point",
		text: "Who may edit facts vouches for the answer. What a reporter or guest says stays a claim, and does not take the place of what somebody vouched for.",
	}, func(ctx context.Context, w casebook.Write, id casebook.ID, in *factAnswer) (*casebook.Case, error) {
		return a.Book.SetFact(ctx, w, id, in.index(), in.Point, assess.Fact{Values: in.Body.Values, Evidence: in.Body.Evidence})
	})
	command(a, route{id: "take-back-fact", method: http.MethodDelete, path: "/cases/{id}/findings/{number}/facts/{point}", tag: tag, summary: "Take an answer back"},
		func(ctx context.Context, w casebook.Write, id casebook.ID, in *factTaken) (*casebook.Case, error) {
			return a.Book.SetFact(ctx, w, id, in.index(), in.Point, assess.Fact{})
		})
	query(a, route{
		id: "get-verdict", path: "/cases/{id}/findings/{number}/verdict", tag: tag, summary: "What the bar makes of a finding, in full",
		text: "With the row, the facts that decide, what is still possible, the question to ask next, and what would change the outcome.",
	}, func(ctx context.Context, actor casebook.Actor, id casebook.ID, in *InFinding) (*shown[Verdict], error) {
		c, err := a.Book.Case(ctx, actor, id)
		if err != nil {
			return nil, err
		}
		v, err := a.Book.Verdict(c, in.index())
		return &shown[Verdict]{verdictFrom(v)}, err
	})
	command(a, route{id: "set-criterion", method: http.MethodPut, path: "/cases/{id}/findings/{number}/criterion", tag: tag, summary: "Say what counts as success, before trying"},
		func(ctx context.Context, w casebook.Write, id casebook.ID, in *FindingWrite[Criterion]) (*casebook.Case, error) {
			return a.Book.Criterion(ctx, w, id, in.index(), in.Body.Criterion, in.Body.Planned)
		})
	command(a, route{id: "record-run", method: http.MethodPost, path: "/cases/{id}/findings/{number}/runs", tag: tag, summary: "Record an attempt to reproduce", text: "In the state retest it is one after the fix."},
		func(ctx context.Context, w casebook.Write, id casebook.ID, in *FindingWrite[NewRun]) (*casebook.Case, error) {
			b := in.Body
			return a.Book.RecordRun(ctx, w, id, in.index(), casebook.Run{
				Trials: casebook.Trials{Successes: b.Successes, Attempts: &b.Attempts, Errors: b.Errors, Unjudged: b.Unjudged, Judge: b.Judge}, Target: b.Target,
			})
		})
	command(a, route{id: "add-evidence", method: http.MethodPost, path: "/cases/{id}/findings/{number}/evidence", tag: tag, summary: "Add something measured"},
		func(ctx context.Context, w casebook.Write, id casebook.ID, in *FindingWrite[NewEvidence]) (*casebook.Case, error) {
			result, err := json.Marshal(in.Body.Result)
			if err != nil {
				return nil, fault.New(fault.Invalid, "%w", err).In("result")
			}
			e := casebook.Evidence{Kind: in.Body.Kind, File: in.Body.File, Result: string(result)}
			facts := in.Body.Facts.facts(assess.Measured)
			for point, f := range facts {
				f.By = w.Actor.Handle
				facts[point] = f
			}
			return a.Book.AddEvidence(ctx, w, id, in.index(), e, facts)
		})
}
