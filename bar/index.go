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
	allow [][]Bitmap // by point, by value
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
			x.allow[i][len(p.Values)][n/64] |= 1 << (n % 64) // the extra value: unknown
		}
	}
	return x
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
	var codes [maxPoints]uint8
	for i, name := range values {
		p := b.Points[i]
		code := len(p.Values)
		if name != "" {
			if code = p.lookup.find(name); code < 0 {
				return nil, p.unknown(name)
			}
		}
		codes[i] = uint8(code)
	}
	return b.decide(codes[:len(values)]), nil
}

func (b *Bar) decide(codes []uint8) *Row {
	var row *Row
	for w := range b.index.words {
		word := ^uint64(0)
		for i, code := range codes {
			word &= b.index.allow[i][code][w]
		}
		for ; word != 0; word &= word - 1 {
			r := b.paths[w*64+bits.TrailingZeros64(word)].Row
			if row != nil && r != row {
				return nil
			}
			row = r
		}
	}
	return row
}

// lookup finds a value's number by its name. Values of a point mostly differ in length, so a
// bucket for each length leaves one comparison or two.
type lookup struct {
	byLength [][]named
}

type named struct {
	name string
	code int
}

func newLookup(values []Value) lookup {
	var l lookup
	for i, v := range values {
		for len(l.byLength) <= len(v.ID) {
			l.byLength = append(l.byLength, nil)
		}
		l.byLength[len(v.ID)] = append(l.byLength[len(v.ID)], named{v.ID, i})
	}
	return l
}

func (l *lookup) find(name string) int {
	if len(name) >= len(l.byLength) {
		return -1
	}
	for _, n := range l.byLength[len(name)] {
		if n.name == name {
			return n.code
		}
	}
	return -1
}
