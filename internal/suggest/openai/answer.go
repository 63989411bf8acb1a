package openai

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/openai/openai-go/v3"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"bugbar/assess"
	"bugbar/bar"
	"bugbar/internal/suggest"
)

// Bounds of an answer: what goes beyond is dropped.
const (
	maxFindings = 20
	maxQuotes   = 3
	maxQuote    = 500 // bytes
)

// answer is what the schema describes.
type answer struct {
	Findings []struct {
		Title string `json:"title"`
		Facts []fact `json:"facts"`
	} `json:"findings"`
}

type fact struct {
	Point      string        `json:"point"`
	Value      string        `json:"value"`
	Confidence float64       `json:"confidence"`
	Basis      suggest.Basis `json:"basis"`
	Quotes     []string      `json:"quotes"`
}

// decode reads a response and checks it against the schema.
func (s *Suggester) decode(r *openai.ChatCompletion) (*answer, error) {
	if len(r.Choices) == 0 {
		return nil, errors.New("the response holds no choice")
	}
	choice := r.Choices[0]
	switch {
	case choice.Message.Refusal != "":
		return nil, errors.New("the model refused to answer")
	case choice.FinishReason == "length":
		return nil, errors.New("the answer is longer than allowed")
	case len(choice.Message.ToolCalls) > 0:
		return nil, errors.New("the model calls for a tool, and has none")
	}
	content := choice.Message.Content
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(content))
	if err != nil {
		return nil, fmt.Errorf("the answer is no JSON: %w", err)
	}
	if err := s.check.Validate(value); err != nil {
		return nil, errors.New("the answer does not follow the schema")
	}
	var a answer
	if err := json.Unmarshal([]byte(content), &a); err != nil {
		return nil, err
	}
	if len(a.Findings) == 0 {
		return nil, errors.New("the answer holds no finding")
	}
	return &a, nil
}

// checker believes an answer as far as the text bears it out.
type checker struct {
	bar             *bar.Bar
	received, shown string
	offsets         []int
}

func (c checker) result(a *answer, base *suggest.Result) *suggest.Result {
	r := &suggest.Result{}
	dropped := 0
	for i, f := range a.Findings[:min(len(a.Findings), maxFindings)] {
		finding := suggest.Finding{Title: f.Title, Span: suggest.Span{End: len(c.received)}, Quality: []suggest.Signal{}}
		if len(a.Findings) == len(base.Findings) {
			finding.Span, finding.Quality = base.Findings[i].Span, base.Findings[i].Quality
		}
		given := map[string]*suggest.Proposal{}
		for _, x := range f.Facts {
			p := c.proposal(x)
			if p == nil || given[x.Point] != nil {
				dropped++
				continue
			}
			given[x.Point] = p
		}
		for _, p := range c.bar.Points {
			if given[p.ID] == nil {
				given[p.ID] = unknown(p.ID, 1)
			}
			finding.Proposals = append(finding.Proposals, *given[p.ID])
		}
		suggest.MarkAsked(c.bar, finding.Proposals)
		r.Findings = append(r.Findings, finding)
	}
	if dropped > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("%d proposals of the model were dropped: no such value, said twice, or a quote that is not in the text", dropped))
	}
	return r
}

// proposal checks one fact; nil where it does not hold.
func (c checker) proposal(f fact) *suggest.Proposal {
	if f.Value == assess.Unknown {
		return unknown(f.Point, f.Confidence)
	}
	if _, _, err := c.bar.SetOf(f.Point, []string{f.Value}); err != nil || refused(c.bar, f.Point, f.Value) {
		return nil
	}
	p := &suggest.Proposal{
		Point: f.Point, Values: []string{f.Value}, Probability: f.Confidence, Basis: f.Basis,
		Distribution: []suggest.Share{{Value: f.Value, Probability: f.Confidence}, {Value: assess.Unknown, Probability: math.Max(0, 1-f.Confidence)}},
	}
	for _, quote := range f.Quotes[:min(len(f.Quotes), maxQuotes)] {
		at := strings.Index(c.shown, quote)
		if strings.TrimSpace(quote) == "" || len(quote) > maxQuote || at < 0 {
			return nil
		}
		span := suggest.Span{Start: c.offsets[at], End: c.offsets[at+len(quote)]}
		p.Evidence = append(p.Evidence, suggest.Evidence{
			Span: span, Quote: c.received[span.Start:span.End], Value: f.Value, Why: "quoted by the model", Basis: f.Basis,
		})
	}
	if len(p.Evidence) == 0 {
		return nil
	}
	return p
}

func unknown(point string, probability float64) *suggest.Proposal {
	return &suggest.Proposal{
		Point: point, Values: []string{}, Probability: probability, Evidence: []suggest.Evidence{},
		Distribution: []suggest.Share{{Value: assess.Unknown, Probability: 1}},
	}
}
