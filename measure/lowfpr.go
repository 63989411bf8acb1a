package measure

import (
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/stat"
)

// IdealBootstrap returns the interval of the TPR at a false-positive rate of at most fpr that the
// percentile bootstrap, with members and non-members resampled apart, reaches with infinitely many
// resamples. It has a closed form: the resample's (k+1)-th largest non-member, k = floor(fpr n0), is
// the J-th of the sample with P(J <= j) = P(Bin(n0, j/n0) > k), and given J the true positives are
// Bin(n1, g/n1), where g members lie above it. Clustered scores count by their effective sample sizes.
func (r *ROC) IdealBootstrap(fpr, level float64) Interval {
	return r.idealBootstrap(fpr, level, r.dependence(r.marking(fpr)), maxTerms)
}

// idealBootstrap takes no more than so many terms together, which is coarser and faster.
func (r *ROC) idealBootstrap(fpr, level float64, d dependence, terms int) Interval {
	interval := Interval{Lo: 0, Hi: 1, Level: level, Method: "ideal-bootstrap"}
	k := allowedFalsePositives(fpr, len(r.nonmembers.values))
	if k >= len(r.nonmembers.values) {
		interval.Lo = 1
		return interval
	}
	mixture := r.truePositives(k, d, terms)
	interval.Lo = mixture.quantile(0.5 - level/2)
	interval.Hi = mixture.quantile(0.5 + level/2)
	return interval
}

// binomialMixture is a weighted sum of the distributions Bin(n, hits/n).
type binomialMixture struct {
	n       int
	effect  float64   // the design effect: n counts as n/effect
	hits    []float64 // the expected number of each
	weights []float64
}

// maxTerms bounds the terms of the mixture; beyond it, neighbouring terms share one. It is not reached
// for an FPR of 1 % below five million non-members.
const maxTerms = 4096

// truePositives is the bootstrap's distribution of the number of true positives with k false ones.
// Where records are drawn whole, a draw with more false positives at a threshold has, by the slope,
// more true ones too, and the rest of the variance is less by what that explains.
func (r *ROC) truePositives(k int, d dependence, terms int) binomialMixture {
	n0, n1 := len(r.nonmembers.values), len(r.members.values)
	mixture := binomialMixture{n: n1, effect: d.members * (1 - min(d.shared, 0.99))}
	gain := d.slope * float64(n1) / float64(n0)
	before := 0.0
	for j, stride := firstIndex(k, d.nonmembers, terms); j <= n0 && 1-before > 1e-15; j += stride {
		share := float64(j) / float64(n0)
		below, _ := betaTails(share, float64(k+1)/d.nonmembers, float64(n0-k)/d.nonmembers)
		hits := float64(r.members.above(r.nonmembers.values[j-1])) + gain*float64(k+1-j)
		mixture.add(min(max(hits, 0), float64(n1)), below-before)
		before = below
	}
	return mixture
}

func (m *binomialMixture) add(hits, weight float64) {
	if last := len(m.hits) - 1; last >= 0 && m.hits[last] == hits {
		m.weights[last] += weight
		return
	}
	m.hits = append(m.hits, hits)
	m.weights = append(m.weights, weight)
}

// firstIndex is the first j for which P(J <= j) matters, and the stride to go on with.
func firstIndex(k int, effect float64, terms int) (first, stride int) {
	width := 9 * math.Sqrt(float64(k+1)*effect)
	first = max(1, int(float64(k+1)-width))
	return first, 1 + int(2*width)/terms
}

// quantile returns the smallest fraction t/n with a cumulative probability of at least p. It is looked for
// from where a normal distribution has it, corrected once.
func (m binomialMixture) quantile(p float64) float64 {
	lo, hi := m.support()
	reached := func(t int) bool { return t >= hi || m.cdf(t) >= p }
	mean, deviation := m.moments()
	guess := mean + normalQuantile(p)*deviation
	off := (normalQuantile(p) - normalQuantile(m.cdf(int(guess)))) * deviation
	if math.Abs(off) < deviation {
		guess += off
	}
	return float64(searchNear(lo, hi, int(guess), reached)) / float64(m.n)
}

// moments are the mean and the standard deviation.
func (m binomialMixture) moments() (mean, deviation float64) {
	n, variance := float64(m.n), 0.0
	mean = stat.Mean(m.hits, m.weights)
	for i, hits := range m.hits {
		variance += m.weights[i] * (m.effect*hits*(1-hits/n) + (hits-mean)*(hits-mean))
	}
	return mean, math.Sqrt(variance)
}

// searchNear returns the smallest number from lo to hi that has been reached, which hi has; all numbers
// beyond it have. It takes few steps if that is near the guess.
func searchNear(lo, hi, guess int, reached func(int) bool) int {
	guess = min(max(guess, lo), hi)
	if reached(guess) {
		hi = guess
		for step := 1; lo < hi; step *= 2 {
			next := max(lo, hi-step)
			if !reached(next) {
				lo = next + 1
				break
			}
			hi = next
		}
	} else {
		lo = guess + 1
		for step := 1; lo < hi; step *= 2 {
			next := min(lo+step, hi)
			if reached(next) {
				hi = next
				break
			}
			lo = next + 1
		}
	}
	return lo + sort.Search(hi-lo, func(i int) bool { return reached(lo + i) })
}

// support brackets the number of true positives up to ten standard deviations.
func (m binomialMixture) support() (lo, hi int) {
	first, last := slices.Min(m.hits), slices.Max(m.hits)
	return max(0, int(first-m.reach(first))), min(m.n, int(last+m.reach(last))+1)
}

// reach is ten standard deviations of Bin(n, hits/n), or a little more.
func (m binomialMixture) reach(hits float64) float64 {
	return 10*math.Sqrt(m.effect*hits*(1-hits/float64(m.n))) + 1
}

func (m binomialMixture) cdf(t int) float64 {
	sum := 0.0
	for i, hits := range m.hits {
		switch reach := m.reach(hits); {
		case float64(t) >= hits+reach:
			sum += m.weights[i]
		case float64(t) > hits-reach:
			_, below := betaTails(hits/float64(m.n), (float64(t)+1)/m.effect, float64(m.n-t)/m.effect)
			sum += m.weights[i] * below
		}
	}
	return sum
}
