package dedupe

import (
	"cmp"
	"slices"
	"strings"
)

// Scores from which a relation is suggested. They were set on the mixture of package mixture.
const (
	duplicateAt = 0.52
	sameCauseAt = 0.1
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
// different one says nothing; types are misjudged and targets worded freely, so these say little.
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
	c := Candidate{ID: e.id, Text: x.containment(q, e)}
	c.Score = c.Text
	conflict := false
	if e.identity != nil {
		lift, keep := 1.0, 1.0
		for _, f := range fields {
			mine, theirs := f.of(&q.print.Identity), f.of(e.identity)
			if len(mine) == 0 || len(theirs) == 0 {
				continue
			}
			if shared := overlap(mine, theirs); shared != "" {
				c.Same = append(c.Same, FieldMatch{f.name, shared, shared})
				lift *= 1 - f.gain
				continue
			}
			c.Differs = append(c.Differs, FieldMatch{f.name, mine[0], theirs[0]})
			keep *= f.keep
			conflict = conflict || f.conflict
		}
		c.Score = (1 - (1-c.Score)*lift) * keep
	}
	c.Relation = relation(&c, conflict, e.fixed)
	return c
}

// overlap returns a value that stands in both lists, or "". One target may name the other more closely:
// "example mail" and "example mail (web)".
func overlap(a, b []string) string {
	for _, v := range a {
		for _, w := range b {
			if v == w || strings.HasPrefix(v, w+" ") || strings.HasPrefix(w, v+" ") {
				return v
			}
		}
	}
	return ""
}

// relation suggests what the cases are to each other.
func relation(c *Candidate, conflict, fixed bool) Relation {
	same := func(name string) bool {
		return slices.ContainsFunc(c.Same, func(m FieldMatch) bool { return m.Field == name })
	}
	switch {
	case c.Score >= duplicateAt && !conflict && fixed:
		return Regression
	case c.Score >= duplicateAt && !conflict:
		return Duplicate
	case c.Score >= sameCauseAt && (same("root cause") || same("id")):
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
	for _, p := range q.print.passages {
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
