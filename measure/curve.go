package measure

import "math"

// curvePoints is how many points a ROC is thinned to, evenly in the logarithm of the FPR.
const curvePoints = 64

// bandTerms is how finely the band of a plot is worked out.
const bandTerms = 64

// Curve returns the ROC, thinned for a plot with logarithmic axes, with the band of the ideal bootstrap.
func (r *ROC) Curve() Curve {
	curve := Curve{ID: "roc", Label: "attack", X: "fpr", Y: "tpr"}
	n0 := len(r.nonmembers.values)
	last := -1
	for i := range curvePoints {
		k := int(math.Pow(float64(n0), float64(i)/(curvePoints-1)))
		if k == last {
			continue
		}
		last = k
		fpr := float64(k) / float64(n0)
		point := r.AtFPR(fpr)
		band := r.idealBootstrap(fpr, Level, bandTerms)
		curve.Points = append(curve.Points, Point{X: fpr, Metric: Metric{
			Value: point.TPR(), Lo: band.Lo, Hi: band.Hi, Level: Level, Method: band.Method,
		}})
	}
	return curve
}
