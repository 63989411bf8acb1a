package intake

import (
	"strings"

	"bugbar/internal/intake/jsonl"
)

// OSV, 1.3 and later, GHSA's files in it, and GitHub's own advisories: known flaws, for linking.

func sniffOSV(h *head) bool {
	for _, at := range []string{"", "[].", osvList + "[]."} {
		if h.doc(at+"schema_version", at+"id", at+"modified") || h.doc(at+"id", at+"modified", at+"affected") || h.doc(at+"ghsa_id", at+"summary") {
			return true
		}
	}
	return h.doc("id", "affected[].package")
}

// osvList holds the records in an answer of osv.dev.
const osvList = "vulns"

type osvRecord struct {
	ID        string   `json:"id"`
	GHSA      string   `json:"ghsa_id"` // GitHub's API
	CVE       string   `json:"cve_id"`
	Aliases   []string `json:"aliases"`
	Published string   `json:"published"`
	Withdrawn string   `json:"withdrawn"`
	Summary   string   `json:"summary"`
	Details   string   `json:"details"`
	Text      string   `json:"description"`
	Affected  []struct {
		Package struct {
			Name      string `json:"name"`
			Ecosystem string `json:"ecosystem"`
		} `json:"package"`
	} `json:"affected"`
	Severity osvSeverity `json:"severity"`
	Database struct {
		Severity string `json:"severity"`
		CWE      list   `json:"cwe_ids"`
	} `json:"database_specific"`
}

// osvSeverity is a list of scores in OSV and a word in GitHub's API.
type osvSeverity []Claim

func (s *osvSeverity) UnmarshalJSON(b []byte) error {
	if word, ok := jsonl.String(b); ok {
		*s = claims("severity", word)
		return nil
	}
	var scores []struct{ Type, Score string }
	err := jsonl.Decode(b, &scores)
	for _, score := range scores {
		*s = append(*s, claims(score.Type, score.Score)...)
	}
	return err
}

func readOSV(f *file) error {
	return records(f, osvList, func(at int, r osvRecord) { f.report(r.report(at)) })
}

func (r osvRecord) report(at int) Report {
	out := Report{
		At: at, ID: firstWord(r.ID, r.GHSA), Aliases: r.Aliases, Title: r.Summary, Text: firstWord(r.Details, r.Text), Received: r.Published,
		Claims: append([]Claim(r.Severity), claims("severity", r.Database.Severity, "weakness", strings.Join(r.Database.CWE, ", "), "withdrawn", r.Withdrawn)...),
	}
	if r.CVE != "" {
		out.Aliases = append(out.Aliases, r.CVE)
	}
	for _, a := range r.Affected {
		out.Product = joinNew(out.Product, strings.TrimSpace(a.Package.Ecosystem+" "+a.Package.Name))
	}
	out.Title = firstWord(out.Title, clip(out.Text, 120), out.ID)
	return out
}
