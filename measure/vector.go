package measure

import (
	"math"

	"gonum.org/v1/gonum/stat"
)

// MSE is the mean squared error of two vectors of one length.
func MSE(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += (a[i] - b[i]) * (a[i] - b[i])
	}
	return sum / float64(len(a))
}

// minMSE keeps the PSNR of a perfect copy finite: 120 dB at peak 1.
const minMSE = 1e-12

// PSNR is the peak signal-to-noise ratio in decibel of a mean squared error, at most that of 1e-12.
func PSNR(mse, peak float64) float64 {
	return 10 * math.Log10(peak*peak/max(mse, minMSE))
}

// ssimWindow is the side of the square windows over which SSIM is taken.
const ssimWindow = 8

// SSIM is the mean structural similarity of two images, lines of the given width one after the other,
// over all windows of 8 by 8 elements or the whole image where it is smaller, with unit weights and
// C1 = (0.01 peak)^2, C2 = (0.03 peak)^2 (Wang et al. 2004, "Image quality assessment", equation 13).
func SSIM(a, b []float64, width int, peak float64) float64 {
	height := len(a) / width
	w, h := min(ssimWindow, width), min(ssimWindow, height)
	sum, windows := 0.0, 0
	x, y := make([]float64, w*h), make([]float64, w*h)
	for top := 0; top+h <= height; top++ {
		for left := 0; left+w <= width; left++ {
			for line := range h {
				at := (top+line)*width + left
				copy(x[line*w:], a[at:at+w])
				copy(y[line*w:], b[at:at+w])
			}
			sum += windowSSIM(x, y, peak)
			windows++
		}
	}
	return sum / float64(windows)
}

func windowSSIM(x, y []float64, peak float64) float64 {
	c1, c2 := 0.01*peak*0.01*peak, 0.03*peak*0.03*peak
	mx, my := stat.Mean(x, nil), stat.Mean(y, nil)
	vx, vy, cov := 0.0, 0.0, 0.0
	for i := range x {
		vx += (x[i] - mx) * (x[i] - mx)
		vy += (y[i] - my) * (y[i] - my)
		cov += (x[i] - mx) * (y[i] - my)
	}
	n := max(1, float64(len(x)-1))
	vx, vy, cov = vx/n, vy/n, cov/n
	return (2*mx*my + c1) * (2*cov + c2) / ((mx*mx + my*my + c1) * (vx + vy + c2))
}

// Nearest is the record of reference that is nearest to original, the most that an attacker who holds
// reference could have given out without the model (Balle et al. 2022, section 5.1), nil if there is none.
func Nearest(original []float64, reference [][]float64) (nearest []float64) {
	least := math.Inf(1)
	for _, candidate := range reference {
		if len(candidate) != len(original) {
			continue
		}
		if e := MSE(original, candidate); e < least {
			least, nearest = e, candidate
		}
	}
	return nearest
}
