package measure

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// VectorPair is a record of numbers, such as an image, and what the attacker made of it.
type VectorPair struct {
	Original      []float64
	Reconstructed []float64
	Baseline      []float64 // the attacker's best without the model, such as the nearest record of his own
	Group         string    // by which results are broken down, for instance the batch size; may be empty
}

// VectorScale says how vectors are judged.
type VectorScale struct {
	Threshold float64 // a mean squared error up to this is a success
	Peak      float64 // the largest value an element can take, for PSNR and SSIM
	Width     int     // elements per line of an image, for SSIM; 0 when the vectors are no images
}

// DefaultVectorScale is for elements between 0 and 1: a root mean squared error of a tenth is a success.
var DefaultVectorScale = VectorScale{Threshold: 0.01, Peak: 1}

// ReconstructionVectors measures the reconstruction of numeric records or images: the rate at which the
// mean squared error is within the threshold, and its gain over the baseline, paired by record (Balle et
// al. 2022, "Reconstructing training data with informed adversaries", section 5: a reconstruction counts
// when it is nearer than what the attacker had). It is an error when a record has no baseline, or vectors
// differ in length.
func ReconstructionVectors(rows []VectorPair, scale VectorScale) (Result, error) {
	if err := checkVectors(rows, scale); err != nil {
		return Result{}, err
	}
	r := vectors(rows, scale)
	values, groups := groupBy(rows, func(p VectorPair) string { return p.Group })
	if len(values) < 2 || r.tooMany("group", len(values)) {
		return r, nil
	}
	for _, value := range values {
		r.stratum("group", value, vectors(groups[value], scale))
	}
	r.warn("%d groups: each interval covers its own group, not all of them at once", len(values))
	return r, nil
}

func checkVectors(rows []VectorPair, scale VectorScale) error {
	if len(rows) == 0 {
		return errors.New("reconstruction: no rows")
	}
	if scale.Peak <= 0 || scale.Threshold < 0 || scale.Width < 0 {
		return fmt.Errorf("reconstruction: a scale of peak %g, threshold %g, width %d has no meaning", scale.Peak, scale.Threshold, scale.Width)
	}
	for i, p := range rows {
		n := len(p.Original)
		switch {
		case n == 0:
			return fmt.Errorf("reconstruction: record %d: original is empty", i+1)
		case len(p.Reconstructed) != n:
			return fmt.Errorf("reconstruction: record %d: reconstruction has %d elements, original has %d", i+1, len(p.Reconstructed), n)
		case len(p.Baseline) == 0:
			return fmt.Errorf("reconstruction: record %d: no baseline: give the attacker's best without the model, such as the nearest record of the attacker's own data", i+1)
		case len(p.Baseline) != n:
			return fmt.Errorf("reconstruction: record %d: baseline has %d elements, original has %d", i+1, len(p.Baseline), n)
		case scale.Width > 0 && n%scale.Width != 0:
			return fmt.Errorf("reconstruction: record %d: %d elements are no image of width %d", i+1, n, scale.Width)
		}
	}
	return nil
}

func vectors(rows []VectorPair, scale VectorScale) Result {
	r := newResult("reconstruction")
	var pairs Pairs
	var mse, l2, psnr, ssim, baseline []float64
	nearer := 0
	for _, p := range rows {
		e, b := MSE(p.Original, p.Reconstructed), MSE(p.Original, p.Baseline)
		pairs.Add(e <= scale.Threshold, b <= scale.Threshold)
		if e < b {
			nearer++
		}
		mse, baseline = append(mse, e), append(baseline, b)
		l2 = append(l2, math.Sqrt(e*float64(len(p.Original))))
		psnr = append(psnr, PSNR(e, scale.Peak))
		if scale.Width > 0 {
			ssim = append(ssim, SSIM(p.Original, p.Reconstructed, scale.Width, scale.Peak))
		}
	}
	r.N["records"], r.N["successes"], r.N["baseline_successes"] = pairs.N(), pairs.Attack(), pairs.Baseline()
	r.N["attack_only"], r.N["baseline_only"], r.N["nearer"] = pairs.AttackOnly, pairs.BaselineOnly, nearer
	r.Metrics["rate"] = exact(pairs.Attack(), pairs.N())
	r.Metrics["rate_wilson"] = score(pairs.Attack(), pairs.N())
	r.Metrics["baseline_rate"] = exact(pairs.Baseline(), pairs.N())
	r.Metrics["nearer_than_baseline"] = exact(nearer, pairs.N())
	r.addPairs("", pairs)
	r.Metrics["mse"], r.Metrics["baseline_mse"] = mean(mse), mean(baseline)
	r.Metrics["mse@0.5"], r.Metrics["l2@0.5"], r.Metrics["psnr@0.5"] = quantile(mse, 0.5), quantile(l2, 0.5), quantile(psnr, 0.5)
	r.addSSIM(ssim)
	r.addThresholds(mse, baseline)
	return r
}

func (r *Result) addSSIM(values []float64) {
	if len(values) == 0 {
		r.Missing["ssim"] = "the width of the images"
		return
	}
	r.Metrics["ssim"], r.Metrics["ssim@0.5"] = mean(values), quantile(values, 0.5)
}

// addThresholds draws success against the error that is allowed.
func (r *Result) addThresholds(mse, baseline []float64) {
	for _, c := range []struct {
		label  string
		errors []float64
	}{{"attack", mse}, {"baseline", baseline}} {
		curve := Curve{ID: "budget", Label: c.label, X: "mse", Y: "rate"}
		sorted := slices.Sorted(slices.Values(c.errors))
		for i, e := range sorted {
			if i+1 == len(sorted) || sorted[i+1] > e {
				curve.Points = append(curve.Points, Point{e, exact(i+1, len(sorted))})
			}
		}
		curve.Points = thin(curve.Points)
		r.addCurves(curve)
	}
}
