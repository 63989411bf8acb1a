package measure

import "math"

// Tally counts the successes among the attempts of one case.
type Tally struct {
	Successes, Attempts int
}

// Clusters are the tallies of the cases of one arm. Attempts of one case resemble each other, so that
// ten attempts at one case tell less than ten cases.
type Clusters []Tally

// Total is the sum over all cases.
func (c Clusters) Total() (sum Tally) {
	for _, t := range c {
		sum.Successes += t.Successes
		sum.Attempts += t.Attempts
	}
	return sum
}

// AnyOf is the number of cases in which at least one attempt succeeded.
func (c Clusters) AnyOf() (cases int) {
	for _, t := range c {
		if t.Successes > 0 {
			cases++
		}
	}
	return cases
}

// AllOf is the number of cases in which every attempt succeeded.
func (c Clusters) AllOf() (cases int) {
	for _, t := range c {
		if t.Successes == t.Attempts {
			cases++
		}
	}
	return cases
}

// StdErr is the standard error of the pooled rate with cases as the sampled units: the linearised
// variance of a ratio with the factor G/(G-1) (Cochran 1977, section 3.12). It is NaN for one case.
func (c Clusters) StdErr() float64 {
	sum := c.Total()
	rate, squares := share(sum.Successes, sum.Attempts), 0.0
	for _, t := range c {
		residual := float64(t.Successes) - rate*float64(t.Attempts)
		squares += residual * residual
	}
	g := float64(len(c))
	return math.Sqrt(squares*g/(g-1)) / float64(sum.Attempts)
}

// EffectiveN is the number of independent attempts that would carry as much as these: attempts over
// the design effect, less what is lost by estimating that from few cases (Korn and Graubard 1998,
// "Confidence intervals for proportions with small expected number of positive counts estimated from
// survey data"). It is at most the number of attempts, and at least the number of cases, which attempts
// that always agree are worth; where every attempt went the same way, nothing better is known.
func (c Clusters) EffectiveN() float64 {
	sum, least := c.Total(), c.evenCases()
	most := float64(sum.Attempts)
	if sum.Successes == 0 || sum.Successes == sum.Attempts || len(c) < 2 || !c.repeated() {
		return least
	}
	rate, se := share(sum.Successes, sum.Attempts), c.StdErr()
	if se == 0 {
		return most
	}
	few := normalQuantile(0.5+Level/2) / studentQuantile(0.5+Level/2, len(c)-1)
	return min(most, max(least, few*few*rate*(1-rate)/(se*se)))
}

// evenCases is the number of cases with equally many attempts that would carry as much as these if
// attempts at a case always agreed (Kish 1965, section 8.2).
func (c Clusters) evenCases() float64 {
	squares := 0.0
	for _, t := range c {
		squares += float64(t.Attempts) * float64(t.Attempts)
	}
	if squares == 0 {
		return 0
	}
	attempts := float64(c.Total().Attempts)
	return attempts * attempts / squares
}

// Wilson is the score interval of the pooled rate over EffectiveN attempts.
func (c Clusters) Wilson(level float64) Interval {
	sum := c.Total()
	if sum.Attempts == 0 {
		return Interval{Lo: 0, Hi: 1, Level: level, Method: "wilson-clustered"}
	}
	interval := scoreInterval(share(sum.Successes, sum.Attempts), c.EffectiveN(), level)
	interval.Method = "wilson-clustered"
	return interval
}

// NewcombeClustered is Newcombe's interval of the difference of the rates of two arms, each over its
// EffectiveN.
func NewcombeClustered(attack, control Clusters, level float64) Interval {
	a, b := attack.Total(), control.Total()
	return hybridDifference(share(a.Successes, a.Attempts), share(b.Successes, b.Attempts),
		attack.Wilson(level), control.Wilson(level), 0, "newcombe-clustered")
}
