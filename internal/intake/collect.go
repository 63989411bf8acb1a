package intake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync/atomic"

	"bugbar/internal/intake/jsonl"
	"bugbar/internal/intake/mapping"
)

// What one Batch may hold, whatever the input.
const (
	maxSkipped  = 1000 // LineErrors kept; the rest is only counted
	maxWarnings = 200
	maxFindings = 100_000
	maxReports  = 100_000
	maxWords    = 256 << 20 // bytes of the texts of all reports
)

// A file is one input on its way: its bytes, and the Batch that it adds to. The format readers
// speak to it in the words trial, report, count, lose, warn and refuse.
type file struct {
	io.Reader
	ctx    context.Context
	name   string
	run    string // the tool's id of the run, for comparing files
	opts   Options
	out    *collector
	head   *head
	from   *unpacker // what this file came out of, with the limits that remain
	disk   string    // path of the same bytes on disk, or ""
	warned bool      // what is said once per file has been said
}

// collector builds a Batch.
type collector struct {
	batch    Batch
	findings map[groupKey]*Finding
	runs     []run
	words    int // bytes of the reports' texts

	attempts, groups atomic.Int64 // for Progress, which another goroutine reads
}

// groupKey keeps apart what rests on attempts and what rests on a summary of the same attempts.
type groupKey struct {
	Key
	Basis
	threshold float64
}

// run remembers what one file said of one run of a tool, so that a hit log can be held against the
// report of the same run.
type run struct {
	file, id string
	basis    Basis
	hits     map[Key]int
}

func newCollector() *collector {
	return &collector{
		batch:    Batch{Totals: map[string]int{}},
		findings: map[groupKey]*Finding{},
	}
}

// finding returns the group that a key belongs to, made if need be.
func (f *file) finding(key Key, basis Basis, threshold *float64) *Finding {
	group := groupKey{Key: key, Basis: basis}
	if threshold != nil {
		group.threshold = *threshold
	}
	if found, ok := f.out.findings[group]; ok {
		return found
	}
	if len(f.out.findings) >= maxFindings {
		f.lose(0, fmt.Sprintf("attempts of more than %d different findings", maxFindings), "fewer targets, methods and judges at a time")
		return &Finding{Key: key}
	}
	made := &Finding{Key: key, Basis: basis, Threshold: threshold, Proposed: mapping.Propose(key.Tool, key.Method)}
	f.out.findings[group] = made
	f.out.groups.Add(1)
	return made
}

// trial adds attempts that were seen.
func (f *file) trial(t Trial, threshold *float64) *Finding {
	group := f.finding(t.Key, Attempts, threshold)
	f.add(group, t.Outcome, t.At, t.Count)
	return group
}

// add counts attempts of one outcome at one place.
func (f *file) add(group *Finding, outcome Outcome, at, n int) {
	if n <= 0 {
		return
	}
	switch outcome {
	case Success:
		group.Successes += n
	case Failure:
		group.Failures += n
	case Error:
		group.Errors += n
	case Unjudged:
		group.Unjudged += n
	}
	group.Refs.add(f.name, at, outcome, n)
	f.out.attempts.Add(int64(n))
}

func (f *file) report(r Report) {
	if r.refused() {
		f.refuse(1)
		return
	}
	f.out.words += len(r.Text)
	if len(f.out.batch.Reports) >= maxReports || f.out.words > maxWords {
		f.lose(r.At, "a report beyond the limits of one reading", fmt.Sprintf("at most %d reports and %d MiB of text", maxReports, maxWords>>20))
		return
	}
	r.File, r.Format = f.name, f.head.format
	f.out.batch.Reports = append(f.out.batch.Reports, r)
	f.count(ReportsTotal, 1)
}

// refused tells by the title, the claims and the names of attachments whether a report is of material
// that is never accepted.
func (r Report) refused() bool {
	names := []string{r.Title}
	for _, c := range r.Claims {
		names = append(names, c.Value)
	}
	for _, a := range r.Attached {
		names = append(names, a.Name)
	}
	return mapping.Refused("report", names...)
}

// RefusedText says whether a plain report names itself as one of material that is never accepted: in
// its title or in a field such as "Category:".
func RefusedText(title, text string) bool {
	r := Report{Title: title, Text: text}
	readClaims(&r)
	return r.refused()
}

func (f *file) count(name string, n int) { f.out.batch.Totals[name] += n }

// countsTrials makes the totals of trials appear, even when they are 0.
func (f *file) countsTrials() {
	for _, name := range []string{Trials, Successes, Errors, UnjudgedTotal} {
		f.count(name, 0)
	}
}

// lose records that something at a place could not be used: what was wrong, and what would do.
func (f *file) lose(at int, what, want string) {
	f.count(Lost, 1)
	if len(f.out.batch.Skipped) < maxSkipped {
		f.out.batch.Skipped = append(f.out.batch.Skipped, LineError{f.name, at, what, want})
	}
}

