package eval

import (
	"context"

	"bugbar/bar"
	"bugbar/internal/suggest"
)

// CrossValidate measures what training gives: each case is answered by a model that has seen only
// the cases of the other folds. Beside it stand two baselines under the same folds.
func CrossValidate(ctx context.Context, b *bar.Bar, cases []suggest.Case, seed uint64) ([]*Report, error) {
	var reports []*Report
	for _, method := range []struct {
		name  string
		train func(*bar.Bar, []suggest.Case) (suggest.Suggester, error)
	}{
		{"embedded", func(b *bar.Bar, cases []suggest.Case) (suggest.Suggester, error) {
			return suggest.Train(b, cases, seed)
		}},
		{"tf-idf and logistic regression", trainLogistic},
		{"majority", trainMajority},
	} {
		var folds [Folds]suggest.Suggester
		for f := range folds {
			s, err := method.train(b, without(cases, f))
			if err != nil {
				return nil, err
			}
			folds[f] = s
		}
		r, err := Measure(ctx, b, method.name, cases, func(c suggest.Case) suggest.Suggester { return folds[Fold(c.ID)] })
		if err != nil {
			return nil, err
		}
		reports = append(reports, r)
	}
	return reports, nil
}

func without(cases []suggest.Case, fold int) []suggest.Case {
	var list []suggest.Case
	for _, c := range cases {
		if Fold(c.ID) != fold {
			list = append(list, c)
		}
	}
	return list
}
