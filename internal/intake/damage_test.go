package intake

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// corpus holds one small sound file per format.
func corpus(t *testing.T) map[string]string {
	t.Helper()
	return map[string]string{
		"garak": lines(garakSetup, garakInit, attemptLine("u", 1, "a.B", "{}"), attemptLine("u", 2, "a.B", `{"c.D": [1.0, 0.0]}`),
			attemptLine("v", 2, "a.B", `{"c.D": [1.0, null]}`), `{"entry_type": "eval", "probe": "a.B", "detector": "c.D", "passed": 1, "total": 3}`),
		"hitlog":         oneHit + oneHit,
		"promptfoo":      pfDocument(`"version": 3,`, pfLine(0, "policy", "null", 1, 0), pfLine(1, "policy", "null", 0, 1)),
		"promptfoo-l":    lines(pfLine(0, "policy", "null", 1, 0), pfLine(1, "policy", "null", 0, 1)),
		"promptfoo-csv":  "Test ID,Plugin,Strategy,Target,Prompt,Response,Pass,Score\n1,a,b,c,d,\"e\nf\",Fail (0),0\n2,a,b,c,d,e,Pass (1),1\n",
		"pyrit":          "[" + pyPieceJSON("a", "S", "true_false", `"true"`, "") + "," + pyPieceJSON("b", "S", "true_false", `"false"`, "") + "]",
		"pyrit-csv":      "id,conversation_id,converted_value,scores\ni,a,x,\"[{'score_value': 'True', 'score_type': 'true_false', 'scorer_class_identifier': {'class_name': 'S'}}]\"\n",
		"inspect":        inspectJSON,
		"agentdojo":      `{"suite_name": "s", "pipeline_name": "p", "user_task_id": "u", "injection_task_id": "i", "attack_type": "direct", "error": null, "security": true}`,
		"deepteam":       `{"overview": {"errored": 0}, "test_cases": [{"vulnerability": "Bias", "score": 0}, {"vulnerability": "Bias", "score": 1}]}`,
		"jailbreakbench": `{"parameters": {"model": "m", "method": "x"}, "jailbreaks": [{"behavior": "b", "category": "c", "prompt": "p", "jailbroken": true}]}`,
		"cyberseceval":   `{"m": {"C2": {"malicious_count": 1, "total_count": 2}, "Evasion": {"malicious_count": 1, "total_count": 2}}}`,
		"avid":           fmt.Sprintf(avidDoc, `{"rows": [{"detector": "d.D", "passed": 20, "total_evaluated": 51}]}`),
		"giskard":        `{"LLMPromptInjectionDetector": {"major": ["The model obeys"], "minor": ["x"]}}`,
		"flare":          `{"@context": {}, "@type": "AIFlawReport", "@id": "urn:1", "flawDescription": "It leaks", "severity": "High"}`,
		"sarif":          `{"version": "2.1.0", "$schema": "s", "runs": [{"tool": {"driver": {"name": "n"}}, "results": [{"ruleId": "r", "message": {"text": "t"}}]}]}`,
		"cve":            `{"dataType": "CVE_RECORD", "cveMetadata": {"cveId": "CVE-2026-1"}, "containers": {"cna": {"descriptions": [{"lang": "en", "value": "v"}]}}}`,
		"osv":            `{"schema_version": "1.3.1", "id": "GO-1", "modified": "m", "summary": "s"}`,
		"hackerone":      `{"data": [{"id": "1", "type": "report", "attributes": {"title": "T"}}]}`,
		"bugcrowd":       `[{"id": "i", "type": "submission", "attributes": {"title": "T", "severity": 1, "vrt_id": "v"}}]`,
		"defectdojo":     `{"findings": [{"title": "T", "severity": "High", "description": "d"}]}`,
		"own":            `{"schema": "bugbar/report/v1", "title": "T"}`,
		"mail":           mailHead + multi("multipart/mixed", "A", "Content-Type: text/plain\r\n\r\n3 of 4 tries\r\n", attach("a.jsonl", "x/y", oneHit)),
		"markdown":       "# T\n\nIt worked in 3 of 4 tries.\n",
		"zip":            zipped(t, map[string]string{"a.jsonl": oneHit}),
		"gzip":           gzipped(t, oneHit),
		"tar":            tarred(t, map[string]string{"a.jsonl": oneHit}),
	}
}

