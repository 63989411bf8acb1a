package intake

import (
	"fmt"
	"strings"

	"bugbar/internal/intake/jsonl"
)

// garakMeta is a rare line: settings, the start of a run, a total, or a hit.
type garakMeta struct {
	Run   string `json:"run"`
	RunID string `json:"run_id"`

	TargetType *string  `json:"plugins.target_type"` // from 0.13.1 on
	TargetName *string  `json:"plugins.target_name"`
	ModelType  *string  `json:"plugins.model_type"`
	ModelName  *string  `json:"plugins.model_name"`
	OldType    *string  `json:"model_type"` // up to 0.9.0.8
	OldName    *string  `json:"model_name"`
	Threshold  *float64 `json:"run.eval_threshold"`
	OldLimit   *float64 `json:"eval_threshold"`

	Probe     string   `json:"probe"`
	Detector  string   `json:"detector"`
	Passed    *int     `json:"passed"`
	Total     *int     `json:"total"` // up to 0.13
	Fails     *int     `json:"fails"` // from 0.14 on
	Evaluated *int     `json:"total_evaluated"`
	Score     *float64 `json:"score"`
	Generator string   `json:"generator"`
}

// garakEval is the tool's own total of one detector over one probe.
type garakEval struct{ at, successes, trials int }

func (g *garakRun) meta(at int, l garakLine) {
	var m garakMeta
	if err := jsonl.Decode(l.meta, &m); err != nil {
		g.lose(at, fmt.Sprintf("%s record: a field has the wrong type", orWord(l.entry, "hit")), "the types that garak writes")
	}
	switch l.entry {
	case "start_run setup", "config":
		g.setup(m)
	case "init":
		g.begin(m.Run)
	case "eval":
		g.eval(at, m)
	default:
		g.hit(at, m)
	}
}

func orWord(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// setup takes over the target and the threshold of the run that begins.
func (g *garakRun) setup(m garakMeta) {
	target, limit := g.target, g.threshold
	kind := firstString(m.TargetType, m.ModelType, m.OldType)
	name := firstString(m.TargetName, m.ModelName, m.OldName)
	if t := garakTarget(kind + " " + name); t != "" {
		target = t
	}
	for _, t := range []*float64{m.Threshold, m.OldLimit} {
		if t != nil && g.opts.Threshold == nil {
			limit = *t
		}
	}
	if target != g.target || limit != g.threshold {
		g.closeRun()
		g.target, g.threshold = target, limit
	}
}

// begin notes the id of the run; another one means that files were joined.
func (g *garakRun) begin(id string) {
	if g.run != "" && id != "" && id != g.run {
		g.closeRun()
	}
	if id != "" {
		g.run = id
	}
}

// garakTarget writes "type name" one way; garak writes the word None for no name.
func garakTarget(s string) string {
	return strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(s), " None"))
}

func firstString(candidates ...*string) string {
	for _, s := range candidates {
		if s != nil && *s != "" {
			return *s
		}
	}
	return ""
}

func (g *garakRun) eval(at int, m garakMeta) {
	probe, detector := garakName(m.Probe), garakName(m.Detector)
	trials := m.Evaluated
	if trials == nil {
		trials = m.Total
	}
	if probe == "" || detector == "" || m.Passed == nil || trials == nil || *m.Passed < 0 || *m.Passed > *trials {
		g.lose(at, "eval record without probe, detector or plausible counts", "passed between 0 and the total")
		return
	}
	g.reported = true
	if g.opts.Judge != "" && g.opts.Judge != detector {
		return
	}
	key := g.key(garakGroup{g.target, probe, detector})
	if _, twice := g.evals[key]; !twice {
		if len(g.order) >= maxFindings {
			return
		}
		g.order = append(g.order, key)
	}
	g.evals[key] = garakEval{at, *trials - *m.Passed, *trials}
}

// hit reads a line of a hit log: one success, without a word on how many attempts there were.
func (g *garakRun) hit(at int, m garakMeta) {
	if m.Probe == "" || m.Detector == "" || m.Score == nil {
		return // a record of a kind that is not needed
	}
	g.begin(m.RunID)
	if target := garakTarget(m.Generator); target != "" {
		g.target = target
	}
	detector := garakName(m.Detector)
	if (g.opts.Judge != "" && g.opts.Judge != detector) || (g.opts.Threshold != nil && *m.Score < g.threshold) {
		return
	}
	key := g.key(garakGroup{g.target, garakName(m.Probe), detector})
	if len(g.hits) < maxFindings {
		g.hits[key]++
	}
	g.count(HitsTotal, 1)
	g.add(g.finding(key, Hits, nil), Success, at, 1)
}

// finish counts what never came to an end.
func (g *garakRun) finish() {
	unfinished := max(g.unkeyed, 0)
	for _, sum := range g.attempts {
		if sum == 0 {
			unfinished++
		}
	}
	if g.reported || len(g.attempts) > 0 {
		g.count(Incomplete, unfinished)
		g.count(AttemptsTotal, 0)
		g.countsTrials()
	}
	if unfinished > 0 {
		g.warn("%d attempts were sent and never judged; they are no trials", unfinished)
	}
	g.closeRun()
}

// closeRun holds the tool's totals against the attempts of the run, and remembers its hits for
// comparison with other files of the same run.
func (g *garakRun) closeRun() {
	for _, key := range g.order {
		g.compare(key, g.evals[key])
	}
	if g.run != "" && (g.reported || len(g.hits) > 0) {
		g.out.runs = append(g.out.runs, g.sum())
	}
	g.reset()
}

// compare warns when the attempts and the tool's total disagree, and takes the total where there are
// no attempts.
func (g *garakRun) compare(key Key, e garakEval) {
	g.count("eval_trials", e.trials)
	g.count("eval_successes", e.successes)
	group := g.groups[garakGroup{key.Target, key.Method, key.Judge}]
	switch {
	case group == nil:
		summary := g.finding(key, Summary, nil)
		g.add(summary, Success, e.at, e.successes)
		g.add(summary, Failure, e.at, e.trials-e.successes)
		g.warn("%s by %s: no judged attempts; the tool's total is used, %d of %d", key.Method, key.Judge, e.successes, e.trials)
	case g.opts.Threshold == nil && (group.trials != e.trials || group.successes != e.successes):
		g.count("disagree", 1)
		g.warn("%s by %s: the attempts say %d of %d, the tool's total %d of %d; the attempts are used",
			key.Method, key.Judge, group.successes, group.trials, e.successes, e.trials)
	}
}

func (g *garakRun) sum() run {
	if !g.reported {
		return run{file: g.name, id: g.run, basis: Hits, hits: g.hits}
	}
	hits := map[Key]int{}
	for key, e := range g.evals {
		hits[key] = e.successes
	}
	for id, group := range g.groups {
		hits[g.key(id)] = group.successes
	}
	return run{file: g.name, id: g.run, basis: Attempts, hits: hits}
}
