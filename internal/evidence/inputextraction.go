package evidence

import (
	"unicode/utf8"

	"bugbar/measure"
)

var secretTable = table{
	order: []string{"id", "arm", "secret", "extracted", "bits"},
}

func inputExtraction(r *reading) (measure.Result, error) {
	rows, err := load(r, r.files, secretTable, r.plantedSecret)
	if err != nil {
		return measure.Result{}, err
	}
	return measure.InputExtraction(rows)
}

func (r *reading) plantedSecret(row Row) (p measure.PlantedSecret, err error) {
	p.Extracted = row.Optional("extracted") // empty when nothing came out
	if p.Control, err = r.isControl(row, "arm"); err != nil {
		return p, err
	}
	if p.Secret, err = row.Text("the canary that was planted in another user's input", "secret"); err != nil {
		return p, err
	}
	if err = checkTexts(row, p.Secret, p.Extracted); err != nil {
		return p, err
	}
	p.Bits, err = row.OptionalNumber("bits")
	return p, err
}

// checkTexts refuses texts that cannot be compared.
func checkTexts(row Row, texts ...string) error {
	for _, text := range texts {
		if !utf8.ValidString(text) {
			return row.bad("a text that is not UTF-8")
		}
		if len(text) > measure.MaxText {
			return row.bad("a text of %d bytes, at most %d are compared: cut it to the part that counts", len(text), measure.MaxText)
		}
	}
	return nil
}
