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

// wordGrams adds the hashes of a word's own n-grams to a list: first the word, then its runs of bytes.
func wordGrams(list []uint32, word []byte) []uint32 {
	list = append(list, hash(1, word))
	var room [maxWord + 2]byte
	padded := append(append(append(room[:0], ' '), word...), ' ')
	for n := minGram; n <= maxGram; n++ {
		for from := 0; from+n <= len(padded); from++ {
			list = append(list, extend(charGram[n], padded[from:from+n]))
		}
	}
	return list
}

// pairGram is the hash of a word and the one before it, where that stands in the same sentence.
func pairGram(d *document, i int) (gram uint32, is bool) {
	if i == 0 || d.tokens[i-1].sentence != d.tokens[i].sentence || d.tokens[i-1].masked {
		return 0, false
	}
	return hash(hash(2, d.word(i-1)), d.word(i)), true
}

// weighs says whether the n-grams of a word count.
func (d *document) weighs(i int) bool {
	t := d.tokens[i]
	return !t.masked && t.end-t.start <= maxWord
}

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
		for i := range d.tokens {
			if !d.weighs(i) {
				continue
			}
			for _, h := range wordGrams(nil, d.word(i)) {
				seen[h] = true
			}
			if h, is := pairGram(d, i); is {
				seen[h] = true
			}
		}
		for h := range seen {
			count[h]++
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
	of       [][]int32     // for each token the numbers of its n-grams among the features; ^number of a pair with the token before
}

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
	size := 4 * len(d.tokens) // as in most texts
	g.features, g.counts, kinds = make(linear.Vector, 0, size), make([]int32, 0, size), make([]uint8, 0, size)
	numbers := make([]int32, len(v.hashes)) // among the features, from 1 on
	count := func(place int32, kind uint8) int32 {
		if numbers[place] == 0 {
			g.features, g.counts, kinds = append(g.features, linear.Feature{ID: place}), append(g.counts, 0), append(kinds, kind)
			numbers[place] = int32(len(g.features))
		}
		number := numbers[place] - 1
		g.counts[number]++
		return number
	}
	all := make([]int32, 0, 12*len(d.tokens))
	own := make([][]int32, len(d.words))
	g.of = make([][]int32, len(d.tokens))
	for i, t := range d.tokens {
		if !d.weighs(i) {
			continue
		}
		if own[t.word] == nil {
			own[t.word] = v.places(d.word(i))
		}
		from := len(all)
		if word := own[t.word][0]; word >= 0 {
			all = append(all, count(word, 0))
		}
		if pair := v.pair(d, i); pair >= 0 {
			all = append(all, ^count(pair, 0))
		}
		for _, place := range own[t.word][1:] {
			all = append(all, count(place, 1))
		}
		g.of[i] = all[from:]
	}
	return g, kinds
}

// pair is the place of a word with the one before it, or -1.
func (v *vocabulary) pair(d *document, i int) int32 {
	if gram, is := pairGram(d, i); is {
		return v.place(gram)
	}
	return -1
}

// places are those of a word's own n-grams: of the word, or -1, then of its runs of bytes that are known.
func (v *vocabulary) places(word []byte) []int32 {
	var room [1 + 3*(maxWord+2)]uint32
	grams := wordGrams(room[:0], word)
	places := make([]int32, 1, len(grams))
	places[0] = v.place(grams[0])
	for _, gram := range grams[1:] {
		if place := v.place(gram); place >= 0 {
			places = append(places, place)
		}
	}
	return places
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
