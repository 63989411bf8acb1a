package evidence

import (
	"os"
	"slices"
	"strconv"
	"strings"

	"bugbar/measure"
)

var membershipTable = table{
	order: []string{"id", "score", "member"},
	other: []string{"scores", "loss", "losses", "nll", "perplexity", "predicted_member", "members", "membership", "group"},
}

// The directions of a score: which end means member.
const (
	high = "high"
	low  = "low"
)

// membership reads whatever evidence of membership the files are: a directory or an archive of shadow
// scores, an archive of RMIA signals, an archive or two npy files of scores, or a table of scores or of
// guesses.
func membership(r *reading) (measure.Result, error) {
	name := r.files[0]
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		r.sources = append(r.sources, Source{File: name})
		return r.shadows(name)
	}
	f, err := fileFormat(name)
	switch {
	case err != nil:
		return measure.Result{}, err
	case f == formatNPY && len(r.files) == 2:
		return r.scorePair(r.files[0], r.files[1])
	case f == formatZip && len(r.files) == 1:
		return r.archive(name)
	case f == formatNPY || f == formatZip:
		return measure.Result{}, invalid("%s: give one npz archive, or two npy files: scores and membership", name)
	}
	return r.scoreTable()
}

// archive measures an npz archive by the arrays that it holds.
func (r *reading) archive(name string) (measure.Result, error) {
	names, err := r.arrays(name)
	if err != nil {
		return measure.Result{}, err
	}
	has := func(name string) bool { return slices.Contains(names, name) }
	switch {
	case has("keep"):
		return r.shadows(name)
	case has("signals"):
		return r.relative(name)
	}
	if r.options.Direction != "" {
		return measure.Result{}, invalid("%s: the direction of an archive's scores is in their name: scores, or losses where lower means member", name)
	}
	return r.given(ReadScores(name))
}

// arrays notes an archive as a source and gives the names of its arrays.
func (r *reading) arrays(name string) ([]string, error) {
	if err := r.note(name); err != nil {
		return nil, err
	}
	arrays, err := OpenArrays(name)
	if err != nil {
		return nil, err
	}
	defer arrays.Close()
	return arrays.Names(), nil
}

// lossThreshold is the name of the attack on a model's losses; others need more than scores.
const lossThreshold = "loss-threshold"

// given measures scores as they are given, or by the threshold of the members' mean.
func (r *reading) given(scores *measure.Scores, err error) (measure.Result, error) {
	switch {
	case err != nil:
		return measure.Result{}, err
	case r.options.Target != "":
		return measure.Result{}, invalid("no target %q: a target is chosen among shadow models, and these are scores", r.options.Target)
	case r.options.Attack == "":
		return measure.Membership(scores, measure.MembershipOptions{})
	case r.options.Attack == lossThreshold:
		return measure.LossThreshold(scores)
	}
	return measure.Result{}, invalid("no attack %q on scores: use %s, or give the scores of shadow models", r.options.Attack, lossThreshold)
}

func (r *reading) scorePair(scores, members string) (measure.Result, error) {
	for _, name := range r.files {
		if err := r.note(name); err != nil {
			return measure.Result{}, err
		}
	}
	return r.given(ReadScorePair(scores, members, r.options.Direction == low))
}

// scoreTable measures a table of scores or of guesses.
func (r *reading) scoreTable() (measure.Result, error) {
	scores, guesses, members, err := r.readScoreTable()
	switch {
	case err != nil:
		return measure.Result{}, err
	case len(guesses) == 0:
		return r.given(scores, nil)
	case len(guesses) < r.sources[0].Rows:
		return measure.Result{}, errMixed
	case r.options.Attack != "":
		return measure.Result{}, invalid("no attack %q on guesses, which are what an attack has said", r.options.Attack)
	}
	return measure.LabelOnly(guesses, members)
}

// readScoreTable streams a table of scores; one of guesses is as small as its rows.
func (r *reading) readScoreTable() (scores *measure.Scores, guesses, members []bool, err error) {
	scores = measure.MakeScores(0, 0)
	_, err = load(r, r.files, membershipTable, func(row Row) (struct{}, error) {
		member, err := row.Bool("1 for records of the training data and 0 for others", "member", "members", "membership")
		if err != nil {
			return struct{}{}, err
		}
		if row.Has("predicted_member") {
			guess, err := row.Bool("1 where the attack says member", "predicted_member")
			guesses, members = append(guesses, guess), append(members, member)
			return struct{}{}, err
		}
		score, err := r.memberScore(row)
		if err == nil {
			scores.Add(score, member)
		}
		return struct{}{}, err
	})
	return scores, guesses, members, err
}

// memberScore is a score that is higher for members. Its direction comes from the column's name or from
// Options.Direction, never from the data.
func (r *reading) memberScore(row Row) (float64, error) {
	columns := slices.Concat(scoreNames, lossNames)
	text, err := row.Text("what the attack says of the record: score, higher for members, or loss", columns...)
	if err != nil {
		return 0, err
	}
	score, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || score != score {
		return 0, row.bad("%.40q is not a score: numbers and infinities can be put in order", text)
	}
	loss := row.Has(lossNames...) && !row.Has(scoreNames...)
	if r.options.Direction == low || loss && r.options.Direction != high {
		score = -score
	}
	return score, nil
}
