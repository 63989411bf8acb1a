package intake

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"bugbar/internal/intake/jsonl"
	"bugbar/internal/intake/mapping"
)

// AVID reports: one JSON document, or one per line as garak -r writes them. A garak measurement
// holds counts per detector, by rows in avid-db and by columns in garak's own file. Every other
// measurement is a rate without counts, and stays a claim.

func sniffAVID(h *head) bool {
	return h.line("data_type=AVID") || h.doc("[].data_type=AVID") || h.line("affects.artifacts", "problemtype")
}

type avidReport struct {
	Metadata *struct {
		ID string `json:"report_id"`
	} `json:"metadata"`
	Affects struct {
		Developer list `json:"developer"`
		Deployer  list `json:"deployer"`
		Artifacts []struct {
			Name string `json:"name"`
		} `json:"artifacts"`
	} `json:"affects"`
	Problem struct {
		Class       string   `json:"classof"`
		Type        string   `json:"type"`
		Description avidText `json:"description"`
	} `json:"problemtype"`
	Metrics     []avidMetric `json:"metrics"`
	Description avidText     `json:"description"`
	References  []struct {
		URL string `json:"url"`
	} `json:"references"`
	Impact struct {
		AVID struct {
			Domain list `json:"risk_domain"`
			View   list `json:"sep_view"`
		} `json:"avid"`
		CVSS struct {
			Vector   string `json:"vectorString"`
			Severity string `json:"baseSeverity"`
		} `json:"cvss"`
	} `json:"impact"`
	Credit   json.RawMessage `json:"credit"`
	Reported string          `json:"reported_date"`
}

type avidText struct {
	Value string `json:"value"`
}

type avidMetric struct {
	Name    string          `json:"name"`
	Scorer  string          `json:"scorer"` // Inspect
	Metric  string          `json:"metrics"`
	Value   text            `json:"value"`
	Results json.RawMessage `json:"results"`
}

func readAVID(f *file) error { return records(f, "", f.avid) }

func (f *file) avid(at int, a avidReport) {
	if mapping.Refused("avid", a.Problem.Description.Value, a.Description.Value) {
		f.refuse(1)
		return
	}
	r := Report{
		At: at, Title: strings.TrimSpace(a.Problem.Description.Value), Text: strings.TrimSpace(a.Description.Value), Received: a.Reported,
		Product: strings.Join(a.Affects.Deployer, ", "), Model: clip(a.artifacts(), maxMethod),
		Claims: claims("class", a.Problem.Class, "type", a.Problem.Type, "risk domain", strings.Join(a.Impact.AVID.Domain, ", "),
			"SEP view", strings.Join(a.Impact.AVID.View, ", "), "CVSS", a.Impact.CVSS.Vector, "severity", a.Impact.CVSS.Severity),
	}
	if a.Metadata != nil {
		r.ID = a.Metadata.ID
	}
	for _, ref := range a.References {
		r.Claims = append(r.Claims, claims("reference", ref.URL)...)
	}
	for _, m := range a.Metrics {
		r.Claims = append(r.Claims, f.avidMetric(at, a, m)...)
	}
	f.report(r)
}

func (a avidReport) artifacts() string {
	var names []string
	for _, artifact := range a.Affects.Artifacts {
		names = append(names, artifact.Name)
	}
	return strings.Join(names, ", ")
}

// avidRow is one row of a metric: a detector with counts, or a model with a score in percent.
type avidRow struct {
	Detector string `json:"detector"`
	Passed   *int   `json:"passed"`
	Total    *int   `json:"total_evaluated"`
	Model    string `json:"Model"`
	Kind     string `json:"Test Kind"`
	Score    text   `json:"Test Score"`
}

// avidMetric adds counts as findings and returns rates as claims.
func (f *file) avidMetric(at int, a avidReport, m avidMetric) []Claim {
	if m.Scorer != "" {
		return claims(m.Scorer+" "+m.Metric, string(m.Value))
	}
	var made []Claim
	for _, row := range avidRows(m.Results) {
		switch {
		case row.Detector != "":
			f.avidCounts(at, a, row)
		case row.Score != "":
			f.count("rates", 1)
			made = append(made, claims(fmt.Sprintf("score of %s, %s", row.Model, row.Kind), string(row.Score)+" %")...)
		}
	}
	return made
}

// avidRows accepts the shapes that results have had: rows, rows by name, and columns.
func avidRows(results json.RawMessage) []avidRow {
	var byName map[string]json.RawMessage
	if jsonl.Decode(results, &byName) != nil {
		return nil
	}
	for _, name := range []string{"rows", "Test Scores"} {
		var rows []avidRow
		if byName[name] != nil && jsonl.Decode(byName[name], &rows) == nil {
			return rows
		}
	}
	var columns struct {
		Detector map[string]string `json:"detector"`
		Passed   map[string]*int   `json:"passed"`
		Total    map[string]*int   `json:"total_evaluated"`
	}
	if jsonl.Decode(results, &columns) != nil {
		return nil
	}
	var rows []avidRow
	for _, i := range sortedKeys(columns.Detector) {
		rows = append(rows, avidRow{Detector: columns.Detector[i], Passed: columns.Passed[i], Total: columns.Total[i]})
	}
	return rows
}

// avidProbe finds the probe, which the report names only in its sentence.
var avidProbe = regexp.MustCompile("probe `([^`]{1,200})`")

func (f *file) avidCounts(at int, a avidReport, row avidRow) {
	f.count("rows", 1)
	probe := avidProbe.FindStringSubmatch(a.Problem.Description.Value)
	if probe == nil || row.Passed == nil || row.Total == nil || *row.Passed < 0 || *row.Passed > *row.Total {
		f.lose(at, "a row of counts without a probe, or with passed above its total", "garak's own wording and 0 <= passed <= total_evaluated")
		return
	}
	if mapping.Refused("garak", garakName(probe[1])) {
		f.refuse(1)
		return
	}
	target := garakTarget(strings.Join(a.Affects.Deployer, "+") + " " + a.artifacts())
	key := Key{Tool: "garak", Target: target, Method: garakName(probe[1]), Judge: garakName(row.Detector)}
	group := f.finding(key, Summary, nil)
	f.add(group, Success, at, *row.Total-*row.Passed)
	f.add(group, Failure, at, *row.Passed)
}
