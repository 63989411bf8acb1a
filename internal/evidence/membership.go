package evidence

import (
	"fmt"
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

// rmia is the name of the attack on signals and a population; the others are measure.LiRAs.
const rmia = "rmia"

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
	return r.scored(ReadScores(name))
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

func (r *reading) scored(scores *measure.Scores, err error) (measure.Result, error) {
	if err != nil {
		return measure.Result{}, err
	}
	return measure.Membership(scores, measure.MembershipOptions{})
}

func (r *reading) scorePair(scores, members string) (measure.Result, error) {
	for _, name := range r.files {
		if err := r.note(name); err != nil {
			return measure.Result{}, err
		}
	}
	return r.scored(ReadScorePair(scores, members, r.options.Direction == low))
}

// scoreTable measures a table of scores or of guesses.
func (r *reading) scoreTable() (measure.Result, error) {
	scores, guesses, members, err := r.readScoreTable()
	switch {
	case err != nil:
		return measure.Result{}, err
	case len(guesses) == 0:
		return r.scored(scores, nil)
	case len(guesses) < r.sources[0].Rows:
		return measure.Result{}, errMixed
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

// shadows attacks one target, or all in turn, in one form of LiRA, or in all of them.
func (r *reading) shadows(name string) (measure.Result, error) {
	shadows, err := ReadShadows(name)
	if err != nil {
		return measure.Result{}, err
	}
	if shadows.Target, err = r.target(shadows.Target, shadows.Models); err != nil {
		return measure.Result{}, err
	}
	attacks := []measure.LiRA{measure.LiRA(r.options.Attack)}
	switch r.options.Attack {
	case "":
		attacks[0] = measure.Online
	case "all":
		attacks = measure.LiRAs()
	}
	var all measure.Result
	for i, attack := range attacks {
		one, err := r.shadowAttack(shadows, attack)
		if err != nil {
			return measure.Result{}, err
		}
		if i == 0 {
			all = one
		}
		if len(attacks) > 1 {
			all.Strata = append(all.Strata, measure.Stratum{By: "attack", Value: string(attack), N: one.N, Metrics: one.Metrics})
		}
	}
	if len(attacks) > 1 {
		all.Warnings = append(all.Warnings, fmt.Sprintf("%d forms of the attack: the metrics are those of %s; the best of several is no evidence unless it was chosen beforehand", len(attacks), attacks[0]))
	}
	return all, nil
}

func (r *reading) shadowAttack(shadows *Shadows, attack measure.LiRA) (measure.Result, error) {
	if !slices.Contains(measure.LiRAs(), attack) {
		return measure.Result{}, invalid("no attack %q: use all or one of %v", attack, measure.LiRAs())
	}
	options := measure.LiRAOptions{Attack: attack}
	if r.options.Target == "all" {
		return r.scored(shadows.AttackAll(options))
	}
	return r.scored(shadows.Attack(shadows.Target, options))
}

// target is the model that is asked for, or the one that the file names.
func (r *reading) target(named, models int) (int, error) {
	if r.options.Target == "" || r.options.Target == "all" {
		return named, nil
	}
	target, err := strconv.Atoi(r.options.Target)
	if err != nil || target < 0 || target >= models {
		return 0, invalid("no target %q: use all or a number from 0 to %d", r.options.Target, models-1)
	}
	return target, nil
}

// relative attacks one target by RMIA, with the settings of the paper.
func (r *reading) relative(name string) (measure.Result, error) {
	attack, err := ReadRMIA(name)
	if err != nil {
		return measure.Result{}, err
	}
	if r.options.Attack != "" && r.options.Attack != rmia {
		return measure.Result{}, invalid("no attack %q on signals and a population: use %s", r.options.Attack, rmia)
	}
	if attack.Target, err = r.target(0, attack.Signals.Models); err != nil {
		return measure.Result{}, err
	}
	attack.A, attack.Gamma = 0.3, 2
	return r.scored(attack.Scores())
}
