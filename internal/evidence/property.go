package evidence

import (
	"path/filepath"

	"bugbar/measure"
)

var propertyTable = table{
	order: []string{"world", "truth", "score", "pred"},
	other: []string{"estimate", "baseline", "poison"},
}

// estimated is one row of either layout: that of the distinguishing game or that of the share itself.
type estimated struct {
	ratio bool
	world measure.World
	share measure.RatioWorld
}

func property(r *reading) (measure.Result, error) {
	rows, err := load(r, r.files, propertyTable, func(row Row) (estimated, error) {
		return targetModel(row, len(r.files) > 1)
	})
	if err != nil {
		return measure.Result{}, err
	}
	var worlds []measure.World
	var shares []measure.RatioWorld
	for _, row := range rows {
		if row.ratio {
			shares = append(shares, row.share)
		} else {
			worlds = append(worlds, row.world)
		}
	}
	if len(shares) == 0 {
		return measure.Property(worlds)
	}
	if len(worlds) > 0 {
		return measure.Result{}, errMixed
	}
	return measure.PropertyRatio(shares)
}

func targetModel(row Row, byFile bool) (e estimated, err error) {
	if row.Has("estimate") {
		e.ratio = true
		e.share, err = ratioWorld(row)
		return e, err
	}
	w := &e.world
	if w.Group = row.Optional("poison"); w.Group == "" && byFile {
		w.Group = filepath.Base(row.File)
	}
	if w.Truth, err = row.Label("the world that the target model comes from", "truth"); err != nil {
		return e, err
	}
	if w.Guess, err = row.Label("the attacker's guess of the world, or estimate for a share", "pred"); err != nil {
		return e, err
	}
	w.Score, err = row.OptionalNumber("score")
	return e, err
}

func ratioWorld(row Row) (w measure.RatioWorld, err error) {
	if w.Truth, err = row.Number("the true share", "truth"); err != nil {
		return w, err
	}
	if w.Estimate, err = row.Number("the attacker's estimate of the share", "estimate"); err != nil {
		return w, err
	}
	w.Baseline, err = row.Number("the estimate made without the model, such as the middle of the range", "baseline")
	return w, err
}
