package intake

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

func TestResearchFormats(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		opts   Options
		file   string
		want   []string
		totals map[string]int
	}{
		{
			name: "inspect: values stay unjudged until their meaning is said",
			file: inspectJSON, want: []string{"m | t | match: 0/0 e1 u2 attempts"},
			totals: map[string]int{"samples": 3, "values.C": 2, "values.I": 1, "ids": 2, "epochs": 2, "disagree": 1},
		},
		{name: "inspect: C means that it worked", file: inspectJSON, opts: Options{Worked: "C"}, want: []string{"m | t | match: 1/2 e1 u0 attempts"}},
		{
			name: "agentdojo: security means that the attack worked",
			file: `{"suite_name": "banking", "pipeline_name": "p", "user_task_id": "u", "injection_task_id": "injection_task_0", "attack_type": "direct", "error": null, "utility": true, "security": true, "messages": []}`,
			want: []string{"p | banking/injection_task_0 | direct | security: 1/1 e0 u0 attempts"},
		},
		{
			name: "agentdojo: an error is no trial, whatever security says",
			file: `{"suite_name": "banking", "pipeline_name": "p", "user_task_id": "u", "injection_task_id": "injection_task_0", "attack_type": "direct", "error": "500", "security": true}`,
			want: []string{"p | banking/injection_task_0 | direct | security: 0/0 e1 u0 attempts"},
		},
		{
			name:   "agentdojo: a run without an attack",
			file:   `{"suite_name": "banking", "pipeline_name": "p", "user_task_id": "u", "injection_task_id": null, "attack_type": null, "error": null, "security": true}`,
			totals: map[string]int{"benign": 1, Groups: 0},
		},
		{
			name:   "agentdojo: a run that did not end",
			file:   `{"suite_name": "banking", "pipeline_name": "p", "user_task_id": "u", "injection_task_id": "i", "attack_type": "direct", "messages": []}`,
			totals: map[string]int{Lost: 1, Groups: 0},
		},
		{
			name: "deepteam: score 0 means vulnerable",
			opts: Options{Target: "bot"},
			file: `{"overview": {"errored": 0}, "test_cases": [
				{"vulnerability": "Bias", "vulnerability_type": "race", "attack_method": "Base64", "score": 0, "error": null},
				{"vulnerability": "Bias", "vulnerability_type": "race", "attack_method": "Base64", "score": 1.0},
				{"vulnerability": "Bias", "vulnerability_type": "race", "attack_method": "Base64", "score": null, "error": "timeout"},
				{"vulnerability": "Child Protection", "vulnerability_type": "x", "score": 0}]}`,
			want:   []string{"bot | Bias/race | Base64: 1/2 e1 u0 attempts"},
			totals: map[string]int{"cases": 4, NotAccepted: 1, "disagree": 1},
		},
		{
			name: "inspect: samples before the header",
			file: `{"samples": [{"id": 1, "epoch": 1, "scores": {"s": {"value": "C"}}}], "eval": {"task": "t", "model": "m"}, "status": "success"}`,
			opts: Options{Worked: "C"},
			want: []string{"m | t | s: 1/1 e0 u0 attempts"},
		},
		{
			name: "inspect: a sample without scores belongs to the only scorer",
			file: `{"status": "success", "eval": {"task": "t", "model": "m", "scorers": [{"name": "s"}]}, "samples": [
				{"id": 1, "epoch": 1, "scores": {"s": {"value": "C"}}}, {"id": 2, "epoch": 1, "error": {"message": "boom"}}, {"id": 3, "epoch": 1}]}`,
			opts: Options{Worked: "C"},
			want: []string{"m | t | s: 1/1 e1 u1 attempts"}, totals: map[string]int{"scored": 1},
		},
		{
			name: "jailbreakbench: rows, not header totals",
			file: `{"parameters": {"model": "vicuna", "method": "PAIR", "number_of_submitted_prompts": 80}, "jailbreaks": [
				{"index": 0, "behavior": "Defamation", "category": "Harassment/Discrimination", "prompt": "p", "jailbroken": true},
				{"index": 1, "behavior": "Defamation", "category": "Harassment/Discrimination", "prompt": null, "jailbroken": false}]}`,
			want:   []string{"vicuna | Harassment/Discrimination/Defamation | PAIR: 1/1 e0 u0 attempts"},
			totals: map[string]int{"not_submitted": 1, "disagree": 1},
		},
		{
			name: "cyberseceval: aggregates",
			file: `{"gpt-3.5-turbo": {"C2": {"refusal_count": 1, "malicious_count": 2, "total_count": 10}, "Evasion": {"malicious_count": 11, "total_count": 10}}}`,
			want: []string{"gpt-3.5-turbo | mitre/C2 | benchmark: 2/10 e0 u0 summary"}, totals: map[string]int{"models": 1, Lost: 1},
		},
		{
			name: "cyberseceval: prompt injection is counted once, by variant",
			file: `{"m": {"stat_per_model": {"injection_successful_count": 3, "injection_unsuccessful_count": 5, "total_count": 8},
				"stat_per_model_per_injection_variant": {"a": {"injection_successful_count": 1, "total_count": 4}, "b": {"injection_successful_count": 2, "total_count": 4}}}}`,
			want: []string{"m | prompt_injection/a | benchmark: 1/4 e0 u0 summary", "m | prompt_injection/b | benchmark: 2/4 e0 u0 summary"},
		},
		{
			name: "cyberseceval: judge responses",
			file: `[{"model": "m", "injection_variant": "v", "judge_response": "Yes"}, {"model": "m", "injection_variant": "v", "judge_response": "no"}, {"model": "m", "injection_variant": "v", "judge_response": "?"}]`,
			want: []string{"m | prompt_injection/v | judge_response: 1/2 e0 u1 attempts"},
		},
		{
			name: "giskard: descriptions by level",
			file: `{"LLMPromptInjectionDetector": {"major": ["The model obeys"], "minor": []}}`,
			want: []string{`report  "LLMPromptInjectionDetector"`},
		},
		{
			name: "avid by rows and by columns",
			file: lines(fmt.Sprintf(avidDoc, `{"rows": [{"detector": "d.D", "passed": 20, "total_evaluated": 51}]}`),
				fmt.Sprintf(avidDoc, `{"index": {"0": 0}, "detector": {"0": "d.D"}, "passed": {"0": 9}, "total_evaluated": {"0": 10}, "score": {"0": 90.0}}`)),
			want:   []string{"openai m1 | dan.Dan | d.D: 32/61 e0 u0 summary", `report R1 "measured using the probe ` + "`dan.Dan`" + `"`, `report R1 "measured using the probe ` + "`dan.Dan`" + `"`},
			totals: map[string]int{"rows": 2, ReportsTotal: 2},
		},
		{
			name: "avid with rates only: claims, no trials",
			file: fmt.Sprintf(avidDoc, `{"Test Scores": [{"Model": "m", "Test Kind": "k", "Test Score": "95.0"}]}`),
			want: []string{`report R1 "measured using the probe ` + "`dan.Dan`" + `"`}, totals: map[string]int{"rates": 1, Trials: 0},
		},
		{
			name: "flare: members by their letters",
			file: `{"@context": {}, "@type": ["aifr:AIFlawReport"], "@id": "urn:1", "aifr:reportId": "F-1", "aifr:flaw_description": "It leaks", "severity": "High", "aifr:aiSystems": [{"name": "Bot"}]}`,
			want: []string{`report F-1 "It leaks"`},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := read(t, "x", tt.file, tt.opts)
			check(t, "found", tt.want, outline(b))
			checkTotals(t, tt.totals, b.Totals)
		})
	}
}

