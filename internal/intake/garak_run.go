package intake

import (
	"fmt"
	"hash/maphash"
	"math"
	"strings"

	"bugbar/internal/intake/jsonl"
)

// readGarak groups attempts and hits line by line. Lines are parsed side by side; what depends on
// the lines before (target, threshold, what has been seen) happens here, in the order of the file.
func readGarak(f *file) error {
	g := &garakRun{
		file:      f,
		threshold: garakThreshold,
		target:    f.opts.Target,
		attempts:  map[uint64]uint64{},
	}
	g.reset()
	if f.opts.Threshold != nil {
		g.threshold = *f.opts.Threshold
	}
	seed := maphash.MakeSeed()
	newParser := func() func([]byte) garakLine { return newGarakParser(seed).parse }
	err := jsonl.Lines(f, workers(), newParser, g.line)
	g.finish()
	return err
}

// reset forgets what belongs to one run; which attempts have been seen is kept for the whole file.
func (g *garakRun) reset() {
	g.groups, g.evals, g.order, g.hits = map[garakGroup]*garakCount{}, map[Key]garakEval{}, nil, map[Key]int{}
	g.reported = false
}

type garakRun struct {
	*file
	target    string
	threshold float64
	attempts  map[uint64]uint64 // key of an attempt -> hash of its judged line, 0 while unjudged
	unkeyed   int               // unjudged attempts less judged ones, among those without uuid
	groups    map[garakGroup]*garakCount
	evals     map[Key]garakEval
	order     []Key // of evals
	hits      map[Key]int
	reported  bool // there are attempts or evals, not only hits
}

// maxKeyed attempts are known one by one, to find repeats; beyond it they are only counted.
const maxKeyed = 2_000_000

// garakCount is what this run added to a finding, which may hold other runs as well.
type garakCount struct {
	*Finding
	successes, trials int
}

// garakGroup is the part of a key that changes within a run.
type garakGroup struct{ target, probe, detector string }

func (g *garakRun) line(l jsonl.Line[garakLine]) error {
	if l.Number%4096 == 0 && g.ctx.Err() != nil {
		return g.ctx.Err()
	}
	v := l.Value
	switch flaw := firstError(l.Err, v.flaw); {
	case flaw != nil:
		g.lose(l.Number, flaw.Error(), "a whole JSON object on one line")
	case v.refused:
		g.refuse(1)
	case v.entry == "attempt":
		g.attempt(l.Number, v)
	case v.meta != nil:
		g.meta(l.Number, v)
	}
	return nil
}

func (g *garakRun) attempt(at int, l garakLine) {
	g.reported = true
	judged := l.status >= 2
	if _, known := g.attempts[l.key]; l.key == 0 || (!known && len(g.attempts) >= maxKeyed) {
		g.unkeyed += 1 - 2*btoi(judged)
	} else if g.seen(at, l, judged) {
		return
	}
	if !judged {
		return
	}
	if strings.HasPrefix(l.probe, "harnesses.") || (l.outputs == 0 && len(l.detectors) > 0) {
		g.count("pseudo_attempts", 1) // a harness's own note; nothing was sent to the target
		return
	}
	g.count(AttemptsTotal, 1)
	most := 0
	for _, d := range l.detectors {
		g.scores(at, l.probe, d)
		most = max(most, len(d.scores))
	}
	if len(l.detectors) > 0 && most < l.outputs {
		g.count("null_outputs", l.outputs-most) // up to 0.13.0 such outputs have no score at all
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// seen notes the attempt and reports whether this very line stood before.
func (g *garakRun) seen(at int, l garakLine, judged bool) bool {
	before, known := g.attempts[l.key]
	switch {
	case !judged && !known:
		g.attempts[l.key] = 0
	case judged && before == l.sum:
		g.lose(at, "repeats an attempt that stands before", "each attempt once at status 2")
		return true
	case judged:
		g.attempts[l.key] = l.sum
	}
	return false
}

// scores adds one detector's judgement of one attempt.
func (g *garakRun) scores(at int, probe string, d garakScores) {
	if g.opts.Judge != "" && g.opts.Judge != d.detector {
		return
	}
	if d.flaw != nil {
		g.lose(at, "detector_results: "+d.flaw.Error(), "a list of scores for each detector")
		return
	}
	var n [len(outcomeNames)]int
	for _, score := range d.scores {
		n[g.outcome(score)]++
	}
	group := g.group(probe, d.detector)
	for outcome, count := range n {
		g.add(group.Finding, Outcome(outcome), at, count)
	}
	group.successes += n[Success]
	group.trials += n[Success] + n[Failure]
	if d.damaged > 0 {
		g.lose(at, fmt.Sprintf("%d scores are not numbers from 0 to 1; counted as unjudged", d.damaged), "a number or null")
	}
}

func (g *garakRun) outcome(score float64) Outcome {
	switch {
	case math.IsNaN(score):
		return Unjudged
	case score >= g.threshold:
		return Success
	}
	return Failure
}

func (g *garakRun) group(probe, detector string) *garakCount {
	id := garakGroup{g.target, probe, detector}
	if found, ok := g.groups[id]; ok {
		return found
	}
	threshold := g.threshold
	made := &garakCount{Finding: g.finding(g.key(id), Attempts, &threshold)}
	if len(g.groups) < maxFindings {
		g.groups[id] = made
	}
	return made
}

func (g *garakRun) key(id garakGroup) Key {
	return Key{Tool: "garak", Target: id.target, Method: id.probe, Judge: id.detector}
}
