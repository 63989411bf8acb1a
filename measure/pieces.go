package measure

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
	for piece, count := range ends {
		largest = max(largest, int(count))
		heads[piece] = sum
		sum += count
		ends[piece] = sum
	}
	for piece, end := range ends {
		for i := heads[piece]; i < end; i++ {
			s.cycle(i, uint64(piece), heads)
		}
	}
	return ends, largest
}

// cycle puts the score at a place into its piece, the one that lay there into its own, and so on until one
// belongs into the piece of that place.
func (s *sample) cycle(place uint32, piece uint64, heads []uint32) {
	value, record := s.values[place], uint32(0)
	if s.records != nil {
		record = s.records[place]
	}
	for of := sortKey(value) >> pieceShift; of != piece; of = sortKey(value) >> pieceShift {
		at := heads[of]
		heads[of]++
		value, s.values[at] = s.values[at], value
		if s.records != nil {
			record, s.records[at] = s.records[at], record
		}
	}
	s.values[place] = value
	if s.records != nil {
		s.records[place] = record
	}
}
