package measure

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"
)

const (
	// exchangeableExamples are enough to see whether a model is unlike the others.
	exchangeableExamples = 4096
	// exchangeableError is how often a note is made of models that were trained alike.
	exchangeableError = 0.001
	// fewestExchangeable are the fewest models of which one can be told from the others.
	fewestExchangeable = 5
)

// strangers are those of the targets that the other models do not stand for: the mean or the spread of their
// scores, less each example's mean, is not what one more of such models would have, by the prediction
// interval of Student's t. An attack takes its target and its shadow models for exchangeable.
func (s Shadows) strangers(targets []int) []int {
	if s.Models < fewestExchangeable {
		return nil
	}
	means, spreads := s.residuals()
	limit := studentQuantile(1-exchangeableError/4/float64(len(targets)), s.Models-2)
	var strange []int
	for _, target := range targets {
		if apart(means, target) > limit || apart(spreads, target) > limit {
			strange = append(strange, target)
		}
	}
	return strange
}

// residuals are, by model, the mean and the logarithm of the root mean square of its scores less the mean of
// the example's. Examples with a score that is not finite are left out.
func (s Shadows) residuals() (means, spreads []float64) {
	means, spreads = make([]float64, s.Models), make([]float64, s.Models)
	row, n := make([]float64, s.Models*s.Queries), 0.0
	for example := 0; example < s.Examples; example += 1 + s.Examples/exchangeableExamples {
		s.Scores(example, row)
		center := stat.Mean(row, nil)
		if center-center != 0 {
			continue
		}
		n += float64(s.Queries)
		for model := range means {
			for _, score := range row[model*s.Queries : (model+1)*s.Queries] {
				means[model] += score - center
				spreads[model] += (score - center) * (score - center)
			}
		}
	}
	for model := range means {
		means[model] /= n
		spreads[model] = math.Log(spreads[model]/n) / 2
	}
	return means, spreads
}

// apart is how far one of several values lies from the others, in standard errors of one more of them.
func apart(values []float64, one int) float64 {
	others := append(append([]float64{}, values[:one]...), values[one+1:]...)
	mean, deviation := stat.MeanStdDev(others, nil)
	return math.Abs(values[one]-mean) / (deviation * math.Sqrt(1+1/float64(len(others))))
}

// exchangeableNote is what a reader must know about strangers, or empty.
func (s Shadows) exchangeableNote(targets []int) string {
	strange := s.strangers(targets)
	switch {
	case len(strange) == 0:
		return ""
	case len(targets) == 1:
		return fmt.Sprintf("the target, model %d, gives scores unlike those of the other models: if it was not trained as they were, they do not stand for it", targets[0])
	}
	return fmt.Sprintf("%d of %d models give scores unlike those of the others, the first of them model %d: if they were not trained alike, they do not stand for each other", len(strange), len(targets), strange[0])
}
