// Package triage is the story of a report: read it, ask what is missing, assess it, and explain the
// outcome so that both sides of a dispute can check it. The command line, the API and the pages
// call it, so the order of the steps is written once.
//
// A report comes in as text and is hostile until proven otherwise: what it says of itself are
// claims, and nothing of it is printed without Visible.
package triage

import (
	"context"
	"errors"
	"slices"

	"bugbar/assess"
	"bugbar/bar"
	"bugbar/internal/suggest"
)

// ErrNotAccepted says that a report is of material that is never accepted. Nothing of the report
// is kept or shown.
var ErrNotAccepted = errors.New("reports of this material are never accepted")

// ErrLeft says that the person who was asked went away without an answer.
var ErrLeft = errors.New("left without an answer")

// Record is the triage of one report: what can be kept, sent and disputed.
type Record struct {
	Report   Source `json:"report"`
	Bar      string `json:"bar"`
	Edition  string `json:"edition"`
	Outcome  string `json:"outcome"` // the gravest of the findings
	Open     bool   `json:"open"`    // a finding that is undetermined could turn out graver
	Findings []Case `json:"findings"`
	// Suggested is what a suggester made of the text: proposals beside the facts, never among them.
	Suggested *suggest.Result `json:"suggested,omitempty"`
}

// Source says which report was triaged.
type Source struct {
	File     string `json:"file"`
	Digest   string `json:"sha256,omitempty"` // none of what came out of a folder or an archive
	Title    string `json:"title"`
	Product  string `json:"product,omitempty"`
	Model    string `json:"model,omitempty"`
	Reporter string `json:"reporter,omitempty"`
}

// Case is one finding of a report with its verdict.
type Case struct {
	Title   string         `json:"title,omitempty"`
	Trials  *Trials        `json:"trials,omitempty"`
	Verdict assess.Verdict `json:"verdict"`
}

// Asker asks a person for one fact of a finding, counted from 0. It returns no values where the person does not know, and
// ErrLeft where the person goes away.
type Asker func(finding int, q assess.Question, soFar assess.Verdict) ([]string, error)

// Propose lets a suggester read a report. What it proposes is shown beside the questions. A report
// that says of itself that it may be of material that is never accepted is read by nobody.
func Propose(ctx context.Context, b *bar.Bar, s suggest.Suggester, r *Report) error {
	for _, f := range r.Findings {
		if refused(b, f.Facts) {
			return nil
		}
	}
	if r.Received == "" {
		return nil // a scan, which has no words of its own
	}
	result, err := s.Suggest(ctx, r.Received)
	r.Suggested = result
	return err
}

// Triage assesses each finding of a report by the bar. Facts that a person gives count over what
// the report claims. Where ask is not nil, it is asked for what is missing, question by question, and
// by is the person who answers. A report that says of itself that it is of material that is never
// accepted is ErrNotAccepted, whatever else it says.
func Triage(b *bar.Bar, r *Report, given []assess.Facts, by string, ask Asker) (*Record, error) {
	record := &Record{Report: r.Source, Bar: b.ID, Edition: b.Edition, Suggested: r.Suggested}
	for i, f := range r.Findings {
		facts := assess.Facts{}
		for point, fact := range f.Facts {
			facts[point] = fact
		}
		for point, fact := range given[i] {
			facts[point] = fact
		}
		if refused(b, facts) {
			return nil, ErrNotAccepted
		}
		v, err := settle(b, i, facts, by, ask)
		if err != nil {
			return nil, err
		}
		record.Findings = append(record.Findings, Case{Title: f.Title, Trials: f.Trials, Verdict: v})
	}
	record.sum(b)
	return record, nil
}

// Refuses says whether a fact, as it is written on a command line, names material that is never
// accepted, be it among others.
func Refuses(b *bar.Bar, text string) bool {
	point, fact, err := assess.Parse(b, text)
	return err == nil && refused(b, assess.Facts{point: fact})
}

// refused says whether facts name material that is never accepted.
func refused(b *bar.Bar, facts assess.Facts) bool {
	return b.Notice != nil && slices.Contains(facts[b.Notice.Point].Values, b.Notice.Value)
}

// sum works out the outcome of the whole report.
func (r *Record) sum(b *bar.Bar) {
	verdicts := make([]assess.Verdict, len(r.Findings))
	for i, f := range r.Findings {
		verdicts[i] = f.Verdict
	}
	r.Outcome, r.Open = assess.Worst(b, verdicts)
}

// Adjust records a person's adjustment of one finding, counted from 0, beside the bar's result.
func (r *Record) Adjust(b *bar.Bar, finding int, adjustment assess.Adjustment) error {
	v, err := r.Findings[finding].Verdict.Adjust(b, adjustment)
	if err != nil {
		return err
	}
	r.Findings[finding].Verdict = v
	r.sum(b)
	return nil
}

// settle asks for facts until the outcome is settled or nothing is left that the person may know.
func settle(b *bar.Bar, finding int, facts assess.Facts, by string, ask Asker) (assess.Verdict, error) {
	unanswered := map[string]bool{}
	for {
		v, err := assess.Assess(b, facts)
		if err != nil || v.Next == nil || ask == nil {
			return v, err
		}
		q, err := assess.Ask(b, facts, unanswered)
		if err != nil || q == nil {
			return v, err
		}
		values, err := ask(finding, *q, v)
		if err != nil {
			return v, err
		}
		if len(values) == 0 {
			unanswered[q.Point] = true
			continue
		}
		facts[q.Point] = assess.Fact{Values: values, Provenance: assess.Confirmed, By: by}
		if refused(b, facts) {
			return v, ErrNotAccepted
		}
	}
}
