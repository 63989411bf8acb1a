package dedupe

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/zeebo/xxh3"
)

// Seeds of the hashes. They stand in every index file: a change makes all of them worthless.
const (
	wordSeed    = 0x62756762_61720001
	markSeed    = 0x62756762_61720002
	passageSeed = 0x62756762_61720003
)

// maxTerms is how many terms of a case are kept.
const maxTerms = 1024

// shortPassage is the number of words up to which a passage is too general to be boilerplate.
const shortPassage = 4

// fingerprint is what an index needs of a case. It depends on the case alone.
type fingerprint struct {
	Identity
	passages []passage
	hashes   []uint32 // of the passages; 0 for a short one
	marks    []uint32 // hashes of fields that nearly name a case
}

// term is one word or mark of a case.
type term struct {
	hash uint32
	low  bool // it stands only in quoted or common passages
}

func fingerprintOf(c *Case) *fingerprint {
	text := clip(c.Title, maxText) + "\n\n" + clip(c.Text, maxText)
	f := &fingerprint{Identity: c.Identity.clean(text), passages: passages(text)}
	f.hashes = make([]uint32, len(f.passages))
	for i, p := range f.passages {
		if len(p.words) > shortPassage {
			f.hashes[i] = hash(strings.Join(p.words, " "), passageSeed)
		}
	}
	for _, value := range slices.Concat(f.Canaries, f.IDs) {
		f.marks = append(f.marks, hash(value, markSeed))
	}
	if f.RootCause != "" {
		f.marks = append(f.marks, hash(f.RootCause, markSeed))
	}
	return f
}

func wordHash(word string) uint32 { return hash(singular(word), wordSeed) }

func hash(text string, seed uint64) uint32 { return uint32(xxh3.HashStringSeed(text, seed)) }

// terms lists the terms of a case by hash, each once. common says of a passage whether many cases
// share it.
func (f *fingerprint) terms(common func(passage uint32) bool) []term {
	var list []term
	for i, p := range f.passages {
		low := p.quoted || f.hashes[i] != 0 && common(f.hashes[i])
		for _, w := range p.words {
			if !function[w] {
				list = append(list, term{wordHash(w), low})
			}
		}
	}
	for _, m := range f.marks {
		list = append(list, term{m, false})
	}
	slices.SortFunc(list, func(a, b term) int {
		return cmp.Or(cmp.Compare(a.hash, b.hash), compareBool(a.low, b.low))
	})
	list = slices.CompactFunc(list, func(a, b term) bool { return a.hash == b.hash })
	// The smallest hashes are a fair sample that two near-duplicates share (Broder, "On the
	// resemblance and containment of documents", 1997).
	return list[:min(len(list), maxTerms)]
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// function are words that carry grammar and no meaning. An index knows that by itself once it is
// large; the list helps a small one.
var function = func() map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(`about after all also an and any are as at be because been before but by can
		could did do does each for from had has have he her him his how if in into is it its just may more most no
		not of on one only or other our out over own per she should so some such than that the their them then
		there these they this those to too under up us very was we were what when where which while who whom why
		will with would you your`) {
		set[w] = true
	}
	return set
}()

// knownIDs finds identifiers of weaknesses in lower-case text.
var knownIDs = regexp.MustCompile(`(?:cve-[0-9]{4}-[0-9]{4,19}|ghsa(?:-[0-9a-z]{4}){3})\b`)

// maxValue bounds the value of a field in bytes, and maxValues those of a list.
const (
	maxValue  = 256
	maxValues = 64
)

// clean gives the fields one spelling, so that equal ones are equal strings.
func (id Identity) clean(text string) Identity {
	clean := Identity{
		Type: spelling(id.Type), Target: spelling(id.Target), Method: spelling(id.Method), RootCause: spelling(id.RootCause),
	}
	for _, c := range id.Canaries {
		clean.Canaries = append(clean.Canaries, clip(strings.TrimSpace(c), maxValue))
	}
	for _, name := range id.IDs {
		clean.IDs = append(clean.IDs, strings.ToUpper(spelling(name)))
	}
	if lower := strings.ToLower(text); strings.Contains(lower, "cve-") || strings.Contains(lower, "ghsa-") {
		for _, name := range knownIDs.FindAllString(lower, maxValues) {
			clean.IDs = append(clean.IDs, strings.ToUpper(name))
		}
	}
	clean.Canaries, clean.IDs = distinct(clean.Canaries), distinct(clean.IDs)
	return clean
}

func distinct(list []string) []string {
	slices.Sort(list)
	list = slices.DeleteFunc(slices.Compact(list), func(s string) bool { return s == "" })
	return list[:min(len(list), maxValues)]
}

// spelling folds case, accents, look-alikes and white space.
func spelling(value string) string {
	words := strings.Fields(plain(clip(value, maxValue)))
	for i, w := range words {
		words[i] = latin(w)
	}
	return clip(strings.Join(words, " "), maxValue)
}
