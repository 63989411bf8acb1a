package suggest

import (
	"context"
	"math"
	"slices"
	"testing"

	"bugbar/assess"
	"bugbar/bar"
	"bugbar/bars"
)

func loadedModel(t *testing.T) *Model {
	t.Helper()
	b, err := bars.Load(bars.Default)
	if err != nil {
		t.Fatal(err)
	}
	m, err := Load(b)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// coursesOf weighs the ways through the bar for a text.
func coursesOf(m *Model, text string) []course {
	d := read(text, m.vocabulary.noise)
	v, _ := m.vector(m.lexicon.score(d, m.lexicon.find(d)), d)
	return m.courses(m.scores(v))
}

// TestCourses: the ways through the bar share out all of the probability, each asks what the bar needs
// and ends where the bar ends, by the bar's own reckoning.
func TestCourses(t *testing.T) {
	t.Parallel()
	m := loadedModel(t)
	for _, text := range []string{"", "prompt injection in a mail", "a copy of the model by its answers", "membership inference on patients"} {
		sum := 0.0
		for _, c := range coursesOf(m, text) {
			sum += c.probability
			facts := assess.Facts{}
			for i, class := range c.classes {
				if p := m.bar.Points[i]; class != notAsked && int(class) < len(p.Values) {
					facts[p.ID] = assess.Fact{Values: []string{p.Values[class].ID}, Provenance: assess.Suggested}
				}
			}
			v, err := assess.Assess(m.bar, facts)
			if err != nil || v.Outcome != c.outcome {
				t.Fatalf("%v leads to %s (%v), not to %s", facts, v.Outcome, err, c.outcome)
			}
		}
		if math.Abs(sum-1) > 0.01 {
			t.Errorf("%q: the probabilities sum up to %v", text, sum)
		}
	}
}

// TestProposalsAgree: what is proposed leads to the outcome that is likeliest for the proposed type,
// even where each of its facts alone would be answered otherwise.
func TestProposalsAgree(t *testing.T) {
	t.Parallel()
	m := loadedModel(t)
	for _, text := range []string{
		"Hidden instructions in a mail make the assistant exfiltrate private data, without any click.",
		"A prompt injection lets an attacker execute arbitrary commands. The developer opens the repository.",
		"Model extraction of a commercial API by its answers, at 96 % agreement.",
		"The public chatbot wrote hate speech about a religious group.",
	} {
		r, err := m.Suggest(context.Background(), text)
		if err != nil {
			t.Fatal(err)
		}
		p := r.Findings[0].Proposals[0]
		i := slices.IndexFunc(m.bar.Points[0].Values, func(v bar.Value) bool { return v.ID == p.Values[0] })
		want := likeliest(agreeing(coursesOf(m, text), 0, 1<<i))[0].outcome
		v, err := assess.Assess(m.bar, r.Findings[0].Facts(r.Suggester))
		if err != nil || v.Outcome != want {
			t.Errorf("%q: the proposals lead to %s (%v), want %s", text, v.Outcome, err, want)
		}
	}
}

// TestTaught: the made-up reports teach each type, and each category but the one that is never accepted.
func TestTaught(t *testing.T) {
	t.Parallel()
	m := loadedModel(t)
	cases, err := taught(m.bar)
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, c := range cases[len(definitions(m.bar)):] {
		for point, value := range c.Facts {
			count[point+"="+value]++
		}
	}
	for _, id := range []string{"type", "impact", "interaction", "data_classification", "content_category"} {
		p, _ := m.bar.Point(id)
		for _, v := range p.Values {
			if name := id + "=" + v.ID; (count[name] == 0) != (v.ID == "cseam") {
				t.Errorf("%s is taught by %d made-up reports", name, count[name])
			}
		}
	}
}
