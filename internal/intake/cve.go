package intake

import (
	"encoding/json"
	"strings"

	"bugbar/internal/intake/jsonl"
)

// CVE records, 5.x: known flaws of software, read for linking: id, aliases, what is affected.

func sniffCVE(h *head) bool {
	return h.doc("dataType=CVE_RECORD") || h.doc("cveMetadata.cveId") || h.doc("[].cveMetadata.cveId")
}

type cveRecord struct {
	Meta struct {
		ID        string `json:"cveId"`
		Published string `json:"datePublished"`
	} `json:"cveMetadata"`
	Containers struct {
		CNA cveContainer `json:"cna"`
	} `json:"containers"`
}

type cveContainer struct {
	Title        string    `json:"title"`
	Descriptions []cveText `json:"descriptions"`
	Affected     []struct {
		Vendor  string `json:"vendor"`
		Product string `json:"product"`
		Package string `json:"packageName"`
	} `json:"affected"`
	Problems []struct {
		Descriptions []struct {
			CWE  string `json:"cweId"`
			Text string `json:"description"`
		} `json:"descriptions"`
	} `json:"problemTypes"`
	Metrics []map[string]json.RawMessage `json:"metrics"` // cvssV3_1 and the like among other members
}

type cveText struct {
	Lang  string `json:"lang"`
	Value string `json:"value"`
}

func readCVE(f *file) error {
	return records(f, "", func(at int, r cveRecord) { f.report(r.report(at)) })
}

func (r cveRecord) report(at int) Report {
	c := r.Containers.CNA
	out := Report{At: at, ID: r.Meta.ID, Aliases: []string{r.Meta.ID}, Title: c.Title, Text: english(c.Descriptions), Received: r.Meta.Published}
	for _, a := range c.Affected {
		out.Product = joinNew(out.Product, strings.TrimSpace(a.Vendor+" "+firstWord(a.Product, a.Package)))
	}
	for _, p := range c.Problems {
		for _, d := range p.Descriptions {
			out.Claims = append(out.Claims, claims("weakness", firstWord(d.CWE, d.Text))...)
		}
	}
	for _, versions := range c.Metrics {
		for _, name := range sortedKeys(versions) {
			var score struct{ VectorString, BaseSeverity string }
			if strings.HasPrefix(name, "cvss") && jsonl.Decode(versions[name], &score) == nil {
				out.Claims = append(out.Claims, claims("CVSS", score.VectorString, "severity", score.BaseSeverity)...)
			}
		}
	}
	out.Title = firstWord(out.Title, clip(out.Text, 120), out.ID)
	return out
}

// english picks the English text, or the first.
func english(texts []cveText) string {
	for _, t := range texts {
		if strings.HasPrefix(strings.ToLower(t.Lang), "en") {
			return t.Value
		}
	}
	if len(texts) > 0 {
		return texts[0].Value
	}
	return ""
}

// joinNew appends a word to a list of words unless it is there.
func joinNew(words, word string) string {
	switch {
	case word == "" || strings.Contains(", "+words+", ", ", "+word+", "):
		return words
	case words == "":
		return word
	}
	return words + ", " + word
}
