package intake

import (
	"fmt"
	"strings"
	"testing"
)

// describe writes reports with their claims, one line each.
func describe(b *Batch) []string {
	var lines []string
	for _, r := range b.Reports {
		parts := []string{r.ID, strings.Join(r.Aliases, ","), r.Title, r.Product, r.Reporter, r.Received, strings.ReplaceAll(r.Text, "\n", "/")}
		for _, c := range r.Claims {
			parts = append(parts, c.Name+"="+c.Value)
		}
		lines = append(lines, strings.Join(parts, "|"))
	}
	return lines
}

func TestInterchangeFormats(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		file   string
		want   []string
		totals map[string]int
	}{
		{
			name: "SARIF: level from the rule or nowhere, messages by id, suppression, two runs, byte order mark",
			file: "\ufeff" + `{"version": "2.1.0", "runs": [
				{"tool": {"driver": {"name": "scan", "rules": [{"id": "R1", "shortDescription": {"text": "Short"}, "defaultConfiguration": {"level": "error"},
					"properties": {"security-severity": "8.1", "severity": "CRITICAL"}, "messageStrings": {"m": {"text": "found {0}"}}}]}},
				 "results": [{"ruleId": "R1", "message": {"id": "m", "arguments": ["it"]}, "locations": [{"physicalLocation": {"artifactLocation": {"uri": "a.md"}, "region": {"startLine": 3}}}]},
					{"ruleId": "R1", "level": "note", "kind": "pass", "message": {"text": "fine"}}]},
				{"tool": {"driver": {"name": "other"}, "extensions": [{"rules": [{"id": "X", "name": "Named"}]}]}, "results": [{"rule": {"id": "X"}, "message": {"text": "t"}, "suppressions": [{"kind": "external"}]}]},
				{"tool": {"driver": {"name": "empty"}}}]}`,
			want: []string{
				"||Short||||found it|level=error|severity=CRITICAL|security-severity=8.1|rule=R1|tool=scan|location=a.md:3",
				"||Named||||t|level=warning|rule=X|tool=other|suppressed=yes",
			},
			totals: map[string]int{Results: 3, "rules": 1, "suppressed": 1},
		},
		{name: "SARIF without runs", file: `{"version": "2.1.0", "$schema": "s", "runs": []}`, totals: map[string]int{Results: 0, Lost: 0}},
		{
			name: "CVE 5",
			file: `{"dataType": "CVE_RECORD", "dataVersion": "5.1", "cveMetadata": {"cveId": "CVE-2026-1"}, "containers": {"cna": {"descriptions": [{"lang": "de", "value": "nein"}, {"lang": "en-US", "value": "Leak"}],
				"affected": [{"vendor": "v", "product": "p"}], "problemTypes": [{"descriptions": [{"cweId": "CWE-79"}]}], "metrics": [{"format": "CVSS", "cvssV3_1": {"vectorString": "CVSS:3.1/x", "baseSeverity": "HIGH"}}]}}}`,
			want: []string{"CVE-2026-1|CVE-2026-1|Leak|v p|||Leak|weakness=CWE-79|CVSS=CVSS:3.1/x|severity=HIGH"},
		},
		{
			name: "OSV and GitHub's advisories",
			file: `{"schema_version": "1.3.1", "id": "GO-1", "modified": "m", "aliases": ["CVE-2026-1"], "summary": "s", "details": "d", "affected": [{"package": {"name": "n", "ecosystem": "Go"}}], "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/x"}]}`,
			want: []string{"GO-1|CVE-2026-1|s|Go n|||d|CVSS_V3=CVSS:3.1/x"},
		},
		{
			name: "OSV: one per line",
			file: lines(`{"schema_version": "1.4.0", "id": "A-1", "modified": "m", "summary": "s"}`, `{"id": `, `{"schema_version": "1.4.0", "id": "A-2", "modified": "m", "summary": "t"}`),
			want: []string{"A-1||s||||", "A-2||t||||"}, totals: map[string]int{Lost: 1},
		},
		{
			name: "OSV: the list of an answer",
			file: `{"vulns": [{"id": "A-1", "modified": "m", "affected": [], "summary": "s"}, 7, {"id": "A-2", "modified": "m", "summary": "t"}]}`,
			want: []string{"A-1||s||||", "A-2||t||||"}, totals: map[string]int{Lost: 1},
		},
		{
			name: "GitHub's list of advisories",
			file: `[{"ghsa_id": "GHSA-1", "cve_id": null, "summary": "s"}, {"ghsa_id": "GHSA-2", "summary": "t"}]`,
			want: []string{"GHSA-1||s||||", "GHSA-2||t||||"},
		},
		{
			name: "CVE list",
			file: `[{"cveMetadata": {"cveId": "CVE-1"}, "containers": {"cna": {"title": "t"}}}]`,
			want: []string{"CVE-1|CVE-1|t||||"},
		},
		{
			name: "GitHub's own advisory",
			file: `{"ghsa_id": "GHSA-1", "cve_id": "CVE-2026-2", "summary": "s", "description": "d", "severity": "high"}`,
			want: []string{"GHSA-1|CVE-2026-2|s||||d|severity=high"},
		},
		{
			name:   "HackerOne CSV",
			file:   "id,title,severity_rating,severity_score,state,substate,weakness,reported_at,reporter,structured_scope,original_report_id,cve_ids\n1,\"T, quoted\",high,8.1,closed,duplicate,XSS,2026-01-01,r,s,7,CVE-2026-1\n,no id,low,,,,,,,,,\n",
			want:   []string{"1|CVE-2026-1|T, quoted|s|r|2026-01-01||severity=high|score=8.1|state=closed/duplicate|weakness=XSS|duplicate of=7"},
			totals: map[string]int{Lost: 1},
		},
		{
			name: "HackerOne JSON, with cells of another type",
			file: `{"findings": [{"id": 5, "title": "T", "severity_rating": "low", "tags": ["x"], "bounty": {"a": 1}}]}`,
			want: []string{"5||T|||||severity=low"},
		},
		{
			name: "HackerOne API",
			file: `{"data": [{"id": "1", "type": "report", "attributes": {"title": "T", "state": "triaged", "created_at": "c", "vulnerability_information": "body"},
				"relationships": {"reporter": {"data": {"attributes": {"username": "u"}}}, "severity": {"data": {"attributes": {"rating": "high", "score": 8.7}}}, "weakness": {"data": {"attributes": {"name": "W", "external_id": "cwe-79"}}}}}]}`,
			want: []string{"1||T||u|c|body|severity=high|score=8.7|state=triaged|weakness=W|CWE=cwe-79"},
		},
		{
			name: "HackerOne API, one report",
			file: `{"data": {"id": 7, "type": "report", "attributes": {"title": "T", "state": "new"}}}`,
			want: []string{"7||T|||||state=new"},
		},
		{
			name: "Bugcrowd CSV",
			file: "reference_number,bounty_code,source,username,title,caption,priority,vrt_lineage,substate,state,duplicate,description,submitted_at,target_name\nr1,b,platform,u,T,c,2,AI > X,unresolved,open,FALSE,\"two\nlines\",s,app\n",
			want: []string{"r1||T|app|u|s|two/lines|priority=2|VRT=AI > X|state=open/unresolved|duplicate=FALSE"},
		},
		{
			name: "Bugcrowd API",
			file: `[{"id": "i", "type": "submission", "attributes": {"title": "T", "description": "d", "severity": 1, "vrt_id": "ai_application_security.llm_security.prompt_injection", "vrt_version": "1.14", "state": "new", "duplicate": true}}, {"id": "o", "type": "target", "attributes": {}}]`,
			want: []string{"i||T||||d|priority=1|VRT=ai_application_security.llm_security.prompt_injection@1.14|state=new|duplicate=yes"},
		},
		{
			name: "DefectDojo: placeholders, unknown fields, missing fields",
			file: `{"findings": [{"title": "T", "severity": "High", "description": "d", "cwe": "N/A", "impact": "i", "line": "42"}, {"title": "T", "severity": "Low", "description": "d", "made_up": 1}, {}, 5]}`,
			want: []string{"||T||||d//## Impact//i|severity=High"}, totals: map[string]int{"findings": 1, Lost: 3},
		},
		{
			name: "DefectDojo CSV",
			file: "Date,Title,CweId,Url,Severity,Description,Mitigation,Impact\n28/02/2026,T,79,https://x,Low,d,,\n",
			want: []string{"||T|||28/02/2026|d|severity=Low|weakness=CWE-79|location=https://x"},
		},
		{
			name:   "a name that marks material that is never accepted",
			file:   `{"findings": [{"title": "CSAM in answers", "severity": "High", "description": "words"}]}`,
			totals: map[string]int{NotAccepted: 1, ReportsTotal: 0},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := read(t, "x", tt.file, Options{})
			check(t, "reports", tt.want, describe(b))
			checkTotals(t, tt.totals, b.Totals)
			if strings.Contains(fmt.Sprint(b), "CSAM") {
				t.Error("a refused name was written")
			}
		})
	}
}
