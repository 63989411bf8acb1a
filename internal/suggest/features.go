package suggest

import (
	"bytes"
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

// ngrams lists the n-grams of the words that are not masked.
func ngrams(d *document) []ngram {
	list := make([]ngram, 0, 12*len(d.tokens))
	var padded []byte
	for i, t := range d.tokens {
		if t.masked || t.end-t.start > maxWord {
			continue
		}
		word := d.text[t.start:t.end]
		at := int32(i)
		list = append(list, ngram{hash(1, word), false, at, at})
		if i > 0 && d.tokens[i-1].sentence == t.sentence && !d.tokens[i-1].masked {
			list = append(list, ngram{hash(hash(2, d.word(i-1)), word), false, at - 1, at})
		}
		padded = append(append(append(padded[:0], ' '), word...), ' ')
		for n := minGram; n <= maxGram; n++ {
			for from := 0; from+n <= len(padded); from++ {
				list = append(list, ngram{hash(uint32(n), padded[from:from+n]), true, at, at})
			}
		}
	}
	return list
}

// maxWord is the length of the longest word; longer ones are keys, blobs and noise.
const maxWord = 40

// hash is FNV-1a over a start value, which tells kinds of n-grams apart, and bytes.
func hash(start uint32, data []byte) uint32 {
	h := uint32(2166136261)
	for shift := 0; shift < 32; shift += 8 {
		h = (h ^ start>>shift&0xff) * 16777619
	}
	for _, b := range data {
		h = (h ^ uint32(b)) * 16777619
	}
	return h
}

// vocabulary holds the n-grams of a training and how telling each is.
type vocabulary struct {
	hashes []uint32 // in order
	idf    []float32
	index  map[uint32]int32
}

// newVocabulary collects the n-grams that stand in several documents.
func newVocabulary(documents [][]ngram) *vocabulary {
	count := map[uint32]int{}
	for _, list := range documents {
		seen := map[uint32]bool{}
		for _, g := range list {
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
	v.index = make(map[uint32]int32, len(v.hashes))
	for i, h := range v.hashes {
		v.index[h] = int32(i)
	}
}

// noise says whether most of a line is made of words that are in no text of the training.
func (v *vocabulary) noise(line []byte) bool {
	const short = 30 // bytes of words in a line that is too short to tell
	all, known := 0, 0
	for _, word := range bytes.FieldsFunc(line, func(r rune) bool { return r >= utf8.RuneSelf || !isWord(byte(r)) }) {
		all += len(word)
		if _, ok := v.index[hash(1, word)]; ok {
			known += len(word)
		}
	}
	return all > short && known*2 < all
}

// weigh gives the known n-grams their weight, term frequency by inverse document frequency, each
// kind scaled to length one. Places holds for each n-gram of the list its feature, or -1.
func (v *vocabulary) weigh(list []ngram, offset int32) (features linear.Vector, places []int32) {
	counts := make([]uint16, len(v.hashes))
	places = make([]int32, len(list))
	var length [2]float64
	var kinds []uint8
	for i, g := range list {
		place, known := v.index[g.hash]
		if !known {
			places[i] = -1
			continue
		}
		places[i] = place
		if counts[place] < math.MaxUint16 {
			counts[place]++
		}
		if counts[place] == 1 {
			features = append(features, linear.Feature{ID: place})
			kinds = append(kinds, kind(g))
		}
	}
	for i := range features {
		f := &features[i]
		f.Value = v.idf[f.ID] * float32(1+math.Log(float64(counts[f.ID])))
		length[kinds[i]] += float64(f.Value) * float64(f.Value)
	}
	for i := range features {
		features[i].Value /= float32(math.Sqrt(length[kinds[i]]))
		features[i].ID += offset
	}
	return features, places
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
