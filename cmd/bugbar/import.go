package main

import (
	"fmt"

	"bugbar/assess"
	"bugbar/bar"
	"bugbar/internal/findings"
	"bugbar/internal/intake"
	"bugbar/measure"
)

type importCmd struct {
	Input     []string `arg:"" help:"Reports, scanner output, folders of runs, archives (- for standard input)."`
	DryRun    bool     `help:"Show what is found and keep nothing."`
	To        string   `help:"Findings file that the import updates." default:"findings.jsonl" placeholder:"FILE"`
	Format    string   `help:"text, markdown or json." enum:"text,markdown,json" default:"text"`
	Threshold *float64 `help:"Count attack scores at or above this as success, in place of the tool's own threshold." placeholder:"SCORE"`
	Judge     string   `help:"Count only what this detector, scorer or metric says." placeholder:"NAME"`
	Target    string   `help:"The target, for files that do not name it." placeholder:"NAME"`
	Worked    string   `help:"The Inspect score that means the attack worked, such as C or I." placeholder:"VALUE"`
	barFlag
}

// Help is shown by bugbar import --help.
func (importCmd) Help() string {
	return "Formats are told by content, not by name. Attempts are grouped by target, method and judge;\n" +
		"errors and outputs without judgement are shown beside the rate and never in it.\n" +
		"The same input twice changes nothing, and no import touches a person's decision."
}

// Confidence level of the intervals shown.
const importLevel = 0.95

func (c *importCmd) Run(a *app) error {
	if t := c.Threshold; t != nil && !(*t >= 0 && *t <= 1) {
		return &inputError{fmt.Sprintf("--threshold %v is no score", *t), "a number from 0 to 1"}
	}
	b, err := c.load()
	if err != nil {
		return err
	}
	shown := newProgress(a)
	opts := intake.Options{Threshold: c.Threshold, Judge: c.Judge, Target: c.Target, Worked: c.Worked, Progress: shown.importing(c.Input)}
	batch, err := intake.ReadAll(a.ctx, c.Input, a.stdin, opts)
	shown.clear()
	if err != nil {
		return err
	}
	result := viewImport(b, batch)
	if !c.DryRun {
		change, err := findings.Import(c.To, batch)
		if err != nil {
			return err
		}
		result.Changes = viewChange(change)
	}
	if err := c.print(a, b, result); err != nil {
		return err
	}
	if n := batch.Totals[intake.Lost]; n > 0 {
		return fmt.Errorf("%w: %d", errPartly, n)
	}
	return nil
}

func (c *importCmd) print(a *app, b *bar.Bar, v importView) error {
	switch c.Format {
	case "json":
		return printJSON(a, v)
	case "markdown":
		return printImportMarkdown(a, b, v)
	}
	return printImport(a, b, v)
}

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

// changeView is what the import did to the findings file.
type changeView struct {
	Appeared    []entryView `json:"appeared"`    // new, with a success
	CameBack    []entryView `json:"came_back"`   // succeeded again
	Resisted    []entryView `json:"resisted"`    // new, without a success
	Updated     []entryView `json:"updated"`     // newer trials or words
	Disappeared []entryView `json:"disappeared"` // tried again without a success: no fix
	Untried     []entryView `json:"untried"`     // known, and not in this run
	Same        int         `json:"same"`        // entries that were known as they are
}

// entryView names an entry of the findings file: a finding by its key, a report by its title.
type entryView struct {
	Finding *intake.Key `json:"finding,omitempty"`
	Report  string      `json:"report,omitempty"`
}

func viewChange(c *findings.Change) *changeView {
	return &changeView{
		viewEntries(c.Appeared), viewEntries(c.CameBack), viewEntries(c.Resisted), viewEntries(c.Updated),
		viewEntries(c.Vanished), viewEntries(c.Untried), c.Same,
	}
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
