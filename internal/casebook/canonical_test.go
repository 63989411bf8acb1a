package casebook

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"bugbar/assess"
)

// byTheLibrary is what canonical must come to.
func byTheLibrary(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	value := jsontext.Value(data)
	if err := value.Canonicalize(); err != nil {
		t.Fatal(err)
	}
	return string(value)
}

func checkCanonical(t *testing.T, v any) {
	t.Helper()
	got, err := canonical(v)
	if want := byTheLibrary(t, v); err != nil || string(got) != want {
		t.Errorf("%T: %s, %v; want %s", v, got, err, want)
	}
}

// submission is the payload of an ordinary report.
func submission() Received {
	return Received{
		Title: "A mail makes the assistant send what it read", Product: "Mail Agent", Model: "m-large", Source: "api", Bar: "ai@1", Outcome: "undetermined",
		Text: digestOf("text"), ReportKey: digestOf("key"), Reporter: NewID(time.Unix(1790000000, 0)),
		Findings:  []Finding{{Facts: assess.Claim("type", "prompt-injection", "impact", "data-exfiltration"), Verdict: Verdict{Outcome: "undetermined", Possible: []string{"critical", "low"}, Next: "impact"}}},
		Deadlines: []Deadline{{ID: "acknowledge", Started: 1790000000000, Due: 1790086400000}, {ID: "triage", Started: 1790000000000, Due: 1790600000000}},
	}
}

func TestCanonical(t *testing.T) {
	attempts, adjusted := 40, submission()
	adjusted.Findings[0].Trials = &Trials{Successes: 3, Attempts: &attempts}
	adjusted.Findings[0].Evidence = []Evidence{{Result: `{"z":1,"a":"\n"}`}}
	run := submission()
	run.Findings[0].Runs = []Run{{Trials: Trials{Judge: "by eye"}, Target: "m", By: 7, At: 1790000000000}}
	day := submission()
	day.Findings[0].Adjustment = &assess.Adjustment{Outcome: "low", When: time.Unix(1790000000, 5).UTC()}
	for name, tt := range map[string]struct {
		value any
		here  bool // written here, not by the library
	}{
		"a submission":                 {submission(), true},
		"by a pointer":                 {&adjusted, true},
		"a case":                       {&Case{ID: 1, Findings: submission().Findings, Deadlines: []Deadline{{ID: "triage"}}, People: []Participant{{2, "guest"}}}, true},
		"embedded members":             {run, false},
		"a time":                       {day, false},
		"nothing":                      {Received{}, true},
		"no value":                     {nil, false},
		"names that begin alike":       {map[string]int{"report_key": 1, "reporter": 2, "report": 3, "report-": 4, "": 5}, true},
		"names beyond ASCII":           {map[string]int{"é": 1, "e": 2, "鍵": 3}, true},
		"names that UTF-16 orders":     {map[string]int{"\uffff": 1, "\U0001f511": 2}, false},
		"text of any language, markup": {Renamed{Title: "Ключ 鍵 🔑 <b>&amp; \x7f / \\ \" \b\f\n\r\t\x00\x1f\u2028\u2029"}, true},
		"text that is not UTF-8":       {Renamed{Title: "a\xff\xffb"}, false},
		"fractions":                    {Candidate{Score: 0.30000000000000004}, false},
		"below zero":                   {FindingsSplit{Findings: []int{-1, 0, 7}}, true},
		"the largest integer":          {Deadline{Due: 1<<53 - 1}, true},
		"beyond a double":              {Deadline{Due: 1<<60 + 1}, false},
		"JSON as it came":              {map[string]json.RawMessage{"b": []byte(`{"z":"\/","y":1.0}`), "a": []byte(` [ 1 , 2 ] `)}, false},
		"numbers as they came":         {map[string]json.Number{"b": "1.50"}, false},
		"bytes":                        {[]byte("abc"), false},
	} {
		t.Run(name, func(t *testing.T) {
			checkCanonical(t, tt.value)
			if tt.value == nil {
				return
			}
			if _, here := writerOf(reflect.TypeOf(tt.value))(nil, reflect.ValueOf(tt.value)); here != tt.here {
				t.Errorf("written here: %t", here)
			}
		})
	}
}

// FuzzCanonical holds every payload of a case, whatever it says, against the library.
func FuzzCanonical(f *testing.F) {
	for _, v := range []any{
		submission(), FactSet{Fact: assess.Fact{Values: []string{"a", "\u2028<"}}}, Moved{Plan: &Plan{Fix: "2.1"}}, Rejudged{Verdicts: []Verdict{{}}}, map[string]any{"facts": map[string]any{"é": nil, "e": 1}},
	} {
		data, err := json.Marshal(v)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, kind := range slices.Sorted(maps.Keys(caseKinds)) {
			if p, err := caseKinds[kind](Event{Kind: kind, Payload: json.RawMessage(text)}); err == nil {
				checkCanonical(t, p)
			}
		}
		var facts struct{ Facts assess.Facts }
		var texts map[string][]string
		for _, into := range []any{&facts, &texts, &Case{}} {
			if json.Unmarshal([]byte(text), into) == nil {
				checkCanonical(t, into)
			}
		}
		checkCanonical(t, Renamed{Title: text, Refs: []string{text, fmt.Sprintf("%q", text)}})
		checkCanonical(t, map[string]string{text: text, "b": "", "\ue000": "x"})
	})
}

func BenchmarkCanonical(b *testing.B) {
	p := submission()
	b.Run("here", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = canonical(p)
		}
	})
	b.Run("library", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			data, _ := json.Marshal(p)
			value := jsontext.Value(data)
			_ = value.Canonicalize()
		}
	})
}
