package triage_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bugbar/assess"
	"bugbar/bar"
	"bugbar/bars"
	"bugbar/bars/barstest"
	"bugbar/internal/suggest"
	"bugbar/internal/triage"
)

var update = flag.Bool("update", false, "write the golden files anew")

func read(t *testing.T, b *bar.Bar, text string) *triage.Report {
	t.Helper()
	r, err := triage.ReadReport(b, "report.md", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func none(r *triage.Report) []assess.Facts { return make([]assess.Facts, len(r.Findings)) }

func TestReadReport(t *testing.T) {
	t.Parallel()
	b := barstest.AI(t)
	r := read(t, b, `---
title: A mail reads the mailbox
product: Example Mail 3
model: example-7b
reporter: R. Searcher
facts:
  type: prompt-injection
findings:
  - title: exfiltration
    facts: {impact: data-exfiltration, interaction: unknown}
  - title: a joke
    facts: {impact: [output-manipulation], type: content-issue}
---
# Not the title

Body.
`)
	if r.Title != "A mail reads the mailbox" || r.Product != "Example Mail 3" || r.Model != "example-7b" || r.Reporter != "R. Searcher" {
		t.Errorf("%+v", r.Source)
	}
	if !strings.HasPrefix(r.Text, "# Not the title") || len(r.Digest) != 64 {
		t.Errorf("text %q, digest %s", r.Text, r.Digest)
	}
	claimed := func(values ...string) assess.Fact {
		return assess.Fact{Values: values, Provenance: assess.Claimed, By: "reporter"}
	}
	want := []triage.Finding{
		{Title: "exfiltration", Facts: assess.Facts{"type": claimed("prompt-injection"), "impact": claimed("data-exfiltration"), "interaction": claimed()}},
		{Title: "a joke", Facts: assess.Facts{"type": claimed("content-issue"), "impact": claimed("output-manipulation")}},
	}
	if diff := cmp.Diff(want, r.Findings); diff != "" {
		t.Error(diff)
	}
}

func TestTitle(t *testing.T) {
	t.Parallel()
	b := barstest.AI(t)
	for text, want := range map[string]string{
		"plain first line\n\nmore":               "plain first line",
		"\n\nintro\n# The heading\n":             "The heading",
		"#hashtag\n## Real one":                  "Real one",
		"---\ntitle: ''\n---\n# From the body":   "From the body",
		"\ufeff---\r\ntitle: CRLF\r\n---\r\nx":   "CRLF",
		"---\nno end of a front matter":          "---",
		"---\ntitle: only front matter\n---":     "only front matter",
		"text\n---\ntitle: not at the head\n---": "text",
	} {
		if got := read(t, b, text).Title; got != want {
			t.Errorf("%q: title %q, want %q", text, got, want)
		}
	}
}

func TestReadReportRefuses(t *testing.T) {
	t.Parallel()
	b := barstest.AI(t)
	for name, test := range map[string]struct{ text, want string }{
		"many findings": {"---\nfindings:\n" + strings.Repeat("  - {title: x}\n", 101) + "---\nx", "report.md:2: 101 findings, and at most 100 are read"},
		"bad finding":   {"---\nfindings:\n  - facts: {impact: boom}\n---\nx", `report.md:3: facts: unknown value of impact "boom"`},
		"unclosed":      {"---\ntitle: x\nfacts: {}\n\n# Report", "report.md:1: a front matter that does not end"},
		"first by name": {"---\ntitle: big impact\nfacts:\n  type: z\n  impact: y\n---\nx", `report.md:5: facts: unknown value of impact "y"`},
		"scalar":        {"---\njust words\n---\nx", "report.md:2: front matter"},
		"noise":         {"ok\nbro\xff\x02ken", "report.md: a binary file"},
		"alias bomb":    {"---\ntitle: &a [x,x]\nfacts: {type: [*a,*a]}\n---\nx", "report.md:2: front matter"},
	} {
		_, err := triage.ReadReport(b, "report.md", strings.NewReader(test.text))
		report, ok := errors.AsType[*triage.ReportError](err)
		if !ok || !strings.HasPrefix(report.Error(), test.want) || report.Hint() == "" {
			t.Errorf("%s: %v, want %s", name, err, test.want)
		}
	}
}

func TestTriageAsks(t *testing.T) {
	t.Parallel()
	b := barstest.AI(t)
	r := read(t, b, "---\nfacts: {type: prompt-injection}\n---\nx")
	answers := map[string][]string{"impact": {"privileged-action"}, "interaction": {"required"}}
	var asked []string
	record, err := triage.Triage(b, r, none(r), "lee", func(_ int, q assess.Question, soFar assess.Verdict) ([]string, error) {
		asked = append(asked, q.Point)
		if len(soFar.Possible) < 2 {
			t.Errorf("asks %s while only %v is possible", q.Point, soFar.Possible)
		}
		return answers[q.Point], nil
	})
	if err != nil {
		t.Fatal(err)
	}
	v := record.Findings[0].Verdict
	if diff := cmp.Diff([]string{"impact", "interaction"}, asked); diff != "" || record.Outcome != "important" || v.Row != "MSRC-AI-PI-2" {
		t.Errorf("asked %v, came to %s", asked, record.Outcome)
	}
	if v.Facts["impact"].Provenance != assess.Confirmed || v.Weakest != assess.Claimed {
		t.Errorf("%+v", v.Facts)
	}
}

// TestTriageUnknown: a person may not know, and is asked nothing twice.
func TestTriageUnknown(t *testing.T) {
	t.Parallel()
	b := barstest.AI(t)
	r := read(t, b, "x")
	asked := map[string]int{}
	record, err := triage.Triage(b, r, none(r), "lee", func(_ int, q assess.Question, _ assess.Verdict) ([]string, error) {
		asked[q.Point]++
		return nil, nil
	})
	if err != nil || record.Outcome != bar.Undetermined || !record.Open {
		t.Errorf("%+v, %v", record, err)
	}
	for point, times := range asked {
		if times > 1 {
			t.Errorf("asked %s %d times", point, times)
		}
	}
	if len(asked) != len(b.Points) {
		t.Errorf("asked only %v", asked)
	}
}

// TestProposalsAreNoFacts: what a suggester proposes is kept beside the facts and changes no verdict.
func TestProposalsAreNoFacts(t *testing.T) {
	t.Parallel()
	b := barstest.AI(t)
	m, err := suggest.Load(b)
	if err != nil {
		t.Fatal(err)
	}
	const text = "---\nfindings: [{title: a}, {title: b}]\n---\n# Zero-click prompt injection exfiltrates the mailbox"
	plain, err := triage.Triage(b, read(t, b, text), make([]assess.Facts, 2), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	r := read(t, b, text)
	if err := triage.Propose(t.Context(), b, m, r); err != nil {
		t.Fatal(err)
	}
	if p := r.Proposal(1, "type"); p == nil || cmp.Diff([]string{"prompt-injection"}, p.Values) != "" {
		t.Errorf("%+v", p)
	}
	record, err := triage.Triage(b, r, make([]assess.Facts, 2), "", nil)
	if err != nil || record.Suggested == nil {
		t.Fatal(record, err)
	}
	never := read(t, b, "---\nfacts: {content_category: [none, cseam]}\n---\nx")
	if err := triage.Propose(t.Context(), b, m, never); err != nil || never.Suggested != nil {
		t.Errorf("read %+v, %v", never.Suggested, err)
	}
	if diff := cmp.Diff(plain.Findings, record.Findings); diff != "" {
		t.Error(diff)
	}
}

func TestTriageLeaves(t *testing.T) {
	t.Parallel()
	b := barstest.AI(t)
	r := read(t, b, "x")
	_, err := triage.Triage(b, r, none(r), "lee", func(int, assess.Question, assess.Verdict) ([]string, error) { return nil, triage.ErrLeft })
	if !errors.Is(err, triage.ErrLeft) {
		t.Error(err)
	}
}

func TestTriageNeverAccepted(t *testing.T) {
	t.Parallel()
	b := barstest.AI(t)
	r := read(t, b, "---\nfindings:\n  - facts: {type: conventional}\n  - facts: {type: content-issue, content_category: cseam}\n---\nx")
	record, err := triage.Triage(b, r, none(r), "lee", nil)
	if !errors.Is(err, triage.ErrNotAccepted) || record != nil {
		t.Errorf("%+v, %v", record, err)
	}
}

// TestGivenFactsWin: what a person vouches for counts over what the report claims.
func TestGivenFactsWin(t *testing.T) {
	t.Parallel()
	b := barstest.AI(t)
	r := read(t, b, "---\nfacts: {type: prompt-injection, impact: data-exfiltration, interaction: none}\n---\nx")
	given := []assess.Facts{{"interaction": {Values: []string{"required"}, Provenance: assess.Confirmed, By: "M"}}}
	record, err := triage.Triage(b, r, given, "lee", nil)
	if err != nil || record.Outcome != "important" {
		t.Errorf("%+v, %v", record, err)
	}
}

func TestVisible(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"plain, naïve, 漢字 🙂\n\tkept": "plain, naïve, 漢字 🙂\n\tkept",
		"a\x1b[2Jb":                  `a\u{1B}[2Jb`,
		"safe\u202egnp":              `safe\u{202E}gnp`,
		"tag\U000E0041":              `tag\u{E0041}`,
		"zero\u200bwidth":            `zero\u{200B}width`,
		"c1\u009b31m":                `c1\u{9B}31m`,
		"cr\rlf":                     `cr\u{D}lf`,
		"hangul\u3164":               `hangul\u{3164}`,
		"bad\xff":                    `bad\u{FFFD}`,
	} {
		if got := triage.Visible(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := triage.Line(strings.Repeat("long ", 100)); len([]rune(got)) != 200 || !strings.HasSuffix(got, "…") {
		t.Errorf("%d runes: %s", len([]rune(got)), got)
	}
}

// TestExplain compares what a reporter is sent with golden files.
func TestExplain(t *testing.T) {
	t.Parallel()
	ai := barstest.AI(t)
	local, err := bars.Load("local-example")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		bar  *bar.Bar
		text string
	}{
		{"settled", ai, "---\ntitle: A mail reads the mailbox\nproduct: Example Mail 3\nmodel: example-7b\nfacts: {type: prompt-injection, impact: data-exfiltration, interaction: none}\n---\nx"},
		{"open", ai, "---\nfacts: {type: model-theft, attack_confidence: sufficient}\n---\n# Copy of the ranking model"},
		{"referred", ai, "---\nfacts: {type: conventional}\n---\n# Path traversal in the model server"},
		{"override", local, "---\nfacts: {type: prompt-injection, impact: output-manipulation, content_category: none}\n---\n# A pirate"},
		{"several", ai, "---\ntitle: Two things\nfindings:\n  - {title: first, facts: {type: system-prompt-extraction}}\n  - {title: second, facts: {type: input-extraction, attack_confidence: sufficient}}\n---\nx"},
		{"hostile", ai, "---\ntitle: \"[click](javascript:alert(1)) <script> ![x](http://evil.example/a.png) @team | `code` \\u202e\"\nproduct: \"**bold** https://evil.example\"\nfacts: {type: system-prompt-extraction}\n---\nx"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := read(t, test.bar, test.text)
			record, err := triage.Triage(test.bar, r, none(r), "lee", nil)
			if err != nil {
				t.Fatal(err)
			}
			if test.name == "settled" {
				if err := record.Adjust(test.bar, 0, assess.Adjustment{Outcome: "important", By: "M. Lee", When: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC), Why: "1 of 400 attempts works."}); err != nil {
					t.Fatal(err)
				}
			}
			var out bytes.Buffer
			if err := triage.Explain(&out, test.bar, record); err != nil {
				t.Fatal(err)
			}
			golden(t, test.name+".md", out.Bytes())
		})
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Error(diff)
	}
}

// FuzzReadReport feeds the reader hostile reports: a report with a finding, or a *ReportError. What
// it reads can be triaged and explained, and nothing invisible comes out of that.
func FuzzReadReport(f *testing.F) {
	b := barstest.AI(f)
	for _, seed := range []string{
		"# title\n\ntext", "---\ntitle: x\nfacts: {type: prompt-injection}\n---\nbody", "---\n---\n", "---\nfacts: [",
		"---\nfindings: [{title: a, facts: {impact: [data-exfiltration]}}, {}]\n---\nx", "\x00", "\xff", "",
		"---\na: &a [*a]\n---\n", "---\ntitle: \"\\u202e\\e[2J\"\n---\nx", "---\r\ntitle: |\r\n  x\r\n---\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := triage.ReadReport(b, "r.md", bytes.NewReader(data))
		if err != nil {
			if _, ok := errors.AsType[*triage.ReportError](err); !ok {
				t.Errorf("%q: %v", data, err)
			}
			return
		}
		record, err := triage.Triage(b, r, none(r), "lee", nil)
		if errors.Is(err, triage.ErrNotAccepted) {
			return
		}
		if err != nil {
			t.Fatalf("%q: %v", data, err)
		}
		var out bytes.Buffer
		if err := triage.Explain(&out, b, record); err != nil {
			t.Fatal(err)
		}
		if text := out.String(); triage.Visible(text) != text {
			t.Errorf("%q: invisible characters come through", data)
		}
	})
}
