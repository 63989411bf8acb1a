// Package linear trains linear classifiers on sparse vectors and makes their scores probabilities.
//
// Training is deterministic: the order in which examples are visited comes from a seed.
package linear

import (
	"math"
	"math/rand/v2"
)

// Feature is one entry of a sparse vector.
type Feature struct {
	ID    int32
	Value float32
}

// Vector is a sparse vector; no ID stands in it twice.
type Vector []Feature

// Dot returns the inner product with a dense vector.
func (v Vector) Dot(dense []float32) float64 {
	sum := 0.0
	for _, f := range v {
		sum += float64(f.Value) * float64(dense[f.ID])
	}
	return sum
}

// Settings of a training.
type Settings struct {
	Cost   float64 // of a margin that is not kept: higher fits closer
	Rounds int     // passes over the examples
	Seed   uint64
}

// Train learns one weight vector for each class, against all others: the support vector machine with
// squared hinge loss, by dual coordinate descent (Hsieh et al., ICML 2008, algorithm 1). An example
// weighs as much as its class is rare, so that small classes are heard. Classes without an example
// keep zero weights.
func Train(x []Vector, y []int, classes, dimensions int, s Settings) [][]float32 {
	weights := make([][]float32, classes)
	for c := range weights {
		weights[c] = trainOne(x, y, c, dimensions, s)
	}
	return weights
}

func trainOne(x []Vector, y []int, class, dimensions int, s Settings) []float32 {
	w := make([]float32, dimensions)
	positive := 0
	for _, c := range y {
		if c == class {
			positive++
		}
	}
	if positive == 0 {
		return w
	}
	balance := math.Sqrt(float64(len(y)-positive+1) / float64(positive))
	alpha := make([]float64, len(x))
	rng := rand.New(rand.NewPCG(s.Seed, uint64(class)))
	for range s.Rounds {
		for _, i := range rng.Perm(len(x)) {
			sign, cost := -1.0, s.Cost
			if y[i] == class {
				sign, cost = 1, s.Cost*balance
			}
			step(w, x[i], &alpha[i], sign, cost)
		}
	}
	return w
}

// step moves the dual variable of one example to its optimum, the others held.
func step(w []float32, x Vector, alpha *float64, sign, cost float64) {
	square := 1 / (2 * cost)
	for _, f := range x {
		square += float64(f.Value) * float64(f.Value)
	}
	gradient := sign*x.Dot(w) - 1 + *alpha/(2*cost)
	next := max(*alpha-gradient/square, 0)
	change := float32((next - *alpha) * sign)
	*alpha = next
	if change == 0 {
		return
	}
	for _, f := range x {
		w[f.ID] += change * f.Value
	}
}

// Softmax makes scores probabilities in place. Sharpness is the inverse of the temperature.
func Softmax(scores []float64, sharpness float64) {
	highest := math.Inf(-1)
	for _, s := range scores {
		highest = max(highest, s)
	}
	sum := 0.0
	for i, s := range scores {
		scores[i] = math.Exp(sharpness * (s - highest))
		sum += scores[i]
	}
	for i := range scores {
		scores[i] /= sum
	}
}

// Sharpness finds the factor by which held-out scores become the likeliest probabilities of their
// classes (temperature scaling, Guo et al., ICML 2017). It lies between 0.1 and 20.
func Sharpness(scores [][]float64, y []int) float64 {
	low, high := math.Log(0.1), math.Log(20)
	for range 60 { // the loss has one minimum
		a, b := low+(high-low)/3, high-(high-low)/3
		if loss(scores, y, math.Exp(a)) < loss(scores, y, math.Exp(b)) {
			high = b
		} else {
			low = a
		}
	}
	return math.Exp((low + high) / 2)
}

func loss(scores [][]float64, y []int, sharpness float64) float64 {
	sum := 0.0
	for i, row := range scores {
		p := append([]float64(nil), row...)
		Softmax(p, sharpness)
		sum -= math.Log(max(p[y[i]], 1e-12))
	}
	return sum
}

// Logistic learns multinomial logistic regression with a quadratic penalty by gradient descent:
// one weight vector for each class.
func Logistic(x []Vector, y []int, classes, dimensions int) [][]float32 {
	const rounds, rate, penalty = 200, 8.0, 1e-4
	w := make([][]float32, classes)
	for c := range w {
		w[c] = make([]float32, dimensions)
	}
	p := make([][]float64, len(x))
	for range rounds {
		for i, v := range x {
			p[i] = make([]float64, classes)
			for c := range w {
				p[i][c] = v.Dot(w[c])
			}
			Softmax(p[i], 1)
			p[i][y[i]]--
		}
		for c := range w {
			for d := range w[c] {
				w[c][d] *= 1 - rate*penalty
			}
			for i, v := range x {
				change := float32(rate * p[i][c] / float64(len(x)))
				for _, f := range v {
					w[c][f.ID] -= change * f.Value
				}
			}
		}
	}
	return w
}
