package casebook

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"bugbar/internal/fault"
)

func TestQueriesRoundTrip(t *testing.T) {
	t.Parallel()
	word := rapid.StringMatching(`[A-Za-z0-9:/*é漏-]{1,9}`)
	for _, filter := range []string{"state:triaging", `product:"Copilot Chat"`, "due:<2d", "due:<-5h", "due:<2026-12-01", "is:active", "is:unassigned", "assignee:lee", "sort:arrival", "https://x.example/a:b", "LLM01:2025", `"state: is a word"`, "type:prompt-injection type:model-theft", "CVE-2026-1"} {
		q, err := ParseQuery(filter)
		if err != nil {
			t.Errorf("%s: %v", filter, err)
			continue
		}
		again, err := ParseQuery(q.String())
		if diff := cmp.Diff(q, again, cmpopts.IgnoreUnexported(Query{})); err != nil || diff != "" {
			t.Errorf("%s is written as %s: %v\n%s", filter, q, err, diff)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		q, err := ParseQuery(strings.Join(rapid.SliceOfN(word, 0, 6).Draw(t, "words"), " "))
		if err != nil {
			return
		}
		again, err := ParseQuery(q.String())
		if diff := cmp.Diff(q, again, cmpopts.IgnoreUnexported(Query{})); err != nil || diff != "" {
			t.Fatalf("%q: %v\n%s", q.String(), err, diff)
		}
	})
}

func TestQueriesThatAreRefused(t *testing.T) {
	t.Parallel()
	for text, hint := range map[string]string{
		"stat:closed":            "did you mean state:?",
		"nothing-like:x":         "one of: assignee:, due:,",
		"state:closde":           "did you mean closed?",
		"is:actve":               "did you mean active?",
		"sort:updatd":            "did you mean updated?",
		"track:securty":          "did you mean security?",
		"due:soon":               "due:<2d",
		"state:":                 "",
		`product:"Copilot`:       `write "like this"`,
		"words sort:due":         "leave out sort:due",
		"!!!":                    "letters or digits",
		"type:a;drop":            "small letters",
		strings.Repeat("a", 3e3): "fewer words",
		"one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen and-more": "leave out the common ones",
	} {
		_, err := ParseQuery(text)
		var hinted interface{ Hint() string }
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", text, err)
		} else if hinted = err.(*fault.Error); !strings.Contains(hinted.Hint(), hint) {
			t.Errorf("%s: %v says %q, want %q", text, err, hinted.Hint(), hint)
		}
	}
}

func FuzzParseQuery(f *testing.F) {
	for _, seed := range []string{`a "b c" state:closed`, `product:"x y" due:<2d`, `"`, `is:`, "\x00", `"a"b`, "\"a\"\x00"} {
		f.Add(seed)
	}
	for _, long := range []string{"state:", "track:", "is:", "sort:", "due:<", ""} { // hints once took as long as these are
		f.Add(long + strings.Repeat("a", maxQuery-10) + ":")
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := ParseQuery(text)
		if err != nil {
			return
		}
		again, err := ParseQuery(q.String())
		if diff := cmp.Diff(q, again, cmpopts.IgnoreUnexported(Query{})); err != nil || diff != "" {
			t.Fatalf("%q is written as %q: %v\n%s", text, q.String(), err, diff)
		}
	})
}

func TestWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Prompt-Injection, naïve Größe!": "prompt injection naive gro_000dfe",
		"CVE-2026-1234 (GHSA-ab12-cd)":   "cve 2026 1234 cve-2026-1234 ghsa ab12 cd ghsa-ab12-cd",
		"漏洞 данные":                      "_06f0f _06d1e _00434_00430_0043d_0043d_0044b_00435",
		"' OR 1=1 -- \" * ( NEAR":        "or 1 1 near",
		"- -- a- -b":                     "a b",
	} {
		var got []string
		words(text, func(w string) { got = append(got, w) })
		if diff := cmp.Diff(want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}
