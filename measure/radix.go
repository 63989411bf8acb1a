package measure

import (
	"math"
	"slices"
)

const (
	digitBits = 11
	digitMask = 1<<digitBits - 1
	// topShift leaves of a sort key the three digits that tell almost all scores apart, and lowShift the
	// two that do so within a piece.
	topShift = 3 * digitBits
	lowShift = pieceShift - 2*digitBits
	// shortRun is how many scores are put in order by insertion.
	shortRun = 256
)

// sortDescending sorts a sample, highest score first, in time linear in its size. Records, if any,
// travel with their values; equal values keep their order. The values must not hold NaN.
func (s *sample) sortDescending() {
	if s.descending() { // and perhaps part of a ROC already
		return
	}
	if slices.IsSorted(s.records) {
		s.sortAll()
		return
	}
	// Below, equal values are ordered by record, so let their places stand for the records.
	records := s.records
	s.records = make([]uint32, len(records))
	for i := range s.records {
		s.records[i] = uint32(i)
	}
	s.sortAll()
	for i, place := range s.records {
		s.records[i] = records[place]
	}
}

func (s *sample) descending() bool {
	for i := 1; i < len(s.values); i++ {
		if s.values[i-1] < s.values[i] {
			return false
		}
	}
	return true
}

// sortAll sorts by value and equal values by record, a large sample piece by piece, so that most of the
// work stays in the processor's cache and needs little memory.
func (s *sample) sortAll() {
	if len(s.values) < manyScores {
		other := s.another(len(s.values))
		s.sort(&other, topShift)
		return
	}
	ends, largest := s.pieces()
	other, from := s.another(largest), 0
	for _, end := range ends {
		s.sortPart(&other, from, int(end), lowShift)
		from = int(end)
	}
}

// another is an empty sample of the same kind with room for n scores.
func (s *sample) another(n int) sample {
	other := sample{values: make([]float64, n)}
	if s.records != nil {
		other.records = make([]uint32, n)
	}
	return other
}

// sort sorts scores whose keys agree from the bit shift+33 on. The result may come to lie in other, which
// then changes places with the sample.
func (s *sample) sort(other *sample, shift int) {
	if len(s.values) <= shortRun {
		s.insertionSort()
		return
	}
	s.radix(other, shift)
	values := s.values
	for i := 0; i < len(values); {
		j := i + 1
		for top := sortKey(values[i]) >> shift; j < len(values) && sortKey(values[j])>>shift == top; {
			j++
		}
		switch {
		case j-i == 1:
		case shift > 0:
			s.sortPart(other, i, j, 0)
		case s.records != nil:
			slices.Sort(s.records[i:j])
		}
		i = j
	}
}

// sortPart sorts the scores from i to j where they lie.
func (s *sample) sortPart(other *sample, i, j, shift int) {
	part, spare := s.slice(i, j), other.slice(0, j-i)
	sorted := part
	sorted.sort(&spare, shift)
	copy(part.values, sorted.values)
	copy(part.records, sorted.records)
}

func (s *sample) slice(i, j int) sample {
	part := sample{values: s.values[i:j]}
	if s.records != nil {
		part.records = s.records[i:j]
	}
	return part
}

func (s *sample) insertionSort() {
	for i := 1; i < len(s.values); i++ {
		for j := i; j > 0 && s.before(j, j-1); j-- {
			s.values[j-1], s.values[j] = s.values[j], s.values[j-1]
			if s.records != nil {
				s.records[j-1], s.records[j] = s.records[j], s.records[j-1]
			}
		}
	}
}

func (s *sample) before(i, j int) bool {
	return s.values[i] > s.values[j] ||
		s.records != nil && s.values[i] == s.values[j] && s.records[i] < s.records[j]
}

// radix sorts by three digits of the key, from the bit shift on. The result may come to lie in other,
// which then changes places with the sample.
func (s *sample) radix(other *sample, shift int) {
	var counts [3][1 << digitBits]uint32
	for _, v := range s.values {
		key := sortKey(v) >> shift
		counts[0][key&digitMask]++
		counts[1][key>>digitBits&digitMask]++
		counts[2][key>>(2*digitBits)&digitMask]++
	}
	for digit := range counts {
		if startOffsets(&counts[digit], len(s.values)) {
			s.scatter(other, &counts[digit], shift+digit*digitBits)
			s.values, other.values = other.values, s.values
			s.records, other.records = other.records, s.records
		}
	}
}

// startOffsets turns counts into the place where each bucket begins. It reports false where all n
// values share one bucket, so that the pass can be left out.
func startOffsets(counts *[1 << digitBits]uint32, n int) bool {
	sum := uint32(0)
	for i, count := range counts {
		if int(count) == n {
			return false
		}
		counts[i] = sum
		sum += count
	}
	return true
}

func (s *sample) scatter(to *sample, offsets *[1 << digitBits]uint32, shift int) {
	values, records := to.values, to.records
	for i, v := range s.values {
		bucket := sortKey(v) >> shift & digitMask
		at := offsets[bucket]
		offsets[bucket]++
		values[at] = v
		if records != nil {
			records[at] = s.records[i]
		}
	}
}

// sortKey maps a float64 to an integer that falls as the float rises. It has no branches, as no processor
// can foresee a score's sign.
func sortKey(v float64) uint64 {
	bits := math.Float64bits(v)
	return bits ^ uint64(^int64(bits)>>63)>>1
}
