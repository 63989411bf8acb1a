package intake

import (
	"fmt"
	"strings"

	"bugbar/internal/intake/jsonl"
	"bugbar/internal/intake/mapping"
)

// SARIF 2.1.0: static findings, no trials. A level may stand on the result, on its rule, or nowhere;
// scanners keep their own severity in properties. Suppressed results are kept and say so.

func sniffSARIF(h *head) bool {
	return h.doc("runs") && (h.doc("version=2.1.0") || h.doc("$schema") || h.doc("runs[].tool"))
}

type sarifRun struct {
	Tool struct {
		Driver     sarifComponent   `json:"driver"`
		Extensions []sarifComponent `json:"extensions"`
	} `json:"tool"`
	Results []sarifResult `json:"results"`
}

type sarifComponent struct {
	Name  string      `json:"name"`
	Rules []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID      string                  `json:"id"`
	Name    string                  `json:"name"`
	Short   sarifMessage            `json:"shortDescription"`
	Full    sarifMessage            `json:"fullDescription"`
	Strings map[string]sarifMessage `json:"messageStrings"`
	Config  struct {
		Level string `json:"level"`
	} `json:"defaultConfiguration"`
	Properties sarifProperties `json:"properties"`
}

type sarifMessage struct {
	Text     string `json:"text"`
	Markdown string `json:"markdown"`
	ID       string `json:"id"`
	Args     []text `json:"arguments"`
}

type sarifProperties struct {
	Severity text `json:"severity"`
	Security text `json:"security-severity"`
	Category text `json:"category"`
}

type sarifResult struct {
	RuleID string `json:"ruleId"`
	Index  *int   `json:"ruleIndex"`
	Rule   struct {
		ID string `json:"id"`
	} `json:"rule"`
	Level      string          `json:"level"`
	Kind       string          `json:"kind"`
	Message    sarifMessage    `json:"message"`
	Suppressed []any           `json:"suppressions"`
	GUID       string          `json:"guid"`
	Properties sarifProperties `json:"properties"`
	Locations  []sarifLocation `json:"locations"`
}

type sarifLocation struct {
	Physical struct {
		Artifact struct {
			URI string `json:"uri"`
		} `json:"artifactLocation"`
		Region struct {
			Line int `json:"startLine"`
		} `json:"region"`
	} `json:"physicalLocation"`
}

func readSARIF(f *file) error {
	at := 0
	f.count(Results, 0)
	return f.walk([]string{"runs[]"}, func(p jsonl.Part) error {
		var r sarifRun
		if !f.decode(p, &r) {
			return nil
		}
		f.count("rules", len(r.Tool.Driver.Rules))
		for _, result := range r.Results {
			at++
			f.sarif(at, r, result)
		}
		return nil
	})
}

func (f *file) sarif(at int, run sarifRun, r sarifResult) {
	f.count(Results, 1)
	rule := run.rule(r)
	if mapping.Refused("sarif", rule.ID, rule.Name, string(rule.Properties.Category), string(r.Properties.Category)) {
		f.refuse(1)
		return
	}
	if r.Kind == "pass" || r.Kind == "notApplicable" {
		return
	}
	made := claims("level", firstWord(r.Level, rule.Config.Level, "warning"),
		"severity", firstWord(string(r.Properties.Severity), string(rule.Properties.Severity)),
		"security-severity", firstWord(string(r.Properties.Security), string(rule.Properties.Security)),
		"category", firstWord(string(r.Properties.Category), string(rule.Properties.Category)),
		"rule", rule.ID, "tool", run.Tool.Driver.Name, "location", r.location())
	if len(r.Suppressed) > 0 {
		f.count("suppressed", 1)
		made = append(made, Claim{Name: "suppressed", Value: "yes"})
	}
	text := r.message(rule)
	f.report(Report{
		At: at, ID: r.GUID, Title: clip(firstWord(rule.Short.Text, rule.Name, text, rule.ID), maxMethod), Text: text, Claims: made,
		Proposed: mapping.Propose("sarif", string(rule.Properties.Category)),
	})
}

func firstWord(words ...string) string {
	for _, w := range words {
		if w != "" {
			return w
		}
	}
	return ""
}

// rule finds the rule of a result: by its id, or by its index among the driver's rules.
func (run sarifRun) rule(r sarifResult) sarifRule {
	id := firstWord(r.RuleID, r.Rule.ID)
	for _, part := range append([]sarifComponent{run.Tool.Driver}, run.Tool.Extensions...) {
		for _, rule := range part.Rules {
			if rule.ID == id || (id != "" && strings.HasPrefix(id, rule.ID+"/")) {
				return rule
			}
		}
	}
	if i := r.Index; i != nil && *i >= 0 && *i < len(run.Tool.Driver.Rules) {
		return run.Tool.Driver.Rules[*i]
	}
	return sarifRule{ID: id}
}

// message is the result's text, or the rule's text of that id with its arguments filled in.
func (r sarifResult) message(rule sarifRule) string {
	if r.Message.Text != "" || r.Message.Markdown != "" {
		return firstWord(r.Message.Text, r.Message.Markdown)
	}
	s := rule.Strings[r.Message.ID].Text
	for i, arg := range r.Message.Args {
		s = strings.ReplaceAll(s, fmt.Sprintf("{%d}", i), string(arg))
	}
	return firstWord(s, rule.Full.Text, rule.Short.Text)
}

func (r sarifResult) location() string {
	if len(r.Locations) == 0 {
		return ""
	}
	p := r.Locations[0].Physical
	if p.Region.Line > 0 {
		return fmt.Sprintf("%s:%d", p.Artifact.URI, p.Region.Line)
	}
	return p.Artifact.URI
}
