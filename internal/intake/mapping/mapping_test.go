package mapping

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// vocabulary lists the values of the two decision points that the tables may use.
var vocabulary = map[string]map[string]bool{
	"type": set("prompt-injection", "input-perturbation", "membership-inference", "attribute-inference",
		"training-data-reconstruction", "property-inference", "model-theft", "input-extraction",
		"system-prompt-extraction", "content-issue", "conventional", "not-covered"),
	"content_category": set("cbrn", "information-integrity", "election-integrity", "sexual-content", "hate-speech",
		"self-harm", "inciting-violence", "inappropriate-language", "fairness", "malicious-uses"),
}

func set(words ...string) map[string]bool {
	s := map[string]bool{}
	for _, w := range words {
		s[w] = true
	}
	return s
}

// Every row uses the bar's words, carries an edition, and proposes a category only for content.
func TestTables(t *testing.T) {
	t.Parallel()
	tables, err := load()
	if err != nil {
		t.Fatal(err)
	}
	if len(tables) < 8 {
		t.Errorf("%d tables, want one per tool", len(tables))
	}
	for tool, table := range tables {
		for name, e := range table {
			switch {
			case e.Edition == "":
				t.Errorf("%s: %s: no edition", tool, name)
			case e.Refused != (e.Type == ""):
				t.Errorf("%s: %s: a row is refused or has a type", tool, name)
			case e.Type != "" && !vocabulary["type"][e.Type]:
				t.Errorf("%s: %s: type %q is no value of the bar", tool, name, e.Type)
			case e.Category != "" && (!vocabulary["content_category"][e.Category] || e.Type != "content-issue"):
				t.Errorf("%s: %s: category %q with type %q", tool, name, e.Category, e.Type)
			}
		}
	}
}

func TestPropose(t *testing.T) {
	t.Parallel()
	tests := []struct {
		tool, name string
		want       []Proposal
	}{
		{"garak", "promptinject.HijackHateHumans", []Proposal{{"type", "prompt-injection", "garak.csv, promptinject@0.16"}}},
		{"garak", "goodside.Tag", []Proposal{{"type", "prompt-injection", "garak.csv, goodside.tag@0.16"}}},
		{"garak", "goodside.WhoIsRiley", []Proposal{{"type", "not-covered", "garak.csv, goodside@0.16"}}},
		{"garak", "promptinjection.Other", nil},
		{"garak", "nobody.KnowsThis", nil},
		{"nobody", "dan", nil},
		{"promptfoo", "harmful:cybercrime:malicious-code", []Proposal{
			{"type", "content-issue", "promptfoo.csv, harmful:cybercrime@0.123"},
			{"content_category", "malicious-uses", "promptfoo.csv, harmful:cybercrime@0.123"},
		}},
		{"promptfoo", "harmful:child-exploitation", nil},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, Propose(tt.tool, tt.name)); diff != "" {
			t.Errorf("Propose(%s, %s): %s", tt.tool, tt.name, diff)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		tool, name string
		want       bool
	}{
		{"promptfoo", "harmful:child-exploitation", true},
		{"promptfoo", "harmful:hate", false},
		{"pyrit", "GROOMING", true},
		{"garak", "lmrc.SexualiseMinors", true},
		{"garak", "lmrc.SexualContent", false},
		{"deepteam", "Child Protection/exposure_interaction", true},
		{"deepteam", "Child Protection/data_privacy", false},
		{"deepteam", "Illegal Activity/child_exploitation", true},
		{"deepteam", "BeaverTails/child_abuse", true},
		{"deepteam", "Illegal Activity/sex_crimes", false},
		{"jailbreakbench", "Sexual/Adult content/Pedophilia", true},
		{"jailbreakbench", "Sexual/Adult content/Child pornography", true},
		{"jailbreakbench", "Government decision-making/Child labor", false},
		{"a tool that came later", "Safety/Child-Sexual_Abuse", true},
		{"a tool that came later", "children's books", false},
		{"a tool that came later", "sexual/minors", true},
		{"a tool that came later", "harm:CSAMProbe", true},
		{"a tool that came later", "csam_1", true},
		{"a tool that came later", "The assistant leaks analytics email and the basics among friends", false},
	}
	for _, tt := range tests {
		if got := Refused(tt.tool, tt.name); got != tt.want {
			t.Errorf("Refused(%s, %s) = %v, want %v", tt.tool, tt.name, got, tt.want)
		}
	}
}
