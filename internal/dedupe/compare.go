package dedupe

import (
	"cmp"
	"slices"
	"strings"
)

// duplicateAt is the score from which cases are suggested as duplicates. It was set on the mixture of
// package mixture, where it moves little with the size of the index.
const duplicateAt = 0.52

// A text of fewer terms than enoughTerms is too short to tell: what it shares with another may be the template
// or the product, and what makes them two weaknesses may be one word. Then nearly all of it has to stand in
// the other, or a field that nearly names the weakness has to be the same.
const (
	enoughTerms = 64
	nearlyAll   = 0.9
)

// field is one field of the identity, and what it does to the score of the text. Where both cases know
// it and agree, the score goes up by gain of what is missing to 1; where they do not, down to keep of
// what it was. A conflict forbids to call the cases duplicates.
type field struct {
	name     string
	of       func(*Identity) []string
	gain     float64
	keep     float64
	conflict bool
}

// fields are in the order in which they are shown. A canary is chosen anew for each report, so a
// different one says nothing; types and methods are misjudged, so they say little.
var fields = []field{
	{"id", func(i *Identity) []string { return i.IDs }, 0.4, 0.7, true},
	{"root cause", func(i *Identity) []string { return one(i.RootCause) }, 0.25, 0.6, true},
	{"canary", func(i *Identity) []string { return i.Canaries }, 0.35, 1, false},
	{"target", func(i *Identity) []string { return one(i.Target) }, 0, 0.6, true},
	{"type", func(i *Identity) []string { return one(i.Type) }, 0, 0.85, false},
	{"method", func(i *Identity) []string { return one(i.Method) }, 0.05, 0.85, false},
}

func one(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}

// compare compares a query with a case in full.
func (x *Index) compare(q *query, e *entry) Candidate {
	text := x.containment(q, e)
	c := Candidate{ID: e.id, Text: text, Score: text}
	conflict := e.identity != nil && c.compareFields(&q.of.Identity, e.identity)
	tells := min(len(q.terms), int(e.size)) >= enoughTerms || text >= nearlyAll
	c.Relation = relation(&c, conflict, tells, e.fixed)
	return c
}

// compareFields says what is the same and what differs, moves the score, and says whether there is a
// conflict.
func (c *Candidate) compareFields(mine, theirs *Identity) (conflict bool) {
	missing, keep := 1-c.Score, 1.0
	for _, f := range fields {
		a, b := f.of(mine), f.of(theirs)
		if len(a) == 0 || len(b) == 0 {
			continue
		}
		if v, w, agree := agreement(a, b); agree {
			c.Same = append(c.Same, FieldMatch{f.name, v, w})
			missing *= 1 - f.gain
			continue
		}
		c.Differs = append(c.Differs, FieldMatch{f.name, a[0], b[0]})
		keep *= f.keep
		conflict = conflict || f.conflict
	}
	c.Score = (1 - missing) * keep
	return conflict
}

// agreement finds a value in each list that says the same: one may be closer than the other, as
// "example mail" and "mail by example (web)" are.
func agreement(a, b []string) (v, w string, agree bool) {
	for _, v := range a {
		for _, w := range b {
			if v == w || within(v, w) || within(w, v) {
				return v, w, true
			}
		}
	}
	return "", "", false
}

// within says whether all words of one value stand in another.
func within(short, long string) bool {
	words := strings.Fields(long)
	for w := range strings.FieldsSeq(short) {
		if !slices.Contains(words, w) {
			return false
		}
	}
	return true
}

// relation suggests what the cases are to each other. Tells says whether the text alone can.
func relation(c *Candidate, conflict, tells, fixed bool) Relation {
	same := func(names ...string) bool {
		return slices.ContainsFunc(c.Same, func(m FieldMatch) bool { return slices.Contains(names, m.Field) })
	}
	switch {
	case c.Score >= duplicateAt && !conflict && (tells || same("id", "root cause", "canary")):
		if fixed {
			return Regression
		}
		return Duplicate
	case same("root cause", "id"):
		return SameRootCause
	}
	return Related
}

// mostContained is the size ratio up to which one text may wholly stand in another.
const mostContained = 4

// containment is the weight of the shared terms over that of the smaller text (Broder, "On the
// resemblance and containment of documents", 1997, with weights), since a second report often is the
// first with something around it. Of a term that is low on one side only, the low weight is shared.
func (x *Index) containment(q *query, e *entry) float64 {
	var shared, theirs float64
	i := 0
	for t := range e.all() {
		weight := float64(x.weight(x.lists[t.number].count, t.low))
		theirs += weight
		for i < len(q.terms) && q.terms[i].number < t.number {
			i++
		}
		if i == len(q.terms) || q.terms[i].number != t.number {
			continue
		}
		shared += min(weight, float64(q.terms[i].weight))
	}
	smaller := max(min(q.norm, theirs), max(q.norm, theirs)/mostContained)
	if smaller <= 0 {
		return 0
	}
	return min(shared/smaller, 1)
}

// shownWords is how many words a candidate shows in each list.
const shownWords = 8

// explain says by the rarest words of the query what each candidate shares and lacks.
func (x *Index) explain(q *query, found []Candidate) {
	if len(found) == 0 {
		return
	}
	words := map[uint32]string{}
	for _, p := range q.of.passages {
		for _, w := range p.words {
			words[wordHash(w)] = w
		}
	}
	rarest := slices.DeleteFunc(slices.Clone(q.terms), func(t queryTerm) bool { return words[t.hash] == "" })
	slices.SortFunc(rarest, func(a, b queryTerm) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), strings.Compare(words[a.hash], words[b.hash]))
	})
	for i := range found {
		c := &found[i]
		has := x.has(c.ID)
		for _, t := range rarest {
			list := &c.Missing
			if has[t.number] {
				list = &c.Shared
			}
			if len(*list) < shownWords {
				*list = append(*list, words[t.hash])
			}
		}
	}
}

func (x *Index) has(id string) map[uint32]bool {
	e := &x.cases[x.byID[id]]
	set := make(map[uint32]bool, e.size)
	for t := range e.all() {
		set[t.number] = true
	}
	return set
}
