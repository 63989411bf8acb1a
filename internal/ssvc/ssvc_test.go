package ssvc_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"bugbar/assess"
	"bugbar/bar"
	"bugbar/bars"
	"bugbar/bars/barstest"
	"bugbar/internal/ssvc"
)

// validator compiles one definition of the schema in testdata.
func validator(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile("testdata/ssvc.schema.json#/$defs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func valid(t *testing.T, s *jsonschema.Schema, v any) {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(value); err != nil {
		t.Errorf("%s\n%v", data, err)
	}
}

func TestExportIsValid(t *testing.T) {
	t.Parallel()
	points, tables := validator(t, "DecisionPoint"), validator(t, "DecisionTable")
	for _, b := range barstest.Shipped(t) {
		doc := ssvc.Export(b)
		for _, p := range doc.Points {
			valid(t, points, p)
		}
		for _, table := range doc.Tables {
			valid(t, tables, table)
		}
		if len(doc.Tables) != len(b.Tables) || len(doc.Points) != len(b.Points)+1 {
			t.Errorf("%s: %d tables and %d points exported", b.Ref(), len(doc.Tables), len(doc.Points))
		}
	}
}

// TestMappingsAreComplete checks what the schema cannot: every combination of the inputs once, and
// only keys that the decision points have.
func TestMappingsAreComplete(t *testing.T) {
	t.Parallel()
	for _, b := range barstest.Shipped(t) {
		for _, table := range ssvc.Export(b).Tables {
			want := 1
			for id, p := range table.DecisionPoints {
				if id != table.Outcome {
					want *= len(p.Values)
				}
			}
			seen := map[string]bool{}
			for _, row := range table.Mapping {
				inputs := map[string]string{}
				for id, key := range row {
					if !hasKey(table.DecisionPoints[id], key) {
						t.Errorf("%s: %s has no value %s", table.ID, id, key)
					}
					if id != table.Outcome {
						inputs[id] = key
					}
				}
				text, _ := json.Marshal(inputs)
				seen[string(text)] = true
			}
			if len(seen) != want || len(table.Mapping) != want {
				t.Errorf("%s: %d rows, %d different, of %d combinations", table.ID, len(table.Mapping), len(seen), want)
			}
		}
	}
}

func hasKey(p ssvc.DecisionPoint, key string) bool {
	for _, v := range p.Values {
		if v.Key == key {
			return true
		}
	}
	return false
}

// TestExportDecidesAlike follows the exported tables from the entry, for one combination of each
// path, and comes to the bar's own outcome.
func TestExportDecidesAlike(t *testing.T) {
	t.Parallel()
	for _, b := range barstest.Shipped(t) {
		tables := map[string]ssvc.DecisionTable{}
		for _, table := range ssvc.Export(b).Tables {
			tables["table_"+strings.ReplaceAll(table.ID, "-", "_")] = table
		}
		for _, path := range b.Paths() {
			facts := map[string]string{}
			for i, p := range b.Points {
				facts[strings.ReplaceAll(p.ID, "-", "_")] = strings.ReplaceAll(p.Names(path.Answers[i])[0], "-", "_")
			}
			next := "table_" + strings.ReplaceAll(b.Entry, "-", "_")
			for strings.HasPrefix(next, "table_") {
				next = look(tables[next], facts)
			}
			if want := strings.ReplaceAll(path.Row.Outcome, "-", "_"); next != want {
				t.Errorf("%s: the exported tables lead %v to %s, the bar to %s", b.Ref(), facts, next, want)
			}
		}
	}
}

func look(table ssvc.DecisionTable, facts map[string]string) string {
	for _, row := range table.Mapping {
		hit := true
		for id, key := range row {
			point := strings.Split(id, ":")[1]
			hit = hit && (id == table.Outcome || facts[point] == key)
		}
		if hit {
			return row[table.Outcome]
		}
	}
	return "nothing"
}

func TestSelectionsAreValid(t *testing.T) {
	t.Parallel()
	lists := validator(t, "SelectionList")
	b, err := bars.Load(bars.Default)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 24, 9, 0, 0, 0, time.FixedZone("CET", 3600))
	for _, facts := range []assess.Facts{
		{},
		assess.Claim("type", "model-theft"),
		assess.Claim("type", "prompt-injection", "impact", "data-exfiltration", "interaction", "none"),
		{"type": {Values: []string{"prompt-injection", "input-perturbation"}, Provenance: assess.Claimed}},
	} {
		v, err := assess.Assess(b, facts)
		if err != nil {
			t.Fatal(err)
		}
		list := ssvc.Selections(b, v, at)
		valid(t, lists, list)
		last := list.Selections[len(list.Selections)-1]
		if last.Key != "outcome" || len(last.Values) != len(v.Possible) || list.Timestamp != "2026-11-24T08:00:00Z" {
			t.Errorf("%v: %+v", facts, list)
		}
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	for edition, want := range map[string]string{
		"2026-11": "2026.11.0", "2026-11-02": "2026.11.2", "7": "7.0.0", "v1.2.3.4": "1.2.3", "first": "0.0.0",
		"99999999999999999999": "0.0.0",
	} {
		if got := ssvc.Version(&bar.Bar{Edition: edition}); got != want {
			t.Errorf("%s: %s, want %s", edition, got, want)
		}
	}
}
