package measure

import (
	"fmt"
	"slices"
)

// Shadows is a view of the scores of a set of examples under models trained on known parts of it. Its
// functions may be called concurrently. A score is the logit of the confidence in the true label
// (see LogitScore), higher for members.
type Shadows struct {
	Examples, Models int
	Queries          int // per example and model, for instance augmentations; usually 1
	// Scores fills in Models*Queries scores of an example, the queries of a model side by side.
	Scores func(example int, into []float64)
	// In fills in, for each model, whether it trained on the example.
	In func(example int, into []bool)
}

// Members tells of each example whether a model trained on it.
func (s Shadows) Members(model int) []bool {
	members, in := make([]bool, s.Examples), make([]bool, s.Models)
	for example := range members {
		s.In(example, in)
		members[example] = in[model]
	}
	return members
}

// LiRAOptions choose the form of attack and the models that it learns from.
type LiRAOptions struct {
	Attack LiRA // Online if empty
	// AllShadows uses every shadow model of an example. Without it each example uses as many as the
	// one with the fewest, the first ones, as plot.py does; that matters where counts differ.
	AllShadows bool
	// Progress, if there is one, is told how much of an attack is done, from several goroutines.
	Progress func(done, total int64)
}

// AttackOne returns the score of each example in an attack on one model, the others being its shadows.
func (s Shadows) AttackOne(target int, o LiRAOptions) ([]float64, error) {
	_, scores, _, err := s.attackOne(target, o)
	return scores, err
}

// Attack returns the scores of AttackOne with the membership that they are measured by.
func (s Shadows) Attack(target int, o LiRAOptions) (*Scores, error) {
	run, values, member, err := s.attackOne(target, o)
	if err != nil {
		return nil, err
	}
	scores, err := NewScores(values, member)
	if err == nil {
		scores.notes = run.notes()
	}
	return scores, err
}

func (s Shadows) attackOne(target int, o LiRAOptions) (run *liraRun, scores []float64, member []bool, err error) {
	if run, err = s.prepare([]int{target}, o); err != nil {
		return nil, nil, nil, err
	}
	scores, member = make([]float64, s.Examples), make([]bool, s.Examples)
	run.attack(func(_, example int, trained, others []float64) {
		if member[example] = len(trained) == 1; member[example] {
			others = trained
		}
		scores[example] = others[0]
	})
	return run, scores, member, nil
}

// AttackAll attacks each model in turn, with the others as its shadows, and returns all scores, those
// of an example as one record. It costs little more than one attack: what an example's shadow scores
// have in common is found once, and each target taken out of it.
func (s Shadows) AttackAll(o LiRAOptions) (*Scores, error) {
	targets := make([]int, max(1, s.Models))
	for i := range targets {
		targets[i] = i
	}
	run, err := s.prepare(targets, o)
	if err != nil {
		return nil, err
	}
	scores, places := run.placeAll()
	run.attack(func(chunk, example int, trained, others []float64) {
		next := &places[chunk]
		next.members = scores.members.put(next.members, trained, example)
		next.nonmembers = scores.nonmembers.put(next.nonmembers, others, example)
	})
	scores.notes = run.notes()
	return scores, nil
}

// put writes the scores of a record from a place on, and returns the next place.
func (s *sample) put(at int, scores []float64, record int) int {
	for i, score := range scores {
		s.values[at+i], s.records[at+i] = score, uint32(record)
	}
	return at + len(scores)
}

// placeAll makes room for a score of every example under every model, and tells where those of each
// chunk begin.
func (r *liraRun) placeAll() (*Scores, []places) {
	starts := make([]places, len(r.counts))
	var next places
	for i, count := range r.counts {
		starts[i] = next
		all := r.Models * min(chunk, r.Examples-i*chunk)
		next = places{next.members + count.trained, next.nonmembers + all - count.trained}
	}
	room := func(n int) sample { return sample{values: make([]float64, n), records: make([]uint32, n)} }
	return &Scores{members: room(next.members), nonmembers: room(next.nonmembers), clustered: true}, starts
}

// prepare checks the evidence and splits the targets by the number of shadow models that may be used.
func (s Shadows) prepare(targets []int, o LiRAOptions) (*liraRun, error) {
	f, err := formOf(o.Attack)
	switch {
	case err != nil:
		return nil, err
	case s.Examples < 1 || s.Models < 2 || s.Queries < 1:
		return nil, fmt.Errorf("%d examples, %d models and %d queries; an example, two models and a query are needed",
			s.Examples, s.Models, s.Queries)
	case slices.Min(targets) < 0 || slices.Max(targets) >= s.Models:
		return nil, fmt.Errorf("no model %d; they are numbered from 0 to %d", slices.Max(targets), s.Models-1)
	}
	run := &liraRun{Shadows: s, form: f, all: o.AllShadows, targets: targets, progress: o.Progress}
	return run, run.countShadows()
}
