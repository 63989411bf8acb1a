package measure

import (
	"fmt"
	"math"
	"sort"
)

// Certified is an operating point about which both rates can be stated at once: with confidence Level
// the threshold's FPR is at most MaxFPR and its TPR at least TPRLower. That holds although
// the threshold is found on the same scores, because its FPR follows Beta(k+1, n0-k) whatever the
// distribution of the scores.
type Certified struct {
	OperatingPoint
	MaxFPR, TPRLower float64
	Allowed          int     // the false positives k that the certificate allows
	Level            float64 // joint; each of the two statements has half of the error
}

// CertifiedNonMembers is the fewest independent non-members with which an FPR can be certified: 368
// for 1 % and 3,688 for 0.1 % at level 0.95.
func CertifiedNonMembers(fpr, level float64) int {
	return int(math.Ceil(math.Log(0.5-level/2) / math.Log1p(-fpr)))
}

// SmallestFPR is the smallest FPR that so many independent non-members can certify.
func SmallestFPR(nonmembers int, level float64) float64 {
	return -math.Expm1(math.Log(0.5-level/2) / float64(nonmembers))
}

// TooFewError says how many non-members a certificate would need.
type TooFewError struct {
	FPR          float64
	Has, Needs   int
	DesignEffect float64 // above 1 where scores are clustered by record
}

func (e *TooFewError) Error() string { return "too few non-members: it takes " + e.Need() }

// Need is the evidence that would do.
func (e *TooFewError) Need() string {
	if e.DesignEffect > 1 {
		return fmt.Sprintf("%d non-member scores, as dependent as these (%.1f count as one), for an FPR of %g; there are %d",
			e.Needs, e.DesignEffect, e.FPR, e.Has)
	}
	return fmt.Sprintf("%d non-members for an FPR of %g; there are %d", e.Needs, e.FPR, e.Has)
}

// Certify returns the certified pair for an FPR: the most false positives k such that the upper
// Clopper-Pearson bound of k of n0 is at most fpr, the threshold just above the (k+1)-th largest
// non-member, and the lower bound of the TPR there. Clustered scores count by their effective sample
// sizes (Korn and Graubard 1998). The error is a *TooFewError.
func (r *ROC) Certify(fpr, level float64) (Certified, error) {
	return r.certify(fpr, level, r.dependence(r.marking(fpr)))
}

func (r *ROC) certify(fpr, level float64, d dependence) (Certified, error) {
	tail, n0 := 0.5-level/2, len(r.nonmembers.values)
	tooMany := func(k int) bool {
		_, above := betaTails(fpr, float64(k+1)/d.nonmembers, float64(n0-k)/d.nonmembers)
		return above > tail
	}
	k := sort.Search(n0, tooMany) - 1
	if k < 0 {
		needs := int(math.Ceil(float64(CertifiedNonMembers(fpr, level)) * d.nonmembers))
		return Certified{}, &TooFewError{FPR: fpr, Has: n0, Needs: needs, DesignEffect: d.nonmembers}
	}
	point := r.atFalsePositives(k)
	lower := 0.0
	if point.TP > 0 {
		found, missed := float64(point.TP), float64(point.Members-point.TP)
		lower = betaQuantile(tail, found/d.members, missed/d.members+1, false)
	}
	return Certified{OperatingPoint: point, MaxFPR: fpr, TPRLower: lower, Allowed: k, Level: level}, nil
}
