package measure

import (
	"math"
	"math/big"
	"math/bits"
)

// survey is what one walk over all scores gathers. What a score beats is counted twice, so that a tie
// is an integer and all sums are exact.
type survey struct {
	*ROC
	best OperatingPoint
	gain int // of the best point: TP n0 - FP n1
	tied int // scores that a member shares with a non-member

	pairs                        int // won by members
	squares1, squares0           uint128
	beatenByRecord, beatingInRec []float64
}

// uint128 is a sum of squares; at a billion scores of each class it is far from full.
type uint128 struct{ hi, lo uint64 }

// addSquares adds n times v squared.
func (u *uint128) addSquares(n, v int) {
	hi, lo := bits.Mul64(uint64(n)*uint64(v), uint64(v))
	var carry uint64
	u.lo, carry = bits.Add64(u.lo, lo, 0)
	u.hi, _ = bits.Add64(u.hi, hi, carry)
}

func (u uint128) big() *big.Int {
	value := new(big.Int).SetUint64(u.hi)
	return value.Lsh(value, 64).Or(value, new(big.Int).SetUint64(u.lo))
}

func (r *ROC) survey() *survey {
	v := &survey{ROC: r, best: r.point(math.Inf(1), 0, 0)}
	if r.records > 0 {
		v.beatenByRecord, v.beatingInRec = make([]float64, r.records), make([]float64, r.records)
	}
	n1, n0, tp, fp := len(r.members.values), len(r.nonmembers.values), 0, 0
	for s := range r.steps {
		beaten, beating := 2*(n0-fp-s.nonmembers)+s.nonmembers, 2*tp+s.members
		v.pairs += s.members * beaten
		v.squares1.addSquares(s.members, beaten)
		v.squares0.addSquares(s.nonmembers, beating)
		if r.records > 0 {
			v.addByRecord(s, tp, fp, float64(beaten), float64(beating))
		}
		if s.members > 0 && s.nonmembers > 0 {
			v.tied += s.members + s.nonmembers
		}
		tp, fp = tp+s.members, fp+s.nonmembers
		if gain := tp*n0 - fp*n1; gain > v.gain {
			v.gain, v.best = gain, r.point(s.score, tp, fp)
		}
	}
	return v
}

func (v *survey) addByRecord(s step, tp, fp int, beaten, beating float64) {
	for _, record := range v.members.records[tp : tp+s.members] {
		v.beatenByRecord[record] += beaten
	}
	for _, record := range v.nonmembers.records[fp : fp+s.nonmembers] {
		v.beatingInRec[record] += beating
	}
}

func (v *survey) auc() AUC {
	n1, n0 := len(v.members.values), len(v.nonmembers.values)
	value := float64(v.pairs) / 2 / float64(n1) / float64(n0)
	if v.records > 0 {
		return AUC{Value: value, SE: v.clusteredSE(value), smaller: v.records}
	}
	variance := v.placementVariance(v.squares1, n1, n0) + v.placementVariance(v.squares0, n0, n1)
	return AUC{Value: value, SE: math.Sqrt(variance), smaller: min(n1, n0)}
}

// placementVariance is the variance of the mean of n placements among m, from their sum and squares:
// (n squares - pairs^2) / (n^2 (n-1) (2m)^2).
func (v *survey) placementVariance(squares uint128, n, m int) float64 {
	pairs := big.NewInt(int64(v.pairs))
	spread := new(big.Int).Mul(squares.big(), big.NewInt(int64(n)))
	spread.Sub(spread, pairs.Mul(pairs, pairs))
	numerator, _ := new(big.Float).SetInt(spread).Float64()
	size, among := float64(n), 2*float64(m)
	return numerator / size / size / (size - 1) / among / among
}

// clusteredSE is the standard error of the AUC with scores clustered by record.
func (v *survey) clusteredSE(auc float64) float64 {
	n1, n0 := float64(len(v.members.values)), float64(len(v.nonmembers.values))
	sums := make([]float64, v.records)
	for record := range sums {
		won := v.beatenByRecord[record]/2/n0 - auc*v.members.sizes[record]
		lost := v.beatingInRec[record]/2/n1 - auc*v.nonmembers.sizes[record]
		sums[record] = won/n1 + lost/n0
	}
	return clusteredSE(sums)
}
