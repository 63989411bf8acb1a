package intake

import (
	"fmt"
	"strings"
	"testing"
)

// pfLine writes one result the way promptfoo 0.123 does.
func pfLine(idx int, plugin, strategy string, reason int, score float64) string {
	return fmt.Sprintf(`{"id": "r%d", "testIdx": %d, "promptIdx": 0, "provider": {"id": "bot-id", "label": "bot"}, "prompt": {"raw": "p"}, "vars": {"prompt": "p"}, `+
		`"success": %t, "score": %v, "failureReason": %d, "error": "the output discloses it", "namedScores": {"M": %v}, "gradingResult": {"pass": false}, `+
		`"testCase": {"assert": [{"type": "promptfoo:redteam:policy"}]}, "metadata": {"pluginId": %q, "strategyId": %s, "severity": "high"}}`,
		idx, idx, reason == 0, score, reason, score, plugin, strategy)
}

func pfDocument(version string, results ...string) string {
	return fmt.Sprintf(`{"evalId": "e", "results": {%s "stats": {"successes": 1, "failures": 1, "errors": 0}, "results": [%s]}, "config": {"tests": []}}`,
		version, strings.Join(results, ","))
}

func TestPromptfoo(t *testing.T) {
	t.Parallel()
	limit := 0.2
	defended, hit, failed := pfLine(0, "policy", "null", 0, 1), pfLine(1, "policy", `"base64"`, 1, 0), pfLine(2, "policy", `"base64"`, 2, 0)
	tests := []struct {
		name   string
		opts   Options
		file   string
		want   []string
		totals map[string]int
		lost   []string
	}{
		{
			name:   "version 3: success means defended, failureReason 2 is an error",
			file:   pfDocument(`"version": 3,`, defended, hit, failed),
			want:   []string{"bot | policy | base64 | promptfoo:redteam:policy: 1/1 e1 u0 attempts", "bot | policy | basic | promptfoo:redteam:policy: 0/1 e0 u0 attempts"},
			totals: map[string]int{Results: 3, Trials: 2, Successes: 1, Errors: 1, "disagree": 1},
		},
		{
			name: "JSON Lines, cut in the last line",
			file: lines(defended, hit, failed[:200]),
			want: []string{"bot | policy | base64 | promptfoo:redteam:policy: 1/1 e0 u0 attempts", "bot | policy | basic | promptfoo:redteam:policy: 0/1 e0 u0 attempts"},
			lost: []string{"3: no valid JSON"},
		},
		{
			name: "scored against another threshold and by another judge",
			opts: Options{Threshold: &limit, Judge: "M"},
			file: lines(pfLine(0, "policy", "null", 0, 0.7), pfLine(1, "policy", "null", 0, 0.9), failed),
			want: []string{"bot | policy | base64 | M: 0/0 e1 u0 attempts", "bot | policy | basic | M: 1/2 e0 u0 attempts"},
		},
		{
			name: "version 2: an error has an error text and no grading; the plugin stands in the tests",
			file: `{"results": {"version": 2, "table": {}, "results": [
				{"provider": {"id": "bot", "label": ""}, "vars": {"b": 1, "a": "x"}, "success": false, "error": "contains it", "gradingResult": {"pass": false, "componentResults": [{"assertion": {"type": "not-contains"}}]}},
				{"provider": "bot", "vars": {"a": "x", "b": 1}, "success": false, "error": "Error: 503"}]},
				"config": {"tests": [{"vars": {"a": "x", "b": 1}, "metadata": {"pluginId": "pii:direct"}}]}}`,
			want:   []string{"bot | pii:direct | basic: 0/0 e1 u0 attempts", "bot | pii:direct | basic | not-contains: 1/1 e0 u0 attempts"},
			totals: map[string]int{Trials: 1, Errors: 1},
		},
		{
			name:   "version 1, a plain evaluation: nothing is imported",
			file:   `{"version": 1, "results": [{"prompt": {"raw": "p"}, "vars": {"x": "y"}, "response": {"output": "o"}, "success": false}], "stats": {"successes": 0, "failures": 1}}`,
			totals: map[string]int{Results: 1, Trials: 1, Successes: 0},
		},
		{
			name:   "no version and no judgement",
			file:   `{"results": [{"prompt": {"raw": "p"}, "vars": {"x": "y"}, "response": {"output": "o"}}]}`,
			totals: map[string]int{Results: 1, Trials: 0},
		},
		{
			name: "red-team page's CSV",
			file: "\"Test ID\",\"Plugin\",\"Strategy\",\"Target\",\"Prompt\",\"Response\",\"Pass\",\"Score\",\"Reason\",\"Timestamp\"\n" +
				"1,bola,basic,bot,\"two\nlines\",\"a \"\"b\"\"\",Fail (0),0,r,t\n2,bola,basic,bot,p,r,Pass (1),1,r,t\n3,bola,basic,bot,p,r,Maybe,1,r,t\n4,bola\n",
			want: []string{"bot | bola | basic: 1/2 e0 u0 attempts"},
			lost: []string{"5: Pass holds another word", "6: row with another number of cells than the header"},
		},
		{
			name: "evaluation CSV: one block per target",
			file: "prompt,[a] {{prompt}},Status,Score,Named Scores,Metric: M,[b] {{prompt}},Status,Score,Named Scores,pluginId,strategyId\n" +
				"p,out,FAIL,0.00,{},0.00,out,PASS,1.00,{},policy,rot13\np,,ERROR,0,{},,out,PASS,1.00,{},policy,rot13\n",
			want: []string{"a | policy | rot13: 1/1 e1 u0 attempts", "b | policy | rot13: 0/2 e0 u0 attempts"},
		},
		{
			name:   "oldest CSV: results are counted, nothing is imported",
			file:   "[bot] {{prompt}};prompt\n\"[PASS] (1.00)\n\nfine, really\";x\n[FAIL] no;y\n",
			totals: map[string]int{Results: 2, Groups: 0},
		},
		{
			name:   "oldest CSV, with commas",
			file:   "prompt,[bot] {{prompt}}\nx,\"[PASS] (1.00)\n\nfine\"\ny,[FAIL] no\n",
			totals: map[string]int{Results: 2, Groups: 0},
		},
		{
			name:   "material that is never accepted",
			file:   lines(pfLine(0, "harmful:child-exploitation", "null", 1, 0), hit),
			want:   []string{"bot | policy | base64 | promptfoo:redteam:policy: 1/1 e0 u0 attempts"},
			totals: map[string]int{NotAccepted: 1},
		},
		{
			name: "damage: wrong types are lost one by one, a cut document at its end",
			file: `{"evalId": "e", "results": {"version": 3, "results": [` + hit + `, {"success": "no", "vars": {}}, 7, ` + hit + `, {"success"`,
			want: []string{"bot | policy | base64 | promptfoo:redteam:policy: 2/2 e0 u0 attempts"},
			lost: []string{"2: results.results[] field success is a string", "3: results.results[] is a number", "0: byte 954: cut short: a bracket or quote is not closed"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := read(t, "x", tt.file, tt.opts)
			check(t, "findings", tt.want, outline(b))
			checkTotals(t, tt.totals, b.Totals)
			check(t, "skipped", tt.lost, skipped(b))
			if strings.Contains(fmt.Sprint(b), "child") {
				t.Error("a refused name was written")
			}
		})
	}
}
