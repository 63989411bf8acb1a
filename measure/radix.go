package measure

import "math"

const (
	digitBits = 11
	digitMask = 1<<digitBits - 1
	// topShift parts the sort key into three digits that tell almost all scores apart, and three more.
	topShift = 3 * digitBits
	// shortRun is how many scores of one top half are put in order by insertion.
	shortRun = 256
)

// sortDescending sorts a sample, highest score first, in time linear in its size. Records, if any,
// travel with their values; equal values keep their order. The values must not hold NaN.
func (s *sample) sortDescending() {
	if s.descending() { // and perhaps part of a ROC already
		return
	}
	other := sample{values: make([]float64, len(s.values))}
	if s.records != nil {
		other.records = make([]uint32, len(s.records))
	}
	s.radix(&other, topShift)
	values := s.values
	for i := 0; i < len(values); {
		j := i + 1
		for top := sortKey(values[i]) >> topShift; j < len(values) && sortKey(values[j])>>topShift == top; {
			j++
		}
		if j-i > 1 {
			s.sortRun(&other, i, j)
		}
		i = j
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

// sortRun sorts the scores from i to j, which share the top half of their key.
func (s *sample) sortRun(other *sample, i, j int) {
	run := s.slice(i, j)
	if j-i <= shortRun {
		run.insertionSort()
		return
	}
	sorted, spare := run, other.slice(i, j)
	sorted.radix(&spare, 0)
	copy(run.values, sorted.values)
	copy(run.records, sorted.records)
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
		for j := i; j > 0 && s.values[j-1] < s.values[j]; j-- {
			s.values[j-1], s.values[j] = s.values[j], s.values[j-1]
			if s.records != nil {
				s.records[j-1], s.records[j] = s.records[j], s.records[j-1]
			}
		}
	}
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
			*s, *other = *other, *s
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
	for i, v := range s.values {
		bucket := sortKey(v) >> shift & digitMask
		at := offsets[bucket]
		offsets[bucket]++
		to.values[at] = v
		if s.records != nil {
			to.records[at] = s.records[i]
		}
	}
}

// sortKey maps a float64 to an integer that falls as the float rises.
func sortKey(v float64) uint64 {
	bits := math.Float64bits(v)
	if int64(bits) < 0 {
		return bits
	}
	return ^bits &^ (1 << 63)
}
