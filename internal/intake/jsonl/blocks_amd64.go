package jsonl

import "math/bits"

// classify marks the quotes, the backslashes and the brackets of a block, the first byte in the lowest
// bit. Y, _, y and DEL are marked as brackets too.
//
//go:noescape
func classify(block *[blockSize]byte) (quotes, slashes, brackets uint64)

const blockSize = 64

// skipBlocks is skipNested for sound JSON, a block at a time: a bit for each byte says what it is, and
// a few operations on them say which bytes stand inside strings. It returns 0 where a closer look is
// needed: for whatever is damaged, cut, or deeper than 64 levels.
func skipBlocks(b []byte, i int) int {
	var (
		open    nesting
		escaped uint64          // 1 when a backslash at the end of the block before escapes the next byte
		within  uint64          // all ones when that block ended inside a string
		last    [blockSize]byte // what is left of b, filled up with zeros
	)
	for ; i < len(b); i += blockSize {
		block := &last
		if len(b)-i >= blockSize {
			block = (*[blockSize]byte)(b[i:])
		} else {
			copy(last[:], b[i:])
		}
		quotes, slashes, brackets := classify(block)
		var escapes uint64
		escapes, escaped = behindOddRuns(slashes, escaped)
		inside := prefixXOR(quotes&^escapes) ^ within
		within = uint64(int64(inside) >> 63)
		if slashes&^inside != 0 {
			return 0 // outside of strings a backslash escapes nothing
		}
		for found := brackets &^ inside; found != 0; found &= found - 1 {
			at := i + bits.TrailingZeros64(found)
			if !open.see(b[at]) {
				return 0
			}
			if open.depth == 0 {
				return at + 1
			}
		}
	}
	return 0
}

// behindOddRuns marks the bytes behind an odd run of backslashes. A run that starts on an odd place is
// added to the runs, so that its carry falls behind its end; of the others the ends are known by their
// parity.
func behindOddRuns(slashes, escaped uint64) (marks, carry uint64) {
	const even = 0x5555555555555555
	slashes &^= escaped
	follows := slashes<<1 | escaped
	oddStarts := slashes &^ even &^ follows
	ends, carry := bits.Add64(oddStarts, slashes, 0)
	return (even ^ ends<<1) & follows, carry
}

// prefixXOR sets each bit to the parity of the bits up to it: between an opening and a closing quote
// it is 1.
func prefixXOR(x uint64) uint64 {
	x ^= x << 1
	x ^= x << 2
	x ^= x << 4
	x ^= x << 8
	x ^= x << 16
	return x ^ x<<32
}

// nesting holds the kinds of the open brackets, one bit each.
type nesting struct {
	kinds uint64
	depth int
}

// see takes a byte outside of strings; it is false for a bracket that closes another kind, or is one
// too deep.
func (n *nesting) see(c byte) bool {
	kind := uint64(c >> 5 & 1) // '{' is 0x7b, '[' is 0x5b
	switch class[c] {
	case opening:
		n.kinds = n.kinds<<1 | kind
		n.depth++
		return n.depth <= 64
	case closing:
		matches := n.kinds&1 == kind
		n.kinds >>= 1
		n.depth--
		return matches
	}
	return true
}
