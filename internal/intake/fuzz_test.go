package intake

import (
	"encoding/json"
	"strings"
	"testing"
)

// fuzzFormat feeds any bytes to the reader of one format, past its sniffing. Whatever comes in, the
// reader ends, adds up, and what it found can be written and read again.
func fuzzFormat(f *testing.F, name string, seeds ...string) {
	f.Helper()
	for _, seed := range seeds {
		f.Add([]byte(seed))
		f.Add([]byte(seed[:len(seed)/2]))
		f.Add([]byte(strings.ReplaceAll(seed, "true", "NaN")))
	}
	var chosen format
	for _, candidate := range formats() {
		if candidate.name == name {
			chosen = candidate
		}
	}
	if chosen.read == nil {
		f.Fatalf("no format %q", name)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		u := newUnpacker(t.Context(), Options{})
		h := newHead(in[:min(len(in), headSize)])
		h.format = name
		err := chosen.read(&file{Reader: strings.NewReader(string(in)), ctx: t.Context(), name: "fuzz", out: u.out, from: u, head: h})
		if err != nil && err.Error() == "" {
			t.Error("an error without words")
		}
		checkSound(t, u.out.finish())
	})
}

// checkSound holds a batch to what must be true of every batch.
func checkSound(t *testing.T, b *Batch) {
	t.Helper()
	for _, f := range b.Findings {
		var sum [len(outcomeNames)]int
		for ref := range f.Refs.All() {
			sum[ref.Outcome] += ref.Count
		}
		if want := [...]int{f.Failures, f.Successes, f.Errors, f.Unjudged}; sum != want {
			t.Errorf("%v: references add up to %v, counts are %v", f.Key, sum, want)
		}
		if f.Basis == Hits && f.Failures+f.Errors+f.Unjudged > 0 {
			t.Errorf("%v: a hit log cannot say more than hits", f.Key)
		}
	}
	text, err := json.Marshal(b)
	if err != nil {
		t.Fatalf("cannot be written: %v", err)
	}
	var again Batch
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatalf("cannot be read again: %v", err)
	}
}

func FuzzGarak(f *testing.F) {
	fuzzFormat(f, "garak", lines(garakSetup, garakInit, attemptLine("u", 1, "a.B", "{}"), attemptLine("u", 2, "a.B", `{"c.D": [1.0, null, [0.5]]}`)), oneHit,
		`{"entry_type": "eval", "probe": "a.B", "detector": "c.D", "passed": 1, "total": 2}`)
}

func FuzzPromptfoo(f *testing.F) {
	fuzzFormat(f, "promptfoo", pfDocument(`"version": 3,`, pfLine(0, "policy", "null", 1, 0)), pfLine(0, "policy", "null", 0, 1),
		`{"results": [{"vars": {}, "success": true}], "config": {"tests": [{"vars": {}, "metadata": {"pluginId": "x"}}]}}`)
}

func FuzzPromptfooCSV(f *testing.F) {
	fuzzFormat(f, "promptfoo-csv", "Test ID,Plugin,Strategy,Target,Prompt,Response,Pass,Score\n1,a,b,c,d,e,Fail (0),0\n",
		"prompt,[a] p,Status,Score,Named Scores,Metric: M,pluginId,strategyId\np,o,FAIL,0,{},0,x,y\n", "p,[b]\nx,[PASS] y\n")
}

func FuzzPyrit(f *testing.F) {
	fuzzFormat(f, "pyrit", "["+pyPieceJSON("a", "S", "true_false", `"true"`, "")+"]", `{"conversations": [{"objective": "o", "outcome": "success"}]}`,
		`{"attack_details": [{"attack_success": true, "risk_category": "violence"}]}`)
}

func FuzzPyritCSV(f *testing.F) {
	fuzzFormat(f, "pyrit-csv", "id,conversation_id,converted_value,scores\ni,a,x,\"[{'score_value': 'True', 'score_type': 'true_false', 'x': (None, \"\"\\u00e9\"\")}]\"\n")
}

func FuzzInspect(f *testing.F) { fuzzFormat(f, "inspect", inspectJSON) }
func FuzzAgentDojo(f *testing.F) {
	fuzzFormat(f, "agentdojo", `{"attack_type": "a", "injection_task_id": "i", "security": true, "error": null}`)
}

func FuzzDeepTeam(f *testing.F) {
	fuzzFormat(f, "deepteam", `{"overview": {"errored": 1}, "test_cases": [{"vulnerability": "v", "score": 0, "error": null}]}`)
}

