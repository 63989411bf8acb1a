package measure

import (
	"math"
	"slices"
)

// moments sum up numbers: how many, their mean, and the sum of squared distances from it.
type moments struct {
	n, mean, squares float64
}

func momentsOf(values []float64) moments {
	m := moments{n: float64(len(values))}
	for _, v := range values {
		m.mean += v
	}
	m.mean /= m.n
	for _, v := range values {
		m.squares += (v - m.mean) * (v - m.mean)
	}
	return m
}

func (m moments) deviation() float64 { return math.Sqrt(m.squares/m.n) + tiny }

// plus joins two sets of numbers (Chan, Golub and LeVeque 1983, equation 2.1).
func (m moments) plus(other moments) moments {
	n := m.n + other.n
	if n == 0 {
		return m
	}
	apart := other.mean - m.mean
	return moments{
		n: n, mean: m.mean + apart*other.n/n,
		squares: m.squares + other.squares + apart*apart*m.n*other.n/n,
	}
}

// minus takes one number out again.
func (m moments) minus(v float64) moments {
	n := m.n - 1
	apart := v - m.mean
	return moments{n: n, mean: m.mean - apart/n, squares: max(0, m.squares-apart*apart*m.n/n)}
}

// side holds the scores of one example under the shadow models that trained on it, or that did not:
// as many as may be used and one more, so that any target can be taken out and the rest be enough.
type side struct {
	kept   []bool // by model: whether its score is among them
	sorted []float64
	moments
	rest summary // what is left for a target that is not among them
}

// summary is what an attack needs of a side.
type summary struct {
	median float64
	moments
}

func newSide(models int) side {
	return side{kept: make([]bool, models), sorted: make([]float64, 0, models)}
}

// fill takes the first scores of the models whose membership is want, up to one more than cut.
func (s *side) fill(scores []float64, in []bool, want bool, cut int) {
	s.sorted = s.sorted[:0]
	last := 0.0
	for model, score := range scores {
		s.kept[model] = in[model] == want && len(s.sorted) <= cut
		if s.kept[model] {
			s.sorted = append(s.sorted, score)
			last = score
		}
	}
	s.moments = momentsOf(s.sorted)
	slices.Sort(s.sorted)
	if len(s.sorted) > cut {
		s.rest = s.without(last)
	} else {
		s.rest = summary{median: median(s.sorted), moments: s.moments}
	}
}

// leaving sums up the side for an attack on a target with the given score.
func (s *side) leaving(target int, score float64) summary {
	if s.kept[target] {
		return s.without(score)
	}
	return s.rest
}

// without removes one score in constant time.
func (s *side) without(score float64) summary {
	m := s.minus(score)
	if m.squares < 1e-9*s.squares { // the score was all the variance, and rounding is all that is left
		m = s.momentsWithout(score)
	}
	n := len(s.sorted) - 1
	if n == 0 {
		return summary{median: math.NaN(), moments: m}
	}
	return summary{median: (s.at((n-1)/2, score) + s.at(n/2, score)) / 2, moments: m}
}

// at is the score in place i after one has been removed.
func (s *side) at(i int, removed float64) float64 {
	if removed <= s.sorted[i] {
		return s.sorted[i+1]
	}
	return s.sorted[i]
}

func (s *side) momentsWithout(score float64) moments {
	i, _ := slices.BinarySearch(s.sorted, score)
	return momentsOf(slices.Delete(slices.Clone(s.sorted), i, min(i+1, len(s.sorted))))
}

func median(sorted []float64) float64 {
	n := len(sorted)
	if n == 0 {
		return math.NaN()
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
