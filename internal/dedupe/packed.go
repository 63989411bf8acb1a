package dedupe

import (
	"cmp"
	"encoding/binary"
	"iter"
	"slices"
)

// numberedTerm is a term by its number within an index. Frequent terms come early and have small numbers.
type numberedTerm struct {
	number uint32
	low    bool
}

// packTerms writes terms by number: the gaps, doubled, and one more where the term is low, as varints.
func packTerms(list []numberedTerm) []byte {
	slices.SortFunc(list, func(a, b numberedTerm) int { return cmp.Compare(a.number, b.number) })
	var buffer [2 * maxTerms]byte
	packed, next := buffer[:0], uint32(0)
	for _, t := range list {
		packed = binary.AppendUvarint(packed, pack(t.number-next, t.low))
		next = t.number + 1
	}
	return slices.Clone(packed)
}

func pack(gap uint32, low bool) uint64 {
	if low {
		return uint64(gap)<<1 | 1
	}
	return uint64(gap) << 1
}

// all goes through the terms of a case by number.
func (e *entry) all() iter.Seq[numberedTerm] {
	return func(yield func(numberedTerm) bool) {
		next := uint32(0)
		for rest := e.terms; len(rest) > 0; {
			v, n := binary.Uvarint(rest)
			rest = rest[n:]
			number := next + uint32(v>>1)
			if !yield(numberedTerm{number, v&1 == 1}) {
				return
			}
			next = number + 1
		}
	}
}
