package measure

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// liraRun is an attack on several targets at once: the scores of each example are sorted once, and
// each target's own taken out in constant time.
type liraRun struct {
	Shadows
	form
	all     bool
	targets []int
	cuts    []cut // for each target
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
	chunks := make([][]cut, (r.Examples+chunk-1)/chunk)
	inChunks(r.Examples, func(index, from, to int) { chunks[index] = r.fewestShadows(from, to) })
	r.cuts = chunks[0]
	for _, cuts := range chunks[1:] {
		for i := range r.cuts {
			r.cuts[i] = r.cuts[i].fewer(cuts[i])
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

// fewestShadows are, for each target, the fewest shadow models of the examples in a chunk.
func (r *liraRun) fewestShadows(from, to int) []cut {
	cuts := slices.Repeat([]cut{{unlimited, unlimited}}, len(r.targets))
	in := make([]bool, r.Models)
	for example := from; example < to; example++ {
		r.In(example, in)
		members, nonmembers := classes(in)
		for i, target := range r.targets {
			c := cut{members, nonmembers - 1}
			if in[target] {
				c = cut{members - 1, nonmembers}
			}
			cuts[i] = cuts[i].fewer(c)
		}
	}
	return cuts
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

// attack visits each example once for each group of targets, with the group's scores in place. They
// are NaN if a shadow score is not finite. Different chunks are visited concurrently.
func (r *liraRun) attack(visit func(chunk, example int, g group, in []bool, scores []float64)) {
	for _, g := range r.groups() {
		deviations := r.pool(g)
		inChunks(r.Examples, func(index, from, to int) {
			w, scores := newLiraWorker(r), make([]float64, len(g.targets))
			for example := from; example < to; example++ {
				w.score(example, g, deviations, scores)
				visit(index, example, g, w.member, scores)
			}
		})
	}
}

// pooled is the spread of all examples' scores, for one target.
type pooled struct{ in, out moments }

// pool gathers the spread for each target of a group, if the attack uses it.
func (r *liraRun) pool(g group) []pooled {
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
	})
	total := chunks[0]
	for _, sums := range chunks[1:] {
		for i, sum := range sums {
			total[i] = pooled{in: total[i].in.plus(sum.in), out: total[i].out.plus(sum.out)}
		}
	}
	return total
}
