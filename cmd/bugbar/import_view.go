package main

import (
	"bugbar/assess"
	"bugbar/bar"
	"bugbar/internal/casebook"
	"bugbar/internal/findings"
	"bugbar/internal/intake"
	"bugbar/measure"
)

// importView is what import prints; as JSON it is the command's public shape.
type importView struct {
	Findings []findingView      `json:"findings"`
	Reports  []intake.Report    `json:"reports"`
	Totals   map[string]int     `json:"totals"`
	Warnings []string           `json:"warnings"`
	Skipped  []intake.LineError `json:"skipped"`
	Files    []intake.File      `json:"files"`
	Changes  *changeView        `json:"changes,omitempty"` // none for a dry run
}

// findingView is a finding with what is computed of it. Trials and interval are null for hit logs.
type findingView struct {
	intake.Finding
	Trials   *int         `json:"trials"`
	Interval *[2]float64  `json:"interval"` // Wilson, 95 %
	Verdict  *verdictView `json:"verdict"`
}

// verdictView is what the bar makes of the proposed facts alone.
type verdictView struct {
	Possible []string `json:"possible"`
	Question string   `json:"question,omitempty"` // the decision point to settle next
	ask      string
}

// changeView is what the import did to the findings file, or to the casebook.
type changeView struct {
	Appeared    []entryView `json:"appeared"`    // new, with a success
	CameBack    []entryView `json:"came_back"`   // succeeded again
	Resisted    []entryView `json:"resisted"`    // new, without a success
	Updated     []entryView `json:"updated"`     // newer trials or words
	Disappeared []entryView `json:"disappeared"` // tried again without a success: no fix
	Untried     []entryView `json:"untried"`     // known, and not in this run
	Same        int         `json:"same"`        // entries that were known as they are
}

// entryView names an entry of the findings file or casebook: a finding by its key, a report by its title.
type entryView struct {
	Case    casebook.ID `json:"case,omitzero"` // of a casebook
	Finding *intake.Key `json:"finding,omitempty"`
	Report  string      `json:"report,omitempty"`
}

func viewChange(c *findings.Change) *changeView {
	return &changeView{
		viewEntries(c.Appeared), viewEntries(c.CameBack), viewEntries(c.Resisted), viewEntries(c.Updated),
		viewEntries(c.Vanished), viewEntries(c.Untried), c.Same,
	}
}

func viewImported(c *casebook.Imported) *changeView {
	return &changeView{
		viewCases(c.Appeared), viewCases(c.CameBack), viewCases(c.Resisted), viewCases(c.Updated),
		viewCases(c.Vanished), viewCases(c.Untried), c.Same,
	}
}

func viewCases(entries []casebook.ImportedEntry) []entryView {
	views := []entryView{}
	for _, e := range entries {
		views = append(views, entryView{Case: e.Case, Finding: e.Finding, Report: e.Report})
	}
	return views
}

func viewEntries(entries []*findings.Entry) []entryView {
	views := []entryView{}
	for _, e := range entries {
		if e.Finding != nil {
			views = append(views, entryView{Finding: &e.Finding.Key})
		} else {
			views = append(views, entryView{Report: e.Report.Title})
		}
	}
	return views
}

func viewImport(b *bar.Bar, batch *intake.Batch) importView {
	v := importView{
		Findings: []findingView{}, Reports: nonNil(batch.Reports), Totals: batch.Totals,
		Warnings: nonNil(batch.Warnings), Skipped: nonNil(batch.Skipped), Files: nonNil(batch.Files),
	}
	for _, f := range batch.Findings {
		v.Findings = append(v.Findings, viewFinding(b, f))
	}
	return v
}

func nonNil[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func viewFinding(b *bar.Bar, f intake.Finding) findingView {
	v := findingView{Finding: f, Verdict: suggested(b, f)}
	if n, known := f.Trials(); known {
		wilson := measure.Wilson(f.Successes, n, importLevel)
		v.Trials, v.Interval = &n, &[2]float64{wilson.Lo, wilson.Hi}
	}
	return v
}

// suggested assesses the proposed facts. It is nil where nothing is proposed, or in words that the bar
// does not have.
func suggested(b *bar.Bar, f intake.Finding) *verdictView {
	if len(f.Proposed) == 0 {
		return nil
	}
	facts := assess.Facts{}
	for _, p := range f.Proposed {
		fact := facts[p.Point]
		facts[p.Point] = assess.Fact{Values: append(fact.Values, p.Value), Provenance: assess.Suggested, By: p.Source}
	}
	verdict, err := assess.Assess(b, facts)
	if err != nil {
		return nil
	}
	v := &verdictView{Possible: verdict.Possible}
	if q := verdict.Next; q != nil {
		v.Question, v.ask = q.Point, q.Question
	}
	return v
}
