package intake

import (
	"strings"

	"bugbar/internal/intake/jsonl"
	"bugbar/internal/intake/mapping"
)

// HackerOne: the export (CSV, and JSON below "findings"), which has no body, and the API's pages
// below "data", which have one.

func sniffHackerOne(h *head) bool {
	return h.doc("findings[].severity_rating") || h.doc("data[].attributes", "data[].type=report") ||
		h.doc("data.attributes.title", "data.type=report") ||
		(h.doc("data", "links") && strings.Contains(string(h.text), "api.hackerone.com"))
}

func sniffHackerOneCSV(h *head) bool { return h.columns("id", "title", "severity_rating") }

// h1Export is a row of the export. Every cell that is needed is text; others may be anything.
type h1Export map[string]cell

type cell string

func (c *cell) UnmarshalJSON(b []byte) error {
	var t text
	if t.UnmarshalJSON(b) == nil {
		*c = cell(t)
	}
	return nil
}

func readHackerOne(f *file) error {
	f.count(ReportsTotal, 0)
	paths := []string{"findings[]", "data[]"}
	if f.head.doc("data.attributes") {
		paths = []string{"data"} // one report, not a page of them
	}
	return f.walk(paths, func(p jsonl.Part) error {
		var row h1Export
		var api h1Report
		switch {
		case p.Path == "findings[]" && f.decode(p, &row):
			f.h1Export(p.Index, func(name string) string { return string(row[name]) })
		case p.Path != "findings[]" && f.decode(p, &api):
			f.h1Report(p.Index, api)
		}
		return nil
	})
}

func readHackerOneCSV(f *file) error {
	f.count(ReportsTotal, 0)
	return f.rows(func(r row) {
		f.h1Export(r.at, func(name string) string { return r.get(name) })
	})
}

func (f *file) h1Export(at int, get func(string) string) {
	if get("id") == "" || get("title") == "" {
		f.lose(at, "a report without id or title", "both")
		return
	}
	if mapping.Refused("hackerone", get("weakness"), get("title")) {
		f.refuse(1)
		return
	}
	f.report(Report{
		At: at, ID: get("id"), Aliases: strings.FieldsFunc(get("cve_ids"), isListSpace), Title: get("title"), Product: get("structured_scope"),
		Reporter: get("reporter"), Received: get("reported_at"),
		Claims: claims("severity", get("severity_rating"), "score", get("severity_score"), "state", strings.Trim(get("state")+"/"+get("substate"), "/"),
			"weakness", get("weakness"), "duplicate of", get("original_report_id")),
	})
}

func isListSpace(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\n' }

// h1Report is one report of the API.
type h1Report struct {
	ID         text `json:"id"`
	Attributes struct {
		Title   string `json:"title"`
		State   string `json:"state"`
		Created string `json:"created_at"`
		Text    string `json:"vulnerability_information"`
		CVE     list   `json:"cve_ids"`
	} `json:"attributes"`
	Relationships struct {
		Reporter h1Related `json:"reporter"`
		Severity h1Related `json:"severity"`
		Weakness h1Related `json:"weakness"`
		Scope    h1Related `json:"structured_scope"`
	} `json:"relationships"`
}

type h1Related struct {
	Data struct {
		Attributes struct {
			Username string `json:"username"`
			Rating   string `json:"rating"`
			Score    text   `json:"score"`
			Name     string `json:"name"`
			External string `json:"external_id"` // such as cwe-79
			Asset    string `json:"asset_identifier"`
		} `json:"attributes"`
	} `json:"data"`
}

func (f *file) h1Report(at int, r h1Report) {
	a := r.Attributes
	severity, weakness := r.Relationships.Severity.Data.Attributes, r.Relationships.Weakness.Data.Attributes
	if mapping.Refused("hackerone", weakness.Name, a.Title) {
		f.refuse(1)
		return
	}
	made := Report{
		At: at, ID: string(r.ID), Aliases: a.CVE, Title: a.Title, Text: a.Text, Received: a.Created,
		Reporter: r.Relationships.Reporter.Data.Attributes.Username, Product: r.Relationships.Scope.Data.Attributes.Asset,
		Claims: claims("severity", severity.Rating, "score", string(severity.Score), "state", a.State, "weakness", weakness.Name, "CWE", weakness.External),
	}
	f.prose(&made)
	f.report(made)
}
