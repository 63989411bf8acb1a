package intake

import (
	"bytes"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"bugbar/internal/intake/mapping"
)

// pyPieceJSON writes one message with one score.
func pyPieceJSON(conversation, scorer, kind, value, more string) string {
	return fmt.Sprintf(`{"id": "i", "role": "assistant", "conversation_id": %q, "converted_value": "text", "response_error": "none",
		"prompt_target_identifier": {"class_name": "OpenAIChatTarget", "model_name": "m1"}, "attack_identifier": {"class_name": "CrescendoAttack"}%s,
		"scores": [{"score_value": %s, "score_type": %q, "score_category": ["prompt_injection"], "scorer_class_identifier": {"class_name": %q}, "objective": "reveal"}]}`,
		conversation, more, value, kind, scorer)
}

func TestPyrit(t *testing.T) {
	t.Parallel()
	limit := 0.5
	const group = "OpenAIChatTarget m1 | reveal | CrescendoAttack | "
	tests := []struct {
		name   string
		opts   Options
		file   string
		want   []string
		totals map[string]int
	}{
		{
			name: "a conversation is one trial, and worked when any turn scored true",
			file: "[" + strings.Join([]string{
				pyPieceJSON("a", "SelfAsk", "true_false", `"False"`, ""), pyPieceJSON("a", "SelfAsk", "true_false", `"true"`, ""),
				pyPieceJSON("a", "SelfAsk", "true_false", `"false"`, ""), pyPieceJSON("b", "SelfAsk", "true_false", `"False"`, ""),
				pyPieceJSON("c", "SelfAsk", "true_false", `null`, ""),
			}, ",") + "]",
			want:   []string{group + "SelfAsk: 1/2 e0 u1 attempts"},
			totals: map[string]int{"pieces": 5, "conversations": 3, "scores": 5, "true_scores": 1},
		},
		{
			name:   "refusal scorers and scales are left out",
			file:   "[" + pyPieceJSON("a", "SelfAskRefusalScorer", "true_false", `"true"`, "") + "," + pyPieceJSON("b", "Likert", "float_scale", `"1.0"`, "") + "]",
			totals: map[string]int{"unscored_conversations": 2, Groups: 0},
		},
		{
			name: "a scale counts against a threshold",
			opts: Options{Threshold: &limit},
			file: "[" + pyPieceJSON("a", "Likert", "float_scale", `"0.75"`, "") + "," + pyPieceJSON("b", "Likert", "float_scale", `0.25`, "") + "]",
			want: []string{group + "Likert: 1/2 e0 u0 attempts"},
		},
		{
			name: "a refusal scorer that is asked for is turned round",
			opts: Options{Judge: "SelfAskRefusalScorer"},
			file: "[" + pyPieceJSON("a", "SelfAskRefusalScorer", "true_false", `"true"`, "") + "," + pyPieceJSON("b", "SelfAskRefusalScorer", "true_false", `"false"`, "") + "]",
			want: []string{group + "SelfAskRefusalScorer: 1/2 e0 u0 attempts"},
		},
		{
			name:   "material that is never accepted",
			file:   "[" + pyPieceJSON("a", "SelfAsk", "true_false", `"true"`, `, "targeted_harm_categories": ["GROOMING"]`) + "]",
			totals: map[string]int{NotAccepted: 1, Groups: 0},
		},
		{
			name: "pyrit.output",
			file: `{"view": "full", "conversations": [{"id": "1", "technique": "tap", "objective": "o", "outcome": "success"}, {"technique": "tap", "objective": "o", "outcome": "undetermined"},
				{"technique": "tap", "objective": "o", "outcome": "won"}]}`,
			opts:   Options{Target: "bot"},
			want:   []string{"bot | o | tap: 1/1 e0 u1 attempts"},
			totals: map[string]int{"attack_results": 3, Lost: 1},
		},
		{
			name: "Azure AI Red Teaming Agent",
			file: `{"scorecard": {}, "attack_details": [{"attack_success": true, "attack_technique": "base64", "risk_category": "violence"}, {"attack_success": null, "attack_technique": "base64", "risk_category": "violence"}]}`,
			want: []string{"violence | base64: 1/1 e0 u1 attempts"},
		},
		{
			name: "CSV with Python literals",
			file: "id,conversation_id,converted_value,response_error,prompt_target_identifier,attack_identifier,scores\n" +
				`i,a,"two` + "\n" + `lines",none,"{'class_name': 'T'}","{'__type__': 'A'}","[{'score_value': 'True', 'score_type': 'true_false', 'score_category': ('x',), 'scorer_class_identifier': {'class_name': 'S'}, 'objective': ""it's \x41"", 'score_metadata': None}]"` + "\n" +
				`i,b,x,none,{'class_name': oops},,[]` + "\n",
			want:   []string{"T | it's A | A | S: 1/1 e0 u0 attempts"},
			totals: map[string]int{"pieces": 1, Lost: 1},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := read(t, "x", tt.file, tt.opts)
			check(t, "findings", tt.want, outline(b))
			checkTotals(t, tt.totals, b.Totals)
		})
	}
}

