package triage

import (
	"fmt"

	"bugbar/bar"
	"bugbar/internal/intake"
	"bugbar/internal/intake/mapping"
	"bugbar/measure"
)

// Trials is how often an attack worked, as one judge saw it: what there is to say of the ease of
// exploitation. It is shown beside a verdict and never computed into it.
type Trials struct {
	Successes int    `json:"successes"`
	Attempts  *int   `json:"trials"` // nil where only successes were written down
	Errors    int    `json:"errors,omitempty"`
	Unjudged  int    `json:"unjudged,omitempty"`
	Judge     string `json:"judge,omitempty"`
	// Interval is Wilson's at 95 %, nil where the number of attempts is unknown.
	Interval *[2]float64 `json:"interval"`
}

// String words the trials: "55 of 144 attempts succeeded, 31 to 46 %".
func (t Trials) String() string {
	text := fmt.Sprintf("%d attempts succeeded, of how many is not known", t.Successes)
	if t.Attempts != nil {
		text = fmt.Sprintf("%d of %d attempts succeeded", t.Successes, *t.Attempts)
	}
	if t.Interval != nil {
		text += fmt.Sprintf(", %.0f to %.0f %%", 100*t.Interval[0], 100*t.Interval[1])
	}
	if t.Judge != "" {
		text += ", judged by " + t.Judge
	}
	return text
}

// FromIntake makes reports of what a scanner, a mailbox or a platform sent: one for each report in
// it, and one for each target that an attempt succeeded against, with a finding for each method and
// judge that did. What the tables of the tools propose is suggested, never confirmed.
func FromIntake(b *bar.Bar, batch *intake.Batch) []*Report {
	var reports []*Report
	for _, r := range batch.Reports {
		reports = append(reports, &Report{
			Source: Source{
				File: r.File, Title: r.Title, Product: r.Product, Model: r.Model, Reporter: r.Reporter,
			},
			Text:     r.Text,
			Received: r.Text,
			Findings: []Finding{{Facts: mapping.Facts(b, r.Proposed)}},
		})
	}
	byTarget := map[[2]string]*Report{}
	for _, f := range batch.Findings {
		if f.Successes == 0 {
			continue
		}
		key := [2]string{f.Tool, f.Target}
		if byTarget[key] == nil {
			byTarget[key] = &Report{Source: Source{File: fileOf(batch), Title: f.Tool + " against " + f.Target, Model: f.Target}}
			reports = append(reports, byTarget[key])
		}
		byTarget[key].Findings = append(byTarget[key].Findings, scanned(b, f))
	}
	return reports
}

func fileOf(batch *intake.Batch) string {
	if len(batch.Files) == 0 {
		return ""
	}
	return batch.Files[0].Name
}

func scanned(b *bar.Bar, f intake.Finding) Finding {
	title := f.Method
	if f.Strategy != "" {
		title += " by " + f.Strategy
	}
	trials := &Trials{Successes: f.Successes, Errors: f.Errors, Unjudged: f.Unjudged, Judge: f.Judge}
	if n, known := f.Trials(); known {
		trials.Attempts = &n
		if n > 0 {
			wilson := measure.Wilson(f.Successes, n, measure.Level)
			trials.Interval = &[2]float64{wilson.Lo, wilson.Hi}
		}
	}
	return Finding{Title: title, Facts: mapping.Facts(b, f.Proposed), Trials: trials}
}
