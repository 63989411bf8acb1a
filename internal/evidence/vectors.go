package evidence

import (
	"fmt"
	"strconv"

	"bugbar/measure"
)

// maxComparisons bounds the search for nearest records: some ten seconds of work.
const maxComparisons = 1 << 34

// vectorArchive measures the arrays original and reconstruction of (records, elements) or of images
// (records, lines, elements). The baseline is the array of that name, or the nearest record of the array
// reference, the attacker's own data; batch, a number per record, breaks the results down.
func (r *reading) vectorArchive(name string) (measure.Result, error) {
	if err := r.note(name); err != nil {
		return measure.Result{}, err
	}
	arrays, err := OpenArrays(name)
	if err != nil {
		return measure.Result{}, err
	}
	defer arrays.Close()
	original, err := arrays.vectors("original")
	if err != nil {
		return measure.Result{}, err
	}
	rows, err := arrays.vectorPairs(original)
	if err != nil {
		return measure.Result{}, err
	}
	scale := r.scale()
	if len(original.shape) == 3 && scale.Width == 0 {
		scale.Width = original.shape[2]
	}
	return measure.ReconstructionVectors(rows, scale)
}

// matrix is an array of vectors.
type matrix struct {
	shape  []int
	values []float64
}

func (m matrix) row(i int) []float64 {
	length := len(m.values) / m.shape[0]
	return m.values[i*length : (i+1)*length]
}

// vectors loads an array with at least one axis beside that of the records.
func (a *Arrays) vectors(name string) (matrix, error) {
	array, err := a.Load(name)
	if err != nil {
		return matrix{}, err
	}
	if len(array.shape) < 2 || array.rows() == 0 || array.elements() > maxElements {
		return matrix{}, fmt.Errorf("%s: %w", array.name, invalid("a shape of %v; (records, elements) of at most %d in all would do", array.shape, maxElements))
	}
	return matrix{array.shape, array.Floats()}, nil
}

// sameCount loads vectors of as many records as original has.
func (a *Arrays) sameCount(name string, original matrix) (matrix, error) {
	m, err := a.vectors(name)
	if err == nil && m.shape[0] != original.shape[0] {
		err = fmt.Errorf("%s: %w", a.label(name), invalid("%d records, but original has %d", m.shape[0], original.shape[0]))
	}
	return m, err
}

func (a *Arrays) vectorPairs(original matrix) ([]measure.VectorPair, error) {
	reconstructed, err := a.sameCount("reconstruction", original)
	if err != nil {
		return nil, err
	}
	baseline, err := a.baseline(original)
	if err != nil {
		return nil, err
	}
	groups, err := a.groups(original.shape[0])
	if err != nil {
		return nil, err
	}
	rows := make([]measure.VectorPair, original.shape[0])
	for i := range rows {
		rows[i] = measure.VectorPair{
			Original: original.row(i), Reconstructed: reconstructed.row(i), Baseline: baseline(i), Group: groups[i],
		}
	}
	return rows, nil
}

// baseline gives each record the attacker's best without the model.
func (a *Arrays) baseline(original matrix) (of func(record int) []float64, err error) {
	switch {
	case a.Has("baseline"):
		m, err := a.sameCount("baseline", original)
		return m.row, err
	case !a.Has("reference"):
		return nil, fmt.Errorf("%s: %w", a.path, invalid("no array baseline: give the attacker's best without the model for each record, or reference, the attacker's own records"))
	}
	own, err := a.vectors("reference")
	if err != nil {
		return nil, err
	}
	if len(own.values) > maxComparisons/original.shape[0] {
		return nil, fmt.Errorf("%s: %w", a.label("reference"), invalid("too many records to search for the nearest: give a sample, or the array baseline"))
	}
	reference := make([][]float64, own.shape[0])
	for i := range reference {
		reference[i] = own.row(i)
	}
	return func(record int) []float64 { return measure.Nearest(original.row(record), reference) }, nil
}

// groups are the names by which records are broken down, empty without an array batch.
func (a *Arrays) groups(records int) ([]string, error) {
	names := make([]string, records)
	if !a.Has("batch") {
		return names, nil
	}
	array, err := a.Load("batch")
	if err != nil {
		return nil, err
	}
	if len(array.shape) != 1 || array.rows() != records {
		return nil, fmt.Errorf("%s: %w", array.name, invalid("a shape of %v; one number for each of %d records would do", array.shape, records))
	}
	for i, value := range array.Floats() {
		names[i] = strconv.FormatFloat(value, 'g', -1, 64)
	}
	return names, nil
}
