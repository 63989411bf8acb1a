package measure

import "math"

// Epsilon returns a lower bound on the privacy loss epsilon of (epsilon, delta)-differential privacy
// from an attack whose threshold was fixed before the scores were seen: ln((TPR-delta)/FPR) with the
// Clopper-Pearson bounds of both rates, half of the error to each. It is at least 0.
func (p OperatingPoint) Epsilon(delta, level float64) float64 {
	oneSided := 0.5 + level/2
	return epsilon(LowerBound(p.TP, p.Members, oneSided), UpperBound(p.FP, p.NonMembers, oneSided), delta)
}

// Epsilon returns the lower bound on epsilon that the certified pair allows. It holds although the
// threshold was found on the same scores.
func (c Certified) Epsilon(delta float64) float64 { return epsilon(c.TPRLower, c.MaxFPR, delta) }

func epsilon(tpr, fpr, delta float64) float64 {
	if tpr <= delta {
		return 0
	}
	return max(0, math.Log((tpr-delta)/fpr))
}

// OneRun is an audit in which each of many canaries was put into one training run with probability
// 1/2, and an attack guessed for some of them whether it was in.
type OneRun struct {
	Canaries, Guesses, Correct int
}

// Epsilon returns the lower bound on epsilon at the given confidence (Steinke, Nasr and Jagielski
// 2023, theorem 5.2), at least 0. It is NaN for counts that contradict each other.
func (o OneRun) Epsilon(delta, level float64) float64 {
	if o.Correct < 0 || o.Correct > o.Guesses || o.Guesses > o.Canaries {
		return math.NaN()
	}
	lo, hi := 0.0, 1.0
	for o.pValue(hi, delta) < 1-level && hi < 64 {
		lo, hi = hi, 2*hi
	}
	for range 60 {
		middle := lo + (hi-lo)/2
		if o.pValue(middle, delta) < 1-level {
			lo = middle
		} else {
			hi = middle
		}
	}
	return lo
}

// pValue is the chance of so many correct guesses or more under (epsilon, delta): each is correct
// with probability at most 1/(1+exp(-epsilon)), and delta lets some of the rest be correct too.
func (o OneRun) pValue(epsilon, delta float64) float64 {
	q := logistic(epsilon)
	_, p := binomialTails(o.Correct-1, o.Guesses, q)
	if delta == 0 {
		return p
	}
	worst, between := 0.0, 0.0
	for i := 1; i <= o.Correct; i++ {
		between += mass(o.Correct-i, o.Guesses, q)
		worst = max(worst, between/float64(i))
	}
	return min(1, p+2*float64(o.Canaries)*delta*worst)
}

func mass(k, n int, p float64) float64 {
	if p >= 1 {
		return 0
	}
	return binomialMass(float64(k), float64(n), p)
}
