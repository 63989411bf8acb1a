package measure

import (
	"math"
	"slices"
	"sync"
)

// curvePoints is how many points a ROC is thinned to, evenly in the logarithm of the FPR.
const curvePoints = 64

// bandTerms is how finely the band of a plot is worked out.
const bandTerms = 64

// Curve returns the ROC, thinned for a plot with logarithmic axes, with the band of the ideal bootstrap.
func (r *ROC) Curve() Curve {
	var counts []int // of false positives
	n0 := len(r.nonmembers.values)
	for i := range curvePoints {
		counts = append(counts, int(math.Pow(float64(n0), float64(i)/(curvePoints-1))))
	}
	counts = slices.Compact(counts)
	places := slices.Clone(counts)
	places[len(places)-1] = n0 - 1
	dependences := r.dependences(places)
	points := make([]Point, len(counts))
	var working sync.WaitGroup
	for i, k := range counts {
		working.Go(func() {
			fpr := float64(k) / float64(n0)
			band := r.idealBootstrap(fpr, Level, dependences[i], bandTerms)
			points[i] = Point{X: fpr, Metric: within(r.AtFPR(fpr).TPR(), 0, band)}
		})
	}
	working.Wait()
	return Curve{ID: "roc", Label: "attack", X: "fpr", Y: "tpr", Points: points}
}