func FuzzJailbreakBench(f *testing.F) {
	fuzzFormat(f, "jailbreakbench", `{"parameters": {"model": "m"}, "jailbreaks": [{"behavior": "b", "category": "c", "prompt": "p", "jailbroken": true}]}`)
}

func FuzzCyberSecEval(f *testing.F) {
	fuzzFormat(f, "cyberseceval", `{"m": {"C2": {"malicious_count": 1, "total_count": 2}}}`, `[{"judge_response": "yes"}]`)
}

func FuzzGiskard(f *testing.F) { fuzzFormat(f, "giskard", `{"D": {"major": ["x"], "minor": []}}`) }
func FuzzAVID(f *testing.F) {
	fuzzFormat(f, "avid", strings.Replace(avidDoc, "%s", `{"rows": [{"detector": "d", "passed": 1, "total_evaluated": 2}]}`, 1))
}

func FuzzFlare(f *testing.F) {
	fuzzFormat(f, "flare", `{"@type": "AIFlawReport", "@graph": [{"@type": "x:FlawReport", "title": ["a", {"name": {"@value": "b"}}]}]}`)
}

func FuzzSARIF(f *testing.F) {
	fuzzFormat(f, "sarif", `{"version": "2.1.0", "runs": [{"tool": {"driver": {"rules": [{"id": "r"}]}}, "results": [{"ruleIndex": 0, "message": {"id": "m", "arguments": ["a"]}}]}]}`)
}

func FuzzCVE(f *testing.F) {
	fuzzFormat(f, "cve", `{"cveMetadata": {"cveId": "C"}, "containers": {"cna": {"descriptions": [{"lang": "en", "value": "v"}], "metrics": [{"cvssV3_1": {"vectorString": "x"}}]}}}`)
}

func FuzzOSV(f *testing.F) {
	fuzzFormat(f, "osv", `{"id": "i", "affected": [{"package": {"name": "n"}}], "severity": [{"type": "t", "score": "s"}]}`)
}

func FuzzHackerOne(f *testing.F) {
	fuzzFormat(f, "hackerone", `{"findings": [{"id": "1", "title": "t", "severity_rating": "high"}]}`, `{"data": [{"id": 1, "attributes": {"title": "t"}}]}`)
}

func FuzzBugcrowd(f *testing.F) {
	fuzzFormat(f, "bugcrowd", `[{"id": "1", "type": "submission", "attributes": {"title": "t", "severity": 1, "vrt_id": "v"}}]`)
}

func FuzzDefectDojo(f *testing.F) {
	fuzzFormat(f, "defectdojo", `{"findings": [{"title": "t", "severity": "Low", "description": "d", "cwe": "79"}]}`)
}

func FuzzCSV(f *testing.F) { fuzzFormat(f, "csv", "title,text,severity\na,b worked 3 of 4 times,c\n") }

func FuzzOwn(f *testing.F) {
	fuzzFormat(f, "bugbar", `{"schema": "bugbar/report/v1", "title": "t", "trials": [{"method": "m", "successes": 1, "attempts": 2}]}`)
}

func FuzzText(f *testing.F) {
	fuzzFormat(f, "text", "# T\n\n**Severity:** x\n| n | k |\n|--|--|\n| 3 | 2 |\n9 of 12 tries\n")
}

func FuzzMbox(f *testing.F) {
	fuzzFormat(f, "mbox", "From a@b\n"+mailHead+"\nwords\n\nFrom c\n"+mailHead+"\nmore\n")
}

func FuzzMail(f *testing.F) {
	fuzzFormat(f, "mail", mailHead+multi("multipart/mixed", "A", "Content-Type: text/html\r\n\r\n<p hidden>x</p>", attach("a.jsonl", "x/y", oneHit)),
		mailHead+multi("multipart/mixed", "A", "Content-Type: message/rfc822\r\n\r\nSubject: i\r\n\r\nw"))
}

// FuzzSniff checks that no first bytes, whole or cut, upset the recognition of formats.
func FuzzSniff(f *testing.F) {
	for _, seed := range []string{garakSetup, inspectJSON, avidDoc, mailHead, "a,b\n", "\xff\xfe{\x00", "PK\x03\x04", "[{"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		name := Sniff(in)
		b, err := ReadFrom(t.Context(), "fuzz", strings.NewReader(string(in)), Options{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		checkSound(t, b)
	})
}