// pyDatabase makes a database with the given statements and returns its path.
func pyDatabase(t *testing.T, statements ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a b%20?.db")
	db, err := sql.Open("sqlite", "file:"+strings.NewReplacer("%", "%25", "?", "%3f").Replace(path))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	return path
}

// Objectives are free text; the categories of scores and messages are what maps.
func TestPyritCategoriesArePropositions(t *testing.T) {
	t.Parallel()
	more := `, "targeted_harm_categories": ["SCAMS"]`
	b := read(t, "x", "["+pyPieceJSON("a", "S", "true_false", `"true"`, more)+"]", Options{})
	want := []mapping.Proposal{
		{Point: "type", Value: "content-issue", Source: "pyrit.csv, scams@1.1"},
		{Point: "content_category", Value: "malicious-uses", Source: "pyrit.csv, scams@1.1"},
		{Point: "type", Value: "prompt-injection", Source: "pyrit.csv, prompt_injection@1.1"},
	}
	if len(b.Findings) != 1 {
		t.Fatalf("%d findings, want 1", len(b.Findings))
	}
	if diff := cmp.Diff(want, b.Findings[0].Proposed); diff != "" {
		t.Error(diff)
	}
}

func TestPyritDatabase(t *testing.T) {
	t.Parallel()
	newest := []string{
		`CREATE TABLE AttackResultEntries (id TEXT, conversation_id TEXT, objective TEXT, outcome TEXT, atomic_attack_identifier JSON, targeted_harm_categories JSON, last_score_id TEXT)`,
		`CREATE TABLE Conversations (conversation_id TEXT, target_identifier JSON)`,
		`CREATE TABLE FindingEntries (id TEXT, title TEXT, description TEXT, severity TEXT, harm_type TEXT, created_at TEXT)`,
		`INSERT INTO Conversations VALUES ('c', '{"class_name": "T", "model_name": "m"}')`,
		`INSERT INTO AttackResultEntries VALUES ('1', 'c', 'o', 'success', '{"class_name": "Atomic", "children": {"attack": {"class_name": "Tap"}}}', '["CBRN"]', NULL)`,
		`INSERT INTO AttackResultEntries VALUES ('2', 'c', 'o', 'failure', 'null', 'null', NULL)`,
		`INSERT INTO AttackResultEntries VALUES ('3', 'c', 'o', 'error', '{"class_name": "Atomic", "children": {"attack": {"class_name": "Tap"}}}', NULL, NULL)`,
		`INSERT INTO AttackResultEntries VALUES ('4', 'c', 'o', 'success', '{', '["CHILD_LEAKAGE"]', NULL)`,
		`INSERT INTO FindingEntries VALUES ('f', 'A title', 'Words', 'important', 'SCAMS', '2026-01-01')`,
	}
	b, err := Read(t.Context(), pyDatabase(t, newest...), Options{})
	if err != nil {
		t.Fatal(err)
	}
	check(t, "findings", []string{"T m | o: 0/1 e0 u0 attempts", "T m | o | Tap: 1/1 e1 u0 attempts", `report f "A title"`}, outline(b))
	checkTotals(t, map[string]int{NotAccepted: 1, "attack_results": 4, Lost: 1}, b.Totals)
	check(t, "claims", []Claim{{Name: "severity", Value: "important"}, {Name: "harm type", Value: "SCAMS"}}, b.Reports[0].Claims)

	oldest := pyDatabase(t,
		`CREATE TABLE PromptMemoryEntries (id TEXT, conversation_id TEXT, response_error TEXT, prompt_target_identifier JSON, orchestrator_identifier JSON)`,
		`CREATE TABLE ScoreEntries (id TEXT, score_value TEXT, score_type TEXT, score_category TEXT, task TEXT, scorer_class_identifier JSON, prompt_request_response_id TEXT)`,
		`INSERT INTO PromptMemoryEntries VALUES ('p', 'c', 'none', '{"__type__": "T"}', '{"__type__": "O"}'), ('q', 'd', 'none', '{"__type__": "T"}', '{"__type__": "O"}')`,
		`INSERT INTO ScoreEntries VALUES ('s', 'True', 'true_false', 'prompt_injection', 'o', '{"__type__": "S"}', 'p'), ('u', 'False', 'true_false', NULL, 'o', '{"__type__": "S"}', 'q')`)
	content, err := os.ReadFile(oldest)
	if err != nil {
		t.Fatal(err)
	}
	old := read(t, "from a stream", string(content), Options{})
	check(t, "findings of an old database", []string{"T | o | O | S: 1/2 e0 u0 attempts"}, outline(old))
	check(t, "losses of an old database", []string(nil), skipped(old))

	other := read(t, "cut", string(content[:len(content)/2]), Options{})
	checkTotals(t, map[string]int{Lost: 1, Successes: 0}, other.Totals)
	duck := read(t, "old.db", "\x00\x00\x00\x00\x00\x00\x00\x00DUCK\x40\x00\x00\x00", Options{})
	check(t, "DuckDB", []string{"0: a DuckDB database"}, skipped(duck))
}

