package measure

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// The reference values are from mpmath with 40 digits.
func TestBetaQuantileTails(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		tail, a, b float64
		upper      bool
		want       float64
	}{
		{0.025, 1, 1, false, 0.025},
		{0.025, 3, 8, false, 0.066739511177734468518},
		{0.025, 4, 914, true, 0.0095307971067892270805},
		{1e-12, 2, 10000, false, 1.4141435235316140062e-10},
		{1e-12, 1, 36887, true, 0.00074879157661178289815},
		{0.025, 10000, 90001, false, 0.098147234414704538591},
		{0.025, 50001, 4950000, true, 0.010087597218300436224},
		{1e-6, 5000, 9995001, false, 0.00046711275573833544963},
		{0.025, 1, 1e8, true, -math.Expm1(math.Log(0.025) / 1e8)},
	} {
		got := betaQuantile(c.tail, c.a, c.b, c.upper)
		if math.Abs(got-c.want) > 1e-13*c.want {
			t.Errorf("betaQuantile(%g, %g, %g, %v) = %.17g, want %.17g", c.tail, c.a, c.b, c.upper, got, c.want)
		}
	}
}

func TestBetaQuantileInvertsTails(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := float64(rapid.IntRange(1, 1e6).Draw(t, "a"))
		b := float64(rapid.IntRange(1, 1e6).Draw(t, "b"))
		tail := math.Pow(10, rapid.Float64Range(-12, -0.01).Draw(t, "log10 tail"))
		for _, upper := range []bool{false, true} {
			x := betaQuantile(tail, a, b, upper)
			got, above := betaTails(x, a, b)
			if upper {
				got = above
			}
			rounding := 2e-16 * x * betaDensity(x, a, b) // what the last digit of x is worth
			if math.Abs(got-tail) > 1e-10*tail+rounding {
				t.Fatalf("tail %g, upper %v came back as %g", tail, upper, got)
			}
		}
	})
}

func TestBinomialTailsSumTheMass(t *testing.T) {
	t.Parallel()
	const n = 40
	for _, p := range []float64{0.001, 0.3, 0.5, 0.97} {
		sum := 0.0
		for k := range n {
			sum += binomialMass(float64(k), n, p)
			lower, upper := binomialTails(k, n, p)
			if math.Abs(lower-sum) > 1e-13 || math.Abs(lower+upper-1) > 1e-13 {
				t.Errorf("n=%d p=%g k=%d: tails %g, %g; the mass sums to %g", n, p, k, lower, upper, sum)
			}
		}
	}
}