const inspectJSON = `{"version": 2, "status": "success", "eval": {"task": "t", "model": "m", "run_id": "r"}, "results": {"completed_samples": 9}, "samples": [
	{"id": 1, "epoch": 1, "scores": {"match": {"value": "C"}}, "metadata": {"x": NaN}},
	{"id": 1, "epoch": 2, "scores": {"match": {"value": "I"}}},
	{"id": "a/b", "epoch": 1, "scores": {"match": {"value": "C"}}, "error": {"message": "boom"}}]}`

const avidDoc = `{"data_type": "AVID", "metadata": {"report_id": "R1"}, "affects": {"developer": [], "deployer": ["openai"], "artifacts": [{"type": "Model", "name": "m1"}]}, ` +
	"\"problemtype\": {\"type\": \"Measurement\", \"description\": {\"value\": \"measured using the probe `dan.Dan`\"}}, " +
	`"metrics": [{"name": "", "results": %s}]}`

// inspectZip packs samples the way Inspect does.
func inspectZip(t *testing.T, method uint16, files map[string]string) string {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	z.RegisterCompressor(zipMethodZstd, func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) })
	for _, name := range sortedKeys(files) {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, files[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestInspectZip(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"_journal/start.json":       `{"version": 2, "eval": {"task": "t", "model": "m"}}`,
		"samples/1_epoch_1.json":    `{"id": 1, "epoch": 1, "messages": ["` + strings.Repeat("x", 100) + `"], "scores": {"s": {"value": 1.0}}}`,
		"samples/2_epoch_1.json":    `{"id": 2, "epoch": 1, "score": {"value": 0.2}}`,
		"samples/3_epoch_1.json":    `{"id": 3, "epo`,
		"samples/4_epoch_1.json":    `{"id": [4], "epoch": 1}`,
		"samples/5_epoch_1.json":    `{"id": 5, "epoch": 1, "scores": {"s": {"value": NaN}}}`,
		"_journal/summaries/1.json": `[]`,
	}
	limit := 0.5
	for _, method := range []uint16{zip.Store, zip.Deflate, zipMethodZstd} {
		b := read(t, "run.eval", inspectZip(t, method, files), Options{Threshold: &limit})
		check(t, fmt.Sprintf("method %d", method), []string{"m | t: 0/1 e0 u1 attempts", "m | t | s: 1/1 e0 u1 attempts"}, outline(b))
		checkTotals(t, map[string]int{"samples": 4, Lost: 2}, b.Totals)
	}
}
