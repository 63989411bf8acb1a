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

	pairs    int        // won by members
	squares  [2]uint128 // of non-members and of members
	byRecord []uint64   // what the record's members beat, and what beats its non-members
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

// walk surveys one stretch.
func (r *ROC) walk(along stretch) *survey {
	v := &survey{ROC: r, best: r.point(math.Inf(1), 0, 0), byRecord: make([]uint64, r.records)}
	part := &ROC{
		members:    r.members.slice(0, along.to.members),
		nonmembers: r.nonmembers.slice(0, along.to.nonmembers),
	}
	var best places
	for at := along.from; ; {
		at = v.stride(part, at, &best)
		if at.end(part) {
			break
		}
		s := part.step(at)
		v.add(s, at)
		at = places{at.members + s.members, at.nonmembers + s.nonmembers}
		if gain := v.gainAt(at); gain > v.gain {
			v.gain, best = gain, at
		}
	}
	if v.gain > 0 {
		v.best = r.point(r.members.values[best.members-1], best.members, best.nonmembers)
	}
	return v
}

// gainAt is TP n0 - FP n1 where so many members and non-members are found.
func (r *ROC) gainAt(at places) int {
	return at.members*len(r.nonmembers.values) - at.nonmembers*len(r.members.values)
}

// stride walks on as long as the next member and the next non-member differ, one score at a time. It has no
// branches on who comes first, as no processor can foresee that.
func (v *survey) stride(part *ROC, at places, best *places) places {
	ones, zeros := part.members.values, part.nonmembers.values
	n1, n0 := len(v.members.values), len(v.nonmembers.values)
	i, j, gain := at.members, at.nonmembers, v.gainAt(at)
	for i < len(ones) && j < len(zeros) && ones[i] != zeros[j] {
		first, pairs, more := 0, 2*i, -n1
		if ones[i] > zeros[j] {
			first = 1
		}
		if first == 1 {
			pairs, more = 2*(n0-j), n0
		}
		v.pairs += first * pairs
		if v.records == 0 {
			v.squares[first].addSquares(1, pairs)
		} else {
			record := part.nonmembers.records[j]
			if first == 1 {
				record = part.members.records[i]
			}
			v.byRecord[record] += uint64(pairs)
		}
		i, j, gain = i+first, j+1-first, gain+more
		if gain > v.gain {
			v.gain, *best = gain, places{i, j}
		}
	}
	return places{i, j}
}

// add notes the scores of a step from a place on.
func (v *survey) add(s step, at places) {
	beaten := 2*(len(v.nonmembers.values)-at.nonmembers-s.nonmembers) + s.nonmembers
	beating := 2*at.members + s.members
	v.pairs += s.members * beaten
	if s.members > 0 && s.nonmembers > 0 {
		v.tied += s.members + s.nonmembers
	}
	if v.records == 0 {
		v.squares[1].addSquares(s.members, beaten)
		v.squares[0].addSquares(s.nonmembers, beating)
		return
	}
	for i := range s.members {
		v.byRecord[v.members.records[at.members+i]] += uint64(beaten)
	}
	for i := range s.nonmembers {
		v.byRecord[v.nonmembers.records[at.nonmembers+i]] += uint64(beating)
	}
}

// join adds the survey of a later stretch.
func (v *survey) join(next *survey) {
	if next.gain > v.gain {
		v.gain, v.best = next.gain, next.best
	}
	v.tied += next.tied
	v.pairs += next.pairs
	for i := range v.squares {
		v.squares[i].add(next.squares[i])
	}
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
	variance := v.placementVariance(v.squares[1], n1, n0) + v.placementVariance(v.squares[0], n0, n1)
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
