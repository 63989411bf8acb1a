package suggest

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io/fs"
	"math"
	"slices"
	"sync"

	"bugbar/bar"
)

// The file of a model is a line of JSON, the header; then for each n-gram its hash and its inverse
// document frequency, 4 bytes each, little-endian; then for each class of each head a scale, 4
// bytes, and one signed byte for each feature, which times the scale is its weight.
type header struct {
	Format string       `json:"format"`
	Bar    string       `json:"bar"` // NAME@EDITION
	Cues   string       `json:"cues"`
	Seed   uint64       `json:"seed"`
	Digest string       `json:"digest"`
	Grams  int          `json:"grams"`
	Heads  []headHeader `json:"heads"`
	Seen   []uint64     `json:"seen"` // hashes of the texts that it was trained on
}

type headHeader struct {
	Point     string  `json:"point"`
	Sharpness float64 `json:"sharpness"`
	Known     []bool  `json:"known"`
}

const format = "bugbar-suggest-2"

//go:embed msrc-ai.model
var embedded []byte

var loaded sync.Map // *bar.Bar -> func() (*Model, error): the embedded model is decoded once for each bar

// Load returns the embedded model for a bar. A bar that extends the one that the model was trained
// for is served as well, as long as its decision points are the same.
func Load(b *bar.Bar) (*Model, error) {
	f, _ := loaded.LoadOrStore(b, sync.OnceValues(func() (*Model, error) { return Decode(b, embedded) }))
	return f.(func() (*Model, error))()
}

// UnservedError is a bar whose decision points are not those that the model was trained for.
type UnservedError struct{ Bar string }

func (e *UnservedError) Error() string {
	return "the embedded suggester was not trained for the bar " + e.Bar
}

// Hint says what would do.
func (e *UnservedError) Hint() string { return "a bar that extends msrc-ai, or --bar msrc-ai" }

// Encode writes a model.
func (m *Model) Encode() ([]byte, error) {
	h := header{
		Format: format, Bar: m.bar.Ref(), Cues: cueDigest(), Seed: m.seed, Digest: m.digest,
		Grams: len(m.vocabulary.hashes), Seen: m.seen,
	}
	for _, d := range m.heads {
		h.Heads = append(h.Heads, headHeader{d.point.ID, d.sharpness, d.known})
	}
	line, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	out := append(line, '\n')
	for i, hash := range m.vocabulary.hashes {
		out = binary.LittleEndian.AppendUint32(out, hash)
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(m.vocabulary.idf[i]))
	}
	for _, d := range m.heads {
		for c := range d.classes {
			out = appendQuantized(out, m.weights.column(d.column+c))
		}
	}
	return out, nil
}

func appendQuantized(out []byte, weights []float32) []byte {
	var largest float32
	for _, w := range weights {
		largest = max(largest, w, -w)
	}
	scale := max(largest/math.MaxInt8, math.SmallestNonzeroFloat32)
	out = binary.LittleEndian.AppendUint32(out, math.Float32bits(scale))
	for _, w := range weights {
		out = append(out, byte(int8(math.Round(float64(w/scale)))))
	}
	return out
}

// Decode reads a model for a bar.
func Decode(b *bar.Bar, data []byte) (*Model, error) {
	line, rest, _ := bytes.Cut(data, []byte("\n"))
	var h header
	if err := json.Unmarshal(line, &h); err != nil || h.Format != format {
		return nil, fmt.Errorf("the model is not of the format %s", format)
	}
	if h.Cues != cueDigest() {
		return nil, fmt.Errorf("the model was trained with other cues; make suggest-model trains it anew")
	}
	if len(h.Heads) != len(b.Points) || h.Grams < 0 || h.Grams > len(rest)/8 {
		return nil, &UnservedError{b.Ref()}
	}
	l, err := loadLexicon(b)
	if err != nil {
		return nil, &UnservedError{b.Ref()}
	}
	m := &Model{bar: b, lexicon: l, vocabulary: &vocabulary{}, seed: h.Seed, digest: h.Digest, seen: h.Seen}
	for range h.Grams {
		m.vocabulary.hashes = append(m.vocabulary.hashes, binary.LittleEndian.Uint32(rest))
		m.vocabulary.idf = append(m.vocabulary.idf, math.Float32frombits(binary.LittleEndian.Uint32(rest[4:])))
		rest = rest[8:]
	}
	m.vocabulary.fill()
	newModel(m)
	for i, d := range m.heads {
		if h.Heads[i].Point != d.point.ID || len(h.Heads[i].Known) != d.classes {
			return nil, &UnservedError{b.Ref()}
		}
		d.sharpness, d.known = h.Heads[i].Sharpness, h.Heads[i].Known
	}
	if err := m.weights.decode(rest); err != nil {
		return nil, err
	}
	return m, nil
}

// decode reads the weights column by column, and fills the rows: all of the columns at a time, since what is next to
// each other is written fastest.
func (w *weights) decode(data []byte) error {
	features := len(w.cells) / w.columns
	if len(data) != w.columns*(4+features) {
		return fmt.Errorf("the model has %d bytes of weights, and not %d", len(data), w.columns*(4+features))
	}
	scales, columns := make([]float32, w.columns), make([][]byte, w.columns)
	for c := range columns {
		scales[c] = math.Float32frombits(binary.LittleEndian.Uint32(data))
		columns[c], data = data[4:4+features], data[4+features:]
	}
	for f := range features {
		for c, row := 0, w.row(f); c < len(row); c++ {
			row[c] = scales[c] * float32(int8(columns[c][f]))
		}
	}
	return nil
}

// cueDigest names the cues: a model fits only those that it was trained with.
func cueDigest() string {
	h := fnv.New64a()
	_ = fs.WalkDir(cueFiles, ".", func(name string, d fs.DirEntry, err error) error { // an embedded folder can be read
		if err == nil && !d.IsDir() {
			data, _ := cueFiles.ReadFile(name)
			fmt.Fprintf(h, "%s %d\n%s", name, len(data), data)
		}
		return nil
	})
	return fmt.Sprintf("%016x", h.Sum64())
}

// Saw says whether a text was among those that the model was trained on: a measurement on them says
// nothing about others.
func (m *Model) Saw(text string) bool {
	_, found := slices.BinarySearch(m.seen, textHash(text))
	return found
}

func textHash(text string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(text))
	return h.Sum64()
}
