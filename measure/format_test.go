package measure

import (
	"math"
	"testing"
)

func TestMetricString(t *testing.T) {
	t.Parallel()
	bounded := func(v, lo, hi float64) Metric { return Metric{Value: v, Lo: lo, Hi: hi, Level: Level} }
	for want, m := range map[string]Metric{
		"0.42 [0.27, 0.59]":       exact(17, 40),
		"0.0038 [0.0013, 0.0082]": bounded(0.00378, 0.00132, 0.00821),
		"28.9 [27.0, 30.8]":       bounded(28.87, 26.96, 30.77),
		"0.050 [-0.003, 0.111]":   bounded(0.05, -0.00316, 0.1106),
		"1234 [1100, 1400]":       bounded(1234.4, 1100, 1400),
		"12":                      count(12, 40),
		"0.00228":                 bare(0.0022794, 200, ""),
		"1 [1, 1]":                bounded(1, 1, 1),
		"0.5 [0.25, +Inf]":        bounded(0.5, 0.25, math.Inf(1)),
	} {
		if got := m.String(); got != want {
			t.Errorf("%+v is %q, want %q", m, got, want)
		}
	}
}
