package measure

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
	left, right := 0, len(values)-1
	for left < right {
		pivot := middleOfThree(values[left], values[(left+right)/2], values[right])
		i, j := left, right
		for i <= j {
			for values[i] < pivot {
				i++
			}
			for values[j] > pivot {
				j--
			}
			if i <= j {
				values[i], values[j] = values[j], values[i]
				i, j = i+1, j-1
			}
		}
		switch {
		case k <= j:
			right = j
		case k >= i:
			left = i
		default:
			return
		}
	}
}

func middleOfThree(a, b, c float64) float64 {
	return max(min(a, b), min(max(a, b), c))
}
