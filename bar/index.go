package bar

import (
	"fmt"
	"iter"
	"math/bits"
)

// Bitmap is a set of a bar's paths, one bit each in the order of Bar.Paths.
type Bitmap []uint64

// All yields the numbers of the paths in the bitmap, in order.
func (m Bitmap) All() iter.Seq[int] {
	return func(yield func(int) bool) {
		for w, word := range m {
			for ; word != 0; word &= word - 1 {
				if !yield(w*64 + bits.TrailingZeros64(word)) {
					return
				}
			}
		}
	}
}

// index is a bitmap index over the paths: for each point and value, which paths allow it. What any
// facts leave open is then an AND over the points of an OR over the values.
type index struct {
	words int
	allow [][]Bitmap // by point, by value; the last of a point allows every path: unknown

	// The same, arranged for Decide.
	names []lookup // by point
	first []int32  // by point, where its bitmaps begin in flat
	flat  []uint64
	all   Bitmap
	rows  []*Row // by path
}

func newIndex(b *Bar) index {
	x := index{words: (len(b.paths) + 63) / 64, allow: make([][]Bitmap, len(b.Points))}
	for i, p := range b.Points {
		x.allow[i] = make([]Bitmap, len(p.Values)+1)
		for v := range x.allow[i] {
			x.allow[i][v] = make(Bitmap, x.words)
		}
		for n, path := range b.paths {
			for v := range p.Values {
				if path.Answers[i].Has(v) {
					x.allow[i][v][n/64] |= 1 << (n % 64)
				}
			}
			x.allow[i][len(p.Values)][n/64] |= 1 << (n % 64)
		}
	}
	x.flatten(b)
	return x
}

func (x *index) flatten(b *Bar) {
	for i, p := range b.Points {
		x.names = append(x.names, p.lookup)
		x.first = append(x.first, int32(len(x.flat)))
		for _, m := range x.allow[i] {
			x.flat = append(x.flat, m...)
		}
		x.all = x.allow[i][len(p.Values)]
	}
	for _, path := range b.paths {
		x.rows = append(x.rows, path.Row)
	}
}

// Words is the length of the bar's bitmaps.
func (b *Bar) Words() int { return b.index.words }

// Allow returns the paths that a single value of point i allows. It is shared: do not change it.
func (b *Bar) Allow(i, value int) Bitmap { return b.index.allow[i][value] }

// Open sets dst, which has Words words, to the paths that the sets leave open: one set for each
// of Points, in order.
func (b *Bar) Open(dst Bitmap, sets []Set) {
	for w := range dst {
		dst[w] = ^uint64(0)
	}
	for i := range sets {
		b.Narrow(dst, i, sets[i])
	}
}

// Narrow removes from m the paths that allow none of the values of point i.
func (b *Bar) Narrow(m Bitmap, i int, values Set) {
	allow := b.index.allow[i]
	if values == b.Points[i].All() {
		values = 1 << len(b.Points[i].Values)
	}
	for w := range m {
		var any uint64
		for rest := values; rest != 0; rest &= rest - 1 {
			any |= allow[bits.TrailingZeros64(uint64(rest))][w]
		}
		m[w] &= any
	}
}

// Decide returns the row that facts lead to, given by name in the order of Points, "" for unknown.
// It returns nil where they leave more than one row open, and an *UnknownError for a value that
// the bar does not have. It does not allocate.
func (b *Bar) Decide(values []string) (*Row, error) {
	if len(values) != len(b.Points) {
		return nil, fmt.Errorf("%d values for the %d decision points of %s", len(values), len(b.Points), b.Ref())
	}
	var given [maxPoints]int32 // where the bitmaps of the known values begin
	known := 0
	for i, name := range values {
		if name == "" {
			continue
		}
		code := b.index.names[i].find(name)
		if code < 0 {
			return nil, b.Points[i].unknown(name)
		}
		given[known] = b.index.first[i] + int32(code*b.index.words)
		known++
	}
	return b.decide(given[:known]), nil
}

func (b *Bar) decide(given []int32) *Row {
	var row *Row
	for w := range b.index.words {
		word := b.index.all[w]
		for _, at := range given {
			word &= b.index.flat[int(at)+w]
		}
		for ; word != 0; word &= word - 1 {
			r := b.index.rows[w*64+bits.TrailingZeros64(word)]
			if row != nil && r != row {
				return nil
			}
			row = r
		}
	}
	return row
}