func (f *file) warn(format string, args ...any) {
	if len(f.out.batch.Warnings) < maxWarnings {
		f.out.batch.Warnings = append(f.out.batch.Warnings, f.name+": "+fmt.Sprintf(format, args...))
	}
}

// refuse counts rows on material that is never accepted. The caller drops them.
func (f *file) refuse(n int) { f.count(NotAccepted, n) }

// claim adds a claim to a finding, once.
func (g *Finding) claim(name, value string) {
	c := Claim{Name: name, Value: value}
	if value != "" && !slices.Contains(g.Claims, c) {
		g.Claims = append(g.Claims, c)
	}
}

// walk reads one JSON document by its paths; what is too long or deep, or not what into expects, is
// lost and the rest read.
func (f *file) walk(paths []string, each func(jsonl.Part) error) error {
	err := jsonl.Walk(f, paths, func(p jsonl.Part) error {
		if err := f.ctx.Err(); err != nil {
			return err
		}
		if p.Err != nil {
			f.lose(p.Index, p.Path+": "+p.Err.Error(), "")
			return nil
		}
		return each(p)
	})
	if isStop(err) {
		return err
	}
	if err != nil {
		f.lose(0, err.Error(), "what stands before that byte is used")
	}
	return nil
}

// isStop tells errors that end everything from damage of one file.
func isStop(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, errLimit)
}

// finish sorts the findings and adds up the totals.
func (c *collector) finish() *Batch {
	c.dropSeenHits()
	c.dropSeenSummaries()
	b := &c.batch
	b.Totals[Groups] += 0 // always there
	for _, g := range c.findings {
		b.Findings = append(b.Findings, *g)
	}
	slices.SortFunc(b.Findings, compareFindings)
	for _, g := range b.Findings {
		c.addTotals(g)
	}
	return b
}

func (c *collector) addTotals(g Finding) {
	t := c.batch.Totals
	t[Groups]++
	t[Successes] += g.Successes
	if n, known := g.Trials(); known {
		t[Trials] += n
		t[Errors] += g.Errors
		t[UnjudgedTotal] += g.Unjudged
	}
	if len(g.Proposed) == 0 {
		t[Unmapped]++
	}
}

func compareFindings(a, b Finding) int {
	return cmp.Or(
		cmp.Compare(a.Tool, b.Tool), cmp.Compare(a.Target, b.Target), cmp.Compare(a.Method, b.Method),
		cmp.Compare(a.Strategy, b.Strategy), cmp.Compare(a.Judge, b.Judge), cmp.Compare(a.Basis, b.Basis),
		cmp.Compare(threshold(a), threshold(b)),
	)
}

func threshold(f Finding) float64 {
	if f.Threshold == nil {
		return 0
	}
	return *f.Threshold
}

// dropSeenHits leaves out the hit log of a run whose report was read as well: its lines are the same
// attempts. Where the two disagree, that is said.
func (c *collector) dropSeenHits() {
	reports := map[string]run{}
	for _, r := range c.runs {
		if r.basis != Hits && r.id != "" {
			reports[r.id] = r
		}
	}
	for _, log := range c.runs {
		report, ok := reports[log.id]
		if log.basis != Hits || !ok {
			continue
		}
		for key, hits := range log.hits {
			c.dropHits(log, report, key, hits)
		}
	}
	slices.Sort(c.batch.Warnings)
}

// dropSeenSummaries leaves out a summary, such as garak's AVID file, that says the same as attempts
// that were read beside it.
func (c *collector) dropSeenSummaries() {
	attempts := map[Key]*Finding{}
	for id, g := range c.findings {
		if id.Basis == Attempts {
			attempts[id.Key] = g
		}
	}
	for id, g := range c.findings {
		seen := attempts[id.Key]
		if id.Basis == Summary && seen != nil && seen.Successes == g.Successes && seen.Failures == g.Failures {
			delete(c.findings, id)
		}
	}
}

func (c *collector) dropHits(log, report run, key Key, hits int) {
	if seen := report.hits[key]; seen != hits {
		c.batch.Warnings = append(c.batch.Warnings, fmt.Sprintf("%s: %d hits of %s by %s, %d in %s; the report is used",
			log.file, hits, key.Method, key.Judge, seen, report.file))
	}
	group := groupKey{Key: key, Basis: Hits}
	g := c.findings[group]
	if g == nil {
		return
	}
	if g.Refs.drop(log.file); len(g.Refs.files) == 0 {
		delete(c.findings, group)
		return
	}
	g.Successes -= hits
}

// propose adds facts that a category of the tool stands for, once each.
func (g *Finding) propose(facts []mapping.Proposal) {
	for _, fact := range facts {
		if !slices.Contains(g.Proposed, fact) {
			g.Proposed = append(g.Proposed, fact)
		}
	}
}

// claims makes claims of pairs of name and value, without the empty ones.
func claims(pairs ...string) []Claim {
	var made []Claim
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			made = append(made, Claim{Name: pairs[i], Value: pairs[i+1]})
		}
	}
	return made
}
