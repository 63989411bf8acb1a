package evidence

import (
	"fmt"

	"bugbar/measure"
)

// readLogits reads the models' own outputs: logits (examples, models[, queries], classes) and labels
// (examples), the right classes, numbered from 0. The scores are measure.LogitScore, computed where they
// are read.
func readLogits(arrays *Arrays, keep *Array) (*Shadows, error) {
	logits, err := arrays.Load("logits")
	if err != nil {
		return nil, err
	}
	axes := len(logits.shape)
	if axes != 3 && axes != 4 || logits.shape[axes-1] < 2 {
		return nil, fmt.Errorf("%s: %w", logits.name, invalid("a shape of %v; (examples, models, classes) or (examples, models, queries, classes) of two classes or more would do", logits.shape))
	}
	classes := logits.shape[axes-1]
	labels, err := arrays.labels(logits.shape[0], classes)
	if err != nil {
		return nil, err
	}
	return joinShadows(logits, keep, logits.shape[2:axes-1], func(example int, into []float64) {
		row := make([]float64, len(into)*classes)
		logits.Row(example, row)
		for i := range into {
			into[i] = measure.LogitScore(row[i*classes:(i+1)*classes], labels[example])
		}
	})
}

// labels reads the right class of each example.
func (a *Arrays) labels(examples, classes int) ([]int, error) {
	array, err := a.Load("labels")
	if err != nil {
		return nil, err
	}
	if len(array.shape) != 1 || array.rows() != examples {
		return nil, fmt.Errorf("%s: %w", array.name, invalid("a shape of %v; one class for each of %d examples would do", array.shape, examples))
	}
	labels := make([]int, examples)
	for i, value := range array.Floats() {
		if !(value >= 0 && value < float64(classes)) || value != float64(int(value)) {
			return nil, fmt.Errorf("%s: %w", array.name, invalid("%g in row %d; classes are numbered from 0 to %d", value, i, classes-1))
		}
		labels[i] = int(value)
	}
	return labels, nil
}
