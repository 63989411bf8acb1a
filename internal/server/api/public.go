package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"bugbar/assess"
	"bugbar/bar"
	"bugbar/bars"
	"bugbar/internal/casebook"
	"bugbar/internal/fault"
	"bugbar/internal/process"
)

// Intake is what a reporter is asked and told before anything else.
type Intake struct {
	Bar      string `json:"bar" doc:"The bar by which new reports are judged."`
	Question string `json:"question" doc:"Ask this first: its answer is never_accepted of a report."`
	Notice   string `json:"notice" doc:"Show this to who answers yes, and send nothing but that answer."`
	Limits   Limits `json:"limits"`
}

// Limits are those of a report.
type Limits struct {
	Title    int   `json:"title_characters"`
	Text     int64 `json:"text_bytes"`
	Findings int   `json:"findings"`
	Files    int   `json:"files"`
	File     int64 `json:"file_bytes"`
}

// BarSummary is a bar in a list.
type BarSummary struct {
	Ref     string `json:"ref" doc:"NAME@EDITION."`
	Title   string `json:"title"`
	Summary string `json:"summary"`
	Extends string `json:"extends,omitempty"`
	Points  int    `json:"points"`
	Rows    int    `json:"rows"`
	InForce bool   `json:"in_force" doc:"New reports are judged by it."`
}

// Facts are what is known, by decision point: a value, or several that are still possible.
type Facts map[string][]string

// TransformSchema bounds them. That each value stands there once is for the casebook to say: huma cannot compare all
// that somebody may send in a value's place.
func (Facts) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	values := s.AdditionalProperties.(*huma.Schema)
	values.Description = "The values still possible, each once."
	values.MaxItems, values.Items.MaxLength = new(casebook.MaxFacts), new(maxWord)
	return s
}

// maxWord is for the characters of a word of the bar.
const maxWord = 100

// Assessment asks what a bar makes of facts.
type Assessment struct {
	Bar   string `json:"bar,omitempty" maxLength:"200" doc:"NAME@EDITION or NAME; the bar in force where it is left out."`
	Facts Facts  `json:"facts" maxProperties:"64"`
}

// listed is a list that is not paged.
type listed[T any] struct {
	Body struct {
		Items []T `json:"items"`
	}
}

func list[T any](items []T) *listed[T] {
	l := &listed[T]{}
	l.Body.Items = some(items)
	return l
}

// shown is an answer with a body alone.
type shown[T any] struct{ Body T }

type barRef struct {
	Bar string `path:"bar" maxLength:"200" doc:"NAME@EDITION, or NAME for its newest edition." example:"msrc-ai@2026-11"`
}

func public(a *API) {
	plain(a, route{
		id: "get-intake", method: http.MethodGet, path: "/intake", tag: "Reports", public: true, summary: "What to ask a reporter first",
		text: "Some material is never accepted. Ask the question before anything is written or uploaded.",
	}, a.intake)
	plain(a, route{id: "list-bars", method: http.MethodGet, path: "/bars", tag: "Reports", public: true, summary: "The bars that ship"}, a.listBars)
	plain(a, route{
		id: "get-bar", method: http.MethodGet, path: "/bars/{bar}", tag: "Reports", public: true, summary: "A bar whole",
		text: "Decision points with their values, tables of rows, outcomes and the texts that explain them: the format is that of bugbar bar show --format json.",
	}, func(_ context.Context, _ casebook.Actor, in *barRef) (*shown[barDocument], error) {
		b, err := a.Book.Bar(in.Bar)
		if err != nil {
			return nil, fault.New(fault.NotFound, "%w", err)
		}
		return &shown[barDocument]{barDocument{b}}, nil
	})
	plain(a, route{
		id: "assess", method: http.MethodPost, path: "/assess", tag: "Reports", public: true, summary: "What a bar makes of facts",
		text: "Keeps nothing. The answer is a verdict with the row, what is still possible, the question to ask next and what would change the outcome.",
	}, a.assess)
	plain(a, route{
		id: "get-process", method: http.MethodGet, path: "/process", tag: "Reports", public: true, summary: "The life of a case",
		text: "The states with their names, the moves between them with who may make them and on what Conditions, and the deadlines.",
	}, func(context.Context, casebook.Actor, *struct{}) (*shown[Process], error) {
		return &shown[Process]{processFrom(process.Load())}, nil
	})
	a.submissions()
}

func (a *API) intake(ctx context.Context, _ casebook.Actor, _ *struct{}) (*shown[Intake], error) {
	b, err := a.Book.CurrentBar(ctx)
	if err != nil {
		return nil, err
	}
	out := Intake{Bar: b.Ref(), Limits: Limits{casebook.MaxTitle, casebook.MaxText, casebook.MaxFindings, casebook.MaxFiles, MaxFile}}
	if n := b.Notice; n != nil {
		out.Question, out.Notice = n.Question, n.Text
	}
	return &shown[Intake]{out}, nil
}

func (a *API) listBars(ctx context.Context, _ casebook.Actor, _ *struct{}) (*listed[BarSummary], error) {
	current, err := a.Book.CurrentBar(ctx)
	if err != nil {
		return nil, err
	}
	var all []BarSummary
	for _, ref := range bars.Refs() {
		b, err := bars.Load(ref)
		if err != nil {
			return nil, fault.New(fault.Internal, "%w", err)
		}
		all = append(all, BarSummary{ref, b.Title, b.Summary, b.Extends, len(b.Points), len(b.RowIDs()), ref == current.Ref()})
	}
	return list(all), nil
}

// barDocument is a bar as its own format has it, which docs/format/bar.md describes.
type barDocument struct{ *bar.Bar }

// Schema leaves the members to the format's own document.
func (barDocument) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeObject, AdditionalProperties: true, Description: "A bar, as bugbar bar show --format json prints it.",
		Properties: map[string]*huma.Schema{"id": {Type: huma.TypeString}, "edition": {Type: huma.TypeString}, "title": {Type: huma.TypeString}},
		Required:   []string{"id", "edition", "title"},
	}
}

func (a *API) assess(ctx context.Context, _ casebook.Actor, in *struct{ Body Assessment }) (*shown[Verdict], error) {
	b, err := a.barOr(ctx, in.Body.Bar)
	if err != nil {
		return nil, err
	}
	v, err := assess.Assess(b, in.Body.Facts.facts(assess.Claimed))
	if err != nil {
		return nil, invalidFact(err)
	}
	return &shown[Verdict]{verdictFrom(v)}, nil
}

// barOr is the bar of a name, or the one in force where the name is empty.
func (a *API) barOr(ctx context.Context, ref string) (*bar.Bar, error) {
	if ref == "" {
		return a.Book.CurrentBar(ctx)
	}
	b, err := a.Book.Bar(ref)
	if err != nil {
		return nil, fault.New(fault.Invalid, "%w", err).In("bar")
	}
	return b, nil
}

// facts gives all facts one provenance.
func (f Facts) facts(p assess.Provenance) assess.Facts {
	out := assess.Facts{}
	for point, values := range f {
		out[point] = assess.Fact{Values: values, Provenance: p}
	}
	return out
}

func invalidFact(err error) error {
	wrapped := fault.New(fault.Invalid, "%w", err).In("facts")
	if h, ok := err.(interface{ Hint() string }); ok {
		return wrapped.Do(h.Hint())
	}
	return wrapped
}
