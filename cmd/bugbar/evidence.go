package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"bugbar/assess"
	"bugbar/bar"
	"bugbar/internal/evidence"
)

// maxMeasurement is the size of the largest measurement that is read, in bytes.
const maxMeasurement = 64 << 20

// evidenceFlag is the --evidence of the commands that decide.
type evidenceFlag struct {
	Evidence []string `help:"A measurement, as bugbar measure --format json prints it; it answers what the bar's cut is about." sep:"none" placeholder:"FILE"`
}

// apply judges each measurement by the bar's own cuts, whatever cut the file was judged by, and adds
// what it says to the facts. What a person has confirmed stands.
func (f evidenceFlag) apply(a *app, b *bar.Bar, facts assess.Facts) error {
	for _, file := range f.Evidence {
		report, err := readMeasurement(a, file)
		if err != nil {
			return err
		}
		j, ok := assess.Judge(b, report.Result)
		if !ok {
			return &inputError{fmt.Sprintf("%s: %s has no cut for evidence of kind %q", file, b.Ref(), report.Kind), "bugbar bar export lists its cuts"}
		}
		if err := vouch(b, facts, file, j, report); err != nil {
			return err
		}
	}
	return nil
}

func readMeasurement(a *app, file string) (evidence.Report, error) {
	var report evidence.Report
	in, err := a.open(file)
	if err != nil {
		return report, err
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, maxMeasurement+1))
	if err != nil {
		return report, err
	}
	const hint = "bugbar measure KIND FILE --format json"
	if len(data) > maxMeasurement {
		return report, &inputError{fmt.Sprintf("%s: larger than %d MiB", file, maxMeasurement>>20), hint}
	}
	if err := json.Unmarshal(data, &report); err != nil {
		return report, &inputError{fmt.Sprintf("%s: no measurement: %v", file, err), hint}
	}
	if report.Kind == "" || len(report.Metrics) == 0 {
		return report, &inputError{file + ": no measurement: it has no kind or no metrics", hint}
	}
	return report, nil
}

// vouch adds a judgement to the facts: its answer, and the type of weakness that it is evidence of
// where none is known.
func vouch(b *bar.Bar, facts assess.Facts, file string, j assess.Judgement, report evidence.Report) error {
	about := assess.Fact{Provenance: assess.Measured, By: "bugbar measure", Evidence: file}
	for _, s := range report.Source {
		about.Evidence += " " + s.Digest
	}
	entry := b.EntryPoint()
	known := facts[entry].Values
	if len(known) == 0 {
		kind := about
		kind.Values = j.Types
		facts[entry] = kind
	} else if !slices.ContainsFunc(known, func(t string) bool { return slices.Contains(j.Types, t) }) {
		return &inputError{
			fmt.Sprintf("%s: %s evidence says nothing of %s", file, report.Kind, strings.Join(known, " or ")),
			fmt.Sprintf("it speaks of %s=%s", entry, strings.Join(j.Types, "|")),
		}
	}
	if facts[j.Point].Provenance == assess.Confirmed {
		return nil
	}
	if j.Value != "" {
		about.Values = []string{j.Value}
	}
	facts[j.Point] = about
	return nil
}
