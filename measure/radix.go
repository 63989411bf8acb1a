package measure

import "math"

const (
	digitBits  = 11
	digitCount = 64/digitBits + 1
	digitMask  = 1<<digitBits - 1
)

// sortDescending sorts a sample, highest score first, in time linear in its size. Records, if any,
// travel with their values; equal values keep their order. The values must not hold NaN.
func (s *sample) sortDescending() {
	counts := countDigits(s.values)
	from, to := *s, sample{values: make([]float64, len(s.values))}
	if s.records != nil {
		to.records = make([]uint32, len(s.records))
	}
	for digit := range digitCount {
		if offsets := &counts[digit]; startOffsets(offsets, len(s.values)) {
			from.scatter(&to, offsets, digit*digitBits)
			from, to = to, from
		}
	}
	*s = from
}

// countDigits counts, for each digit of the sort key, how often each of its values occurs.
func countDigits(values []float64) *[digitCount][1 << digitBits]uint32 {
	counts := new([digitCount][1 << digitBits]uint32)
	for _, v := range values {
		key := sortKey(v)
		for digit := range counts {
			counts[digit][key>>(digit*digitBits)&digitMask]++
		}
	}
	return counts
}

// startOffsets turns counts into the place where each bucket begins. It reports false where all n
// values share one bucket, so that the pass can be left out: float32 scores leave out half of them.
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
