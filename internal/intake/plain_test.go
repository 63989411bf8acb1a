package intake

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// claimed writes claims as name=value.
func claimed(r Report) []string {
	var out []string
	for _, c := range r.Claims {
		out = append(out, c.Name+"="+c.Value)
	}
	return out
}

func TestClaims(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		title      string
		want       []string
	}{
		{"fields and heading", "# A title #\n\n**Severity:** High\n- Type of issue: injection\nSeverity (mine): high\nWhatever: no field", "A title", []string{"severity=High", "type=injection", "severity=high"}},
		{"title field", "Title: Words\n\nbody", "Words", nil},
		{"first line as title", "\n> quoted\nHello team,\n", "quoted", nil},
		{"counts in prose", "It worked in 9 of 12 tries (75 %) on 2 August and 0/10 after the update.", "", []string{"trials=9 of 12", "trials=0 of 10"}},
		{"adjacent counts", "Runs: 1/5 2/5 3/5 worked", "", []string{"trials=1 of 5", "trials=2 of 5", "trials=3 of 5"}},
		{"attempts first", "We made 40 attempts, 5 successes.", "", []string{"trials=5 of 40"}},
		{"a rate alone makes no counts", "It works about 80 % of the time.", "", []string{"success rate=80 %"}},
		{"dates, ratios and vectors are no counts", "On 12/08/2026, 24/7, CVSS:3.1/AV:N/AC:L tries at a/b/3/4 of it, page 3/2 tries", "", []string{"CVSS=CVSS:3.1/AV:N/AC:L"}},
		{"table with its own columns", "| Build | Attempts | Successes |\n|---|---:|---:|\n| v1 | 20 | 17 |\n| v2 | 20 | 14 |", "", []string{"trials: v1=17 of 20", "trials: v2=14 of 20"}},
		{"table of fields", "| Severity | low |\n|---|---|\n| Product | X |\n| Model | m |", "", []string{"severity=low"}},
		{"quotes and code are left out", "> 3 of 4 tries\n```\n5 of 6 tries\n```\nfine", "", nil},
		{"older mail below is left out", "still 5 of 40 tries\n\nOn Thu, 13 Aug 2026, Contoso wrote:\n20 attempts, 0 successes", "", []string{"trials=5 of 40"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := Report{Text: tt.text}
			readClaims(&r)
			check(t, "claims", tt.want, claimed(r))
			if tt.title != "" && r.Title != tt.title {
				t.Errorf("title %q, want %q", r.Title, tt.title)
			}
		})
	}
}

// A count that is claimed is never more than its number of attempts, and its line is in the text.
func TestClaimsNeverExceedAttempts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOf(rapid.SampledFrom([]string{"3/4", "5 of 2", "7 of 9", "tries", "worked", "|", "\n", "20 attempts, 30 hits", "On x wrote:", "# t", "80 %", "```"})).Draw(t, "words")
		r := Report{Text: strings.Join(words, " ")}
		readClaims(&r)
		for _, c := range r.Claims {
			if c.At < 1 || c.At > strings.Count(r.Text, "\n")+1 {
				t.Errorf("%+v: line outside the text", c)
			}
			if strings.Contains(c.Value, "5 of 2") || strings.Contains(c.Value, "30 of 20") {
				t.Errorf("%+v: more successes than attempts", c)
			}
		}
	})
}

func TestPlainText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, file string
		title      string
		warnings   int
	}{
		{"Markdown", "# T\n\nwords", "T", 0},
		{"UTF-16 from a shell", "\xff\xfe#\x00 \x00T\x00\n\x00", "T", 0},
		{"Windows-1252", "# Caf\xe9\n", "Café", 0},
		{"invisible characters and comments are said", "# T\n<!-- set severity -->\u200b\U000e0041", "T", 2},
	}
	for _, tt := range tests {
		b := read(t, "r.md", tt.file, Options{})
		if len(b.Reports) != 1 || b.Reports[0].Title != tt.title || len(b.Warnings) != tt.warnings {
			t.Errorf("%s: %d reports, %v, warnings %v", tt.name, len(b.Reports), outline(b), b.Warnings)
		}
	}
	for name, content := range map[string]string{"binary": "\x00\x01\x02", "HTML": "<html>x", "unknown JSON": `{"a": 1}`, "empty": "", "promptfoo YAML": "evalId: x\n", "unknown CSV": "a,b,c\n1,2,3\n"} {
		if b := read(t, name, content, Options{}); len(b.Reports) != 0 || b.Totals[Lost] != 1 {
			t.Errorf("%s: %d reports, %d lost", name, len(b.Reports), b.Totals[Lost])
		}
	}
	if b := read(t, "x.txt", "CSAM in answers\n\nwords", Options{}); b.Totals[NotAccepted] != 1 || len(b.Reports) != 0 {
		t.Errorf("a title that marks refused material: %v", b.Totals)
	}
}

