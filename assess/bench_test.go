package assess_test

import (
	"slices"
	"testing"

	"bugbar/assess"
	"bugbar/bar"
	"bugbar/bars"
)

// cases are facts of the shipped AI bar as a queue holds them: complete, half known, unknown.
func cases() []assess.Facts {
	return []assess.Facts{
		assess.Claim("type", "prompt-injection", "impact", "data-exfiltration", "interaction", "none"),
		assess.Claim("type", "membership-inference", "attack_confidence", "sufficient", "data_classification", "confidential"),
		assess.Claim("type", "content-issue", "content_category", "hate-speech", "service_stage", "finished"),
		assess.Claim("type", "system-prompt-extraction"),
		assess.Claim("type", "prompt-injection", "impact", "output-manipulation", "content_category", "none"),
		assess.Claim("type", "prompt-injection"),
		assess.Claim("type", "model-theft", "attack_confidence", "sufficient"),
		assess.Claim("type", "content-issue"),
		assess.Claim("interaction", "none"),
		{},
	}
}

// BenchmarkDecide is the outcome and row of complete facts, by name.
func BenchmarkDecide(b *testing.B) {
	ai := loadAI(b)
	values := make([][]string, 0, 8)
	for _, facts := range cases()[:5] {
		row := make([]string, len(ai.Points))
		for i, p := range ai.Points {
			if known := facts[p.ID].Values; len(known) > 0 {
				row[i] = known[0]
			}
		}
		values = append(values, row)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if row, err := ai.Decide(values[i%len(values)]); row == nil || err != nil {
			b.Fatal(row, err)
		}
		i++
	}
}

// BenchmarkAssess is the full verdict: possible outcomes, next question and changes.
func BenchmarkAssess(b *testing.B) {
	ai := loadAI(b)
	all := cases()
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if _, err := assess.Assess(ai, all[i%len(all)]); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

// BenchmarkAssessUnknown is the full verdict of the dearest facts: none at all.
func BenchmarkAssessUnknown(b *testing.B) {
	ai := loadAI(b)
	for b.Loop() {
		if _, err := assess.Assess(ai, assess.Facts{}); err != nil {
			b.Fatal(err)
		}
	}
}

func loadAI(tb testing.TB) *bar.Bar {
	tb.Helper()
	ai, err := bars.Load("msrc-ai@2026-11")
	if err != nil || !slices.Contains(ai.RowIDs(), "MSRC-AI-PI-1") {
		tb.Fatal(err)
	}
	return ai
}
