package evidence

import (
	"fmt"
	"os"
	"slices"

	"bugbar/measure"
)

// Shadows is the evidence of a shadow-model attack: a view of the file's arrays, in their own type.
type Shadows struct {
	measure.Shadows
	Target int // the attacked model that the file names; the last one if it names none
}

// ReadShadows reads the evidence of a shadow-model attack: an npz archive, or the directory tree of
// the code of Carlini et al. 2022 (see readTree). The archive holds scores (examples, models[,
// queries]), keep (examples, models) of booleans, and may hold target.
func ReadShadows(path string) (*Shadows, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return readTree(path)
	}
	arrays, err := OpenArrays(path)
	if err != nil {
		return nil, err
	}
	defer arrays.Close()
	scores, err := arrays.Load("scores")
	if err != nil {
		return nil, err
	}
	keep, err := arrays.Load("keep")
	if err != nil {
		return nil, err
	}
	shadows, err := joinShadows(scores, keep)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if arrays.Has("target") {
		shadows.Target, err = arrays.target(shadows.Models)
	}
	return shadows, err
}

// joinShadows makes a view of scores and of who trained on what. As a table of models by examples
// would look the same, one with more models than examples is refused.
func joinShadows(scores, keep *Array) (*Shadows, error) {
	shape := scores.shape
	if len(shape) != 2 && len(shape) != 3 {
		return nil, invalid("scores of shape %v; (examples, models) or (examples, models, queries) would do", shape)
	}
	if !slices.Equal(keep.shape, shape[:2]) {
		return nil, invalid("scores of shape %v but keep of %v; the first two axes must be the same", shape, keep.shape)
	}
	if shape[0] < shape[1] {
		return nil, invalid("%d examples under %d models; the axes are (examples, models), so transpose the arrays", shape[0], shape[1])
	}
	if err := keep.checkTruth(); err != nil {
		return nil, err
	}
	queries := scores.rowLength() / shape[1]
	return &Shadows{
		Shadows: measure.Shadows{
			Examples: shape[0], Models: shape[1], Queries: queries, Scores: scores.Row, In: keep.TruthRow,
		},
		Target: shape[1] - 1,
	}, nil
}

// target reads which model an archive says was attacked.
func (a *Arrays) target(models int) (int, error) {
	array, err := a.Load("target")
	if err != nil {
		return 0, err
	}
	values := array.Floats()
	if target := int(values[0]); len(values) == 1 && float64(target) == values[0] && target >= 0 && target < models {
		return target, nil
	}
	return 0, fmt.Errorf("%s: %w", array.name, invalid("it must be one number from 0 to %d", models-1))
}
