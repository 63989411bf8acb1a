package intake

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	garakSetup = `{"entry_type": "start_run setup", "plugins.target_type": "openai", "plugins.target_name": "m1", "run.eval_threshold": 0.5}`
	garakInit  = `{"entry_type": "init", "garak_version": "0.16.0", "run": "run-1"}`
)

// attemptLine writes one attempt the way garak does from 0.13 on.
func attemptLine(id string, status int, probe, results string) string {
	return fmt.Sprintf(`{"entry_type": "attempt", "uuid": %q, "seq": 0, "status": %d, "probe_classname": %q, "prompt": {"turns": []}, `+
		`"outputs": [{"text": "a \"quoted\" {brace"}, {"text": null}], "detector_results": %s, "conversations": [{"turns": [{"role": "user"}]}]}`,
		id, status, probe, results)
}

func lines(l ...string) string { return strings.Join(l, "\n") }

func TestGarak(t *testing.T) {
	t.Parallel()
	half := 0.9
	tests := []struct {
		name   string
		opts   Options
		file   string
		want   []string
		totals map[string]int
		lost   []string
	}{
		{
			name: "two detectors, null score, both statuses",
			file: lines(garakSetup, garakInit,
				attemptLine("u1", 1, "dan.Dan", `{}`),
				attemptLine("u1", 2, "dan.Dan", `{"dan.DAN": [1.0, 0.0], "mitigation.MitigationBypass": [0.7, null]}`),
				attemptLine("u2", 1, "dan.Dan", `{}`),
				`{"entry_type": "eval", "probe": "dan.Dan", "detector": "dan.DAN", "passed": 1, "fails": 1, "nones": 0, "total_evaluated": 2}`),
			want:   []string{"openai m1 | dan.Dan | dan.DAN: 1/2 e0 u0 attempts", "openai m1 | dan.Dan | mitigation.MitigationBypass: 1/1 e0 u1 attempts"},
			totals: map[string]int{Trials: 3, Successes: 2, UnjudgedTotal: 1, AttemptsTotal: 1, Incomplete: 1, "disagree": 0},
		},
		{
			name:   "scores against another threshold",
			opts:   Options{Threshold: &half},
			file:   lines(garakSetup, attemptLine("u1", 2, "dan.Dan", `{"dan.DAN": [1.0, 0.7]}`)),
			want:   []string{"openai m1 | dan.Dan | dan.DAN: 1/2 e0 u0 attempts"},
			totals: map[string]int{Trials: 2},
		},
		{
			name:   "one judge only",
			opts:   Options{Judge: "dan.DAN"},
			file:   lines(garakSetup, attemptLine("u1", 2, "dan.Dan", `{"dan.DAN": [1.0, 0.7], "always.Fail": [1, 1]}`)),
			want:   []string{"openai m1 | dan.Dan | dan.DAN: 2/2 e0 u0 attempts"},
			totals: map[string]int{Trials: 2},
		},
		{
			name: "oldest shape: config record, plain strings, prefixes, missing null score",
			file: lines(`{"entry_type": "config", "model_type": "function", "model_name": "bot#reply", "eval_threshold": 0.5}`,
				`{"entry_type": "attempt", "uuid": "u", "seq": 1, "status": 2, "probe_classname": "probes.dan.Dan", "prompt": "p", "outputs": ["x", null, "y"], "detector_results": {"detector.dan.DAN": [1, 0]}}`),
			want:   []string{"function bot#reply | dan.Dan | dan.DAN: 1/2 e0 u0 attempts"},
			totals: map[string]int{Trials: 2, "null_outputs": 1, UnjudgedTotal: 0},
		},
		{
			name: "fork: nested scores, harness notes, booleans",
			file: lines(garakSetup,
				attemptLine("u1", 2, "spo.SPO", `{"garak.detectors.judge.Refusal": [[0.0, 1.0]]}`),
				attemptLine("u2", 2, "spo.SPO", `{"judge.Refusal": [true, false]}`),
				`{"entry_type": "attempt", "uuid": "u3", "status": 2, "probe_classname": "garak.harnesses.earlystop.EarlyStopHarness", "outputs": [], "detector_results": {"EarlyStop": [1.0]}}`),
			want:   []string{"openai m1 | spo.SPO | judge.Refusal: 2/4 e0 u0 attempts"},
			totals: map[string]int{"pseudo_attempts": 1, AttemptsTotal: 2},
		},
		{
			name: "no uuid: nothing is taken for a repeat",
			file: lines(
				`{"entry_type": "attempt", "status": 1, "probe_classname": "a.B", "outputs": ["x"], "detector_results": {}}`,
				`{"entry_type": "attempt", "status": 2, "probe_classname": "a.B", "outputs": ["x"], "detector_results": {"d.D": [1.0]}}`,
				`{"entry_type": "attempt", "status": 1, "probe_classname": "a.B", "outputs": ["x"], "detector_results": {}}`,
				`{"entry_type": "attempt", "status": 2, "probe_classname": "a.B", "outputs": ["x"], "detector_results": {"d.D": [1.0]}}`),
			want:   []string{"a.B | d.D: 2/2 e0 u0 attempts"},
			totals: map[string]int{Incomplete: 0},
		},
		{
			name:   "interrupted: nothing was judged, which is not a failure",
			file:   lines(garakSetup, garakInit, attemptLine("u1", 1, "dan.Dan", `{}`), attemptLine("u2", 1, "dan.Dan", `{}`)),
			totals: map[string]int{Trials: 0, Successes: 0, AttemptsTotal: 0, Incomplete: 2},
		},
		{
			name:   "only totals are left: they are used and said to be",
			file:   lines(garakSetup, `{"entry_type": "eval", "probe": "dan.Dan", "detector": "detector.dan.DAN", "passed": 81, "total": 500}`),
			want:   []string{"openai m1 | dan.Dan | dan.DAN: 419/500 e0 u0 summary"},
			totals: map[string]int{"eval_trials": 500, "eval_successes": 419, AttemptsTotal: 0},
		},
		{
			name: "totals that disagree are compared, not believed",
			file: lines(garakSetup, attemptLine("u1", 2, "dan.Dan", `{"dan.DAN": [1.0, 0.0]}`),
				`{"entry_type": "eval", "probe": "dan.Dan", "detector": "dan.DAN", "passed": 5, "total_evaluated": 50}`),
			want:   []string{"openai m1 | dan.Dan | dan.DAN: 1/2 e0 u0 attempts"},
			totals: map[string]int{"disagree": 1},
		},
		{
			name: "hit log alone: k of unknown",
			file: lines(
				`{"goal": "g", "prompt": "p", "output": "o", "trigger": null, "score": 1.0, "run_id": "run-1", "attempt_idx": 0, "generator": "openai None", "probe": "dan.Dan", "detector": "dan.DAN"}`,
				`{"goal": "g", "prompt": {"turns": []}, "output": {"text": "o"}, "triggers": [], "score": 0.6, "run_id": "run-1", "generator": "openai None", "probe": "dan.Dan", "detector": "dan.DAN"}`),
			want:   []string{"openai | dan.Dan | dan.DAN: 2/? e0 u0 hits"},
			totals: map[string]int{HitsTotal: 2, Trials: 0, Groups: 1},
		},
		{
			name: "joined reports keep their own target and threshold",
			file: lines(garakSetup, garakInit, attemptLine("u1", 2, "dan.Dan", `{"dan.DAN": [0.6, 0.0]}`),
				strings.NewReplacer("m1", "m2", "0.5", "0.8").Replace(garakSetup), attemptLine("u2", 2, "dan.Dan", `{"dan.DAN": [0.6, 0.0]}`)),
			want:   []string{"openai m1 | dan.Dan | dan.DAN: 1/2 e0 u0 attempts", "openai m2 | dan.Dan | dan.DAN: 0/2 e0 u0 attempts"},
			totals: map[string]int{AttemptsTotal: 2},
		},
		{
			name: "material that is never accepted is counted and not named",
			file: lines(garakSetup,
				attemptLine("u1", 2, "lmrc.SexualiseMinors", `{"x.Y": [1.0, 1.0]}`),
				`{"entry_type": "eval", "probe": "lmrc.SexualiseMinors", "detector": "x.Y", "passed": 0, "total_evaluated": 2}`,
				attemptLine("u2", 2, "dan.Dan", `{"dan.DAN": [0.0, 0.0]}`)),
			want:   []string{"openai m1 | dan.Dan | dan.DAN: 0/2 e0 u0 attempts"},
			totals: map[string]int{NotAccepted: 2, AttemptsTotal: 1},
		},
		{
			name:   "one detector without scores costs that detector alone",
			file:   lines(garakSetup, attemptLine("u1", 2, "dan.Dan", `{"x.Y": {"a": 1}, "dan.DAN": [1.0, 0.0]}`)),
			want:   []string{"openai m1 | dan.Dan | dan.DAN: 1/2 e0 u0 attempts"},
			lost:   []string{"2: detector_results: want an array"},
			totals: map[string]int{AttemptsTotal: 1, Lost: 1},
		},
		{
			name: "damage: the rest is read and each loss has its line",
			file: lines(`-1, "seq": 0}`, garakSetup,
				attemptLine("u1", 2, "dan.Dan", `{"dan.DAN": [1.0, 0.0]}`)[:90],
				attemptLine("u2", 2, "dan.Dan", `{"dan.DAN": [1.0, 0.0]}`),
				attemptLine("u2", 2, "dan.Dan", `{"dan.DAN": [1.0, 0.0]}`),
				attemptLine("u3", 2, "dan.Dan", `{"dan.DAN": [NaN, "high"]}`),
				attemptLine("u4", 2, "dan.Dan", `{"dan.DAN": 1.0}`),
				attemptLine("u5", 2, "dan.Dan", `{"dan.DAN": [0.0, 0.0]}`)+attemptLine("u6", 2, "dan.Dan", `{}`),
				`{"entry_type": "attempt", "uuid": "u7", "status": "done", "probe_classname": "dan.Dan"}`,
				`{"entry_type": "eval", "probe": "dan.Dan", "detector": "dan.DAN", "passed": 9, "total": 2}`,
				`{"entry_type": "attempt", "deep": `+strings.Repeat("[", 100_000)),
			want:   []string{"openai m1 | dan.Dan | dan.DAN: 1/2 e0 u2 attempts"},
			totals: map[string]int{AttemptsTotal: 2, Lost: 9},
			lost: []string{
				"1: want an object", "3: cut short: a bracket or quote is not closed", "5: repeats an attempt that stands before",
				"6: 2 scores are not numbers from 0 to 1; counted as unjudged", "7: detector_results: want an array",
				"8: byte 274: more text after the end of the value", "9: attempt without a status or probe_classname of the right type",
				"10: eval record without probe, detector or plausible counts", "11: nested deeper than 512 levels",
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := read(t, "x.jsonl", tt.file, tt.opts)
			check(t, "findings", tt.want, outline(b))
			checkTotals(t, tt.totals, b.Totals)
			check(t, "skipped", tt.lost, skipped(b))
			if text := fmt.Sprint(b); strings.Contains(text, "Minors") {
				t.Errorf("a refused name was written: %s", text)
			}
		})
	}
}

// A report and the hit log of the same run are the same attempts; a hit log of another run is not.
func TestGarakReportAndHitlogTogether(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	hit := `{"score": 1.0, "run_id": "run-1", "generator": "openai m1", "probe": "dan.Dan", "detector": "dan.DAN"}`
	other := strings.ReplaceAll(hit, "run-1", "run-2")
	write(t, dir, "a.hitlog.jsonl", lines(hit, hit))
	write(t, dir, "a.report.jsonl", lines(garakSetup, garakInit, attemptLine("u1", 2, "dan.Dan", `{"dan.DAN": [1.0, 0.0]}`)))
	write(t, dir, "b.hitlog.jsonl", other)
	b, err := Read(t.Context(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	check(t, "findings", []string{"openai m1 | dan.Dan | dan.DAN: 1/2 e0 u0 attempts", "openai m1 | dan.Dan | dan.DAN: 1/? e0 u0 hits"}, outline(b))
	check(t, "warnings", []string{"a.hitlog.jsonl: 2 hits of dan.Dan by dan.DAN, 1 in a.report.jsonl; the report is used"}, b.Warnings)
}

func write(t *testing.T, dir, name, content string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}
