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
	Target int    // the attacked model that the file names; the last one if it names none
	digest string // of a directory tree
}

// ReadShadows reads the evidence of a shadow-model attack: an npz archive, or the directory tree of
// the code of Carlini et al. 2022 (see readTree). The archive holds scores (examples, models[,
// queries]) or logits with labels (see readLogits), keep (examples, models) of booleans, and may hold
// target.
func ReadShadows(path string) (*Shadows, error) {
	return openShadows(path, func(int64, int64) {})
}

// openShadows tells how many models of a directory tree have been read.
func openShadows(path string, tell func(done, total int64)) (*Shadows, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return readTree(path, tell)
	}
	arrays, err := OpenArrays(path)
	if err != nil {
		return nil, err
	}
	defer arrays.Close()
	keep, err := arrays.Load("keep")
	if err != nil {
		return nil, err
	}
	read := readShadowScores
	if arrays.Has("logits") {
		read = readLogits
	}
	shadows, err := read(arrays, keep)
	if err != nil {
		return nil, err
	}
	if arrays.Has("target") {
		shadows.Target, err = arrays.target(shadows.Models)
	}
	return shadows, err
}

func readShadowScores(arrays *Arrays, keep *Array) (*Shadows, error) {
	scores, err := arrays.Load("scores")
	if err != nil {
		return nil, err
	}
	if len(scores.shape) != 2 && len(scores.shape) != 3 {
		return nil, fmt.Errorf("%s: %w", scores.name, invalid("a shape of %v; (examples, models) or (examples, models, queries) would do", scores.shape))
	}
	return joinShadows(scores, keep, scores.shape[2:], scores.Row)
}

// joinShadows makes a view of an array and of who trained on what; queries is the axis of that name, or
// empty. As a table of models by examples would look the same, one with more models than examples is refused.
func joinShadows(array, keep *Array, queries []int, scores func(int, []float64)) (*Shadows, error) {
	shape := array.shape
	if !slices.Equal(keep.shape, shape[:2]) {
		return nil, fmt.Errorf("%s: %w", array.name, invalid("a shape of %v but keep of %v; the first two axes must be the same", shape, keep.shape))
	}
	if shape[0] < shape[1] {
		return nil, fmt.Errorf("%s: %w", array.name, invalid("%d examples under %d models; the axes are (examples, models), so transpose the arrays", shape[0], shape[1]))
	}
	if err := keep.checkTruth(); err != nil {
		return nil, err
	}
	view := measure.Shadows{Examples: shape[0], Models: shape[1], Queries: 1, Scores: scores, In: keep.TruthRow}
	for _, n := range queries {
		view.Queries *= n
	}
	return &Shadows{Shadows: view, Target: view.Models - 1}, nil
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
