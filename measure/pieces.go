package measure

import "slices"

// pieceShift leaves of a sort key what parts a large sample into pieces: sign, exponent and four bits of the
// mantissa.
const pieceShift = 48

// manyScores are enough to be worth parting.
const manyScores = 1 << 17

// pieces brings the scores of each piece together, in the order of the pieces, within the sample's own memory
// (the American flag sort of McIlroy, Bostic and McIlroy 1993). It returns where each piece ends, and
// the size of the largest.
func (s *sample) pieces() (ends []uint32, largest int) {
	ends = make([]uint32, 1<<(64-pieceShift))
	for _, v := range s.values {
		ends[sortKey(v)>>pieceShift]++
	}
	heads, sum := make([]uint32, len(ends)), uint32(0)
	var open []int
	for piece, count := range ends {
		largest = max(largest, int(count))
		heads[piece] = sum
		sum += count
		ends[piece] = sum
		if count > 0 {
			open = append(open, piece)
		}
	}
	for len(open) > 0 {
		for _, piece := range open {
			s.deal(heads, heads[piece], ends[piece])
		}
		open = slices.DeleteFunc(open, func(piece int) bool { return heads[piece] == ends[piece] })
	}
	return ends, largest
}

// deal puts each score of a range at the head of its piece, and what lay there in its stead. Unlike the
// chain of a cycle, no swap has to wait for the one before.
func (s *sample) deal(heads []uint32, from, to uint32) {
	values, records := s.values, s.records
	for i := from; i < to; i++ {
		piece := sortKey(values[i]) >> pieceShift
		at := heads[piece]
		heads[piece]++
		values[i], values[at] = values[at], values[i]
		if records != nil {
			records[i], records[at] = records[at], records[i]
		}
	}
}