func TestOwnReport(t *testing.T) {
	t.Parallel()
	const good = `{"schema": "bugbar/report/v1", "id": "1", "title": "T", "text": "x", "severity": "high", "claims": [{"name": "vector", "value": "mail"}], "trials": [{"method": "m", "successes": 3, "attempts": 4}]}`
	b := read(t, "r.json", good, Options{})
	check(t, "claims", []string{"severity=high", "vector=mail", "trials: m=3 of 4"}, claimed(b.Reports[0]))
	many := lines(good, `{"schema": "bugbar/report/v1"}`, `{"schema": "bugbar/report/v1", "title": "T", "trials": [{"method": "m", "successes": -1, "attempts": 4}]}`, good)
	check(t, "skipped", []string{"2: field [] breaks rule [required]", "3: field [trials 0 successes] breaks rule [minimum]"}, skipped(read(t, "r.jsonl", many, Options{})))
}

func TestReportCSV(t *testing.T) {
	t.Parallel()
	b := read(t, "r.csv", "Title;Description;Severity;Found\nT1;\"worked 3 of 4 times\";high;mail\n;x;low;\n", Options{})
	check(t, "reports", []string{`report  "T1"`}, outline(b))
	check(t, "claims", []string{"trials=3 of 4", "severity=high", "found=mail"}, claimed(b.Reports[0]))
	check(t, "skipped", []string{"3: a row without a title"}, skipped(b))
	b = read(t, "r.csv", "title,text\nT1,\"the log says [FAIL] here\"\n", Options{})
	check(t, "a word of another format", []string{`report  "T1"`}, outline(b))
}

// A text may begin like an older message without being one.
func TestTextThatBeginsLikeAQuote(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]string{
		"text": "\nFrom: a@b.example\n\nIt worked in 3 of 4 tries.\n",
		"mail": "From: a@b.example\nSubject: It worked in 3 of 4 tries.\n",
	} {
		b := read(t, "x", in, Options{})
		if len(b.Reports) != 1 || !strings.Contains(b.Reports[0].Title+fmt.Sprint(b.Reports[0].Claims), "3 of 4") {
			t.Errorf("%s: read as %+v", name, b.Reports)
		}
	}
}

// A report means the same in every encoding that an import reads, and Sniff and Text agree with it.
func TestEncodings(t *testing.T) {
	t.Parallel()
	const text = "# Café leaks\n\nIt worked in 3 of 4 tries.\n"
	big := func(b []byte) []byte {
		for i := 0; i+1 < len(b); i += 2 {
			b[i], b[i+1] = b[i+1], b[i]
		}
		return b
	}
	little := []byte(strings.ReplaceAll(utf16(text), "\xc3\x00\xa9\x00", "\xe9\x00"))
	encodings := map[string][]byte{
		"UTF-8 with mark": []byte("\ufeff" + text),
		"Windows-1252":    []byte(strings.ReplaceAll(text, "é", "\xe9")),
		"UTF-16":          append([]byte("\xff\xfe"), little...),
		"UTF-16, no mark": little,
		"UTF-16BE":        big(bytes.Clone(little)),
	}
	for name, in := range encodings {
		b := read(t, "x", string(in), Options{})
		if len(b.Reports) != 1 || b.Reports[0].Title != "Café leaks" || b.Reports[0].Text != text {
			t.Errorf("%s: read as %+v", name, b.Reports)
		}
		if got, ok := Text(in); !ok || got != text || Sniff(in) != "text" {
			t.Errorf("%s: Text gives %q, %v; Sniff %q", name, got, ok, Sniff(in))
		}
	}
	if got, ok := Text([]byte("\xff\x01\x02")); ok {
		t.Errorf("control characters read as %q", got)
	}
}
