package measure

import "math"

// SampleToSettle returns how many trials, records or worlds in all would carry the interval of m wholly to
// one side of bound, were the observed value the true one: what an inconclusive comparison still needs. It
// is m.N when the comparison is settled, and ok is false when no number would do, or none can be told:
// the value stands on the bound, or has no interval. Proportions with exact intervals are searched; all
// other intervals are taken to shrink with the square root of the number.
func (m Metric) SampleToSettle(bound float64) (n int, ok bool) {
	switch {
	case m.N <= 0 || m.Level == 0 || math.IsNaN(m.Value) || m.Value == bound:
		return 0, false
	case m.Lo >= bound || m.Hi < bound:
		return m.N, true
	case m.Method == "clopper-pearson" && bound > 0 && bound < 1:
		return exactSample(m.Value, m.N, bound)
	}
	half := m.Value - m.Lo
	if m.Value < bound {
		half = m.Hi - m.Value
	}
	ratio := half / (m.Value - bound)
	const rounding = 1 - 1e-12 // so that a whole number is not raised to the next
	if needed := math.Ceil(float64(m.N) * ratio * ratio * rounding); needed < maxSample {
		return int(needed), true
	}
	return 0, false
}

// maxSample is past what anyone would collect.
const maxSample = 1e9

// exactSample searches the least n at which Clopper and Pearson's interval of round(rate n) of n clears
// bound. Rounding makes the bounds jump, so that it is least among those from which the search by halving
// came, and clears bound in any case.
func exactSample(rate float64, n int, bound float64) (int, bool) {
	clears := func(n int) bool {
		i := ClopperPearson(int(math.Round(rate*float64(n))), n, Level)
		return i.Lo >= bound || i.Hi < bound
	}
	low, high := n, n
	for !clears(high) {
		if high > maxSample {
			return 0, false
		}
		low, high = high, 2*high
	}
	for high-low > 1 {
		if middle := low + (high-low)/2; clears(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return high, true
}
