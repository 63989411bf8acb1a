package measure_test

import (
	"fmt"

	"bugbar/measure"
)

// An injection that worked in 17 of 40 attempts, and never without the injected text.
func ExampleTrials() {
	var trials []measure.Trial
	for i := range 40 {
		trials = append(trials, measure.Trial{Success: i < 17}, measure.Trial{Control: true})
	}
	result, err := measure.Trials(trials)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("rate              ", result.Metrics["rate"])
	fmt.Println("rate_minus_control", result.Metrics["rate_minus_control"])
	// Output:
	// rate               0.42 [0.27, 0.59]
	// rate_minus_control 0.42 [0.26, 0.58]
}

// None of 20 attempts worked after a fix. That does not show that none ever will.
func ExampleUpperBound() {
	fmt.Printf("%.2f\n", measure.UpperBound(0, 20, measure.Level))
	// Output: 0.14
}

// An attack and its baseline on the same 221 records: right both, the attack alone, the baseline alone, neither.
func ExamplePairs() {
	pairs := measure.Pairs{Both: 150, AttackOnly: 29, BaselineOnly: 1, Neither: 41}
	interval := pairs.Newcombe(measure.Level)
	p, _ := pairs.McNemar()
	fmt.Printf("gain %.3f [%.3f, %.3f], p %.1g\n", pairs.Gain(), interval.Lo, interval.Hi, p)
	// Output: gain 0.127 [0.081, 0.173], p 3e-08
}

// Ten cases with four attempts each are not forty independent attempts.
func ExampleClusters() {
	cases := measure.Clusters{{4, 4}, {1, 4}, {1, 4}, {3, 4}, {2, 4}, {0, 4}, {0, 4}, {1, 4}, {1, 4}, {4, 4}}
	fmt.Printf("%.0f attempts' worth; %d of %d cases gave way\n", cases.EffectiveN(), cases.AnyOf(), len(cases))
	// Output: 13 attempts' worth; 8 of 10 cases gave way
}

// A text of probability one in a thousand comes up sooner or later.
func ExampleDiscoverable() {
	fmt.Println(measure.Discoverable(-6.9, 100, 0.5), measure.Discoverable(-6.9, 1000, 0.5))
	// Output: false true
}

// How many trials would show that a rate seen as 0.6 is above one half?
func ExampleMetric_SampleToSettle() {
	i := measure.ClopperPearson(24, 40, measure.Level)
	rate := measure.Metric{Value: 0.6, Lo: i.Lo, Hi: i.Hi, Level: i.Level, Method: i.Method, N: 40}
	n, ok := rate.SampleToSettle(0.5)
	fmt.Println(n, ok)
	// Output: 108 true
}
