package evidence

import (
	"fmt"
	"slices"

	"bugbar/measure"
)

// ReadRMIA reads the evidence of the relative membership attack from an npz archive: signals
// (examples, models), memberships (examples, models) of booleans and population (points, models), all
// signals being probabilities of the true label. The caller sets what the attack chooses.
func ReadRMIA(path string) (measure.RMIA, error) {
	arrays, err := OpenArrays(path)
	if err != nil {
		return measure.RMIA{}, err
	}
	defer arrays.Close()
	var loaded [3]*Array
	for i, name := range []string{"signals", "memberships", "population"} {
		if loaded[i], err = arrays.Load(name); err != nil {
			return measure.RMIA{}, err
		}
	}
	signals, memberships, population := loaded[0], loaded[1], loaded[2]
	switch {
	case len(signals.shape) != 2 || !slices.Equal(signals.shape, memberships.shape):
		err = invalid("signals of shape %v and memberships of %v; both must be (examples, models)", signals.shape, memberships.shape)
	case len(population.shape) != 2 || population.shape[1] != signals.shape[1]:
		err = invalid("a population of shape %v; (points, %d models) would do", population.shape, signals.shape[1])
	default:
		err = memberships.checkTruth()
	}
	if err != nil {
		return measure.RMIA{}, fmt.Errorf("%s: %w", path, err)
	}
	view := func(a *Array) measure.Shadows {
		return measure.Shadows{
			Examples: a.shape[0], Models: a.shape[1], Queries: 1, Scores: a.Row, In: memberships.TruthRow,
		}
	}
	return measure.RMIA{Signals: view(signals), Population: view(population)}, nil
}
