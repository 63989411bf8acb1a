package intake

import (
	"strings"

	"bugbar/internal/intake/jsonl"
	"bugbar/internal/intake/mapping"
)

// Bugcrowd: the CSV export and the submissions of its JSON API, as a list or below "data". Priority
// and severity run from 1, the worst, to 5. VRT ids change with its versions and stay text.

func sniffBugcrowd(h *head) bool {
	return h.doc("[].attributes.vrt_id") || h.doc("data[].attributes.vrt_id") || h.doc("[].type=submission") || h.doc("data[].type=submission") || h.doc("data.type=submission")
}

func sniffBugcrowdCSV(h *head) bool { return h.columns("reference_number", "bounty_code", "priority") }

func readBugcrowdCSV(f *file) error {
	f.count(ReportsTotal, 0)
	return f.rows(func(r row) {
		if mapping.Refused("bugcrowd", r.get("vrt_lineage"), r.get("title")) {
			f.refuse(1)
			return
		}
		made := Report{
			At: r.at, ID: r.get("reference_number"), Title: firstWord(r.get("title"), r.get("caption")),
			Text:    sections(r.get("description"), "Request", r.get("http_request"), "More", r.get("extra_info")),
			Product: r.get("target_name"), Reporter: r.get("username"), Received: r.get("submitted_at"),
			Claims: claims("priority", r.get("priority"), "VRT", r.get("vrt_lineage"), "state", strings.Trim(r.get("state")+"/"+r.get("substate"), "/"),
				"duplicate", r.get("duplicate"), "URL", r.get("bug_url")),
			Proposed: mapping.Propose("bugcrowd", r.get("vrt_lineage")),
		}
		f.prose(&made)
		f.report(made)
	})
}

type bugcrowdSubmission struct {
	ID         string `json:"id"`
	Type       string `json:"type"`
	Attributes struct {
		Title     string `json:"title"`
		Text      string `json:"description"`
		More      string `json:"extra_info"`
		Request   string `json:"http_request"`
		URL       string `json:"bug_url"`
		Severity  text   `json:"severity"`
		VRT       string `json:"vrt_id"`
		Version   string `json:"vrt_version"`
		State     string `json:"state"`
		Submitted string `json:"submitted_at"`
		Duplicate bool   `json:"duplicate"`
	} `json:"attributes"`
}

func readBugcrowd(f *file) error {
	f.count(ReportsTotal, 0)
	paths := []string{"[]", "data[]"}
	if f.head.doc("data.attributes") {
		paths = []string{"data"} // one submission, not a page of them
	}
	return f.walk(paths, func(p jsonl.Part) error {
		var s bugcrowdSubmission
		if f.decode(p, &s) && (s.Type == "submission" || s.Attributes.VRT != "") {
			f.bugcrowd(p.Index, s)
		}
		return nil
	})
}

func (f *file) bugcrowd(at int, s bugcrowdSubmission) {
	a := s.Attributes
	if mapping.Refused("bugcrowd", a.VRT, a.Title) {
		f.refuse(1)
		return
	}
	claimed := claims("priority", string(a.Severity), "VRT", strings.TrimSuffix(a.VRT+"@"+a.Version, "@"), "state", a.State, "URL", a.URL)
	if a.Duplicate {
		claimed = append(claimed, Claim{Name: "duplicate", Value: "yes"})
	}
	made := Report{
		At: at, ID: s.ID, Title: a.Title, Text: sections(a.Text, "Request", a.Request, "More", a.More), Received: a.Submitted,
		Claims: claimed, Proposed: mapping.Propose("bugcrowd", a.VRT),
	}
	f.prose(&made)
	f.report(made)
}
