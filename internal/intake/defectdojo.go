package intake

import (
	"fmt"
	"strings"

	"bugbar/internal/intake/jsonl"
	"bugbar/internal/intake/mapping"
)

// DefectDojo's generic findings. Fields it does not know are refused, as DefectDojo refuses them,
// since a misspelt field would be lost without a word; here only the finding is refused.

func sniffDefectDojo(h *head) bool {
	return h.doc("findings") && !h.doc("findings[].severity_rating") && !h.doc("runs")
}

func sniffDefectDojoCSV(h *head) bool { return h.columns("Title", "Severity", "Description", "Date") }

// dojoFields are the fields of a generic finding that DefectDojo takes.
var dojoFields = wordSet(`title severity description date cwe cwes cve epss_score epss_percentile cvssv3 cvssv3_score cvssv4
	cvssv4_score mitigation impact steps_to_reproduce severity_justification references active verified false_p out_of_scope
	risk_accepted under_review is_mitigated mitigated thread_id numerical_severity param payload line file_path component_name
	component_version static_finding dynamic_finding scanner_confidence unique_id_from_tool vuln_id_from_tool
	sast_source_object sast_sink_object sast_source_line sast_source_file_path nb_occurences publish_date service
	planned_remediation_date planned_remediation_version effort_for_fixing kev_date known_exploited ransomware_used
	fix_available fix_version endpoints files tags vulnerability_ids duplicate hash_code last_reviewed mitigated_by
	under_defect_review under_defect_review_requested_by`)

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

type dojoFinding struct {
	Title       text `json:"title"`
	Severity    text `json:"severity"`
	Description text `json:"description"`
	Date        text `json:"date"`
	CVE         text `json:"cve"`
	CWE         text `json:"cwe"`
	CVSS3       text `json:"cvssv3"`
	CVSS4       text `json:"cvssv4"`
	Impact      text `json:"impact"`
	Mitigation  text `json:"mitigation"`
	Steps       text `json:"steps_to_reproduce"`
	Component   text `json:"component_name"`
	Service     text `json:"service"`
	ID          text `json:"unique_id_from_tool"`
	RuleID      text `json:"vuln_id_from_tool"`
	File        text `json:"file_path"`
	Tags        list `json:"tags"`
}

func readDefectDojo(f *file) error {
	f.count("findings", 0)
	return f.walk([]string{"findings[]"}, func(p jsonl.Part) error {
		var d dojoFinding
		unknown := 0
		flaw := jsonl.Members(p.Value, func(key, _ []byte) bool {
			if !dojoFields[string(key)] {
				unknown++
			}
			return true
		})
		switch {
		case flaw != nil:
			f.lose(p.Index, "findings[]: "+flaw.Error(), "an object per finding")
		case unknown > 0:
			f.lose(p.Index, fmt.Sprintf("findings[]: %d fields that the generic format does not have", unknown), "the fields of DefectDojo's Finding")
		case f.decode(p, &d):
			f.dojo(p.Index, d)
		}
		return nil
	})
}

func (f *file) dojo(at int, d dojoFinding) {
	if d.Title == "" || d.Severity == "" || d.Description == "" {
		f.lose(at, "a finding without title, severity or description", "all three")
		return
	}
	if mapping.Refused("defectdojo", append(d.Tags, string(d.Title), string(d.RuleID), string(d.Component))...) {
		f.refuse(1)
		return
	}
	f.count("findings", 1)
	text := sections(string(d.Description), "Steps to reproduce", string(d.Steps), "Impact", string(d.Impact), "Mitigation", string(d.Mitigation))
	f.report(Report{
		At: at, ID: string(d.ID), Title: string(d.Title), Text: text, Received: string(d.Date), Product: firstWord(string(d.Component), string(d.Service)),
		Claims: claims("severity", string(d.Severity), "CVE", string(d.CVE), "weakness", cwe(string(d.CWE)), "CVSS", firstWord(string(d.CVSS4), string(d.CVSS3)), "location", string(d.File), "rule", string(d.RuleID)),
	})
}

// cwe writes a number as CWE-79; placeholders such as N/A are dropped.
func cwe(s string) string {
	if n := cellNumber(strings.TrimPrefix(strings.ToUpper(s), "CWE-")); n != nil && *n > 0 {
		return fmt.Sprintf("CWE-%d", int(*n))
	}
	return ""
}

// sections joins texts under headings, leaving out the empty ones.
func sections(text string, pairs ...string) string {
	for i := 0; i+1 < len(pairs); i += 2 {
		if strings.TrimSpace(pairs[i+1]) != "" {
			text += "\n\n## " + pairs[i] + "\n\n" + pairs[i+1]
		}
	}
	return strings.TrimSpace(text)
}

func readDefectDojoCSV(f *file) error {
	return f.rows(func(r row) {
		f.dojo(r.at, dojoFinding{
			Title: text(r.get("Title")), Severity: text(r.get("Severity")), Description: text(r.get("Description")), Date: text(r.get("Date")),
			CVE: text(r.get("CVE", "Vulnerability Id")), CWE: text(r.get("CweId")), CVSS3: text(r.get("CVSSV3")), CVSS4: text(r.get("CVSSV4")),
			Impact: text(r.get("Impact")), Mitigation: text(r.get("Mitigation")), File: text(r.get("Url")),
		})
	})
}
