package eval

import (
	"context"
	"math"
	"strings"
	"unicode"

	"bugbar/assess"
	"bugbar/bar"
	"bugbar/internal/suggest"
	"bugbar/internal/suggest/linear"
)

// baseline answers every decision point by one function of the text, with no cues.
type baseline struct {
	bar   *bar.Bar
	point map[string]func(text string) []float64 // probabilities of the values, then of unknown
}

// Suggest proposes the likeliest answer to each point.
func (s *baseline) Suggest(_ context.Context, text string) (*suggest.Result, error) {
	f := suggest.Finding{}
	for _, p := range s.bar.Points {
		proposal := suggest.Proposal{Point: p.ID, Asked: true}
		best := 0
		probabilities := s.point[p.ID](text)
		for c, probability := range probabilities {
			proposal.Distribution = append(proposal.Distribution, suggest.Share{Value: valueName(p, c), Probability: probability})
			if probability > probabilities[best] {
				best = c
			}
		}
		if proposal.Probability = probabilities[best]; best < len(p.Values) {
			proposal.Values = []string{p.Values[best].ID}
		}
		f.Proposals = append(f.Proposals, proposal)
	}
	return &suggest.Result{Findings: []suggest.Finding{f}}, nil
}

func valueName(p *bar.Point, c int) string {
	if c < len(p.Values) {
		return p.Values[c].ID
	}
	return assess.Unknown
}

// classOf is the class of a case for a point: the place of its value, or one past the last.
func classOf(p *bar.Point, c suggest.Case) int {
	for i, v := range p.Values {
		if c.Facts[p.ID] == v.ID {
			return i
		}
	}
	return len(p.Values)
}

// trainMajority answers with how often each value is labelled.
func trainMajority(b *bar.Bar, cases []suggest.Case) (suggest.Suggester, error) {
	s := &baseline{b, map[string]func(string) []float64{}}
	for _, p := range b.Points {
		share := make([]float64, len(p.Values)+1)
		for _, c := range cases {
			share[classOf(p, c)] += 1 / float64(len(cases))
		}
		s.point[p.ID] = func(string) []float64 { return share }
	}
	return s, nil
}

// trainLogistic is the textbook classifier: tf-idf of words and pairs of words, multinomial
// logistic regression.
func trainLogistic(b *bar.Bar, cases []suggest.Case) (suggest.Suggester, error) {
	t := newTerms(cases)
	s := &baseline{b, map[string]func(string) []float64{}}
	for _, p := range b.Points {
		var x []linear.Vector
		var y []int
		for _, c := range cases {
			x, y = append(x, t.vector(c.Text)), append(y, classOf(p, c))
		}
		w := linear.Logistic(x, y, len(p.Values)+1, len(t.index)+1)
		s.point[p.ID] = func(text string) []float64 {
			v := t.vector(text)
			scores := make([]float64, len(w))
			for c := range w {
				scores[c] = v.Dot(w[c])
			}
			linear.Softmax(scores, 1)
			return scores
		}
	}
	return s, nil
}

// terms are the words and pairs of words that stand in at least two cases.
type terms struct {
	index map[string]int32
	idf   []float64
}

func newTerms(cases []suggest.Case) *terms {
	in := map[string]int{}
	for _, c := range cases {
		for term := range count(c.Text) {
			in[term]++
		}
	}
	t := &terms{index: map[string]int32{}}
	for _, term := range sorted(in) {
		if n := in[term]; n > 1 {
			t.index[term] = int32(len(t.idf))
			t.idf = append(t.idf, math.Log(float64(1+len(cases))/float64(1+n))+1)
		}
	}
	return t
}

func count(text string) map[string]int {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	n := map[string]int{}
	for i, w := range words {
		n[w]++
		if i > 0 {
			n[words[i-1]+" "+w]++
		}
	}
	return n
}

func (t *terms) vector(text string) linear.Vector {
	n := count(text)
	var v linear.Vector
	square := 0.0
	for _, term := range sorted(n) {
		if id, known := t.index[term]; known {
			value := (1 + math.Log(float64(n[term]))) * t.idf[id]
			v = append(v, linear.Feature{ID: id, Value: float32(value)})
			square += value * value
		}
	}
	for i := range v {
		v[i].Value /= float32(math.Sqrt(square))
	}
	return append(v, linear.Feature{ID: int32(len(t.index)), Value: 1})
}
