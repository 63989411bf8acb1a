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
	values []float64 // no more than the middle is in order
	models int       // scores of models from this one on are not among the values
	moments
	weight, share float64 // n/(n-1) and 1/(n-1)
	rest          summary // what is left for a target that is not among the values
}

// summary is what an attack needs of a side.
type summary struct {
	median float64
	moments
}

// spread is a deviation and one over it, since a product takes less time than a division.
type spread struct{ deviation, inverse float64 }

func spreadOf(deviation float64) spread { return spread{deviation, 1 / deviation} }

// estimate is what a side says of where an example's scores lie and how far they spread.
type estimate struct {
	median float64
	spread
}

func (s summary) estimate() estimate { return estimate{s.median, spreadOf(s.deviation())} }

// split parts the scores of all models into those of models that trained on the example and the rest.
// Both sides have room for all. It has no branches, as no processor can foresee membership.
func split(scores []float64, in []bool, ins, outs *side) {
	a, b := ins.values[:cap(ins.values)], outs.values[:cap(outs.values)]
	ones, zeros := 0, 0
	for model, score := range scores {
		a[ones], b[zeros] = score, score
		one := 0
		if in[model] {
			one = 1
		}
		ones += one
		zeros += 1 - one
	}
	ins.values, outs.values = a[:ones], b[:zeros]
}

// prepare keeps the first scores, one more than cut, and sums them up; in tells by model whether it is
// on this side, by being want.
func (s *side) prepare(in []bool, want bool, cut int) {
	s.models = len(in)
	if len(s.values) > cut+1 {
		s.values = s.values[:cut+1]
		s.models = place(in, want, cut+1)
	}
	s.moments = momentsOf(s.values)
	s.weight, s.share = s.n/(s.n-1), 1/(s.n-1)
	n, last := len(s.values), s.values[len(s.values)-1]
	selectFrom(s.values, max(0, n/2-1), min(n-1, n/2+1))
	if n > cut {
		s.rest = s.without(last)
	} else {
		s.rest = summary{median: (s.values[(n-1)/2] + s.values[n/2]) / 2, moments: s.moments}
	}
}

// place is the model that is the n-th, from 0, on a side.
func place(in []bool, want bool, n int) int {
	for model, is := range in {
		if is != want {
			continue
		}
		if n == 0 {
			return model
		}
		n--
	}
	return len(in)
}

// without takes one of the values out, in constant time.
func (s *side) without(score float64) summary {
	m := s.minus(score)
	if m.squares < 1e-6*s.squares { // the score was all the variance, and rounding is all that is left
		m = s.momentsWithout(score)
	}
	n := len(s.values) - 1
	if n == 0 {
		return summary{median: math.NaN(), moments: m}
	}
	return summary{median: (s.at((n-1)/2, score) + s.at(n/2, score)) / 2, moments: m}
}

// estimateWithout is without(score).estimate(). It spares the mean, and divides once.
func (s *side) estimateWithout(score float64) estimate {
	apart := score - s.mean
	squares := s.squares - apart*apart*s.weight
	if !(squares >= 1e-6*s.squares) || len(s.values) < 2 {
		return s.without(score).estimate()
	}
	last := len(s.values) - 2
	return estimate{
		(s.at(last>>1, score) + s.at((last+1)>>1, score)) / 2,
		spreadOf(math.Sqrt(squares*s.share) + tiny),
	}
}

// at is the value in place i of the order after one has been taken out; i is near the middle. It has no
// branches, as no processor can foresee on which side of the middle a score lies.
func (s *side) at(i int, removed float64) float64 {
	after := 0
	if removed <= s.values[i] {
		after = 1
	}
	return s.values[i+after]
}

func (s *side) momentsWithout(score float64) moments {
	i := slices.Index(s.values, score)
	return momentsOf(slices.Delete(slices.Clone(s.values), i, i+1))
}