// Every string that Python's repr could write comes back as it was.
func TestPythonStrings(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.String().Draw(t, "text")
		literal := "{'k': '" + strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`).Replace(want) + "'}"
		var got map[string]string
		if err := decodePython(literal, &got); err != nil || got["k"] != want {
			t.Errorf("%s = %q, %v; want %q", literal, got["k"], err, want)
		}
	})
	for _, bad := range []string{"{'a': b}", "{'a", "[1,", "lambda: 1"} {
		var v any
		if err := decodePython(bad, &v); err == nil {
			t.Errorf("%s accepted as %v", bad, v)
		}
	}
}

// Bytes changed anywhere in a database cost rows, never more. (The fuzzer cannot be used here: with its
// instrumentation SQLite runs a handful of times a second.)
func TestPyritDatabaseDamage(t *testing.T) {
	t.Parallel()
	path := pyDatabase(t, `CREATE TABLE AttackResultEntries (id TEXT, objective TEXT, outcome TEXT)`,
		`INSERT INTO AttackResultEntries VALUES ('1', 'o', 'success'), ('2', 'o', 'failure'), ('3', 'p', 'error')`)
	sound, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		harmed := bytes.Clone(sound)
		for range rapid.IntRange(1, 30).Draw(rt, "changes") {
			at := rapid.IntRange(16, len(harmed)-1).Draw(rt, "at")
			harmed[at] = rapid.Byte().Draw(rt, "byte")
		}
		checkSound(t, read(t, "x", string(harmed), Options{}))
	})
}
