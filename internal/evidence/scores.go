package evidence

import (
	"fmt"
	"slices"
	"strings"

	"bugbar/measure"
)

// The names under which scores and membership are found. A score's direction comes from its name or
// from the caller, never from the data.
var (
	scoreNames  = []string{"scores", "score"}
	lossNames   = []string{"losses", "loss", "nll", "perplexity"}
	memberNames = []string{"member", "members", "membership"}
)

// ReadScores reads the scores and the membership of an npz archive: arrays of one value per record,
// or of one row per record with a column per model, which makes the scores of a row dependent. Scores
// named loss, losses, nll or perplexity are lower for members and come out negated.
func ReadScores(path string) (*measure.Scores, error) {
	arrays, err := OpenArrays(path)
	if err != nil {
		return nil, err
	}
	defer arrays.Close()
	score, err := arrays.find(slices.Concat(scoreNames, lossNames))
	if err != nil {
		return nil, err
	}
	member, err := arrays.find(memberNames)
	if err != nil {
		return nil, err
	}
	return readScores(arrays, score, arrays, member, slices.Contains(lossNames, score))
}

// ReadScorePair reads scores from one npy file and their membership from another. With lower, lower
// scores mean member.
func ReadScorePair(scores, members string, lower bool) (*measure.Scores, error) {
	values, err := OpenArrays(scores)
	if err != nil {
		return nil, err
	}
	defer values.Close()
	labels, err := OpenArrays(members)
	if err != nil {
		return nil, err
	}
	defer labels.Close()
	return readScores(values, "", labels, "", lower)
}

// find returns the one of the names that an array has.
func (a *Arrays) find(names []string) (string, error) {
	found := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !a.Has(name) })
	if len(found) != 1 {
		return "", fmt.Errorf("%s: %w", a.path, invalid("%d arrays named one of %s; it has %s",
			len(found), strings.Join(names, ", "), strings.Join(a.Names(), ", ")))
	}
	return found[0], nil
}

// readScores streams the scores past their membership, so that only what is measured stays in memory.
func readScores(values *Arrays, score string, labels *Arrays, member string, lower bool) (*measure.Scores, error) {
	in, columns, err := readMembers(values, score, labels, member)
	if err != nil {
		return nil, err
	}
	scores, sign, i := measure.MakeScores(count(in)), 1.0, 0
	if lower {
		sign = -1
	}
	err = values.Each(score, func(block []float64) error {
		for _, v := range block {
			if columns == 1 {
				scores.Add(sign*v, in[i])
			} else {
				scores.AddOf(uint32(i/columns), sign*v, in[i])
			}
			i++
		}
		return nil
	})
	return scores, err
}

// readMembers reads the membership of every score and the number of scores that each record has.
func readMembers(values *Arrays, score string, labels *Arrays, member string) (in []bool, columns int, err error) {
	scores, err := values.header(score)
	if err != nil {
		return nil, 0, err
	}
	array, err := labels.Load(member)
	if err != nil {
		return nil, 0, err
	}
	switch {
	case !slices.Equal(scores.shape, array.shape):
		err = invalid("its shape is %v, but that of the scores %v", array.shape, scores.shape)
	case len(scores.shape) != 1 && len(scores.shape) != 2:
		err = invalid("a shape of %v; (records) or (records, models) would do", scores.shape)
	case len(scores.shape) == 2 && scores.fortran:
		err = invalid("a table of scores in Fortran order; save it in C order")
	}
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", array.name, err)
	}
	in, err = array.Bools()
	return in, array.rowLength(), err
}

func count(in []bool) (members, nonmembers int) {
	for _, m := range in {
		if m {
			members++
		}
	}
	return members, len(in) - members
}
