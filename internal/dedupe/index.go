package dedupe

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
)

// Index holds the known cases. It is safe for concurrent use. What it answers depends on the cases
// and the order in which they came, and on nothing else.
type Index struct {
	mu     sync.RWMutex
	terms  map[uint32]uint32 // hash -> number
	lists  []postings        // by number
	cases  []entry
	byID   map[string]uint32
	live   int
	shared passageCounts
	names  map[string]string // values of fields, one copy of each
	pool   sync.Pool
}

// postings are the cases that hold a term: the gaps between their numbers, as varints.
type postings struct {
	gaps  []byte
	next  uint32 // one more than the last number
	count uint32 // of cases that were not removed
}

// entry is a case in an index.
type entry struct {
	id       string
	identity *Identity // nil where nothing is known
	terms    []byte    // see packTerms
	size     uint32    // number of terms
	fixed    bool
	removed  bool
}

// New returns an empty index.
func New() *Index {
	return &Index{
		terms: map[uint32]uint32{},
		byID:  map[string]uint32{},
		names: map[string]string{},
	}
}

// Len is the number of cases.
func (x *Index) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.live
}

// Has says whether a case is known by this id.
func (x *Index) Has(id string) bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	_, known := x.byID[id]
	return known
}

// maxID bounds the id of a case, in bytes.
const maxID = 1024

var (
	errNoID   = errors.New("a case needs an id")
	errLongID = fmt.Errorf("the id of a case has at most %d bytes", maxID)
)

func checkID(id string) error {
	switch {
	case id == "":
		return errNoID
	case len(id) > maxID:
		return errLongID
	}
	return nil
}

// Add takes a case in, in the place of an earlier one with the same id. It returns a record for
// Apply, which is all that has to be kept.
func (x *Index) Add(c *Case) ([]byte, error) {
	if err := checkID(c.ID); err != nil {
		return nil, err
	}
	f := fingerprintOf(c)
	x.mu.Lock()
	defer x.mu.Unlock()
	r := &record{id: c.ID, identity: f.Identity, fixed: c.Fixed, terms: f.terms(x.shared.common)}
	for _, h := range f.hashes {
		if h != 0 {
			r.passages = append(r.passages, h)
		}
	}
	slices.Sort(r.passages)
	r.passages = slices.Compact(r.passages)
	r.passages = r.passages[:min(len(r.passages), maxTerms)]
	x.put(r)
	return r.encode(), nil
}

// Remove forgets a case and returns a record for Apply; nil where it was not known.
func (x *Index) Remove(id string) []byte {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.remove(id) {
		return nil
	}
	return (&record{id: id, removed: true}).encode()
}

// Apply repeats what Add or Remove did on another index. Records in the same order give the same index.
func (x *Index) Apply(data []byte) error {
	r, err := decodeRecord(data)
	if err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if r.removed {
		x.remove(r.id)
	} else {
		x.put(r)
	}
	return nil
}

func (x *Index) put(r *record) {
	x.remove(r.id)
	n := uint32(len(x.cases))
	numbers := make([]numberedTerm, len(r.terms))
	for i, t := range r.terms {
		numbers[i] = numberedTerm{x.number(t.hash), t.low}
		x.lists[numbers[i].number].add(n)
	}
	x.cases = append(x.cases, entry{
		id: r.id, identity: x.intern(r.identity), terms: packTerms(numbers), size: uint32(len(numbers)), fixed: r.fixed,
	})
	x.byID[r.id] = n
	x.live++
	for _, p := range r.passages {
		x.shared.add(p)
	}
}

// remove leaves the case in the lists, where queries skip it; a rebuild clears it away.
func (x *Index) remove(id string) bool {
	n, known := x.byID[id]
	if !known {
		return false
	}
	e := &x.cases[n]
	for t := range e.all() {
		x.lists[t.number].count--
	}
	*e = entry{removed: true}
	delete(x.byID, id)
	x.live--
	return true
}

// number finds the number of a term, or gives it the next.
func (x *Index) number(hash uint32) uint32 {
	n, known := x.terms[hash]
	if !known {
		n = uint32(len(x.lists))
		x.terms[hash] = n
		x.lists = append(x.lists, postings{})
	}
	return n
}

func (p *postings) add(n uint32) {
	p.gaps = binary.AppendUvarint(p.gaps, uint64(n-p.next))
	p.next = n + 1
	p.count++
}

// intern keeps one copy of each value, since targets and types repeat.
func (x *Index) intern(id Identity) *Identity {
	if len(id.Type)+len(id.Target)+len(id.Method)+len(id.RootCause)+len(id.Canaries)+len(id.IDs) == 0 {
		return nil
	}
	for _, value := range []*string{&id.Type, &id.Target, &id.Method, &id.RootCause} {
		if known, ok := x.names[*value]; ok {
			*value = known
		} else {
			x.names[*value] = *value
		}
	}
	return &id
}

// weight is what a term counts: its inverse document frequency. A thousand imagined cases keep the
// weights of a small index level, and three more holders keep a word that stands nowhere else from
// drowning the others. Squared weights, as in a cosine, told duplicates and hard negatives apart worse.
func (x *Index) weight(count uint32, low bool) float32 {
	idf := float32(math.Log1p(float64(x.live+1000) / float64(count+3)))
	if low {
		return idf * lowShare
	}
	return idf
}

// lowShare is what a term in quoted or common passages counts. It is not zero, since copies of a report
// make its own passages common and still have to find each other.
const lowShare = 0.1
