package measure

import (
	"math"
	"math/big"
	"math/bits"
	"runtime"
	"sync"
)

// survey is what one walk over all scores gathers. What a score beats is counted twice, so that a tie
// is an integer and all sums are exact, in whatever order they are taken.
type survey struct {
	*ROC
	best OperatingPoint
	gain int // of the best point: TP n0 - FP n1
	tied int // scores that a member shares with a non-member

	pairs              int // won by members
	squares1, squares0 uint128
	byRecord           []uint64 // what the record's members beat, and what beats its non-members
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

func (u *uint128) add(other uint128) {
	var carry uint64
	u.lo, carry = bits.Add64(u.lo, other.lo, 0)
	u.hi, _ = bits.Add64(u.hi, other.hi, carry)
}

func (u uint128) big() *big.Int {
	value := new(big.Int).SetUint64(u.hi)
	return value.Lsh(value, 64).Or(value, new(big.Int).SetUint64(u.lo))
}

// survey walks over the curve in stretches, beside each other.
func (r *ROC) survey() *survey {
	stretches := r.stretches(r.surveyors())
	surveys := make([]*survey, len(stretches))
	var walking sync.WaitGroup
	for i, stretch := range stretches {
		walking.Go(func() { surveys[i] = r.walk(stretch) })
	}
	walking.Wait()
	for _, next := range surveys[1:] {
		surveys[0].join(next)
	}
	return surveys[0]
}

// surveyors are no more than the machine can use, nor so many that what they note by record, or their
// start, would outweigh the scores.
func (r *ROC) surveyors() int {
	scores := len(r.members.values) + len(r.nonmembers.values)
	return max(1, min(runtime.GOMAXPROCS(0), scores/(1<<15), scores/(1+r.records)))
}

// stretch is a part of the curve: the scores between two thresholds.
type stretch struct{ from, to places }

// stretches parts the curve into n of about the same length. No scores that are equal are parted.
func (r *ROC) stretches(n int) []stretch {
	longer := r.members.values
	if len(r.nonmembers.values) > len(longer) {
		longer = r.nonmembers.values
	}
	parts := make([]stretch, n)
	for i := range n - 1 {
		threshold := longer[len(longer)*(i+1)/n]
		parts[i].to = places{r.members.above(threshold), r.nonmembers.above(threshold)}
		parts[i+1].from = parts[i].to
	}
	parts[n-1].to = places{len(r.members.values), len(r.nonmembers.values)}
	return parts
}

func (r *ROC) walk(along stretch) *survey {
	v := &survey{ROC: r, best: r.point(math.Inf(1), 0, 0), byRecord: make([]uint64, r.records)}
	part := &ROC{
		members:    r.members.slice(0, along.to.members),
		nonmembers: r.nonmembers.slice(0, along.to.nonmembers),
	}
	n1, n0 := len(r.members.values), len(r.nonmembers.values)
	var best step
	for at := along.from; !at.end(part); {
		s, tp, fp := part.step(at), at.members, at.nonmembers
		at = places{tp + s.members, fp + s.nonmembers}
		beaten, beating := 2*(n0-at.nonmembers)+s.nonmembers, 2*tp+s.members
		v.pairs += s.members * beaten
		if r.records > 0 {
			v.note(r.members.records[tp:at.members], beaten)
			v.note(r.nonmembers.records[fp:at.nonmembers], beating)
		} else {
			v.squares1.addSquares(s.members, beaten)
			v.squares0.addSquares(s.nonmembers, beating)
		}
		if s.members > 0 && s.nonmembers > 0 {
			v.tied += s.members + s.nonmembers
		}
		if gain := at.members*n0 - at.nonmembers*n1; gain > v.gain {
			v.gain, best = gain, step{s.score, at.members, at.nonmembers}
		}
	}
	if v.gain > 0 {
		v.best = r.point(best.score, best.members, best.nonmembers)
	}
	return v
}

func (v *survey) note(records []uint32, pairs int) {
	for _, record := range records {
		v.byRecord[record] += uint64(pairs)
	}
}

// join adds the survey of a later stretch.
func (v *survey) join(next *survey) {
	if next.gain > v.gain {
		v.gain, v.best = next.gain, next.best
	}
	v.tied += next.tied
	v.pairs += next.pairs
	v.squares1.add(next.squares1)
	v.squares0.add(next.squares0)
	for record, pairs := range next.byRecord {
		v.byRecord[record] += pairs
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
		sums[record] = float64(v.byRecord[record])/2/n0/n1 -
			auc*(v.members.sizes[record]/n1+v.nonmembers.sizes[record]/n0)
	}
	return clusteredSE(sums)
}
