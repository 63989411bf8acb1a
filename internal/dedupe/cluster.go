package dedupe

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/zeebo/xxh3"
)

// Clusters finds floods: groups of cases that were written by one template, the largest group first.
// Template and details count alike here, so cases of one group need not be duplicates. Two cases are
// linked where they share floodAt of their words (Jaccard); MinHash signatures in bands find the pairs to
// look at (Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", section 3.4), of which one in
// 2400 is missed at the threshold.
func (x *Index) Clusters() [][]string {
	x.mu.RLock()
	defer x.mu.RUnlock()
	links := newForest(len(x.cases))
	for band := range bands {
		first := make(map[[rows]uint64]uint32, x.live)
		for n := range x.cases {
			e := &x.cases[n]
			if e.size == 0 {
				continue
			}
			key := e.signature(band)
			leader, seen := first[key]
			if !seen {
				first[key] = uint32(n)
			} else if links.root(leader) != links.root(uint32(n)) && jaccard(&x.cases[leader], e) >= floodAt {
				links.join(leader, uint32(n))
			}
		}
	}
	return x.groups(links)
}

const (
	floodAt = 0.6
	bands   = 32
	rows    = 3
)

// factors make three orders of one hash, by multiplication with odd numbers.
var factors = [rows]uint64{1, 0x9e3779b97f4a7c15, 0xc2b2ae3d27d4eb4f}

// signature is one band of a MinHash signature.
func (e *entry) signature(band int) [rows]uint64 {
	var least [rows]uint64
	for i := range least {
		least[i] = ^uint64(0)
	}
	var key [4]byte
	for t := range e.all() {
		binary.LittleEndian.PutUint32(key[:], t.number)
		h := xxh3.HashSeed(key[:], uint64(band))
		for i, f := range factors {
			least[i] = min(least[i], h*f)
		}
	}
	return least
}

// jaccard is the share of the terms of two cases that both have.
func jaccard(a, b *entry) float64 {
	has := make(map[uint32]bool, a.size)
	for t := range a.all() {
		has[t.number] = true
	}
	shared := 0
	for t := range b.all() {
		if has[t.number] {
			shared++
		}
	}
	return float64(shared) / float64(int(a.size)+int(b.size)-shared)
}

func (x *Index) groups(links forest) [][]string {
	byRoot := map[uint32][]string{}
	for n := range x.cases {
		if !x.cases[n].removed {
			root := links.root(uint32(n))
			byRoot[root] = append(byRoot[root], x.cases[n].id)
		}
	}
	var groups [][]string
	for _, ids := range byRoot {
		if len(ids) > 1 {
			slices.Sort(ids)
			groups = append(groups, ids)
		}
	}
	slices.SortFunc(groups, func(a, b []string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a[0], b[0]))
	})
	return groups
}

// forest is a union-find over the numbers of cases.
type forest []uint32

func newForest(n int) forest {
	f := make(forest, n)
	for i := range f {
		f[i] = uint32(i)
	}
	return f
}

func (f forest) root(n uint32) uint32 {
	for f[n] != n {
		f[n] = f[f[n]]
		n = f[n]
	}
	return n
}

func (f forest) join(a, b uint32) {
	a, b = f.root(a), f.root(b)
	f[max(a, b)] = min(a, b)
}