// damages are the ways in which files come to harm.
var damages = map[string]func(string) string{
	"doubled": func(s string) string { return s + "\n" + s },
	"NaN": func(s string) string {
		return strings.NewReplacer("true", "NaN", "1.0", "NaN", ": 1", ": Infinity").Replace(s)
	},
	"wrongly typed": func(s string) string { return strings.NewReplacer(`: "`, `: [["`, `",`, `"]],`).Replace(s) },
	"strings": func(s string) string {
		return strings.NewReplacer(": 1", `: "1"`, ": 0", `: "zero"`, "true", `"yes"`, "[", `{"x":`, "]", "}").Replace(s)
	},
	"deep": func(s string) string { return strings.Replace(s, ": ", ": "+strings.Repeat(`{"a":[`, 50_000), 1) },
	"deep closed": func(s string) string {
		return strings.Replace(s, `"`, `"x": `+strings.Repeat("[", 2000)+strings.Repeat("]", 2000)+`, "`, 1)
	},
	"UTF-16":      func(s string) string { return "\xff\xfe" + utf16(s) },
	"half UTF-16": func(s string) string { return "\xff\xfe" + utf16(s)[:len(s)] },
	"Latin-1":     func(s string) string { return strings.ReplaceAll(s, "e", "\xe9") },
	"NUL bytes":   func(s string) string { return strings.ReplaceAll(s, "a", "\x00") },
	"no newlines": func(s string) string { return strings.ReplaceAll(s, "\n", " ") },
	"CR LF":       func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
	"interleaved": func(s string) string { return s[:len(s)/2] + s + s[len(s)/2:] },
	"reversed":    func(s string) string { return s[len(s)/2:] + s[:len(s)/2] },
}

func utf16(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteByte(s[i])
		b.WriteByte(0)
	}
	return b.String()
}

// However a file is harmed, its reader ends, what it found adds up, and no successes are made up that
// the harm did not repeat.
func TestDamage(t *testing.T) {
	t.Parallel()
	for name, sound := range corpus(t) {
		whole := read(t, "x", sound, Options{})
		if len(whole.Findings)+len(whole.Reports) == 0 {
			t.Errorf("%s: nothing found in the sound file: %v", name, whole.Skipped)
		}
		for how, harm := range damages {
			b := read(t, "x", harm(sound), Options{})
			checkSound(t, b)
			if b.Totals[Successes] > 3*whole.Totals[Successes] {
				t.Errorf("%s, %s: %d successes, %d in the sound file", name, how, b.Totals[Successes], whole.Totals[Successes])
			}
		}
	}
}

// A file cut anywhere is read up to there: never more than the whole, and the loss is said when
// something is missing.
func TestCutAnywhere(t *testing.T) {
	t.Parallel()
	for name, sound := range corpus(t) {
		whole := read(t, "x", sound, Options{})
		for at := 0; at < len(sound); at += 1 + len(sound)/80 {
			b := read(t, "x", sound[:at], Options{})
			checkSound(t, b)
			if b.Totals[Successes] > whole.Totals[Successes] {
				t.Errorf("%s cut at %d: %d successes, %d in the whole", name, at, b.Totals[Successes], whole.Totals[Successes])
			}
		}
	}
}

// One line of 50 MB, among others, costs that line and a bounded amount of memory.
func TestLongLine(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	file := oneHit + strings.Replace(attemptLine("u", 2, "a.B", "{}"), "quoted", strings.Repeat("y", 50<<20), 1) + "\n" + oneHit
	b := read(t, "x", file, Options{})
	runtime.ReadMemStats(&after)
	check(t, "findings", []string{"openai m1 | dan.Dan | dan.DAN: 2/? e0 u0 hits"}, outline(b))
	check(t, "skipped", []string{"2: longer than 16 MiB a line, or 64 MiB a part"}, skipped(b))
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 400<<20 {
		t.Errorf("%d MiB allocated for one long line", grown>>20)
	}
}
