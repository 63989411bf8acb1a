package measure

import (
	"math"
	"slices"
)

// LogitScore is the logit of the confidence in the true label, log(p/(1-p)), from a model's logits:
// that of the label less the log of the sum of the others' exponentials. This form never saturates.
// With no other class it is +Inf.
func LogitScore(logits []float64, label int) float64 {
	top := HingeScore(logits, label)
	if math.IsInf(top, 0) {
		return top
	}
	others := 0.0
	for class, logit := range logits {
		if class != label {
			others += math.Exp(logit - logits[label] + top)
		}
	}
	return top - math.Log(others)
}

// ReferenceLogitScore is LogitScore as score.py of Carlini et al. 2022 computes it, through the
// probabilities, which saturates at +-103.6. Their exponentials are rounded to the logits' own type.
func ReferenceLogitScore[F float32 | float64](logits []F, label int) float64 {
	const floor = 1e-45
	highest := slices.Max(logits)
	right, wrong := 0.0, 0.0
	for class, logit := range logits {
		if p := float64(F(math.Exp(float64(logit - highest)))); class == label {
			right = p
		} else {
			wrong += p
		}
	}
	total := right + wrong
	return math.Log(right/total+floor) - math.Log(wrong/total+floor)
}

// HingeScore is the logit of the label less the highest of the others (Carlini et al. 2022, section
// VI.B).
func HingeScore(logits []float64, label int) float64 {
	other := math.Inf(-1)
	for class, logit := range logits {
		if class != label {
			other = max(other, logit)
		}
	}
	return logits[label] - other
}
