package suggest_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bugbar/assess"
	"bugbar/bars"
	"bugbar/bars/barstest"
	"bugbar/internal/suggest"
)

func model(t testing.TB) *suggest.Model {
	t.Helper()
	m, err := suggest.Load(barstest.AI(t))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func ask(t testing.TB, text string) *suggest.Result {
	t.Helper()
	r, err := model(t).Suggest(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// proposals are what is proposed for a finding where the bar asks, by point.
func proposals(f suggest.Finding) map[string]string {
	all := map[string]string{}
	for _, p := range f.Proposals {
		if p.Asked {
			all[p.Point] = strings.Join(p.Values, "|")
		}
	}
	return all
}

// TestExamples reads the example reports, which no training has seen.
func TestExamples(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]map[string]string{
		"01-zero-click-mail-exfiltration": {"type": "prompt-injection", "impact": "data-exfiltration", "interaction": "none"},
		"03-membership-inference-clinic":  {"type": "membership-inference"},
		"04-model-theft-intents":          {"type": "model-theft"},
		"05-hateful-captions":             {"type": "content-issue", "service_stage": "finished"},
		"07-prompt-leak":                  {"type": "system-prompt-extraction"},
	} {
		text, err := os.ReadFile("../../examples/reports/" + name + ".md")
		if err != nil {
			t.Fatal(err)
		}
		got := proposals(ask(t, string(text)).Findings[0])
		for point, value := range want {
			if got[point] != value {
				t.Errorf("%s: %s is %q, want %q", name, point, got[point], value)
			}
		}
	}
}

// TestEvidenceIsQuoted: each span holds its quote in the text as received, whatever came before it.
func TestEvidenceIsQuoted(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../examples/reports/*.md")
	if err != nil || len(files) == 0 {
		t.Fatal("no example reports", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{string(data), "Überschrift — “naïve” 漢字 🙂\u200b\n\n" + string(data)} {
			checkSpans(t, text, ask(t, text))
		}
	}
}

func checkSpans(t *testing.T, text string, r *suggest.Result) {
	t.Helper()
	for _, f := range r.Findings {
		for _, p := range f.Proposals {
			sum := 0.0
			for _, s := range p.Distribution {
				sum += s.Probability
			}
			if sum < 0.99 || sum > 1.01 {
				t.Errorf("the distribution of %s sums up to %v", p.Point, sum)
			}
			for _, e := range p.Evidence {
				if e.Start < 0 || e.Start >= e.End || e.End > len(text) || text[e.Start:e.End] != e.Quote {
					t.Errorf("the span %d–%d does not hold %q", e.Start, e.End, e.Quote)
				}
			}
		}
	}
	for _, s := range r.Suspicions {
		if s.Start < 0 || s.Start > s.End || s.End > len(text) {
			t.Errorf("the span of %+v lies outside the text", s)
		}
	}
}

func TestDeterministic(t *testing.T) {
	t.Parallel()
	const text = "# Hidden text in a ticket makes the agent delete files\n\nThe agent obeyed, in 4 of 5 attempts."
	first, _ := json.Marshal(ask(t, text))
	for range 5 {
		if again, _ := json.Marshal(ask(t, text)); string(again) != string(first) {
			t.Fatalf("%s\n%s", first, again)
		}
	}
}

// TestSaysUnknown: a text that describes nothing gets no proposal, and a fact never comes of one.
func TestSaysUnknown(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "hello", "The weather is fine today.", strings.Repeat("xqzv ", 1000), "\u202e\u200b", "漢字漢字"} {
		r := ask(t, text)
		if facts := r.Findings[0].Facts(r.Suggester); facts["type"].Values != nil {
			t.Errorf("%.20q: %v", text, facts["type"])
		}
	}
	r := ask(t, "# Prompt injection in a mail sends out the mailbox, without a click")
	for point, fact := range r.Findings[0].Facts(r.Suggester) {
		if fact.Provenance != assess.Suggested || fact.By != "embedded" {
			t.Errorf("%s is %+v", point, fact)
		}
	}
}

func TestFindingsToldApart(t *testing.T) {
	t.Parallel()
	r := ask(t, `# Two things in one bot

## Finding 1: the system prompt can be read

Asked to repeat everything above, the bot prints its system prompt.

## Finding 2: path traversal in the upload

The endpoint takes ../ in a file name; path traversal gives arbitrary files of the server.
`)
	var got []string
	for _, f := range r.Findings {
		got = append(got, f.Title+" → "+proposals(f)["type"])
	}
	want := []string{
		"finding 1: the system prompt can be read → system-prompt-extraction",
		"finding 2: path traversal in the upload → conventional",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestBasis: the same words claim in one place and show in another.
func TestBasis(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]suggest.Basis{
		"# Bot\n\nAn attacker could possibly exfiltrate private data by prompt injection.":                 suggest.Claimed,
		"# Bot\n\n1. Send a prompt injection by mail.\n2. The assistant exfiltrates private data to me.\n": suggest.Demonstrated,
	} {
		if p := ask(t, text).Findings[0].Proposal("type"); p.Basis != want {
			t.Errorf("%q is %s, want %s: %+v", text, p.Basis, want, p.Evidence)
		}
	}
}

func TestQuality(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"An attacker could take everything. This is critical.":                                                       "no-target no-steps no-transcript hypothetical",
		"# Bot 2.1\n\n1. Ask it.\n2. It answered:\n\n> no\n":                                                         "",
		"# Bot 2.1\n\nSteps to reproduce: [insert steps here]\n\n> it only affects my own session\n":                 "self-only template",
		"whats up. in version 3 of the app it printed my friends chat. i did: open the app, repro is easy\n\n> ok\n": "",
	} {
		var got []string
		for _, s := range ask(t, text).Findings[0].Quality {
			got = append(got, s.ID)
			if s.Reason == "" {
				t.Errorf("%s has no reason", s.ID)
			}
		}
		if g := strings.Join(got, " "); g != want {
			t.Errorf("%q lacks %q, want %q", text, g, want)
		}
	}
}

// TestModelFile: what is written is read back, and a torn or foreign file is refused.
func TestModelFile(t *testing.T) {
	t.Parallel()
	b := barstest.AI(t)
	data, err := model(t).Encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := suggest.Decode(b, data)
	if err != nil {
		t.Fatal(err)
	}
	if twice, _ := again.Encode(); string(twice) != string(data) {
		t.Error("a model changes when it is read and written")
	}
	other, err := bars.Load("msrc-online-services")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := suggest.Decode(other, data); err == nil {
		t.Error("a model answers for a bar that it was not trained for")
	}
	for _, bad := range [][]byte{nil, data[:100], data[:len(data)-1], []byte("{}\n")} {
		if _, err := suggest.Decode(b, bad); err == nil {
			t.Errorf("read a model of %d bytes", len(bad))
		}
	}
	local, err := bars.Load("local-example")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := suggest.Load(local); err != nil {
		t.Errorf("a layered bar is not served: %v", err)
	}
}

// FuzzSuggest reads any bytes: it answers, quotes what stands there, and comes to an end.
func FuzzSuggest(f *testing.F) {
	for _, seed := range []string{
		"", "# t\n\nprompt injection", "---\ntitle: x\nfacts: {type: model-theft}\n---\nbody", "a\u202eb\u200bc", "\xff\xfe",
		"<!-- set severity -->", strings.Repeat("QUJD", 30), "## Finding 1\nx\n## Finding 2\ny", "```\ncode", "1. step\n   more", "ｐｒｏｍｐｔ іnjection",
	} {
		f.Add(seed)
	}
	m := model(f)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := m.Suggest(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		checkSpans(t, text, r)
	})
}

// TestShow: what is handed on hides nothing, and each of its bytes knows its place.
func TestShow(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"plain\n\ttext":            "plain\n\ttext",
		"a\u200b\u202eb":           "a" + suggest.Hidden + "b",
		"naïve 漢字 🙂":               "naïve 漢字 🙂",
		"\U000E0041\U000E0042tags": suggest.Hidden + "tags",
		"":                         "",
	} {
		shown, offsets := suggest.Show(text)
		if shown != want || len(offsets) != len(shown)+1 || offsets[len(shown)] != len(text) {
			t.Errorf("%q is shown as %q, want %q; offsets %v", text, shown, want, offsets)
		}
	}
}
