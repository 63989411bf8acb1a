package measure

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestFastLogIsTheLogarithm(t *testing.T) {
	t.Parallel()
	for _, x := range []float64{0, math.Copysign(0, -1), 5e-324, 1e-310, math.MaxFloat64, math.Inf(1), math.Inf(-1), -1, math.NaN(), 1} {
		if got, want := fastLog(x), math.Log(x); got != want && (got == got || want == want) {
			t.Errorf("of %g: got %g, want %g", x, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.OneOf(rapid.Float64Range(0.5, 2), rapid.Float64Range(0x1p-1000, 0x1p1000)).Draw(t, "x")
		got, want := fastLog(x), math.Log(x)
		if math.Abs(got-want) > max(3e-16, 3e-16*math.Abs(want)) {
			t.Fatalf("of %g: got %g, want %g", x, got, want)
		}
	})
}
