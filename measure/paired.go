package measure

import "math"

// Pairs counts the records on which an attack and its baseline were right: a paired two-by-two table.
type Pairs struct {
	Both, AttackOnly, BaselineOnly, Neither int
}

// Add counts one more record.
func (p *Pairs) Add(attack, baseline bool) {
	switch {
	case attack && baseline:
		p.Both++
	case attack:
		p.AttackOnly++
	case baseline:
		p.BaselineOnly++
	default:
		p.Neither++
	}
}

// N is the number of records.
func (p Pairs) N() int { return p.Both + p.AttackOnly + p.BaselineOnly + p.Neither }

// Attack is the number of records on which the attack was right.
func (p Pairs) Attack() int { return p.Both + p.AttackOnly }

// Baseline is the number of records on which the baseline was right.
func (p Pairs) Baseline() int { return p.Both + p.BaselineOnly }

// Gain is how much more often the attack was right than its baseline, from -1 to 1.
func (p Pairs) Gain() float64 {
	return float64(p.AttackOnly-p.BaselineOnly) / float64(p.N())
}

// Newcombe returns the interval of Gain (Newcombe 1998, "Improved confidence intervals for the
// difference between binomial proportions based on paired data", method 10, with the correlation as
// it stands, not corrected for continuity).
func (p Pairs) Newcombe(level float64) Interval {
	n := p.N()
	a, b := Wilson(p.Attack(), n, level), Wilson(p.Baseline(), n, level)
	return hybridDifference(share(p.Attack(), n), share(p.Baseline(), n), a, b, p.phi(), "newcombe-paired")
}

// phi is the correlation of the two columns, 0 where one of them never varies.
func (p Pairs) phi() float64 {
	both, neither := float64(p.Both), float64(p.Neither)
	attackOnly, baselineOnly := float64(p.AttackOnly), float64(p.BaselineOnly)
	margins := (both + attackOnly) * (both + baselineOnly) * (neither + attackOnly) * (neither + baselineOnly)
	if margins == 0 {
		return 0
	}
	return (both*neither - attackOnly*baselineOnly) / math.Sqrt(margins)
}

// McNemar returns the exact p values of McNemar's test (McNemar 1947, in its binomial form): that
// the attack is no better than its baseline (greater), and that they are equally good (twoSided).
func (p Pairs) McNemar() (greater, twoSided float64) {
	discordant := p.AttackOnly + p.BaselineOnly
	if discordant == 0 {
		return 1, 1
	}
	_, greater = binomialTails(p.AttackOnly-1, discordant, 0.5)
	tail, _ := binomialTails(min(p.AttackOnly, p.BaselineOnly), discordant, 0.5)
	return greater, min(1, 2*tail)
}
