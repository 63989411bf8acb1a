package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"bugbar/assess"
	"bugbar/internal/casebook"
	"bugbar/internal/fault"
)

// Report is what somebody reports. never_accepted comes first: where it is true, send nothing else.
type Report struct {
	NeverAccepted bool            `json:"never_accepted" doc:"The answer to the question of GET /intake. Where it is true, nothing of the report is kept."`
	Title         string          `json:"title,omitempty" maxLength:"300" doc:"What happens, in one line."`
	Product       string          `json:"product,omitempty" maxLength:"200"`
	Model         string          `json:"model,omitempty" maxLength:"200" doc:"Model and version, as far as they are shown."`
	Text          string          `json:"text,omitempty" maxLength:"10485760" doc:"The report: what happens, and the steps. Markdown or plain text."`
	Refs          []string        `json:"refs,omitempty" maxItems:"50" maxLength:"2000" doc:"External ids, such as CVE."`
	Facts         Facts           `json:"facts,omitempty" maxProperties:"64" doc:"What you claim of the weakness, by decision point of the bar."`
	Findings      []ReportFinding `json:"findings,omitempty" maxItems:"100" doc:"In place of facts, where the report is of several weaknesses."`
	Contact       *Contact        `json:"contact,omitempty" doc:"How to reach you, if you like. Kept apart from the report, and only shown to those who answer you."`
}

// ReportFinding is one weakness of a report.
type ReportFinding struct {
	Title  string  `json:"title,omitempty" maxLength:"300"`
	Facts  Facts   `json:"facts,omitempty" maxProperties:"64"`
	Trials *Trials `json:"trials,omitempty" doc:"How often you tried, and how often it worked."`
}

// Contact is who reports.
type Contact struct {
	Name   string `json:"name,omitempty" maxLength:"200"`
	Email  string `json:"email,omitempty" maxLength:"254"`
	Credit string `json:"credit,omitempty" maxLength:"200" doc:"How you want to be thanked; leave it out for not at all."`
}

// Receipt is what the one who reports gets.
type Receipt struct {
	ID   ID     `json:"id"`
	Key  string `json:"key,omitempty" doc:"Opens the case: send it as Report-Key. It is shown this once and kept nowhere."`
	Case *Case  `json:"case,omitempty" doc:"The case as you see it, where you may."`
}

type receiptAnswer struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Replayed string `header:"Idempotent-Replayed"`
	Body     Receipt
}

func (a *API) submissions() {
	r := route{
		id: "submit-report", method: http.MethodPost, path: "/cases", tag: "Reports", public: true, status: http.StatusCreated, max: MaxSubmission,
		summary: "Report a weakness",
		text: "No account is needed. The receipt's key is the way back to a report that was sent without one. Facts are claims until somebody vouches for them. " +
			"Send JSON, or multipart/form-data with the JSON as its first part, called report, and files after it, each called file.",
	}
	op := r.operation()
	op.BodyReadTimeout = time.Minute
	op.Middlewares = huma.Middlewares{a.allowReport, a.multipart}
	huma.Register(a.huma, op, func(ctx context.Context, in *struct {
		Terms
		Body Report
	},
	) (*receiptAnswer, error) {
		out, err := a.submit(ctx, in.Terms, in.Body, nil)
		if err != nil {
			return nil, problem(asked(ctx), err)
		}
		return out, nil
	})
	described := a.huma.OpenAPI().Paths[op.Path].Post.RequestBody
	described.Content["multipart/form-data"] = &huma.MediaType{
		Schema: &huma.Schema{
			Type: huma.TypeObject, Required: []string{"report"},
			Properties: map[string]*huma.Schema{
				"report": described.Content["application/json"].Schema,
				"file":   {Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
			},
		},
		Encoding: map[string]*huma.Encoding{"report": {ContentType: "application/json"}},
	}
}

// allowReport turns away, before the body is read, whoever reports too often.
func (a *API) allowReport(hc huma.Context, next func(huma.Context)) {
	who := asked(hc.Context())
	if a.AllowReport != nil {
		if err := a.AllowReport(who.http, who.actor); err != nil {
			WriteProblem(who.w, who.http, problem(who, err))
			return
		}
	}
	next(hc)
}

// submit opens a case.
func (a *API) submit(ctx context.Context, t Terms, in Report, received []casebook.File) (*receiptAnswer, error) {
	actor := actorOf(ctx)
	w, err := t.write(ctx, struct {
		Report Report
		Files  []casebook.File
	}{in, received})
	if err != nil {
		return nil, err
	}
	s, err := a.submission(ctx, actor, in)
	if err != nil {
		return nil, err
	}
	s.Files = received
	receipt, _, err := a.Book.Submit(ctx, w, s)
	if errors.Is(err, casebook.ErrNeverAccepted) {
		return nil, refused(s)
	}
	if err != nil {
		return nil, err
	}
	out := &receiptAnswer{Location: Base + "/cases/" + receipt.ID.String(), Replayed: replayed(w), Body: Receipt{ID: ID(receipt.ID), Key: receipt.Key}}
	if nobody(actor) {
		actor.Case = receipt.ID
	}
	c, err := a.Book.Case(ctx, actor, receipt.ID)
	switch {
	case err == nil:
		shown := caseFrom(c)
		out.Body.Case, out.ETag = &shown, etag(c.Revision)
	case !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Forbidden):
		return nil, err
	}
	return out, nil
}

// refused shows the operator's notice in place of anything of the report.
func refused(s casebook.Submission) *Problem {
	p := &Problem{Status: http.StatusUnprocessableEntity, Code: string(fault.Invalid), Detail: casebook.ErrNeverAccepted.Error(), Field: "never_accepted"}
	if n := s.Bar.Notice; n != nil {
		p.Hint = n.Text
	}
	return p
}

func (a *API) submission(ctx context.Context, actor casebook.Actor, in Report) (casebook.Submission, error) {
	b, err := a.Book.CurrentBar(ctx)
	if err != nil {
		return casebook.Submission{}, err
	}
	s := casebook.Submission{Bar: b, Source: "api", Refused: in.NeverAccepted}
	if in.NeverAccepted {
		return s, nil // whatever else was sent is not looked at
	}
	s.Title, s.Product, s.Model, s.Text, s.Refs = in.Title, in.Product, in.Model, in.Text, in.Refs
	if len(in.Findings) == 0 {
		in.Findings = []ReportFinding{{Facts: in.Facts}}
	} else if len(in.Facts) > 0 {
		return s, fault.New(fault.Invalid, "give facts or findings, not both").In("facts")
	}
	s.Findings = each(in.Findings, ReportFinding.finding)
	if len(actor.Roles) == 0 {
		s.Reporter = actor.ID
	}
	if in.Contact != nil {
		if s.Reporter != 0 {
			return s, fault.New(fault.Invalid, "you are signed in, and known already").In("contact")
		}
		s.Contact = &casebook.Identity{Name: in.Contact.Name, Email: in.Contact.Email, Credit: in.Contact.Credit}
	}
	return s, nil
}

func (f ReportFinding) finding() casebook.Finding {
	out := casebook.Finding{Title: f.Title, Facts: f.Facts.facts(assess.Claimed)}
	for point, fact := range out.Facts {
		fact.By = "reporter"
		out.Facts[point] = fact
	}
	if t := f.Trials; t != nil {
		out.Trials = &casebook.Trials{Successes: t.Successes, Attempts: t.Attempts, Errors: t.Errors, Unjudged: t.Unjudged, Judge: t.Judge}
	}
	return out
}
