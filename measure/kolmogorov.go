package measure

import "math"

// kolmogorovP is the chance of an advantage of at least d for an attack that knows nothing: the
// one-sided two-sample Smirnov test, with the asymptotic formula of Hodges 1958, equation 5.3.
func kolmogorovP(d float64, members, nonmembers int) float64 {
	m, n := float64(max(members, nonmembers)), float64(min(members, nonmembers))
	z := d * math.Sqrt(m*n/(m+n))
	return min(1, math.Exp(-2*z*z-2*z*(m+2*n)/math.Sqrt(m*n*(m+n))/3))
}

// kolmogorovBand is how far the two empirical distributions may together lie from the true ones: the
// sum of their Dvoretzky-Kiefer-Wolfowitz bands (Massart 1990), half of the error to each. It bounds
// the error of a maximum over all thresholds. Clustered scores count by record.
func (r *ROC) kolmogorovBand() float64 {
	n1, n0 := len(r.members.values), len(r.nonmembers.values)
	if r.records > 0 {
		n1, n0 = min(n1, r.records), min(n0, r.records)
	}
	band := func(n int) float64 { return math.Sqrt(math.Log(4/(1-Level)) / 2 / float64(n)) }
	return band(n1) + band(n0)
}
