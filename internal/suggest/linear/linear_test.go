package linear_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"bugbar/internal/suggest/linear"
)

// corners are three classes that lines can part: one axis each, and a constant.
func corners() (x []linear.Vector, y []int) {
	for class := range 3 {
		for k := range 4 {
			v := linear.Vector{{ID: int32(class), Value: 1 + float32(k)/4}, {ID: 3, Value: 1}}
			x, y = append(x, v), append(y, class)
		}
	}
	return x, y
}

func TestTrainSeparates(t *testing.T) {
	t.Parallel()
	x, y := corners()
	for name, w := range map[string][][]float32{
		"svm":      linear.Train(x, y, 4, 4, linear.Settings{Cost: 10, Rounds: 50}),
		"logistic": linear.Logistic(x, y, 4, 4),
	} {
		for i, v := range x {
			for c := range 3 {
				if c != y[i] && v.Dot(w[c]) >= v.Dot(w[y[i]]) {
					t.Errorf("%s: example %d is taken for %d", name, i, c)
				}
			}
		}
	}
}

func TestTrainIsDeterministic(t *testing.T) {
	t.Parallel()
	x, y := corners()
	s := linear.Settings{Cost: 1, Rounds: 5, Seed: 7}
	if diff := cmp.Diff(linear.Train(x, y, 3, 4, s), linear.Train(x, y, 3, 4, s)); diff != "" {
		t.Error(diff)
	}
	if w := linear.Train(x, y, 4, 4, s)[3]; cmp.Diff(w, make([]float32, 4)) != "" {
		t.Errorf("a class without examples got the weights %v", w)
	}
}

func TestSoftmax(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		scores := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 1, 20).Draw(t, "scores")
		p := append([]float64(nil), scores...)
		linear.Softmax(p, rapid.Float64Range(0.01, 20).Draw(t, "sharpness"))
		sum := 0.0
		for i := range p {
			sum += p[i]
			for j := range p {
				if scores[i] < scores[j] && p[i] > p[j] {
					t.Fatalf("%v became %v", scores, p)
				}
			}
		}
		if math.Abs(sum-1) > 1e-9 {
			t.Fatalf("probabilities sum up to %v", sum)
		}
	})
}

// TestSharpness: scores that are right three times in four should say 75 %, however large they are.
func TestSharpness(t *testing.T) {
	t.Parallel()
	for _, size := range []float64{0.5, 1, 4} {
		var scores [][]float64
		var y []int
		for i := range 400 {
			scores = append(scores, []float64{size, 0})
			y = append(y, max(i%4, 2)-2) // class 0 in three of four
		}
		p := []float64{size, 0}
		linear.Softmax(p, linear.Sharpness(scores, y))
		if math.Abs(p[0]-0.75) > 0.01 {
			t.Errorf("scores of %v become %v, want 0.75", size, p[0])
		}
	}
}
