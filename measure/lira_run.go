package measure

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// liraRun is an attack on several targets at once: each example's shadow scores are summed up once,
// and each target's own taken out in constant time.
type liraRun struct {
	Shadows
	form
	all     bool
	targets []int
	counts  []shadowCounts // by chunk
	cuts    []cut          // for each target
	fewest  cut            // over all examples and targets
	most    cut            // likewise
	flat    atomic.Int64   // scores that rest on a side without spread

	progress func(done, total int64) // may be nil
	total    int64                   // chunks of examples, for each group and each time that it sees them
	done     atomic.Int64
}

const unlimited = math.MaxInt32

// cut is how many shadow models that trained on an example, and that did not, an attack may use.
type cut struct{ in, out int }

// chunk is the number of examples that one worker takes at a time. It does not depend on the machine,
// so that sums come out the same everywhere.
const chunk = 512

// inChunks calls work for each chunk of n examples, from several goroutines.
func inChunks(n int, work func(index, from, to int)) {
	chunks := (n + chunk - 1) / chunk
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), chunks) {
		workers.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= chunks {
					return
				}
				work(i, i*chunk, min(n, (i+1)*chunk))
			}
		})
	}
	workers.Wait()
}

// countShadows finds how many shadow models each target's attack may use: the fewest that any
// example has, without the target itself.
func (r *liraRun) countShadows() error {
	counts := make([]shadowCounts, (r.Examples+chunk-1)/chunk)
	inChunks(r.Examples, func(index, from, to int) { counts[index] = r.countIn(from, to) })
	r.counts = counts
	r.cuts, r.fewest = counts[0].fewest, cut{unlimited, unlimited}
	for _, count := range counts {
		r.most = cut{max(r.most.in, count.most.in), max(r.most.out, count.most.out)}
		for i := range r.cuts {
			r.cuts[i] = r.cuts[i].fewer(count.fewest[i])
			r.fewest = r.fewest.fewer(r.cuts[i])
		}
	}
	for i, c := range r.cuts {
		if r.usesIn && c.in < 1 || r.usesOut && c.out < 1 {
			return fmt.Errorf("an example has %d shadow models that trained on it, or one has %d that did not, besides target %d; each needs one of both",
				c.in, c.out, r.targets[i])
		}
	}
	if r.all {
		r.cuts = slices.Repeat([]cut{{unlimited, unlimited}}, len(r.targets))
	}
	return nil
}

// shadowCounts are the numbers of shadow models that the examples of a chunk have.
type shadowCounts struct {
	fewest  []cut // for each target
	most    cut
	trained int // pairs of an example and a model that trained on it
}

func (r *liraRun) countIn(from, to int) shadowCounts {
	counts := shadowCounts{fewest: slices.Repeat([]cut{{unlimited, unlimited}}, len(r.targets))}
	in, largest := make([]bool, r.Models), cut{unlimited, unlimited} // of the fewest
	for example := from; example < to; example++ {
		r.In(example, in)
		members, nonmembers := classes(in)
		counts.trained += members
		counts.most = cut{max(counts.most.in, members), max(counts.most.out, nonmembers)}
		if members > largest.in && nonmembers > largest.out {
			continue // no target's fewest can become fewer
		}
		largest = cut{}
		for i, target := range r.targets {
			c := cut{members, nonmembers - 1}
			if in[target] {
				c = cut{members - 1, nonmembers}
			}
			c = c.fewer(counts.fewest[i])
			counts.fewest[i] = c
			largest = cut{max(largest.in, c.in), max(largest.out, c.out)}
		}
	}
	return counts
}

func (c cut) fewer(other cut) cut { return cut{min(c.in, other.in), min(c.out, other.out)} }

func classes(in []bool) (members, nonmembers int) {
	for _, m := range in {
		one := 0
		if m {
			one = 1
		}
		members += one
	}
	return members, len(in) - members
}

