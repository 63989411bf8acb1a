package measure

import (
	"math"
	"testing"
)

func TestProportionEdges(t *testing.T) {
	t.Parallel()
	for _, interval := range []func(k, n int, level float64) Interval{Wilson, ClopperPearson} {
		none := interval(0, 5, Level)
		if none.Lo != 0 || none.Hi <= 0 || none.Hi >= 1 {
			t.Errorf("0 of 5: %+v", none)
		}
		if all := interval(5, 5, Level); all.Hi != 1 || math.Abs(all.Lo-(1-none.Hi)) > 1e-15 {
			t.Errorf("5 of 5: %+v is not the mirror of %+v", all, none)
		}
		if empty := interval(0, 0, Level); empty.Lo != 0 || empty.Hi != 1 {
			t.Errorf("0 of 0: %+v", empty)
		}
		if wrong := interval(6, 5, Level); !math.IsNaN(wrong.Lo) || !math.IsNaN(wrong.Hi) {
			t.Errorf("6 of 5: %+v", wrong)
		}
	}
}

func TestUpperBoundOfNone(t *testing.T) {
	t.Parallel()
	// With k = 0 the bound has a closed form: (1-p)^n = 1-level.
	for _, n := range []int{1, 20, 299, 3688, 1e7} {
		want := -math.Expm1(math.Log(0.05) / float64(n))
		if got := UpperBound(0, n, 0.95); math.Abs(got-want) > 1e-13*want {
			t.Errorf("UpperBound(0, %d) = %.17g, want %.17g", n, got, want)
		}
	}
}
