package measure

import "math"

// selectFrom puts those values in place that stand from first to last in ascending order, and no
// others: smaller ones come before them, larger ones after. last is near first.
func selectFrom(values []float64, first, last int) {
	selectOne(values, first)
	for i := first + 1; i <= last; i++ {
		least := i
		for j := i + 1; j < len(values); j++ {
			if values[j] < values[least] {
				least = j
			}
		}
		values[i], values[least] = values[least], values[i]
	}
}

// selectOne puts the k-th value in place (Hoare 1961).
func selectOne(values []float64, k int) {
	for len(values) > 1 {
		last := len(values) - 1
		middle := last / 2
		pivot := middleOfThree(values[0], values[middle], values[last])
		smaller := partition(values, pivot)
		switch {
		case k < smaller:
			values = values[:smaller]
			continue
		case smaller == 0: // the pivot is the smallest: leave out all that equal it
			smaller = partition(values, math.Nextafter(pivot, math.Inf(1)))
			if k < smaller {
				return
			}
		}
		values, k = values[smaller:], k-smaller
	}
}

// partition puts the values below the pivot first and returns how many there are. It has no branches, as
// no processor can foresee the order of scores.
func partition(values []float64, pivot float64) int {
	smaller := 0
	for i, v := range values {
		values[i] = values[smaller]
		values[smaller] = v
		one := 0
		if v < pivot {
			one = 1
		}
		smaller += one
	}
	return smaller
}

func middleOfThree(a, b, c float64) float64 {
	return max(min(a, b), min(max(a, b), c))
}