// group is the targets that share a cut, by their place in the list of targets.
type group struct {
	cut
	targets []int
}

func (r *liraRun) groups() []group {
	var groups []group
	for i, c := range r.cuts {
		at := slices.IndexFunc(groups, func(g group) bool { return g.cut == c })
		if at < 0 {
			at, groups = len(groups), append(groups, group{cut: c})
		}
		groups[at].targets = append(groups[at].targets, r.targets[i])
	}
	return groups
}

// attack visits each example once for each group of targets, with the group's scores: first those of
// the targets that trained on the example. They are NaN if a shadow score is not finite. Different
// chunks are visited concurrently.
func (r *liraRun) attack(visit func(chunk, example int, trained, others []float64)) {
	groups := r.groups()
	r.total = int64(len(groups) * len(r.counts))
	if r.pooled {
		r.total *= 2
	}
	for _, g := range groups {
		spreads := r.pool(g)
		inChunks(r.Examples, func(index, from, to int) {
			w, scores := newLiraWorker(r), make([]float64, len(g.targets))
			for example := from; example < to; example++ {
				w.score(example, g, spreads, scores)
				visit(index, example, scores[:len(w.trained)], scores[len(w.trained):])
			}
			r.flat.Add(w.flat)
			r.tell()
		})
	}
}

// pooled is the spread of all examples' scores, for one target.
type pooled struct{ in, out moments }

// tell tells that another chunk is done.
func (r *liraRun) tell() {
	if done := r.done.Add(1); r.progress != nil {
		r.progress(done, r.total)
	}
}

// spreads are those of all examples' scores, for one target.
type spreads struct{ in, out spread }

// pool gathers the spread for each target of a group, if the attack uses it.
func (r *liraRun) pool(g group) []spreads {
	if !r.pooled {
		return nil
	}
	chunks := make([][]pooled, (r.Examples+chunk-1)/chunk)
	inChunks(r.Examples, func(index, from, to int) {
		w, sums := newLiraWorker(r), make([]pooled, len(g.targets))
		for example := from; example < to; example++ {
			w.addTo(sums, example, g)
		}
		chunks[index] = sums
		r.tell()
	})
	total := chunks[0]
	for _, sums := range chunks[1:] {
		for i, sum := range sums {
			total[i] = pooled{in: total[i].in.plus(sum.in), out: total[i].out.plus(sum.out)}
		}
	}
	found := make([]spreads, len(total))
	for i, sum := range total {
		found[i] = spreads{in: spreadOf(sum.in.deviation()), out: spreadOf(sum.out.deviation())}
	}
	return found
}

// enoughShadows is the number of shadow models below which the paper finds one deviation for all
// examples better (Carlini et al. 2022, section VI.C).
const enoughShadows = 64

// notes are what a reader of the scores must know about the shadow models.
func (r *liraRun) notes() []string {
	var notes []string
	note := func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }
	uneven := r.usesIn && r.most.in > r.fewest.in+1 || r.usesOut && r.most.out > r.fewest.out+1
	switch {
	case uneven && r.all:
		note("examples have unequal numbers of shadow models: %d to %d that trained on them, %d to %d that did not",
			r.fewest.in, r.most.in, r.fewest.out, r.most.out)
	case uneven:
		note("examples have unequal numbers of shadow models; of each, the first %d that trained on it and %d that did not are used, of up to %d and %d",
			r.fewest.in, r.fewest.out, r.most.in, r.most.out)
	}
	if !r.pooled && r.usesOut && r.Models <= enoughShadows {
		note("%d models: with fewer than %d shadow models, one deviation for all examples tends to attack better", r.Models, enoughShadows)
	}
	if text := r.exchangeableNote(r.targets); text != "" {
		note("%s", text)
	}
	if flat := r.flat.Load(); flat > 0 {
		note("%d scores rest on shadow scores that are all equal, so that their size means nothing", flat)
	}
	return notes
}
