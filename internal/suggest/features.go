package suggest

import (
	"bytes"
	"iter"
	"maps"
	"math"
	"slices"
	"unicode/utf8"

	"bugbar/internal/suggest/linear"
)

// Features of a document are, in this order: one score for each slot of the lexicon, one for each
// n-gram of the vocabulary, and a constant.
//
// N-grams are words, pairs of neighbouring words, and runs of 3 to 5 bytes within a word and its
// borders. An n-gram is known by a hash of 32 bits; those that the training has not seen at least
// twice weigh nothing, so that noise does not dilute a text.
const (
	minGram, maxGram = 3, 5
	minDocuments     = 2
)

// ngram is one occurrence of an n-gram: its hash, and the first and last token that it touches.
type ngram struct {
	hash        uint32
	chars       bool
	first, last int32
}

// ngrams goes through the n-grams of the words that are not masked.
func ngrams(d *document) iter.Seq[ngram] {
	return func(yield func(ngram) bool) {
		var padded []byte
		for i, t := range d.tokens {
			if t.masked || t.end-t.start > maxWord {
				continue
			}
			word := d.text[t.start:t.end]
			at := int32(i)
			ok := yield(ngram{hash(1, word), false, at, at})
			if ok && i > 0 && d.tokens[i-1].sentence == t.sentence && !d.tokens[i-1].masked {
				ok = yield(ngram{hash(hash(2, d.word(i-1)), word), false, at - 1, at})
			}
			padded = append(append(append(padded[:0], ' '), word...), ' ')
			for n := minGram; n <= maxGram; n++ {
				for from := 0; ok && from+n <= len(padded); from++ {
					ok = yield(ngram{extend(charGram[n], padded[from:from+n]), true, at, at})
				}
			}
			if !ok {
				return
			}
		}
	}
}

// maxWord is the length of the longest word; longer ones are keys, blobs and noise.
const maxWord = 40

// hash is FNV-1a over a start value, which tells kinds of n-grams apart, and bytes.
func hash(start uint32, data []byte) uint32 {
	h := uint32(2166136261)
	for shift := 0; shift < 32; shift += 8 {
		h = (h ^ start>>shift&0xff) * 16777619
	}
	return extend(h, data)
}

func extend(h uint32, data []byte) uint32 {
	for _, b := range data {
		h = (h ^ uint32(b)) * 16777619
	}
	return h
}

// charGram is what the hash of a run of n bytes begins with.
var charGram = [maxGram + 1]uint32{3: hash(3, nil), 4: hash(4, nil), 5: hash(5, nil)}

// vocabulary holds the n-grams of a training and how telling each is.
type vocabulary struct {
	hashes []uint32 // in order
	idf    []float32
	begins [1<<16 + 1]int32 // where those with the same upper 16 bits begin
}

// newVocabulary collects the n-grams that stand in several documents.
func newVocabulary(documents []*document) *vocabulary {
	count := map[uint32]int{}
	for _, d := range documents {
		seen := map[uint32]bool{}
		for g := range ngrams(d) {
			if !seen[g.hash] {
				seen[g.hash] = true
				count[g.hash]++
			}
		}
	}
	v := &vocabulary{}
	for _, h := range slices.Sorted(maps.Keys(count)) {
		if n := count[h]; n >= minDocuments {
			v.hashes = append(v.hashes, h)
			v.idf = append(v.idf, float32(math.Log(float64(1+len(documents))/float64(1+n))+1))
		}
	}
	v.fill()
	return v
}

func (v *vocabulary) fill() {
	for _, h := range v.hashes {
		v.begins[h>>16+1]++
	}
	for i := 1; i < len(v.begins); i++ {
		v.begins[i] += v.begins[i-1]
	}
}

// place is that of an n-gram among the hashes, or -1. Hashes are spread evenly: few begin with the same bits.
func (v *vocabulary) place(hash uint32) int32 {
	for i := v.begins[hash>>16]; i < v.begins[hash>>16+1]; i++ {
		if v.hashes[i] == hash {
			return i
		}
	}
	return -1
}

// noise says whether most of a line is made of words that are in no text of the training.
func (v *vocabulary) noise(line []byte) bool {
	const short = 30 // bytes of words in a line that is too short to tell
	all, known := 0, 0
	for _, word := range bytes.FieldsFunc(line, func(r rune) bool { return r >= utf8.RuneSelf || !isWord(byte(r)) }) {
		all += len(word)
		if v.place(hash(1, word)) >= 0 {
			known += len(word)
		}
	}
	return all > short && known*2 < all
}

// grams are the known n-grams of a document.
type grams struct {
	features linear.Vector // each n-gram once, in the order of the text
	counts   []int32       // how often each stands there
	found    []occurrence
}

// occurrence is one place of a known n-gram: its number among the features, and the tokens that it touches.
type occurrence struct{ feature, first, last int32 }

// weigh gives the known n-grams of a document their weight, term frequency by inverse document frequency, each
// kind scaled to length one.
func (v *vocabulary) weigh(d *document, offset int32) grams {
	g, kinds := v.collect(d)
	var length [2]float64
	for i := range g.features {
		f := &g.features[i]
		f.Value = v.idf[f.ID]
		if n := min(g.counts[i], math.MaxUint16); n > 1 {
			f.Value *= float32(1 + math.Log(float64(n)))
		}
		length[kinds[i]] += float64(f.Value) * float64(f.Value)
	}
	for i := range g.features {
		g.features[i].Value /= float32(math.Sqrt(length[kinds[i]]))
		g.features[i].ID += offset
	}
	return g
}

// collect counts the known n-grams of a document, and says of which kind each is.
func (v *vocabulary) collect(d *document) (g grams, kinds []uint8) {
	numbers := make([]int32, len(v.hashes)) // among the features, from 1 on
	g.found = make([]occurrence, 0, 10*len(d.tokens))
	g.features, g.counts, kinds = make(linear.Vector, 0, 4*len(d.tokens)), make([]int32, 0, 4*len(d.tokens)), make([]uint8, 0, 4*len(d.tokens))
	for gram := range ngrams(d) {
		place := v.place(gram.hash)
		if place < 0 {
			continue
		}
		if numbers[place] == 0 {
			g.features = append(g.features, linear.Feature{ID: place})
			g.counts = append(g.counts, 0)
			kinds = append(kinds, kind(gram))
			numbers[place] = int32(len(g.features))
		}
		number := numbers[place] - 1
		g.counts[number]++
		g.found = append(g.found, occurrence{number, gram.first, gram.last})
	}
	return g, kinds
}

func kind(g ngram) uint8 {
	if g.chars {
		return 1
	}
	return 0
}

// titleWeight is what a cue in a heading counts for: a heading says what the text is about.
const titleWeight = 2.0

// score sums up the cues for each slot that is a feature. A phrase that is said again adds ever less,
// and what is denied counts nothing.
func (l *lexicon) score(d *document, hits []hit) []float64 {
	scores := make([]float64, l.scored)
	said := map[int]float64{}
	for _, h := range hits {
		if !l.weighs(d, h) {
			continue
		}
		times := 1.0
		if d.inTitle(h.first) {
			times = titleWeight
		}
		said[h.cue] += times
	}
	for _, id := range slices.Sorted(maps.Keys(said)) {
		scores[l.cues[id].slot] += l.cues[id].Weight * math.Log2(1+said[id])
	}
	return scores
}

// weighs says whether a hit speaks for a value: not one of reading, masked or denied.
func (l *lexicon) weighs(d *document, h hit) bool {
	return l.cues[h.cue].slot < l.scored && !d.tokens[h.first].masked && !negated(d, h)
}
