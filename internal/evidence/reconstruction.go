package evidence

import (
	"errors"

	"bugbar/measure"
)

var reconstructionTable = table{
	order: []string{"id", "group", "truth", "generated"},
	other: []string{"source", "prefix", "suffix_logprob", "public", "original", "reconstruction", "baseline", "batch"},
}

var errMixed = errors.New("rows of two layouts in one body of evidence: measure them apart")

// reconstructed is one row of either layout: numbers or text.
type reconstructed struct {
	vector *measure.VectorPair
	text   measure.TextPair
}

func reconstruction(r *reading) (measure.Result, error) {
	if f, err := fileFormat(r.files[0]); err == nil && f == formatZip && len(r.files) == 1 {
		return r.vectorArchive(r.files[0])
	}
	elements := 0
	rows, err := load(r, r.files, reconstructionTable, func(row Row) (reconstructed, error) {
		return r.record(row, &elements)
	})
	if err != nil {
		return measure.Result{}, err
	}
	var vectors []measure.VectorPair
	var texts []measure.TextPair
	for _, row := range rows {
		if row.vector != nil {
			vectors = append(vectors, *row.vector)
		} else {
			texts = append(texts, row.text)
		}
	}
	switch {
	case len(vectors) == 0:
		return measure.ReconstructionText(texts)
	case len(texts) > 0:
		return measure.Result{}, errMixed
	}
	return measure.ReconstructionVectors(vectors, r.scale())
}

// scale is the scale of vectors with the default for what is not given.
func (r *reading) scale() measure.VectorScale {
	scale := r.options.Scale
	if scale.Peak == 0 {
		scale.Peak = measure.DefaultVectorScale.Peak
	}
	if scale.Threshold == 0 {
		scale.Threshold = measure.DefaultVectorScale.Threshold
	}
	return scale
}

func (r *reading) record(row Row, elements *int) (reconstructed, error) {
	if !row.Has("original") {
		text, err := r.textPair(row)
		return reconstructed{text: text}, err
	}
	vector, err := vectorPair(row)
	if *elements += 3 * len(vector.Original); err == nil && *elements > maxElements {
		return reconstructed{}, errors.New("vectors of too many elements altogether: measure a sample of the records")
	}
	return reconstructed{vector: &vector}, err
}

func vectorPair(row Row) (p measure.VectorPair, err error) {
	p.Group = row.Optional("batch", "group")
	if p.Original, err = row.Vector("the true record, an array of numbers", "original"); err != nil {
		return p, err
	}
	if p.Reconstructed, err = row.Vector("what the attacker made of it", "reconstruction"); err != nil {
		return p, err
	}
	if p.Baseline, err = row.Vector("the attacker's best without the model, such as the nearest record of his own", "baseline"); err != nil {
		return p, err
	}
	if len(p.Reconstructed) != len(p.Original) || len(p.Baseline) != len(p.Original) {
		return p, row.bad("original, reconstruction and baseline have %d, %d and %d elements",
			len(p.Original), len(p.Reconstructed), len(p.Baseline))
	}
	return p, nil
}

func (r *reading) textPair(row Row) (p measure.TextPair, err error) {
	if p.Control, err = r.isControl(row, "group"); err != nil {
		return p, err
	}
	if _, err = row.Text("the text of the training data, or original for numbers", "truth"); err != nil {
		return p, err
	}
	p.Truth, p.Generated = row.Words("truth"), row.Words("generated") // nothing may have been generated
	if err = checkTexts(row, p.Truth, p.Generated); err != nil {
		return p, err
	}
	if row.Has("public") {
		public, err := row.Bool("whether the record can be found elsewhere", "public")
		if err != nil {
			return p, err
		}
		p.NonPublic = !public
	}
	if p.LogProb, err = row.OptionalNumber("suffix_logprob"); err == nil && p.LogProb > 0 {
		err = row.bad("column suffix_logprob: a logarithm of a probability cannot be %g", p.LogProb)
	}
	return p, err
}
